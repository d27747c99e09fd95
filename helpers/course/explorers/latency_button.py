"""A button that times the candidates on the machine of whoever presses it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from ipywidgets import HTML, Button, HBox, IntProgress, Output, VBox
from matplotlib.figure import Figure
from torch import nn

from helpers.cost import latency
from helpers.course.explorers.pages import pages
from helpers.course.figures.budgets import Candidate, fronts

BATCHES = {1: "one query at a time", 32: "32 queries at a time"}
ROUNDS = 5
NEEDS_A_KERNEL = (
    "Times every candidate on this machine. The button needs a running notebook: on a page "
    "without one it does nothing."
)

Key = tuple[str, int]
"""A way and a budget."""

Queries = Mapping[Key, tuple[nn.Module, int]]
"""For each way and budget the network, and the side in pixels of the image it sees."""

Milliseconds = Mapping[int, Mapping[Key, float]]
"""For each batch and each query the time of one image."""


def measure(
    queries: Queries, rounds: int = ROUNDS, after_each: Callable[[], None] = lambda: None
) -> Milliseconds:
    """The least time for an image in several rounds through all queries, on one core.

    Whatever else the machine does can only slow a query down: so the least is the least disturbed.

    Args:
        queries: what to time; random weights are as fast as trained ones.
        rounds: how often everything is timed.
        after_each: called after each of the ``len(BATCHES) * rounds * len(queries)`` timings.
    """
    found = {batch: {key: [] for key in queries} for batch in BATCHES}
    with _one_core():
        for _ in range(rounds):  # the outer loop: a query's timings are spread over the whole run
            for batch in BATCHES:
                for key, (network, side) in queries.items():
                    found[batch][key].append(latency(network, side, batch, repeats=1))
                    after_each()
    return {
        batch: {key: 1000 * min(seconds) / batch for key, seconds in by_key.items()}
        for batch, by_key in found.items()
    }


@contextmanager
def _one_core() -> Iterator[None]:
    """As many other programs as a machine has other cores may run without disturbing."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class LatencyButton:
    """The button, its progress, and the result below it.

    Args:
        candidates: what is timed, and how well each does.
        queries: for the way and the budget of each candidate, its network and its image's side.

    Attributes:
        widget: all of it, to be shown.

    Raises:
        ValueError: a candidate without its query.
    """

    def __init__(self, candidates: Sequence[Candidate], queries: Queries) -> None:
        missing = [key for key in map(_key, candidates) if key not in queries]
        if missing:
            raise ValueError(f"queries have no network for {missing}; give one for each candidate")
        self.candidates = candidates
        self.queries = {key: queries[key] for key in map(_key, candidates)}
        self.button = Button(description="measure latency here", layout={"width": "auto"})
        self.progress = IntProgress(
            max=len(BATCHES) * ROUNDS * len(self.queries), layout={"display": "none"}
        )
        self.words = HTML(NEEDS_A_KERNEL)
        self.result = VBox()
        self.button.on_click(self.press)
        line = HBox([self.button, self.progress, self.words], layout={"flex_flow": "row wrap"})
        self.widget = VBox([line, self.result])

    def press(self, _: Button | None = None) -> None:
        """Measure, and show the result, or the error that came instead of it."""
        self.button.disabled, self.progress.value = True, 0
        self.progress.layout.display, self.words.value = None, "Measuring …"
        try:
            times = measure(self.queries, after_each=self._advance)
            self.result.children = pages([self._alt(times)], [self._figure(times)])
            self.words.value = self._speed_up(times)
        except Exception:  # a callback's error would otherwise end in a log that nobody reads
            shown = Output()
            shown.append_stderr(traceback.format_exc())
            self.result.children = [shown]
            self.words.value = "The measurement failed:"
        finally:
            self.button.disabled, self.progress.layout.display = False, "none"

    def _advance(self) -> None:
        self.progress.value += 1

    def _figure(self, times: Milliseconds) -> Figure:
        """Recall against time: a row for each test, a column for each batch."""
        panels = {
            f"{test} test, {words}": self._points(test, times[batch])
            for test in self.candidates[0].recall
            for batch, words in BATCHES.items()
        }
        return fronts(panels, "time of a query on this machine (milliseconds)")

    def _points(self, test: str, times: Mapping[Key, float]) -> dict:
        ways = {each.way: [] for each in self.candidates}
        for each in self.candidates:
            ways[each.way].append((times[_key(each)], each.recall[test]))
        return ways

    def _alt(self, times: Milliseconds) -> str:
        listed = [
            f"{each.name} ({each.macs:.1f} M MACs): "
            + ", ".join(f"{times[b][_key(each)]:.2f} ms {words}" for b, words in BATCHES.items())
            for each in self.candidates
        ]
        return f"Recall@1 against the time of a query on this machine. {'; '.join(listed)}."

    def _speed_up(self, times: Milliseconds) -> str:
        """How much of what is saved in MACs is saved in time."""
        by_cost = sorted(self.candidates, key=lambda each: each.macs)
        cheapest, dearest = by_cost[0], by_cost[-1]
        faster = [
            f"{found[_key(dearest)] / found[_key(cheapest)]:.1f} times faster, {BATCHES[batch]}"
            for batch, found in times.items()
        ]
        return (
            f"The cheapest candidate takes {dearest.macs / cheapest.macs:.1f} times fewer MACs "
            f"than the dearest, and is {'; '.join(faster)}."
        )


def _key(candidate: Candidate) -> Key:
    return candidate.way, candidate.budget
