"""The student's names as grading meets them: each use is a question to another process.

A test of the master runs here, where no code of a student is loaded. A function of the student is
a `Function` here: it sends its inputs over and gets values back, gradients as well.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from helpers.losses import Pairs
from tools.assignments.values import NoValue, dump, load, parsed

Ask = Callable[[str], str]
"""From a question to the reply, both JSON."""


class Names(dict):
    """What a test finds by name: its own names, and behind them those of the student."""

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, name: str) -> object:
        if hasattr(builtins, name):
            raise KeyError(name)
        try:
            return _loaded(self._ask, _reply(self._ask, {"fetch": name})["value"])
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None


class Function:
    """A function of the student's."""

    def __init__(self, ask: Ask, key: int) -> None:
        self._ask, self._key = ask, key

    def __call__(self, *inputs: object) -> object:
        """The value that the function returns; what it changes in its inputs is changed here."""
        reply = _reply(self._ask, {"call": self._key, "inputs": dump(inputs, _name)})
        result, after = (_loaded(self._ask, reply[part]) for part in ("value", "inputs"))
        learning = [each for each in inputs if isinstance(each, Tensor) and each.requires_grad]
        _change(inputs, after)
        if not isinstance(result, Tensor):
            return result
        if result.requires_grad and learning:
            return _Learning.apply(self, inputs, result.detach(), *learning)
        return result.detach()

    def gradients(self, inputs: tuple, slope: Tensor) -> tuple:
        """Of the result, for each input that learns."""
        question = {"call": self._key, "inputs": dump(inputs, _name), "slope": dump(slope, _name)}
        return _loaded(self._ask, _reply(self._ask, question)["value"])

    def __deepcopy__(self, memo: dict) -> Function:
        return self


class Network(nn.Module):
    """A network of the student's: images go, embeddings come."""

    def __init__(self, ask: Ask, key: int) -> None:
        super().__init__()
        self._asked, self._key, self._function = ask, key, Function(ask, key)
        self.device_mark = nn.Parameter(torch.zeros(()))  # networks are asked where they are

    def forward(self, images: Tensor) -> Tensor:
        """``float [n, 3, r, r]`` to whatever the student's network makes of it."""
        result = self._function(images)
        if not isinstance(result, Tensor):
            raise ValueError(f"it returns `{type(result).__name__}`, not a tensor.")
        return result

    def macs_elsewhere(self, resolution: int) -> float:
        """MACs of one query, as the student's process counts them."""
        reply = _reply(self._asked, {"cost": self._key, "resolution": resolution})
        macs = _loaded(self._asked, reply["value"])
        return float(macs) if isinstance(macs, int | float) else 0.0


class _Learning(torch.autograd.Function):
    """A result whose slope is known elsewhere."""

    @staticmethod
    def forward(ctx, function: Function, inputs: tuple, result: Tensor, *learning: Tensor):
        ctx.function, ctx.inputs, ctx.count = function, inputs, len(learning)
        ctx.shapes = [each.shape for each in learning]
        return result

    @staticmethod
    def backward(ctx, slope: Tensor):
        found = ctx.function.gradients(ctx.inputs, slope)
        shapes = [None if each is None else each.shape for each in found]
        if any(a not in (None, b) for a, b in zip(shapes, ctx.shapes, strict=True)):
            raise NoValue("a gradient of another shape than its input")
        return None, None, None, *found


def _reply(ask: Ask, question: dict) -> dict:
    reply = parsed(ask(json.dumps(question)))
    match reply:
        case {"error": ["KeyError", str()]} if "fetch" in question:
            raise KeyError(question["fetch"])
        case {"error": ["NotImplementedError", str(says)]}:
            raise NotImplementedError(says)
        case {"error": [str(kind), str(says)]}:
            raise type(kind if kind.isidentifier() else "Error", (RuntimeError,), {})(says)
        case {"value": _, "inputs": _} | {"value": _}:
            return {"inputs": None} | reply
    raise NoValue("the answer is neither a value nor an error")


def _change(inputs: tuple, after: object) -> None:
    """Let arrays and tensors here hold what the student's function has left in them."""
    if not isinstance(after, tuple) or len(after) != len(inputs):
        return
    for mine, theirs in zip(inputs, after, strict=True):
        alike = type(mine) is type(theirs) and isinstance(mine, np.ndarray | Tensor)
        if alike and mine.shape == theirs.shape and not bool((mine == theirs).all()):
            (mine.data if isinstance(mine, Tensor) else mine)[...] = theirs


def _loaded(ask: Ask, found: object) -> object:
    def named(words: dict) -> object:
        match words:
            case {"function": int(key)}:
                return Function(ask, key)
            case {"network": int(key)}:
                return Network(ask, key)
            case {"pairs": [positive, negative]}:
                return Pairs(load(positive, named), load(negative, named))
            case {"other": str(kind)}:
                return type(kind if kind.isidentifier() else "object", (), {})()
        raise NoValue("an answer of an unknown kind")

    return load(found, named)


def _name(value: object) -> dict:
    """Words for what a test hands to a student's function: pairs, and functions of the course."""
    if isinstance(value, Pairs):
        return {"pairs": [dump(value.positive, _name), dump(value.negative, _name)]}
    return {"library": [value.__module__, value.__qualname__]}
