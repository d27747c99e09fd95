"""Functions that make networks, by name, so that a network knows how to be made again."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from torch import nn

MAKERS: dict[str, Callable[..., nn.Module]] = {}
"""Every function that makes a network, by its name."""


def maker(make: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """Let a function write into each network's ``recipe`` its own name and what it was given."""

    @functools.wraps(make)
    def make_and_note(*arguments: object, **settings: object) -> nn.Module:
        network = make(*arguments, **settings)
        given = inspect.signature(make).bind(*arguments, **settings)
        given.apply_defaults()
        network.recipe = {"maker": make.__name__, **given.arguments}
        return network

    MAKERS[make.__name__] = make_and_note
    return make_and_note
