"""Pretrain every architecture to its plateau: ``python -m helpers.runs.pretraining``.

The steps are doubled until a doubling gains less than a point. What every length came to is written
to ``data/pretraining.json``; the trainings stay in ``data/cache/runs``, so that an interrupted call
goes on where it was stopped. Takes hours on two cores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count

from helpers import runs
from helpers.cache import PROJECT
from helpers.recipes import Recipe
from helpers.recipes.pretraining import ARCHITECTURES, FIRST_STEPS, PLATEAU, pretraining

RECORD = PROJECT / "data" / "pretraining.json"
METRIC = "symmetric/species/recall@1"


def has_flattened(recalls: Sequence[float]) -> bool:
    """Whether the last doubling gained less than ``PLATEAU``; recalls of 1, 2, 4 … times the steps.

    Example: 0.82, 0.93 is still rising; 0.82, 0.93, 0.935 is not.
    """
    return len(recalls) > 1 and recalls[-1] - recalls[-2] < PLATEAU


def to_plateau(architecture: str, recall_of: Callable[[Recipe], float]) -> dict[int, float]:
    """Recall@1 on validation species by steps, up to the first doubling that was not worth it.

    Args:
        architecture: a key of ``ARCHITECTURES``.
        recall_of: trains a recipe and says how well it does, in 0..1.
    """
    found: dict[int, float] = {}
    for doubling in count():
        if has_flattened(list(found.values())):
            return found
        steps = FIRST_STEPS * 2**doubling
        found[steps] = recall_of(pretraining(architecture, steps))


def trained_recall(recipe: Recipe) -> float:
    """Recall@1 of the recipe's run on validation species, in 0..1; trained first if need be."""
    run = runs.train(recipe)
    print(f"{recipe.name}: Recall@1 {100 * run.metrics[METRIC]:.1f} %", flush=True)
    return round(run.metrics[METRIC], 5)


def main() -> None:
    """Pretrain every architecture and write the record."""
    record = {name: to_plateau(name, trained_recall) for name in ARCHITECTURES}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
