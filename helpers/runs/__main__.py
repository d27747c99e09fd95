"""Train every run of the course on this machine: ``make retrain`` or ``python -m helpers.runs``.

It can be stopped and called again: runs that are finished stay in ``data/cache/runs`` and are not
trained twice. To start from nothing, delete that folder. With ``--ship`` the runs are then copied
to ``data/runs``, which is how the shipped runs were made.
"""

from __future__ import annotations

import argparse
import os

from helpers import recipes, runs
from helpers.recipes import Recipe
from helpers.runs import maps

GUESS = 180.0  # seconds for a run that no shipped run tells about


def main() -> None:
    """Train the recipes of the course and compare them with the shipped runs."""
    parser = argparse.ArgumentParser(prog="python -m helpers.runs", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (default 1: seed 0)")
    parser.add_argument("--ship", action="store_true", help="copy the runs to data/runs")
    options = parser.parse_args()
    course = recipes.shipped() + recipes.studied()
    course += recipes.shipped_photos() if grocery_is_here() else []
    wanted = [recipe.with_seed(seed) for seed in range(options.seeds) for recipe in course]
    os.environ["RETRAIN"] = "1"
    expected = [seconds_expected(recipe) for recipe in wanted]
    spent = planned = 0.0
    for place, recipe in enumerate(wanted):
        # The shipped runs tell how long each takes relative to the others; how fast this machine is
        # shows once it has trained one.
        pace = spent / planned if planned else 1.0
        left = pace * sum(expected[place:]) / 60
        print(f"{place + 1} of {len(wanted)}: {recipe.name}, seed {recipe.seed}; about {left:.0f} "
              f"minutes left for all", flush=True)  # fmt: skip
        run = runs.get(recipe)
        spent += run.seconds if expected[place] else 0.0
        planned += expected[place]
        report(run)
        if options.ship:
            runs.ship(recipe)
    if options.ship:
        maps.main()  # a map belongs to the embeddings of the runs just shipped


def grocery_is_here() -> bool:
    """Whether the photos of the shipped runs lie where ``COURSE_PHOTOS`` points; says if not."""
    from helpers import photos

    try:
        found = photos.load(resolution=192).images.name
    except photos.PhotosNotFound:
        found = "no photos"
    if found != recipes.GROCERY:
        print(f"COURSE_PHOTOS: {found}; the runs on {recipes.GROCERY} are left out")
    return found == recipes.GROCERY


def seconds_expected(recipe: Recipe) -> float:
    """Nothing for a run that is finished, else what the shipped run took on its machine."""
    if runs.is_trained(recipe):
        return 0.0
    shipped = runs.get_shipped(recipe.with_seed(0))
    return shipped.seconds if shipped else GUESS


def report(run: runs.Run) -> None:
    """Print a run's Recall@1 beside that of the shipped run."""
    shipped = runs.get_shipped(run.recipe)
    for name, value in run.metrics.items():
        if name.endswith("recall@1") and not name.startswith(("naive", "enlarged")):
            beside = f" (shipped {100 * shipped.metrics[name]:.1f})" if shipped else ""
            print(f"    {name}: {100 * value:.1f} %{beside}")


if __name__ == "__main__":
    main()
