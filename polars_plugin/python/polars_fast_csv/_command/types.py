"""Types and columns as they are written on a command line, such as ``price=Decimal(10, 2)``."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from polars.datatypes import DataType

_SHORT: Mapping[str, str] = {
    "str": "String",
    "text": "String",
    "utf8": "String",
    "int": "Int64",
    "float": "Float64",
    "bool": "Boolean",
    **{f"{short}{bits}": f"{long}{bits}" for short, long in (("i", "Int"), ("u", "UInt")) for bits in (8, 16, 32, 64)},
    "i128": "Int128",
    "u128": "UInt128",
    "f16": "Float16",
    "f32": "Float32",
    "f64": "Float64",
    "cat": "Categorical",
}
_PAIR = re.compile(r"(?s)(.+)=\s*((?:pl\.)?[A-Za-z]\w*\s*(?:\(.*\))?)\s*")


def types_of(option: str, pairs: Iterable[str]) -> dict[str, Any]:
    """Read pairs of a column's name and its type; several in one text are separated by commas."""
    types: dict[str, Any] = {}
    for text in pairs:
        for pair in _split(text):
            found = _PAIR.fullmatch(pair)
            if found is None:
                msg = f"{option} takes pairs of a column and its type, such as price=Float64, got {pair!r}"
                raise ValueError(msg)
            name, written = found.groups()
            types[name] = type_of(option, written)
    return types


def type_of(option: str, text: str) -> Any:
    """Read a type of Polars as its own representation writes it, or by a short name in any case."""
    try:
        return _built(ast.parse(text.strip(), mode="eval").body)
    except LookupError as unknown:
        word = str(unknown.args[0])
        near = difflib.get_close_matches(word, _names().values(), n=1)
        msg = f"{option}: there is no type {word!r}" + (f"; did you mean {near[0]}?" if near else _such())
        raise ValueError(msg) from None
    except (SyntaxError, TypeError, ValueError) as error:
        msg = f"{option}: {text!r} is no type: {error}"
        raise ValueError(msg) from None


def _such() -> str:
    return "; the types are " + ", ".join(sorted(set(_names().values())))


def _names() -> dict[str, str]:
    """The types that this Polars has, by their names in lower case."""
    known = {
        name for name in dir(pl) if isinstance(getattr(pl, name), type) and issubclass(getattr(pl, name), DataType)
    }
    known -= {"DataType", "Field", "Object", "Unknown", "Utf8"}
    return {name.lower(): name for name in known} | {short: name for short, name in _SHORT.items() if name in known}


def _built(node: ast.expr) -> Any:
    """Evaluate names of types, calls of these, and literals: nothing else can be written."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pl":
        node = ast.Name(node.attr)
    if isinstance(node, ast.Name):
        names = _names()
        if node.id.lower() not in names:
            raise LookupError(node.id)
        return getattr(pl, names[node.id.lower()])
    if isinstance(node, ast.Call):
        named = {str(word.arg): _argument(word.value) for word in node.keywords}
        return _built(node.func)(*map(_argument, node.args), **named)
    msg = f"{ast.unparse(node)!r} names none"
    raise ValueError(msg)


def _argument(node: ast.expr) -> Any:
    if isinstance(node, ast.Name | ast.Attribute | ast.Call):
        return _built(node)
    if isinstance(node, ast.Dict):
        return {
            _argument(key): _argument(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        }
    return ast.literal_eval(node)


def _split(text: str) -> list[str]:
    """Cut at commas outside brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for mark in text:
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"" and depth:
            quote = mark
        elif mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(depth - 1, 0)
        elif mark == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += mark
    return [part.strip() for part in parts if part.strip()]
