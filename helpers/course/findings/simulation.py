"""How often the test of a comparison errs: made-up studies in which the truth is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from helpers.course.findings.statistics import pooled_errors
from helpers.retrieval.intervals import chance_below

SEEDS, TRIALS = 5, 20_000
OF_SPECIES = 0.008
"""Standard error over species of a difference; that over seeds is below."""

Gains = Callable[[np.random.Generator], np.ndarray]
"""Draws the gains ``[trials, comparisons, seeds]`` of studies without any true difference."""


def _spread(*by_comparison: float) -> Gains:
    spread = np.array(by_comparison)[:, None]
    return lambda random: spread * random.normal(size=(TRIALS, len(spread), SEEDS))


def _collapsing(random: np.random.Generator) -> np.ndarray:
    first, second = (random.random((2, TRIALS, 3, SEEDS)) < 0.1).astype(float)
    return _spread(0.02, 0.02, 0.02)(random) - 0.3 * (first - second)


def _one_side_collapsing(random: np.random.Generator) -> np.ndarray:
    collapsed = random.random((TRIALS, 3, SEEDS)) < 0.1
    return _spread(0.02, 0.02, 0.02)(random) - 0.3 * collapsed + 0.03


def _skewed(random: np.random.Generator) -> np.ndarray:
    return 0.02 * (1 - random.exponential(size=(TRIALS, 3, SEEDS)))


STUDIES: dict[str, Gains] = {
    "one comparison, seeds spread by 3 points": _spread(0.03),
    "three comparisons, 3 points each": _spread(0.03, 0.03, 0.03),
    "six comparisons, this one 5 points, the others 1": _spread(0.05, *[0.01] * 5),
    "skewed: some seeds fail by several points": _skewed,
    "collapsed: a tenth of all seeds lose 30 points": _collapsing,
    "collapsed on one side only": _one_side_collapsing,
}
"""Studies by what is tested: their first comparison."""


def p_values(study: Gains, effect: float = 0.0) -> np.ndarray:
    """One-sided p-values ``[trials]`` of a study's first comparison, whose true gain is known."""
    random = np.random.default_rng(0)
    by_seed = study(random) + effect
    by_seed += OF_SPECIES * random.normal(size=(TRIALS, by_seed.shape[1], 1))
    errors, degrees = pooled_errors(by_seed)
    return chance_below(-by_seed[:, 0].mean(axis=-1), OF_SPECIES, errors[:, 0], degrees[:, 0])


@cache
def rates(study: Gains, levels: tuple[float, ...], effect: float = 0.0) -> tuple[float, ...]:
    """How often the p-value is below each level."""
    found = p_values(study, effect)
    return tuple(float(np.mean(found < level)) for level in levels)
