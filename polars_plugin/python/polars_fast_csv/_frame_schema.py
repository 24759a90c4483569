"""
A schema that the native module takes, for a Polars whose frames speak Arrow's C interface and whose schemas do not.

The schema goes as that of an empty frame. Two structs of that interface, whose layout is fixed for ever, are read here.
"""

from __future__ import annotations

import ctypes

import polars as pl


class Schema(pl.Schema):
    """A schema with a capsule of its own."""

    def __arrow_c_schema__(self) -> object:
        stream = pl.DataFrame(schema=self).__arrow_c_stream__()
        source = _pointer(id(stream), _STREAM)
        taken = _ArrowSchema()
        address = ctypes.addressof(taken)
        if _ArrowArrayStream.from_address(source).get_schema(source, address) != 0:
            msg = f"Polars gives no Arrow schema for {self}"
            raise RuntimeError(msg)
        _held[address] = taken
        capsule: object = _new(address, _SCHEMA, _release)
        return capsule


class _ArrowSchema(ctypes.Structure):
    """``struct ArrowSchema``, of which only the release callback is looked at."""

    _fields_ = (
        ("before", ctypes.c_void_p * 7),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


class _ArrowArrayStream(ctypes.Structure):
    """The first member of ``struct ArrowArrayStream``."""

    _fields_ = (("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),)


_SCHEMA = b"arrow_schema"
_STREAM = b"arrow_array_stream"
_Destructor = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, _Destructor)(
    ("PyCapsule_New", ctypes.pythonapi)
)
# By address: a capsule that is being destroyed must not become an object of Python again.
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
# What living capsules point to.
_held: dict[int, _ArrowSchema] = {}


def _free(capsule: int) -> None:
    taken = _held.pop(_pointer(capsule, _SCHEMA))
    taken.release(ctypes.addressof(taken))


_release = _Destructor(_free)
