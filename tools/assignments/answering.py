"""Inside the process of a submission: answers what grading asks of the student's names, in values.

Nothing here decides on points, so a student who replaces it only answers something else.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
from contextlib import suppress
from operator import attrgetter

import numpy as np
import torch
from IPython import get_ipython
from torch import Tensor, nn

from helpers import cost
from helpers.course import leaderboard  # noqa: F401  before the checks fall silent
from helpers.losses import Pairs
from tools.assignments.values import REPLY, dump, load

CHECKS = ("helpers.course.checks", "helpers.course.problem_sets")

_kept: list = []  # functions and networks that grading may ask for again


class Silent(types.ModuleType):
    """Stands for the checks, which hold the solutions: agrees with every call and knows nothing."""

    def __getattr__(self, name: str) -> Silent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Silent(name)

    def __call__(self, *given: object, **named: object) -> Silent:
        return self

    def __repr__(self) -> str:
        return "(checked when this is graded)"


def prepare() -> None:
    """Silence the checks, and let a notebook go on after ``exit()``."""
    shell, course = get_ipython(), importlib.import_module("helpers.course")
    for name in CHECKS:
        sys.modules[name] = silent = Silent(name)
        short = name.rpartition(".")[2]
        setattr(course, short, silent)
        shell.user_ns[short] = silent
    shell.user_ns["exit"] = shell.user_ns["quit"] = lambda *given: None


def answer(request: str) -> None:
    """Publish the reply to one question of grading's."""
    try:
        reply = _reply(json.loads(request))
    except BaseException as error:  # exit() inside an answer, too, is an error of the answer
        reply = {"error": [type(error).__name__, str(error)[:2000]]}
    get_ipython().display_pub.publish({REPLY: json.dumps(reply)})


def _reply(asked: dict) -> dict:
    if "fetch" in asked:
        return {"value": dump(get_ipython().user_ns[asked["fetch"]], _name)}
    if "cost" in asked:
        return {"value": cost.macs(_kept[asked["cost"]], asked["resolution"])}
    function = _kept[asked["call"]]
    inputs = load(asked["inputs"], _named)
    if "slope" in asked:
        return {"value": dump(_gradients(function, inputs, load(asked["slope"], _named)), _name)}
    result = _embedded(function, *inputs) if isinstance(function, nn.Module) else function(*inputs)
    return {"value": dump(result, _name), "inputs": dump(inputs, _name)}


def _gradients(function: object, inputs: tuple, slope: Tensor) -> tuple:
    """Of the result, for every input that learns."""
    learning = [each for each in inputs if isinstance(each, Tensor) and each.requires_grad]
    return torch.autograd.grad(function(*inputs), learning, slope, allow_unused=True)


@torch.no_grad()
def _embedded(network: nn.Module, images: Tensor) -> Tensor:
    return network.eval()(images)


def _name(value: object) -> dict:
    if isinstance(value, Pairs):
        return {"pairs": [dump(value.positive, _name), dump(value.negative, _name)]}
    if callable(value) and not isinstance(value, Silent):
        _kept.append(value)
        return {"network" if isinstance(value, nn.Module) else "function": len(_kept) - 1}
    with suppress(Exception):  # a table, a fraction, a range: whatever numpy takes for numbers
        return dump(np.asarray(value, dtype=float), _name)
    return {"other": type(value).__name__}


def _named(found: dict) -> object:
    match found:
        case {"pairs": [positive, negative]}:
            return Pairs(load(positive, _named), load(negative, _named))
        case {"library": [module, name]}:
            return attrgetter(name)(importlib.import_module(module))
    return None
