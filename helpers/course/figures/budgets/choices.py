"""What a budget of MACs buys: the best small image, the best small network, and what is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.course.figures.budgets.marks import winner
from helpers.course.figures.budgets.ways import WAYS
from helpers.retrieval import Estimate

IMAGE, TEACHER = "small image", "teacher"


@dataclass(frozen=True, eq=False)
class Candidate:
    """A network, the image it sees, and how well it does.

    Attributes:
        way: a key of ``WAYS``.
        budget: side in pixels of the small image that names its budget.
        macs: of a query, in millions.
        answers: for each test ``float [seeds, queries]``, 1 where the first answer is right.
        recall: for each test Recall@1 in percent.
    """

    way: str
    budget: int
    macs: float
    answers: Mapping[str, np.ndarray]
    recall: Mapping[str, Estimate]

    @property
    def name(self) -> str:
        """What to call it, such as "small image, 48 px" or "narrow network"."""
        name = WAYS[self.way].name
        return f"{name}, {self.budget} px" if self.way == IMAGE else name


Compare = Callable[[Candidate, Candidate, str], Estimate]
"""By how many points the first is ahead of the second in the test of this name."""


@dataclass(frozen=True)
class Choice:
    """What a budget buys in one test.

    Attributes:
        test: the name of the test.
        image: the best student that sees a small image; None if none is cheap enough.
        network: the best student with a small network; None if none is cheap enough.
        best: the best of all, the teacher among them; None if none is cheap enough.
        lead: by how many points the image is ahead of the network; None without one of them.
        better_from: millions of MACs from which something better is to be had; None if never.
    """

    test: str
    image: Candidate | None
    network: Candidate | None
    best: Candidate | None
    lead: Estimate | None
    better_from: float | None


def images_of(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The students that see a small image."""
    return [each for each in candidates if each.way == IMAGE]


def networks_of(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The students with a small network, of whichever kind."""
    return [each for each in candidates if each.way not in (IMAGE, TEACHER)]


def best_under(candidates: Sequence[Candidate], budget: float, test: str) -> Candidate | None:
    """The candidate with the highest Recall@1 that costs at most ``budget`` millions of MACs."""
    cheap_enough = [each for each in candidates if each.macs <= budget]
    return max(cheap_enough, key=lambda each: each.recall[test].mean, default=None)


def choose(candidates: Sequence[Candidate], budget: float, test: str, compare: Compare) -> Choice:
    """What a budget in millions of MACs buys in one test, of at least one candidate."""
    image, network, best = (
        best_under(group, budget, test)
        for group in (images_of(candidates), networks_of(candidates), candidates)
    )
    lead = compare(image, network, test) if image and network else None
    level = best.recall[test].mean if best else -np.inf
    better = [each.macs for each in candidates if each.recall[test].mean > level]
    return Choice(test, image, network, best, lead, min(better, default=None))


def in_words(choice: Choice) -> list[str]:
    """A choice in sentences: the best of both sides, who is ahead, and what more would buy."""
    test, best = choice.test, choice.best
    if best is None:
        cheapest = f"the cheapest takes {choice.better_from:.1f} M MACs"
        return [f"{test} test: no candidate costs so little; {cheapest}."]
    students = [_with_numbers(each, test) for each in (choice.image, choice.network) if each]
    if students:
        duel = f"{' against '.join(students)}{_verdict(choice.lead)}"
    else:
        duel = "no student costs so little"
    if choice.better_from is None:
        more = f"The best at any price is within the budget: {_with_numbers(best, test)}."
    else:
        more = f"From {best.macs:.1f} M to {choice.better_from:.1f} M, more MACs buy nothing."
    return [f"{test} test: {duel}.", more]


def _with_numbers(candidate: Candidate, test: str) -> str:
    return f"{candidate.name} ({candidate.recall[test].mean:.1f} % for {candidate.macs:.1f} M)"


def _verdict(lead: Estimate | None) -> str:
    if lead is None:
        return ""
    who = winner(lead, "image ahead", "network ahead")
    mean, low, high = (f"{value:+.1f}".replace("-", "−") for value in lead)
    return f": {who}, difference {mean} points ({low} to {high})"
