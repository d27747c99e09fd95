"""Checks of budgets: MACs of a network, equal MACs, Pareto front, latency, a fair comparison."""

from __future__ import annotations

import numpy as np

from helpers.course.checks import FunctionCheck, Mistake, macs_of_convolution

Layers = list[tuple[int, int, int, int]]


def _networks(seed: int) -> list[tuple]:
    """(side, layers): each layer (channels_in, channels_out, kernel, stride)."""
    random = np.random.default_rng(seed)
    cases = []
    for _ in range(3):
        widths = [3, *random.integers(4, 65, 4).tolist()]
        layers = [
            (widths[i], widths[i + 1], int(random.choice([1, 3])), int(stride))
            for i, stride in enumerate(random.permutation([2, 2, 1, 1]))
        ]
        cases.append((int(16 * random.integers(2, 7)), layers))
    return cases


def _sides(side: int, layers: Layers) -> list[int]:
    """The side of the image before each layer."""
    strides = [stride for *_, stride in layers[:-1]]
    return [side // int(np.prod(strides[:i], initial=1)) for i in range(len(layers))]


def _macs(side: int, layers: Layers) -> int:
    return sum(
        macs_of_convolution.truth(before, *layer)
        for before, layer in zip(_sides(side, layers), layers, strict=True)
    )


macs_of_network = FunctionCheck(
    "macs_of_network(side, layers)",
    _macs,
    _networks,
    (
        Mistake(
            "The image keeps its size here: after a layer of stride 2 the next one sees half the "
            "side.",
            lambda side, layers: sum(macs_of_convolution.truth(side, *each) for each in layers),
        ),
        Mistake(
            "The stride shrinks the next layer's image, but not this layer's own output.",
            lambda side, layers: sum(
                macs_of_convolution.truth(before, *layer[:3], 1)
                for before, layer in zip(_sides(side, layers), layers, strict=True)
            ),
        ),
        Mistake(
            "Only the last layer is counted: has the sum been started anew in the loop?",
            lambda side, layers: macs_of_convolution.truth(_sides(side, layers)[-1], *layers[-1]),
        ),
        Mistake(
            "These are operations: one MAC is a multiplication and an addition, two operations.",
            lambda side, layers: 2 * _macs(side, layers),
        ),
    ),
)
"""MACs ``int`` of convolutions one after another: layers ``(channels_in, channels_out, kernel,
stride)``; the output's side is ``side // stride``."""


def _widths(seed: int) -> list[tuple]:
    """Widths that come out whole, then one to be rounded down and one to be rounded up."""
    random = np.random.default_rng(seed)
    sides = ((64, 32), (96, 24), (128, 64), (192, 144))
    cases = [(16 * int(random.integers(2, 9)), side, small) for side, small in sides]
    even, odd = 2 * int(random.integers(1, 5)), 2 * int(random.integers(1, 4)) + 1
    return [*cases, (16 * even, 70, 33), (16 * odd, 70, 33)]


width_of_equal_macs = FunctionCheck(
    "width_of_equal_macs(width, side, small_side)",
    lambda width, side, small: round(width * small / side),
    _widths,
    (
        Mistake(
            "Squared once too often: MACs grow with the square of the side *and* of the width.",
            lambda width, side, small: round(width * (small / side) ** 2),
        ),
        Mistake(
            "A root too many: only one of the two channel numbers is thought of here.",
            lambda width, side, small: round(width * (small / side) ** 0.5),
        ),
        Mistake(
            "The other way round: this network is wider than the one we began with.",
            lambda width, side, small: round(width * side / small),
        ),
        Mistake(
            "Cut off, not rounded: `int` and `//` go down, also from 22.6.",
            lambda width, side, small: width * small // side,
        ),
        Mistake(
            "Always rounded up: take the nearest whole number.",
            lambda width, side, small: -(-width * small // side),
        ),
        Mistake(
            "Right but for the rounding: a network has a whole number of channels.",
            lambda width, side, small: width * small / side,
        ),
    ),
)
"""Channels ``int`` at which a network on ``side`` pixels costs what the full width costs on
``small_side``: both channel numbers of a layer shrink together."""


def _points(seed: int) -> list[tuple]:
    """Costs and recalls of networks; some cost the same, some reach the same."""
    random = np.random.default_rng(seed)
    cases = []
    for n in (6, 9, 12):
        macs = random.integers(1, n, n).astype(float)
        recall = np.round(0.3 + 0.05 * macs + random.uniform(-0.2, 0.2, n), 1)
        cases.append((macs, recall))
    return cases


def _front(macs: np.ndarray, recall: np.ndarray) -> np.ndarray:
    cheaper = (macs[:, None] <= macs) & (recall[:, None] >= recall)
    better = (macs[:, None] < macs) | (recall[:, None] > recall)
    return ~(cheaper & better).any(axis=0)


pareto_front = FunctionCheck(
    "pareto_front(macs, recall)",
    _front,
    _points,
    (
        Mistake(
            "Each point beats itself here: a rival must be better in at least one of the two.",
            lambda macs, recall: np.zeros(len(macs), bool),
        ),
        Mistake(
            "A rival counts here only if it is better in both; equal cost and more recall beats a "
            "point, too.",
            lambda macs, recall: ~((macs[:, None] < macs) & (recall[:, None] > recall)).any(axis=0),
        ),
        Mistake(
            "These are the points that are beaten: the front is all the others.",
            lambda macs, recall: ~_front(macs, recall),
        ),
        Mistake(
            "Dear points are preferred here: on which axis is less better?",
            lambda macs, recall: _front(-macs, recall),
        ),
        Mistake(
            "Rival and point are swapped: these are the points that beat no other.",
            lambda macs, recall: _front(-macs, -recall),
        ),
    ),
)
"""Mask ``bool [n]`` of the points that no other beats: no dearer, no worse, and better in one."""


def _timings(seed: int) -> list[tuple]:
    random = np.random.default_rng(seed)
    cases = []
    for n in (5, 8):
        macs = np.sort(random.uniform(1, 80, n))
        noise = random.normal(0, 0.05, n)
        cases.append((macs, random.uniform(1, 3) + random.uniform(0.05, 0.2) * macs + noise))
    return cases


fitted_latency = FunctionCheck(
    "fitted_latency(macs, milliseconds)",
    lambda macs, milliseconds: np.polyfit(macs, milliseconds, 1)[::-1],
    _timings,
    (
        Mistake(
            "Slope and floor have changed places: the floor comes first.",
            lambda macs, milliseconds: np.polyfit(macs, milliseconds, 1),
        ),
        Mistake(
            "A line through zero: what a call costs whatever the network, the floor, is missing.",
            lambda macs, milliseconds: np.array([0, macs @ milliseconds / (macs @ macs)]),
        ),
        Mistake(
            "The axes are swapped: time follows from MACs.",
            lambda macs, milliseconds: np.polyfit(milliseconds, macs, 1)[::-1],
        ),
        Mistake(
            "The floor is the time of the cheapest network: it still has MACs of its own.",
            lambda macs, milliseconds: np.array(
                [milliseconds.min(), np.polyfit(macs, milliseconds, 1)[0]]
            ),
        ),
    ),
)
"""Floor and slope ``float [2]`` of milliseconds = floor + slope · MACs, by least squares."""


def _seeds(seed: int) -> list[tuple]:
    """Recalls of two ways to spend a budget, over the same seeds: a good seed is good for both."""
    random = np.random.default_rng(seed)
    cases = []
    for n in (5, 8):
        of_seed = random.normal(0.5, 0.1, n)
        cases.append((of_seed + random.normal(0.05, 0.02, n), of_seed + random.normal(0, 0.02, n)))
    apart = np.array([0.06, -0.03, 0.05, -0.02, 0.04, -0.01])  # now the first is ahead, now not
    second = random.normal(0.5, 0.1, len(apart))
    return [*cases, (second + random.permutation(apart), second)]


def _error(values: np.ndarray) -> float:
    return values.std(ddof=1) / np.sqrt(len(values))


paired_difference = FunctionCheck(
    "paired_difference(first, second)",
    lambda first, second: np.array([(first - second).mean(), _error(first - second)]),
    _seeds,
    (
        Mistake(
            "The seeds are taken as if they had nothing to do with each other: subtract seed by "
            "seed before you look at the spread.",
            lambda a, b: np.array([(a - b).mean(), np.hypot(_error(a), _error(b))]),
        ),
        Mistake(
            "This is the standard deviation of one seed; the error of a mean is smaller: by how "
            "much, with n seeds?",
            lambda a, b: np.array([(a - b).mean(), (a - b).std(ddof=1)]),
        ),
        Mistake(
            "The spread is divided by n, as if the mean were known; with few seeds use n − 1 "
            "(`ddof=1`).",
            lambda a, b: np.array([(a - b).mean(), (a - b).std() / np.sqrt(len(a))]),
        ),
        Mistake(
            "Sizes of differences are averaged: where the second is ahead, the difference is "
            "negative, and has to stay so.",
            lambda a, b: np.array([abs(a - b).mean(), _error(abs(a - b))]),
        ),
        Mistake(
            "The sign: first minus second is asked for.",
            lambda a, b: np.array([(b - a).mean(), _error(a - b)]),
        ),
        Mistake(
            "The best seed is compared with the best seed: means over seeds are asked for.",
            lambda a, b: np.array([a.max() - b.max(), _error(a - b)]),
        ),
    ),
)
"""Mean of the differences seed by seed, and its standard error, ``float [2]``."""
