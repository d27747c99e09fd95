"""Claims of this course about the two tests, losses and teachers (notebooks 02, 05 and 06)."""

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


def course() -> list[Claim]:
    """The claims in the order of the notebooks."""
    return [
        strangers_share_no_coordinates(),
        naive_queries_keep_to_themselves(),
        students_beat_enlarged_queries(),
        the_teachers_weights_are_a_good_start(),
        the_term_within_the_student_cannot_align(),
        hard_pairs_teach_more(),
        better_teachers_make_better_students(),
    ]


def strangers_share_no_coordinates() -> Claim:
    """Notebook 02: two networks, each trained on its own."""
    stranger = recipes.alone(96, 48)
    return Claim(
        key="course-strangers",
        source="this course",
        statement="Networks trained independently of each other share no coordinates",
        comparisons=(
            Comparison(
                symmetric(stranger), asymmetric(stranger), "alone: symmetric ≫ asymmetric", MUCH
            ),
        ),
        notebook="02",
        why={
            HOLDS: "Training on labels fixes only how images lie to each other, and each network "
            "starts from other random weights.",
            FAILS: "Something in the training or in the start lines the two spaces up.",
        },
    )


def naive_queries_keep_to_themselves() -> Claim:
    """Notebook 02: small images into the teacher."""
    teacher = recipes.teacher(96)
    return Claim(
        key="course-naive",
        source="this course",
        statement="A small image fed to the teacher is fit for the symmetric test only",
        comparisons=tuple(
            Comparison(
                side(teacher, f"naive-{size}-symmetric"),
                side(teacher, f"naive-{size}-asymmetric"),
                f"{size} px into the teacher: symmetric ≫ asymmetric",
                MUCH,
            )
            for size in (48, 32)
        ),
        notebook="02",
        why={
            HOLDS: "Small images are all moved alike, so that they still find each other but not "
            "the large ones.",
            PARTLY: "Small images are moved away from the large ones, but not equally far at every "
            "size.",
            FAILS: "Small images are not moved so far that the large ones are out of reach.",
        },
    )


def students_beat_enlarged_queries() -> Claim:
    """Notebook 02: the student and the strongest way without one."""
    teacher = recipes.teacher(96)
    return Claim(
        key="course-enlarged",
        source="this course",
        statement="The student beats the enlarged query, which costs as much as the teacher",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.student(96, size)),
                side(teacher, f"enlarged-{size}-asymmetric"),
                f"student of {size} px above {size} px enlarged",
            )
            for size in (48, 24)
        ),
        notebook="02",
        why={
            HOLDS: "Enlarging gives marks their size back, but the teacher never learned to read "
            "blurred ones; the student did.",
            PARTLY: "Enlarging gives marks their size back, which at one of the sizes is not shown "
            "to be worth less than training.",
            FAILS: "Enlarging gives marks their size back, and the teacher reads blurred marks "
            "well enough.",
        },
    )


def the_teachers_weights_are_a_good_start() -> Claim:
    """Notebook 05: where a student begins."""
    losses = {"regression": "regression", "RAML": "raml", "Contr+": "contrastive_plus"}
    return Claim(
        key="course-start",
        source="this course",
        statement="A student of the teacher's architecture does better from the teacher's weights "
        "than from scratch",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.copying(loss, "teacher")),
                asymmetric(recipes.copying(loss)),
                f"{name}: from the teacher above from scratch",
            )
            for name, loss in losses.items()
        ),
        notebook="05",
        why={
            HOLDS: "The teacher's weights know the marks, if at another size, and the last layer "
            "already leads into the teacher's space.",
            PARTLY: "The teacher's weights lead into the teacher's space, which not every loss "
            "makes use of.",
            FAILS: "Filters for large images are not shown to be a better start for small ones "
            "than chance.",
        },
    )


def the_term_within_the_student_cannot_align() -> Claim:
    """Notebook 05: the parts of RAML."""
    across = asymmetric(recipes.copying("raml_student_teacher"))
    within = asymmetric(recipes.copying("raml_student_student"))
    return Claim(
        key="course-terms",
        source="this course",
        statement="Of RAML's relational terms only the one between student and teacher can align "
        "the two spaces",
        comparisons=(Comparison(across, within, "student–teacher ≫ student–student", MUCH),),
        notebook="05",
        why={
            HOLDS: "Similarities among the student's own views stay the same however its space is "
            "turned; those with the teacher's do not.",
            FAILS: "Neither the term that can be turned nor the one that cannot is so far ahead "
            "when trained alone.",
        },
    )


def hard_pairs_teach_more() -> Claim:
    """Notebook 05: who finds the pairs."""
    losses = {"Contr": "contrastive", "Triplet": "triplet"}
    finders = {"the student": "by_student", "the teacher": "by_teacher"}
    return Claim(
        key="course-mining",
        source="this course",
        statement="Hard pairs, found by student or teacher, teach more than pairs at random",
        comparisons=tuple(
            Comparison(
                asymmetric(recipes.copying(f"{loss}_mined_{finder}")),
                asymmetric(recipes.copying(f"{loss}_mined_at_random")),
                f"{name}: mined by {who} above at random",
            )
            for name, loss in losses.items()
            for who, finder in finders.items()
        ),
        notebook="05",
        why={
            HOLDS: "Most random pairs are told apart already and teach nothing.",
            PARTLY: "Most random pairs are told apart already, but which of the others teach "
            "depends on the loss and on who finds them.",
            FAILS: "The hardest pairs of a batch are not shown to teach more than its random ones.",
        },
    )


def better_teachers_make_better_students() -> Claim:
    """Notebook 06: teachers of different quality, each with its own database."""
    best, middle, poorest = (
        asymmetric(recipe)
        for recipe in (
            recipes.copying("regression"),
            recipes.taught_by(200),
            recipes.taught_by(70),
        )
    )
    return Claim(
        key="course-teachers",
        source="this course",
        statement="A better teacher makes a better student in the asymmetric test",
        comparisons=(
            Comparison(best, middle, "teacher of 700 steps above teacher of 200"),
            Comparison(middle, poorest, "teacher of 200 steps above teacher of 70"),
        ),
        notebook="06",
        why={
            HOLDS: "A better teacher builds a better database, and the student can follow it "
            "there.",
            PARTLY: "A better teacher builds a better database, but its space can be harder to "
            "follow for a student that sees less.",
            FAILS: "What a better teacher gains in its database the student loses because it "
            "cannot follow.",
        },
    )
