"""Claims of AML: Budnik & Avrithis, "Asymmetric metric learning for knowledge transfer", CVPR 2021.

They follow the paper's poster. There, teacher and student are of different architectures and see
images of the same size; here the student is the teacher's network on 32 of 96 pixels, from scratch.
Where a loss with labels meets one without, both learn from the labelled images only.
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
    rotated,
    symmetric,
)

RELATIONAL = {"RKD": "rkd", "DarkRank": "dark_rank"}
ORDERING = {"Triplet": "triplet", "MS": "multi_similarity"}
CONTRASTIVE = {"Contr": "contrastive", "Contr+": "contrastive_plus"}


def aml() -> list[Claim]:
    """The claims of AML: the asymmetric test, the symmetric test, both, and why some fail."""
    return [
        regression_first(),
        relations_fail(),
        orders_fail(),
        students_pass_their_teacher(),
        regression_stays_behind(),
        regression_beats_the_student_alone(),
        the_student_alone_beats_the_rest(),
        the_best_asymmetric_test_stays_below(),
        a_rotation_rescues_relations(),
    ]


def regression_first() -> Claim:
    """AML (1), the order at the top."""
    contrastive, plus = (asymmetric(recipes.copying(loss)) for loss in CONTRASTIVE.values())
    return Claim(
        key="aml-1a",
        source="AML (1)",
        statement="Asymmetric test: regression is best, Contr+ second, Contr third",
        comparisons=(
            Comparison(asymmetric(recipes.with_pool(0)), plus, "regression above Contr+"),
            Comparison(plus, contrastive, "Contr+ above Contr"),
        ),
        notebook="05",
        why={
            HOLDS: "The more a loss asks for the teacher's own place of each image, the better a "
            "query finds its way in the teacher's database.",
            PARTLY: "Asking for the teacher's own place of each image helps, but not every step "
            "towards it is shown to.",
            FAILS: "Pairs with labels are not shown to place queries worse than copying does.",
        },
    )


def relations_fail() -> Claim:
    """AML (1), the losses that were expected to fail."""
    contrastive = asymmetric(recipes.copying("contrastive"))
    return Claim(
        key="aml-1b",
        source="AML (1)",
        statement="Asymmetric test: the relational losses RKD and DarkRank fail",
        comparisons=tuple(
            Comparison(contrastive, asymmetric(recipes.copying(loss)), f"Contr ≫ {name}", MUCH)
            for name, loss in RELATIONAL.items()
        ),
        notebook="05",
        why={
            HOLDS: "They copy relations only, which leaves the student's space free to turn away "
            "from the teacher's.",
            PARTLY: "They leave the student's space free to turn away from the teacher's, but do "
            "not force it to.",
            FAILS: "They leave the student's space free to turn away from the teacher's, but it "
            "is not shown to do so far enough.",
        },
    )


def orders_fail() -> Claim:
    """AML (1), the losses that were not expected to fail."""
    contrastive = asymmetric(recipes.copying("contrastive"))
    return Claim(
        key="aml-1c",
        source="AML (1)",
        statement="Asymmetric test: Triplet and MS fail where Contr does not",
        comparisons=tuple(
            Comparison(contrastive, asymmetric(recipes.copying(loss)), f"Contr ≫ {name}", MUCH)
            for name, loss in ORDERING.items()
        ),
        notebook="05",
        why={
            HOLDS: "They ask only that positives come before negatives, which many places in the "
            "teacher's space fulfil.",
            PARTLY: "They ask only for an order, and how well that places a query depends on the "
            "loss and on its pairs.",
            FAILS: "An order among the teacher's embeddings places queries too, so that the "
            "failure which the authors met is not inherent in these losses.",
        },
    )


def students_pass_their_teacher() -> Claim:
    """AML (2), the top of the symmetric test."""
    teacher = symmetric(recipes.teacher(96))
    return Claim(
        key="aml-2a",
        source="AML (2)",
        statement="Symmetric test: Contr and Contr+ let the student pass its teacher",
        comparisons=tuple(
            Comparison(symmetric(recipes.copying(loss)), teacher, f"{name} above the teacher")
            for name, loss in CONTRASTIVE.items()
        ),
        notebook="05",
        why={
            HOLDS: "With labels a student learns what its teacher does not know, even from fewer "
            "pixels.",
            PARTLY: "With labels a student can learn what its teacher does not know, which only "
            "one of the two losses turns into more than the lost pixels.",
            FAILS: "The authors' student saw as many pixels as its teacher; this one sees a ninth, "
            "and no label shows it what is not in the picture.",
        },
    )


def regression_stays_behind() -> Claim:
    """AML (2), the place of regression."""
    regression = symmetric(recipes.with_pool(0))
    better = {name: recipes.copying(loss) for name, loss in CONTRASTIVE.items()}
    better["the teacher"] = recipes.teacher(96)
    return Claim(
        key="aml-2b",
        source="AML (2)",
        statement="Symmetric test: regression stays behind Contr, Contr+ and the teacher",
        comparisons=tuple(
            Comparison(symmetric(recipe), regression, f"{name} above regression")
            for name, recipe in better.items()
        ),
        notebook="05",
        why={
            HOLDS: "A copy is at best as good as what it copies, while pairs with labels go on to "
            "separate species.",
            PARTLY: "A copy is at best as good as what it copies, but labels do not always gain "
            "more than copying does.",
            FAILS: "The copy is not shown to lose anything, nor the labels to add to it.",
        },
    )


def regression_beats_the_student_alone() -> Claim:
    """AML (2), what the teacher is worth."""
    return Claim(
        key="aml-2c",
        source="AML (2)",
        statement="Symmetric test: regression is better than the student trained alone",
        comparisons=(
            Comparison(
                symmetric(recipes.with_pool(0)),
                symmetric(recipes.copying("contrastive_symmetric")),
                "regression above the student alone",
            ),
        ),
        notebook="05",
        why={
            HOLDS: "The teacher, which saw more pixels, knows which differences count.",
            FAILS: "What the teacher adds to the labels is not shown to exceed the spread of "
            "seeds.",
        },
    )


def the_student_alone_beats_the_rest() -> Claim:
    """AML (2), the bottom of the symmetric test."""
    alone = symmetric(recipes.copying("contrastive_symmetric"))
    return Claim(
        key="aml-2d",
        source="AML (2)",
        statement="Symmetric test: the student trained alone is better than one taught by "
        "Triplet, MS, RKD or DarkRank",
        comparisons=tuple(
            Comparison(alone, symmetric(recipes.copying(loss)), f"the student alone above {name}")
            for name, loss in (ORDERING | RELATIONAL).items()
        ),
        notebook="05",
        why={
            HOLDS: "What these losses ask of the student's place among the teacher's embeddings "
            "gets in the way of a good space of its own.",
            PARTLY: "Looking at the teacher gets in the way with some of these losses, with others "
            "it is not shown to.",
            FAILS: "Looking at the teacher is not shown to get in the way of the student's own "
            "space.",
        },
    )


def the_best_asymmetric_test_stays_below() -> Claim:
    """AML (3)."""
    alone = symmetric(recipes.copying("contrastive_symmetric"))
    same, more = recipes.with_pool(0), recipes.copying("regression")
    return Claim(
        key="aml-3",
        source="AML (3)",
        statement="The best asymmetric test stays below the symmetric test of the student alone",
        comparisons=(
            Comparison(alone, asymmetric(same), "the student alone above regression"),
            Comparison(alone, asymmetric(more), "the student alone above regression with the pool"),
        ),
        notebook="05",
        why={
            HOLDS: "To meet another network's space exactly is harder than to make one's own.",
            PARTLY: "To meet another network's space is harder than to make one's own, but more "
            "pictures to learn it from can make up for that.",
            FAILS: "A database of large images by a good teacher is worth more here than a space "
            "of one's own learned from small images.",
        },
    )


def a_rotation_rescues_relations() -> Claim:
    """AML (4)."""
    students = {name: recipes.copying(loss) for name, loss in RELATIONAL.items()}
    return Claim(
        key="aml-4",
        source="AML (4)",
        statement="The relational losses fail because they ignore absolute places: one rotation of "
        "the student's space, fitted on training images, rescues them",
        comparisons=tuple(
            Comparison(rotated(recipe), asymmetric(recipe), f"{name}: rotated ≫ as it is", MUCH)
            for name, recipe in students.items()
        ),
        notebook="05",
        why={
            HOLDS: "Relations fix a space up to a rotation, and that is what was missing.",
            PARTLY: "Relations fix a space up to a rotation, but not every relational loss copies "
            "them so well that a rotation is all that is missing.",
            FAILS: "A rotation is not what is missing: either the space had hardly turned, or its "
            "relations are too poor to be turned into place.",
        },
    )
