"""
A look at the interpreter that imports this package, before anything else is imported.

The native modules of Polars and of this package serve one interpreter of a process. Polars panics when a second one
imports it, which no caller expects; so a subinterpreter is told here, by the exception that an import may raise.
"""

from __future__ import annotations

from importlib import import_module


def _is_main() -> bool:
    # The module has the first name from CPython 3.13 on; where neither is there, nothing makes subinterpreters.
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            interpreters = import_module(name)
        except ImportError:
            continue
        return bool(interpreters.get_current() == interpreters.get_main())
    return True


if not _is_main():
    msg = "polars_fast_csv cannot be imported in a subinterpreter, as Polars cannot; use threads or processes"
    raise ImportError(msg)
