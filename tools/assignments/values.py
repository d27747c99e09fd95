"""Values as text: all that goes between grading and the process of a submission.

Numbers, words, arrays and tensors are written out in JSON, so that reading them runs nothing. What
is no value, such as a function or a network, goes as a name under which it can be asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from math import prod

import numpy as np
import torch
from torch import Tensor

REPLY = "application/x-course-answer"
"""The kind of message in which a kernel publishes its reply."""

PLAIN = bool | int | float | str | None
KINDS = "biuf"  # of numbers in arrays: truth values, whole numbers, floats


class NoValue(ValueError):
    """A text that stands for no value."""


def dump(value: object, name: Callable[[object], dict]) -> object:
    """What `json` can write for a value; ``name`` finds words for what is no value."""
    if isinstance(value, PLAIN):
        return value
    if value is Ellipsis:
        return {"missing": True}
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in KINDS:
        return {"array": _packed(value)}
    if isinstance(value, Tensor):
        return {"tensor": _packed(value.detach().cpu().numpy()), "learns": value.requires_grad}
    if type(value) in (list, tuple):
        return {type(value).__name__: [dump(each, name) for each in value]}
    return name(value)


def load(found: object, named: Callable[[dict], object]) -> object:
    """The value that `dump` has written; ``named`` finds what stands behind a name.

    Raises:
        NoValue: nothing that `dump` writes.
    """
    match found:
        case bool() | int() | float() | str() | None:
            return found
        case {"missing": True}:
            return ...
        case {"array": packed}:
            return _unpacked(packed)
        case {"tensor": packed, "learns": bool(learns)}:
            tensor = torch.from_numpy(_unpacked(packed))
            return tensor.requires_grad_(learns and tensor.is_floating_point())
        case {"list": list(parts)}:
            return [load(part, named) for part in parts]
        case {"tuple": list(parts)}:
            return tuple(load(part, named) for part in parts)
        case dict():
            return named(found)
    raise NoValue(f"{type(found).__name__} is no value")


def parsed(text: str) -> dict:
    """The JSON object in a text from a process that nobody trusts.

    Raises:
        NoValue: there is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError, TypeError) as error:
        raise NoValue("the answer is no JSON") from error
    if not isinstance(found, dict):
        raise NoValue("the answer is no JSON object")
    return found


def _packed(array: np.ndarray) -> list:
    content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return [array.dtype.str, list(array.shape), content]


def _unpacked(packed: object) -> np.ndarray:
    match packed:
        case [str(kind), list(shape), str(content)] if all(type(n) is int for n in shape):
            pass
        case _:
            raise NoValue("an array without kind, shape and content")
    try:
        dtype, data = np.dtype(kind), base64.b64decode(content)
        if dtype.kind not in KINDS or dtype.names or prod(shape) * dtype.itemsize != len(data):
            raise NoValue("an array of another size or kind than it says")
        return np.frombuffer(data, dtype).reshape(shape).copy()
    except (ValueError, TypeError, SyntaxError) as error:
        raise NoValue(f"no array: {error}") from error
