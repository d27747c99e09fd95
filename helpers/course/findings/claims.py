"""What is claimed: sides of a comparison, comparisons, and the claims that rest on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.recipes import Recipe

AS_IN_PAPER, TRANSFERRED, NOT_TESTABLE = "as in the paper", "transferred", "not testable here"
OWN = "the course's own"
SETTINGS = (AS_IN_PAPER, TRANSFERRED, NOT_TESTABLE, OWN)
"""How the test of a claim relates to that of its source: the same kind of student, start and views;
another one; one that this course cannot make; or a claim that only this course makes."""

HOLDS, PARTLY, FAILS = "holds", "partly", "does not hold"
EXPLAINED = (HOLDS, PARTLY, FAILS)
"""The verdicts that say something of the world, and so have a reason."""

MUCH = 4.0
"""What "much better" (≫) means in this course: at least four times as good."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison: how well the queries of a run do in one test.

    Attributes:
        recipe: with seed 0, which stands for all seeds.
        metric: of ``run.per_query``, such as ``"asymmetric/species/recall@1"``.

    Raises:
        ValueError: a recipe with another seed, or tested on other images than the test
            butterflies.
    """

    recipe: Recipe
    metric: str

    def __post_init__(self) -> None:
        if self.recipe.seed != 0:
            raise ValueError(
                f"{self.recipe.name} has seed {self.recipe.seed}; give the recipe with seed 0, "
                "which stands for all seeds"
            )
        if self.recipe.data_set != "butterflies":
            raise ValueError(
                f"{self.recipe.name} is tested on {self.recipe.data}; claims are tested on "
                "butterflies, whose species of each query is known without their pictures"
            )
        if self.recipe.tested_on != "test":
            raise ValueError(
                f"{self.recipe.name} is tested on {self.recipe.tested_on} images, which are there "
                "to choose settings; a claim is judged on test images"
            )


def side(recipe: Recipe, test: str) -> Side:
    """Recall@1 of species in a test such as ``"asymmetric"`` or ``"naive-48-symmetric"``."""
    return Side(recipe, f"{test}/species/recall@1")


def symmetric(recipe: Recipe) -> Side:
    """Queries and database by the run's own network."""
    return side(recipe, "symmetric")


def asymmetric(recipe: Recipe) -> Side:
    """Queries by the run's network, database by its teacher."""
    return side(recipe, "asymmetric")


def rotated(recipe: Recipe) -> Side:
    """As `asymmetric`, after the rotation of the student's space that fits the teacher's best."""
    return side(recipe, "rotated")


@dataclass(frozen=True)
class Comparison:
    """Asks whether mean(first) − factor · mean(second) is above 0.

    Attributes:
        first, second: the two sides; their queries are the same images in the same order.
        label: the comparison in words, the first side first: "regression above Contr+".
        factor: 1 asks for "better than", `MUCH` for "much better than". It is part of the claim:
            chosen before the numbers are seen.

    Raises:
        ValueError: a factor that is not above 0.
    """

    first: Side
    second: Side
    label: str
    factor: float = 1.0

    def __post_init__(self) -> None:
        if not self.factor > 0:
            raise ValueError(f"{self.label}: factor is {self.factor}; it must be above 0")


@dataclass(frozen=True)
class Claim:
    """A sentence that numbers can speak for or against.

    Attributes:
        key: short name, such as ``"raml-3"``.
        source: who claims it: a paper with the number of its claim, or "this course".
        statement: the claim in a sentence.
        comparisons: all of them must come out as claimed for the claim to hold.
        notebook: where it is taught, such as ``"05"``.
        setting: how its test relates to that of its source, one of `SETTINGS`.
        why: for a verdict, one sentence that explains it. The sentence of the computed verdict is
            shown, so that a text never contradicts its numbers.

    Raises:
        ValueError: no comparison, an unknown setting, or a sentence for something that is no
            verdict.
    """

    key: str
    source: str
    statement: str
    comparisons: tuple[Comparison, ...]
    notebook: str
    setting: str = OWN
    why: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.comparisons:
            raise ValueError(f"{self.key}: a claim needs at least one comparison")
        if self.setting not in SETTINGS:
            raise ValueError(
                f"{self.key}: setting is {self.setting!r}; choose {', '.join(SETTINGS)}"
            )
        unknown = set(self.why) - set(EXPLAINED)
        if unknown:
            raise ValueError(
                f"{self.key}: why has sentences for {', '.join(sorted(unknown))}; the verdicts are "
                f"{', '.join(EXPLAINED)}"
            )
