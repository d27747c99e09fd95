"""Every run that comes with the course: what it costs, and how well it does in both tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers import recipes, runs
from helpers.cost import macs
from helpers.course.figures import style
from helpers.recipes import NetworkRecipe, Recipe, listing
from helpers.runs import Run
from helpers.runs.evaluation import LABELS
from helpers.runs.experiment import new_network

TESTS = ("asymmetric", "symmetric")

KINDS = {
    "teacher": (style.TEACHER, "s"),
    "student": (style.STUDENT, "o"),
    "from labels alone": (style.ALONE, "x"),
}
"""Colour and marker of a network: it is a teacher, learned from one, or from labels alone."""

WITHOUT_A_TEACHER = ("batch_hard_triplet", *(f"{loss}_symmetric" for loss in
                     ("contrastive", "triplet", "multi_similarity")))  # fmt: skip
"""Losses of the studies that look at the student's own embeddings and the labels."""


class Entry(NamedTuple):
    """One recipe and its shipped runs.

    Attributes:
        recipe: with seed 0.
        macs: multiply-accumulate operations of one query.
        recall: for each test Recall@1 of the fine label of each seed, ``float [seeds]`` in 0..1.
    """

    recipe: Recipe
    macs: int
    recall: Mapping[str, np.ndarray]

    @property
    def seeds(self) -> int:
        """How many runs there are."""
        return len(self.recall["symmetric"])

    @property
    def kind(self) -> str:
        """By whom it was taught, a key of ``KINDS``."""
        if self.recipe.teacher is None:
            return "teacher"
        looks = self.recipe.learns_from == "teacher" and self.recipe.loss not in WITHOUT_A_TEACHER
        return "student" if looks else "from labels alone"

    def percent(self, test: str) -> float:
        """Mean Recall@1 over seeds; a teacher's database is its own, so its tests are one."""
        return 100 * float(self.recall.get(test, self.recall["symmetric"]).mean())

    @property
    def place(self) -> tuple[float, float]:
        """Symmetric and asymmetric Recall@1 in percent."""
        return self.percent("symmetric"), self.percent("asymmetric")


def every_run() -> dict[str, list[Entry]]:
    """The shipped runs, by the notebook that teaches them first; each recipe stands once."""
    lists = {
        "02": recipes.shipped(),
        "04": listing.architecture_or_resolution(),
        "05": listing.distillation_losses(),
        "06": listing.learning_from_teachers(),
        "08": recipes.shipped_photos(),
    }
    first = {}
    for notebook, listed in lists.items():
        for recipe in listed:
            first.setdefault(recipe, notebook)
    trained = [recipe for recipe in first if runs.seeds_of(recipe)]
    costs = _costs(trained)
    entries = {notebook: [] for notebook in lists}
    for recipe in trained:
        entries[first[recipe]].append(_entry(recipe, costs[recipe.network, recipe.resolution]))
    return entries


def _costs(listed: Sequence[Recipe]) -> dict[tuple[NetworkRecipe, int], int]:
    """The MACs of each network at each resolution, counted once however many runs share them."""
    distinct = {(recipe.network, recipe.resolution): recipe for recipe in listed}
    return {key: macs(new_network(recipe), key[1]) for key, recipe in distinct.items()}


def _entry(recipe: Recipe, cost: int) -> Entry:
    """What the store has of one recipe, over its seeds."""
    found = runs.over_seeds(recipe, runs.seeds_of(recipe))
    recall = {test: _recalls(found, test) for test in TESTS}
    return Entry(recipe, cost, {test: values for test, values in recall.items() if len(values)})


def _recalls(found: Sequence[Run], test: str) -> np.ndarray:
    """Recall@1 of the fine label for each seed; empty where the test was not made."""
    fine, _ = LABELS.get(found[0].recipe.data_set, ("fine", "coarse"))
    name = f"{test}/{fine}/recall@1"
    return np.array([run.metrics[name] for run in found if name in run.metrics])


def runs_table(entries: Sequence[Entry]) -> pandas.DataFrame:
    """One row a recipe: query, cost, seeds, Recall@1 in percent (mean ± deviation over seeds)."""
    rows = {each.recipe.name: _row(each) for each in entries}
    return pandas.DataFrame.from_dict(rows, orient="index")


def _row(each: Entry) -> dict[str, str]:
    tests = {test: _mean_and_spread(each.recall.get(test)) for test in TESTS}
    return {
        "query": f"{each.recipe.resolution} px",
        "M MACs": f"{each.macs / 1e6:.1f}",
        "seeds": str(each.seeds),
    } | tests


def _mean_and_spread(recall: np.ndarray | None) -> str:
    if recall is None:
        return "–"
    spread = f" ± {100 * recall.std():.1f}" if len(recall) > 1 else ""
    return f"{100 * recall.mean():.1f}{spread}"


def runs_panels(entries: Mapping[str, Sequence[Entry]]) -> Figure:
    """Recall@1 of both tests: a panel for each notebook, the other runs in grey."""
    figure, (panels,) = plt.subplots(
        1, len(entries), figsize=(2 * len(entries) + 0.6, 2.6), sharex=True, sharey=True,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    for axes, notebook in zip(panels, entries, strict=True):
        _draw_runs(axes, entries, notebook, scale=0.5)
        axes.set_title(f"notebook {notebook}", fontsize=10)
    panels[0].set_ylabel("asymmetric Recall@1 (%)", fontsize=9)
    figure.supxlabel("symmetric Recall@1 (%)", fontsize=9)
    return figure


def runs_frame(entries: Mapping[str, Sequence[Entry]], notebook: str) -> Figure:
    """The panel of one notebook, large, with the meaning of its marks beside it."""
    figure, axes = plt.subplots(figsize=(6.4, 3.9), layout="constrained")
    _draw_runs(axes, entries, notebook, scale=1)
    axes.set(xlabel="symmetric Recall@1 (%)", ylabel="asymmetric Recall@1 (%)")
    for name, (colour, marker) in KINDS.items():
        axes.scatter([], [], 40, colour, marker=marker, alpha=0.8, label=name)
    axes.scatter([], [], 12, "0.8", label="other notebooks")
    title = "larger mark:\ncostlier query"
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9, title=title)
    return figure


def describe_runs(entries: Mapping[str, Sequence[Entry]], notebook: str) -> str:
    """What a frame shows, in words and numbers, for readers who cannot see it."""
    shown = entries[notebook]
    seeds = sum(each.seeds for each in shown)
    ranges = (
        f"{test} {min(means):.1f} to {max(means):.1f} %"
        for test in TESTS
        if (means := [each.percent(test) for each in shown if test in each.recall])
    )
    return (
        f"Asymmetric against symmetric Recall@1 of {len(shown)} recipes ({seeds} runs) of notebook "
        f"{notebook}: {', '.join(ranges)}. The table has every number."
    )


def _draw_runs(
    axes: Axes, entries: Mapping[str, Sequence[Entry]], notebook: str, scale: float
) -> None:
    """A mark for each recipe, those of one notebook in colour, as large as its query is costly."""
    axes.axline((0, 0), slope=1, color=style.CHANCE, linewidth=0.8, linestyle=":", zorder=0)
    others = [each for other, listed in entries.items() if other != notebook for each in listed]
    axes.scatter(*np.transpose([each.place for each in others]), 12 * scale, "0.8")
    for each in entries[notebook]:
        colour, marker = KINDS[each.kind]
        area = 12 * scale * np.sqrt(each.macs / 1e6)
        axes.scatter(*each.place, area, colour, marker=marker, alpha=0.8, linewidths=1.2)
    axes.set(xlim=(-4, 104), ylim=(-4, 104), xticks=range(0, 101, 50), yticks=range(0, 101, 50))
