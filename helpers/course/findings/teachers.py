"""Claims of "Learning Metrics from Teachers": Yu et al., CVPR 2019.

Its numbers come from the symmetric test. Of hints, attention, unlabelled data and poor images it is
known that they were studied; what was found could not be read, so these claims say what one hopes.
"""

from __future__ import annotations

from helpers import recipes
from helpers.course.findings.claims import (
    FAILS,
    HOLDS,
    MUCH,
    PARTLY,
    Claim,
    Comparison,
    asymmetric,
    symmetric,
)
from helpers.recipes.studies import DEGRADATIONS

BY_HALF = 1.5
"""The abstract's very small network gains a little more than this: from 27.5 to 44.6 % Recall@1."""


def teachers() -> list[Claim]:
    """The claims of the paper, then what it studied as well."""
    return [
        teachers_help(),
        teachers_help_by_half(),
        hints_and_attention_help(),
        unlabelled_pictures_help(),
        teachers_help_with_poor_images(),
        relative_teachers_fail_asymmetrically(),
    ]


def _above_triplets(names: dict[str, str]) -> tuple[Comparison, ...]:
    alone = symmetric(recipes.taught("batch_hard_triplet"))
    return tuple(
        Comparison(symmetric(recipes.taught(loss)), alone, f"{name} above triplets alone")
        for name, loss in names.items()
    )


def teachers_help() -> Claim:
    """Teachers (1)."""
    helped = {"absolute": "triplet_and_absolute", "relative": "triplet_and_relative"}
    return Claim(
        key="teachers-1",
        source="Teachers (1)",
        statement="An absolute and a relative teacher each help a very small network, beside its "
        "own triplets",
        comparisons=_above_triplets({f"{name} teacher": loss for name, loss in helped.items()}),
        notebook="06",
        why={
            HOLDS: "A triplet says which of two images is nearer; the teacher says how near.",
            PARTLY: "The teacher says more than a triplet, but only one of the two ways to listen "
            "is shown to help.",
            FAILS: "The labels tell a very small network enough: what the teacher adds is not "
            "shown.",
        },
    )


def teachers_help_by_half() -> Claim:
    """Teachers (2)."""
    return Claim(
        key="teachers-2",
        source="Teachers (2)",
        statement="The absolute teacher raises the recall of a very small network by half",
        comparisons=(
            Comparison(
                symmetric(recipes.taught("triplet_and_absolute")),
                symmetric(recipes.taught("batch_hard_triplet")),
                "absolute teacher above half as much again as triplets alone",
                BY_HALF,
            ),
        ),
        notebook="06",
        why={
            HOLDS: "Triplets alone leave a very small network much room, and the teacher fills it.",
            FAILS: "That the gain passes this mark is not shown; how large it is, the numbers say.",
        },
    )


def hints_and_attention_help() -> Claim:
    """Teachers (3), feature maps."""
    return Claim(
        key="teachers-3a",
        source="studied in Teachers (3)",
        statement="Hints and attention, which copy feature maps, help a very small network",
        comparisons=_above_triplets(
            {"hints": "triplet_and_hints", "attention": "triplet_and_attention"}
        ),
        notebook="06",
        why={
            HOLDS: "Feature maps say where the teacher looks, which an embedding does not.",
            PARTLY: "Feature maps say where the teacher looks, but only one of the two ways to "
            "follow is shown to help.",
            FAILS: "That copying maps helps is not shown beyond the spread of seeds.",
        },
    )


def unlabelled_pictures_help() -> Claim:
    """Teachers (3), semi-supervised."""
    none = symmetric(recipes.with_pool(0))
    return Claim(
        key="teachers-3b",
        source="studied in Teachers (3)",
        statement="Pictures without labels help a student in the same number of steps",
        comparisons=(
            Comparison(symmetric(recipes.with_pool(2000)), none, "2,000 more above none"),
            Comparison(symmetric(recipes.copying("regression")), none, "8,000 more above none"),
        ),
        notebook="06",
        why={
            HOLDS: "Pictures of other species show parts of the teacher's space that the training "
            "species do not reach.",
            PARTLY: "Pictures of other species show more of the teacher's space, but how many of "
            "them make a difference that shows depends on their number.",
            FAILS: "In so few steps the labelled pictures are hardly used up, and a gain by more "
            "is not shown beyond the spread of seeds.",
        },
    )


def teachers_help_with_poor_images() -> Claim:
    """Teachers (3), cross-quality."""
    return Claim(
        key="teachers-3c",
        source="studied in Teachers (3)",
        statement="A teacher that sees good images helps a student that sees poor ones",
        comparisons=tuple(
            Comparison(
                symmetric(recipes.degraded(quality)),
                symmetric(recipes.degraded(quality, "batch_hard_triplet")),
                f"{quality}: absolute teacher above triplets alone",
            )
            for quality in DEGRADATIONS
        ),
        notebook="06",
        why={
            HOLDS: "The teacher knows from the good image what the poor one only hints at.",
            PARTLY: "The teacher knows from the good image what the poor one only hints at, but "
            "a gain is not shown for every damage.",
            FAILS: "What the damage has left is learned from labels as well: that a teacher adds "
            "to it is not shown.",
        },
    )


def relative_teachers_fail_asymmetrically() -> Claim:
    """Teachers (4)."""
    relative = recipes.copying("relative_teacher")
    absolute = recipes.copying("absolute_teacher")
    return Claim(
        key="teachers-4",
        source="Teachers (4), implied",
        statement="A relative teacher alone gives embeddings that are of no use in the asymmetric "
        "test",
        comparisons=(
            Comparison(
                asymmetric(absolute), asymmetric(relative), "absolute ≫ relative, asymmetric", MUCH
            ),
            Comparison(
                symmetric(relative), asymmetric(relative), "relative: symmetric ≫ asymmetric", MUCH
            ),
        ),
        notebook="06",
        why={
            HOLDS: "Distances between images say nothing of where in the teacher's space they lie.",
            PARTLY: "Distances say nothing of where images lie, but a student may end up near the "
            "teacher's places all the same.",
            FAILS: "The student ends up near the teacher's places although nothing asks it to.",
        },
    )
