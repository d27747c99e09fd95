"""Claims of this course about where to save a query's MACs: its own answers to notebook 04."""

from __future__ import annotations

from helpers import recipes
from helpers.course.findings.claims import (
    FAILS,
    HOLDS,
    PARTLY,
    Claim,
    Comparison,
    asymmetric,
    side,
)
from helpers.recipes.architectures import BUDGETS
from helpers.recipes.listing import FINE


def budgets() -> list[Claim]:
    """Start, stem, length of training, size of marks, and FixRes."""
    return [
        small_images_win_from_scratch(),
        small_images_beat_a_coarse_stem(),
        small_images_win_in_the_long_run(),
        small_networks_win_with_fine_marks(),
        adapting_is_not_enough(),
    ]


def small_images_win_from_scratch() -> Claim:
    """Notebook 04: RAML (3) without the advantage of the start."""
    return Claim(
        key="course-scratch",
        source="this course",
        statement="Small images beat small networks even where both start from scratch",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.small_image(budget, "scratch")),
                asymmetric(recipes.small_network("narrow", budget, "scratch")),
                f"full network on {budget} px above a narrow one on 96 px",
            )
            for budget in BUDGETS
        ),
        notebook="04",
        why={
            HOLDS: "The start is not the reason: a wide network makes more of few pixels than a "
            "narrow one of many.",
            PARTLY: "Without its start the small image keeps its advantage at some budgets only.",
            FAILS: "Without the teacher's weights an advantage of the small image is not shown "
            "beyond the spread of seeds.",
        },
    )


def small_images_beat_a_coarse_stem() -> Claim:
    """Notebook 04: let the network shrink the image."""
    return Claim(
        key="course-coarse",
        source="this course",
        statement="Shrinking the image beats a first layer with larger steps at the same cost",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.small_image(budget)),
                asymmetric(recipes.small_network("coarse", budget)),
                f"full network on {budget} px above a coarse stem on 96 px",
            )
            for budget in BUDGETS
        ),
        notebook="04",
        why={
            HOLDS: "Shrinking averages every pixel into the small image and leaves the teacher's "
            "weights in use; a coarse stem has to learn both.",
            PARTLY: "A learned step could keep what averaging loses, but has to be learned; not "
            "every lead exceeds the spread of seeds.",
            FAILS: "A learned step sees every pixel and is not shown to lose more than averaging.",
        },
    )


def small_images_win_in_the_long_run() -> Claim:
    """Notebook 04: RAML (3) after three times the training."""
    return Claim(
        key="course-longer",
        source="this course",
        statement="Small images beat small networks also after three times the training",
        comparisons=(
            Comparison(
                asymmetric(recipes.to_plateau(recipes.small_image(32))),
                asymmetric(recipes.to_plateau(recipes.small_network("narrow", 32))),
                "full network on 32 px above a narrow one on 96 px",
            ),
        ),
        notebook="04",
        why={
            HOLDS: "The small network was not merely slower to learn.",
            FAILS: "What the small network lacks after a short training it can learn in a longer "
            "one.",
        },
    )


def small_networks_win_with_fine_marks() -> Claim:
    """Notebook 04: the other side of RAML (3)."""
    return Claim(
        key="course-fine",
        source="this course",
        statement="With finer marks, near the pixel at full size, small networks win",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.small_network("narrow", budget, mark_size=FINE)),
                asymmetric(recipes.small_image(budget, mark_size=FINE)),
                f"narrow network on 96 px above the full one on {budget} px, fine marks",
            )
            for budget in BUDGETS
        ),
        notebook="04",
        why={
            HOLDS: "Fine marks are gone from the small image, and no network finds what is gone.",
            PARTLY: "Fine marks are gone from the small image, but a narrow network needs some "
            "budget to make use of those it sees.",
            FAILS: "A narrow network is not shown to make more of the fine marks that it sees than "
            "the full one makes of what is left.",
        },
    )


def adapting_is_not_enough() -> Claim:
    """Notebook 04: FixRes."""
    return Claim(
        key="course-adapted",
        source="this course",
        statement="Adapting the teacher's last layer and batch normalisation to small images "
        "(FixRes) helps, but training all of it helps more",
        comparisons=tuple(both for size in BUDGETS for both in _around_adapted(size)),
        notebook="04",
        why={
            HOLDS: "Statistics shift with the size and are quickly put right; filters that know "
            "marks by their size in pixels have to be learned anew.",
            PARTLY: "Statistics and filters both depend on the size of the marks, and how much of "
            "each has to change depends on how small the image is.",
            FAILS: "Neither step is shown to matter at these sizes.",
        },
    )


def _around_adapted(size: int) -> tuple[Comparison, Comparison]:
    """Adapted against not adapted, and trained as a whole against adapted."""
    adapted = asymmetric(recipes.adapted(size))
    untouched = side(recipes.teacher(96), f"naive-{size}-asymmetric")
    trained = asymmetric(recipes.small_image(size))
    return (
        Comparison(adapted, untouched, f"{size} px: adapted above not adapted"),
        Comparison(trained, adapted, f"{size} px: trained above adapted"),
    )
