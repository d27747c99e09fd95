"""Learning rates, margins and weights: what was tried for each loss, and what was chosen.

Every subject gets the same number of trials, on species that are trained on neither here nor in the
test: half of the training species teach, the other half judge. ``make tune`` carries the trials out
and writes the record, from which the choice follows; nothing is chosen by hand.

The range of the learning rates was moved up twice, because the best of them stood at its upper end;
trials of earlier ranges, on these same validation species, were thrown away.
"""

from __future__ import annotations

import json
from functools import cache
from typing import NamedTuple

from helpers.cache import PROJECT

RECORD = PROJECT / "data" / "tuning.json"
BOTH_TESTS = ("asymmetric/species/recall@1", "symmetric/species/recall@1")
SYMMETRIC_TEST = ("symmetric/species/recall@1",)


class Choice(NamedTuple):
    """A learning rate, with the margins and weights of a loss as pairs."""

    learning_rate: float
    settings: tuple[tuple[str, float], ...] = ()


class NotTuned(ValueError):
    """The record of the tuning has no trials of this subject."""


# A trial is named after its place: the highest rate, tried last, took the place of the lowest.
RATES = (16e-3, 2e-3, 4e-3, 8e-3)
ONLY_RATES = tuple(Choice(rate) for rate in RATES)


def _two_rates(
    *settings: tuple[tuple[str, float], ...], rates: tuple[float, float] = (16e-3, 6e-3)
) -> tuple[Choice, ...]:
    return tuple(Choice(rate, each) for rate in rates for each in settings)


def _two_values(name: str, low: float, high: float, **rates: tuple) -> tuple[Choice, ...]:
    return _two_rates(((name, low),), ((name, high),), **rates)


GENTLE = (5e-4, 2e-3)
"""Rates for networks that start from a training on labels."""

CANDIDATES: dict[str, tuple[Choice, ...]] = {
    "regression": ONLY_RATES,
    "raml_absolute": ONLY_RATES,
    "raml": _two_rates(
        (("weight_student_teacher", 0.2), ("weight_student_student", 0.2)),
        (("weight_student_teacher", 0.7718), ("weight_student_student", 0.6684)),
    ),
    "absolute_teacher": ONLY_RATES,
    "contextual_similarity": _two_values("temperature", 0.05, 0.1),
    "relaxed_contrastive": _two_values("margin", 1.0, 1.5),
    "rkd": ONLY_RATES,
    "dark_rank": ONLY_RATES,
    "relative_teacher": ONLY_RATES,
    "contrastive": _two_values("margin", 0.5, 0.755),
    "contrastive_plus": _two_values("margin", 0.5, 0.755),
    "triplet": _two_values("margin", 0.1, 0.3),
    "multi_similarity": _two_values("threshold", 0.3, 0.5),
    "contrastive_symmetric": _two_values("margin", 0.5, 0.755),
    "triplet_symmetric": _two_values("margin", 0.1, 0.3),
    "multi_similarity_symmetric": _two_values("threshold", 0.3, 0.5),
    "narrow network": ONLY_RATES,
    "shallow network": ONLY_RATES,
    "coarse network": ONLY_RATES,
    "batch_hard_triplet": _two_values("margin", 0.0, 0.2, rates=GENTLE),
    "triplet_and_absolute": _two_values("weight", 1.0, 10.0, rates=GENTLE),
    "triplet_and_relative": _two_values("weight", 0.03, 0.3, rates=GENTLE),
    "triplet_and_hints": _two_values("weight", 1.0, 10.0, rates=GENTLE),
    "triplet_and_attention": _two_values("weight", 100.0, 1000.0, rates=GENTLE),
}
"""What is tried, by subject: a loss, or a network that copies its teacher by regression."""


def chosen(subject: str) -> Choice:
    """The candidate with the best score in the record; of equals the first.

    Raises:
        NotTuned: the record is missing, or does not hold this subject.
    """
    trials = [trial for trial in record() if trial["subject"] == subject]
    if not trials:
        raise NotTuned(f"{RECORD.name} has no trials of {subject!r}; python -m helpers.runs.tuning "
                       "carries them out")  # fmt: skip
    best = max(trials, key=lambda trial: trial["score"])
    return Choice(best["learning_rate"], tuple(map(tuple, best["settings"])))


@cache
def record() -> list[dict]:
    """All trials: ``subject``, ``learning_rate``, ``settings``, both tests and the ``score``."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else []
