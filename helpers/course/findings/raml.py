"""Claims of RAML: Suma & Tolias, "Large-to-small image resolution asymmetry …", WACV 2023.

The first three are made in its abstract, the next three follow from its design, the last is read
from the results in its repository.
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
    side,
    symmetric,
)
from helpers.recipes.architectures import BUDGETS


def raml() -> list[Claim]:
    """The claims of RAML in the order of the paper."""
    return [
        resolution_helps(),
        labels_are_not_needed(),
        small_images_beat_small_networks(),
        relations_add_to_the_absolute_term(),
        relations_add_with_the_same_views(),
        coupled_views_help(),
        distilled_is_far_better_than_naive(),
        symmetric_is_better_than_asymmetric(),
    ]


def resolution_helps() -> Claim:
    """RAML (1)."""
    at = {size: asymmetric(recipes.small_image(size)) for size in BUDGETS}
    alone = symmetric(recipes.alone(96, 48))
    whole = symmetric(recipes.teacher(96))
    return Claim(
        key="raml-1",
        source="RAML (1)",
        statement="More resolution helps to tell species apart",
        comparisons=(
            Comparison(whole, alone, "trained on labels: 96 px above 48 px (symmetric)"),
            Comparison(at[48], at[32], "students: 48 px above 32 px (asymmetric)"),
            Comparison(at[32], at[24], "students: 32 px above 24 px (asymmetric)"),
        ),
        notebook="04",
        why={
            HOLDS: "The marks that tell species apart vanish one after another as images shrink.",
            PARTLY: "Marks vanish one after another, but not every step takes one that matters.",
            FAILS: "What tells species apart is not shown to be lost at these sizes.",
        },
    )


def labels_are_not_needed() -> Claim:
    """RAML (2)."""
    label_free = asymmetric(recipes.copying("raml"))
    with_labels = {
        "Contr+": "contrastive_plus",
        "Contr": "contrastive",
        "Triplet": "triplet",
        "MS": "multi_similarity",
    }
    return Claim(
        key="raml-2",
        source="RAML (2)",
        statement="Labels are not needed: RAML's loss, which sees none and so can use pictures "
        "without labels, does better than the asymmetric losses that see them",
        comparisons=tuple(
            Comparison(label_free, asymmetric(recipes.copying(loss)), f"RAML above {name}")
            for name, loss in with_labels.items()
        ),
        notebook="05",
        why={
            HOLDS: "The teacher's embeddings already say what the labels would, image by image, "
            "and they say it of unlabelled pictures too.",
            PARTLY: "The teacher's embeddings say much of what the labels would, but some losses "
            "make something of the labels that equals it.",
            FAILS: "What a teacher says of an image is not shown to be worth more than a label.",
        },
    )


def small_images_beat_small_networks() -> Claim:
    """RAML (3)."""
    return Claim(
        key="raml-3",
        source="RAML (3)",
        statement="At the same cost of a query, a small image for the full network beats the full "
        "image for a small network, each from the best start that it can have",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.small_image(budget)),
                asymmetric(recipes.small_network(kind, budget)),
                f"full network on {budget} px above a {kind} one on 96 px",
            )
            for kind in ("narrow", "shallow")
            for budget in BUDGETS
        ),
        notebook="04",
        why={
            HOLDS: "Bold marks survive in a smaller image, and the full network can start from "
            "the teacher's weights, so close to the teacher's space.",
            PARTLY: "One gives up pixels, the other capacity, and not every lead exceeds the "
            "spread of seeds.",
            FAILS: "At these budgets lost pixels are not shown to weigh less than lost capacity.",
        },
    )


def relations_add_to_the_absolute_term() -> Claim:
    """RAML (4)."""
    return Claim(
        key="raml-4a",
        source="RAML (4), implied",
        statement="Relations between the views of an image add to the absolute term",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.copying("raml", start)),
                asymmetric(recipes.copying("raml_absolute", start)),
                f"RAML above its absolute term, {words}",
            )
            for start, words in (("scratch", "from scratch"), ("teacher", "from the teacher"))
        ),
        notebook="05",
        why={
            HOLDS: "How the views of an image lie to each other says what one view does not.",
            PARTLY: "The relations are shown to help from one start and not from the other.",
            FAILS: "At equal cost relations take the place of other images: a step sees a quarter "
            "as many, each in four views.",
        },
    )


def relations_add_with_the_same_views() -> Claim:
    """RAML (4), where the views are paid for anyway."""
    return Claim(
        key="raml-4b",
        source="RAML (4), implied",
        statement="Relations add to the absolute term of the same four views an image",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.copying("raml", start)),
                asymmetric(recipes.raml_with_weights(0.0, 0.0, start)),
                f"RAML above λ₁ = λ₂ = 0, {words}",
            )
            for start, words in (("scratch", "from scratch"), ("teacher", "from the teacher"))
        ),
        notebook="05",
        why={
            HOLDS: "How the views of an image lie to each other says what each alone does not.",
            PARTLY: "The relations are shown to help from one start and not from the other.",
            FAILS: "Where embeddings are copied their relations come along; that the terms about "
            "relations say more is not shown.",
        },
    )


def coupled_views_help() -> Claim:
    """RAML (5)."""
    return Claim(
        key="raml-5",
        source="RAML (5), implied",
        statement="Coupled views are better than uncoupled ones, and more views together better "
        "than fewer",
        comparisons=(
            Comparison(
                asymmetric(recipes.copying("raml_absolute")),
                asymmetric(recipes.uncoupled()),
                "coupled above uncoupled (absolute term)",
            ),
            Comparison(
                asymmetric(recipes.copying("raml")),
                asymmetric(recipes.raml_with_views(2)),
                "4 views together above 2",
            ),
        ),
        notebook="05",
        why={
            HOLDS: "A student can copy only what it sees, and more views show more of how the "
            "teacher's space lies around an image.",
            PARTLY: "A student can copy only what it sees, but only one of the two, coupling or "
            "the number of views, is shown to matter here.",
            FAILS: "Coupling is not shown to matter, and at equal cost more views of an image "
            "mean fewer images in a step.",
        },
    )


def distilled_is_far_better_than_naive() -> Claim:
    """RAML (6)."""
    teacher = recipes.teacher(96)
    students = {
        48: recipes.student(96, 48),
        32: recipes.copying("raml"),
        24: recipes.student(96, 24),
    }
    return Claim(
        key="raml-6",
        source="RAML (6), implied",
        statement="A distilled student answers far better than its teacher fed the same small "
        "image",
        comparisons=tuple(
            Comparison(
                asymmetric(student),
                side(teacher, f"naive-{size}-asymmetric"),
                f"student of {size} px ≫ teacher fed {size} px",
                MUCH,
            )
            for size, student in students.items()
        ),
        notebook="02",
        why={
            HOLDS: "A network knows marks by their size in pixels, so that small images end up "
            "elsewhere in its space; the student has learned to bring them back.",
            PARTLY: "The teacher is not lost at every size, so the student is not always so far "
            "ahead.",
            FAILS: "The teacher knows small images too well for the student to be so far ahead.",
        },
    )


def symmetric_is_better_than_asymmetric() -> Claim:
    """RAML (7)."""
    students = {
        "student of 48 px": recipes.student(96, 48),
        "RAML from scratch, 32 px": recipes.copying("raml"),
        "RAML from the teacher, 32 px": recipes.copying("raml", "teacher"),
    }
    return Claim(
        key="raml-7",
        source="RAML (7), repository",
        statement="The distilled student does better in the symmetric test than in the asymmetric",
        comparisons=tuple(
            Comparison(symmetric(recipe), asymmetric(recipe), f"{name}: symmetric above asymmetric")
            for name, recipe in students.items()
        ),
        notebook="02",
        why={
            HOLDS: "In the symmetric test query and database share the student's errors, so that "
            "they do less harm.",
            PARTLY: "Shared errors do less harm, but a database of large images holds more detail, "
            "which can make up for it.",
            FAILS: "The teacher's database of large images makes up for the errors that a query "
            "and the student's own database would share.",
        },
    )
