"""Reading a pickle that holds plain data only, without running anything that it asks for.

A pickle is a program: ``pickle.load`` calls whatever it names. Here the few names that NumPy's
arrays need lead to stand-ins that only remember what they are given, and every other name is
refused. Arrays are then made from the remembered bytes, so not even NumPy runs on foreign state.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

KINDS = frozenset("biufcSU")  # truth values, numbers and strings, but no objects


class UnsafePickle(ValueError):
    """A pickle that holds more than plain data, or that is damaged."""


class _Type:
    """Stands for ``numpy.dtype``."""

    order = "="

    def __init__(self, code: str, *_: object) -> None:
        self.code = code

    def __setstate__(self, state: tuple) -> None:
        self.order = state[1]

    def to_numpy(self) -> np.dtype:
        """The data type, if it holds plain values."""
        found = np.dtype(self.code) if isinstance(self.code, str) else np.dtype(object)
        if found.kind not in KINDS:
            raise UnsafePickle(f"it holds an array of {self.code}, not of numbers or strings")
        return found.newbyteorder(self.order)


class _Array:
    """Stands for ``numpy.ndarray`` and for the function that makes an empty one."""

    state = None

    def __init__(self, *_: object) -> None:
        """Shape and content follow."""

    def __setstate__(self, state: tuple) -> None:
        self.state = state

    @cached_property
    def found(self) -> np.ndarray:
        """The array that was remembered, made once, however often the pickle names it."""
        _, shape, kind, is_fortran, content = self.state
        values = np.frombuffer(_as_bytes(content), kind.to_numpy())
        if math.prod(shape) != len(values):
            raise UnsafePickle(f"{len(values)} values do not fill an array of shape {shape}")
        return values.reshape(shape, order="F" if is_fortran else "C").copy()


class _Filled(_Array):
    """Stands for the function by which new pickles make an array with its content at once."""

    def __init__(self, content: bytes, kind: _Type, shape: tuple, order: str) -> None:
        self.state = 1, shape, kind, order == "F", content


class _Scalar:
    """Stands for a single NumPy number."""

    def __init__(self, kind: _Type, content: bytes) -> None:
        self.kind, self.content = kind, content

    def __setstate__(self, state: object) -> None:
        raise UnsafePickle("it changes a number after making it")

    @cached_property
    def found(self) -> np.generic:
        """The number that was remembered."""
        return np.frombuffer(_as_bytes(self.content), self.kind.to_numpy())[0]


class _Latin1:
    """Stands for ``_codecs.encode`` and ``bytes()``, by which old pickles spell bytes."""

    def __init__(self, text: str = "", encoding: str = "latin1") -> None:
        if encoding != "latin1":
            raise UnsafePickle(f"it asks for the encoding {encoding!r}")
        self.found = text.encode("latin1")

    def __setstate__(self, state: object) -> None:
        raise UnsafePickle("it changes bytes after making them")


STAND_INS = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.multiarray", "scalar"): _Scalar,
    ("numpy._core.multiarray", "scalar"): _Scalar,
    ("numpy.core.numeric", "_frombuffer"): _Filled,
    ("numpy._core.numeric", "_frombuffer"): _Filled,
    ("_codecs", "encode"): _Latin1,
    ("__builtin__", "bytes"): _Latin1,
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in STAND_INS:
            raise UnsafePickle(f"it asks for {module}.{name}, which plain data does not need")
        return STAND_INS[module, name]


def read(file: Path) -> object:
    """The containers, numbers, strings and NumPy arrays in a pickle.

    Raises:
        UnsafePickle: the pickle names anything else (the message says what), or is damaged.
        OSError: the file cannot be read.
    """
    with file.open("rb") as stream:
        try:
            content = _PlainUnpickler(stream, encoding="latin1").load()
            # Every value took a byte at least; more values than bytes are repetitions.
            return _plain(content, iter(range(file.stat().st_size)))
        except OSError:
            raise
        except Exception as error:  # a damaged pickle raises nearly any kind
            reason = str(error) or type(error).__name__
            raise UnsafePickle(
                f"{file} was not read: {reason}; fetch the file again from its own page"
            ) from error


def _plain(value: object, budget: Iterator[int]) -> object:
    """The value with real arrays in place of stand-ins; each value takes one of the budget."""
    if next(budget, None) is None:
        raise UnsafePickle("it repeats itself without end")
    if isinstance(value, dict):
        return {_plain(key, budget): _plain(item, budget) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_plain(item, budget) for item in value)
    if isinstance(value, (_Array, _Scalar, _Latin1)):
        return value.found
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, bytearray)):
        return value
    raise UnsafePickle(f"it holds a {type(value).__name__.strip('_')}, which is not plain data")


def _as_bytes(content: object) -> bytes:
    plain = content.found if isinstance(content, _Latin1) else content
    return plain.encode("latin1") if isinstance(plain, str) else plain
