"""Explorer: where should a query's MACs be saved, for a given budget?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from ipywidgets import VBox

from helpers.course.explorers.latency_button import LatencyButton, Queries
from helpers.course.explorers.shelf import shelf
from helpers.course.figures.budgets import Candidate, savings
from helpers.course.figures.budgets.choices import Compare

ALT = (
    "Recall@1 of species against the MACs of a query, for every candidate, with two stairs: the "
    "best small image and the best small network that each budget buys, in both tests."
)


def where_to_save(
    starts: Mapping[str, Sequence[Candidate]],
    budgets: Mapping[str, float],
    compare: Compare,
    queries: Queries,
    start: tuple[str, str],
) -> VBox:
    """The best small image and the best small network that a budget buys; below it a stop watch.

    The pictures are drawn here; the choice of the start and the slider of the budget turn them in
    the browser. Only the button below them needs a running notebook.

    Args:
        starts: candidates by the name of their start; all with the same tests.
        budgets: in millions of MACs, by the labels of the slider.
        compare: by how many points one candidate is ahead of another in a test.
        queries: for the way and the budget of each candidate, its network and its image's side.
        start: name of a start, and label of a budget, at first.

    Raises:
        ValueError: no candidates; a start or a budget that is not there; a candidate without its
            query.
    """
    first = _positions(start, (list(starts), list(budgets)))
    for name, candidates in starts.items():
        if not candidates:
            raise ValueError(f"there are no candidates for {name!r}; give at least one")
    button = LatencyButton(starts[start[0]], queries)
    compare = cache(compare)  # many budgets have the same best candidates
    every = [each for candidates in starts.values() for each in candidates]
    books = {
        name: {
            label: savings(candidates, budget, compare, every) for label, budget in budgets.items()
        }
        for name, candidates in starts.items()
    }
    pictures = shelf(books, "start", "budget (MACs)", first, ALT)
    return VBox([pictures, button.widget])


def _positions(start: tuple[str, str], known: tuple[list[str], list[str]]) -> tuple[int, int]:
    """Where the slider and the choice stand at first."""
    for name, names in zip(start, known, strict=True):
        if name not in names:
            raise ValueError(f"start has {name!r}, but there is {', '.join(names) or 'nothing'}")
    book, page = (names.index(name) for name, names in zip(start, known, strict=True))
    return book, page
