"""Checks of numbers that a reader predicts: the mistakes are those of a wrong idea."""

from __future__ import annotations

import math

from helpers import butterflies, retrieval
from helpers.butterflies.places import details
from helpers.course.checks.guesses import NumberCheck, check_choice, check_number
from helpers.course.checks.verdicts import Mistake, Verdict, together

# --- 00: what a small image costs, and what it shows

_UNROUNDED_SIDE = 96 * math.sqrt(1 / 10)
side_for_a_tenth = NumberCheck(
    math.floor(_UNROUNDED_SIDE),
    0.01,
    (
        *(
            Mistake("This is a tenth of the *side*. How does the cost follow from the side?", side)
            for side in (9, 9.6, 10)
        ),
        *(
            Mistake("This image would cost more than the one of 96 px.", side)
            for side in (303, 303.58, 304)
        ),
        Mistake("Rounded up: then it costs a little more than a tenth.", 31),
        *(
            Mistake(
                "Nearly: an image has whole pixels. Round down.", round(_UNROUNDED_SIDE, places)
            )
            for places in (1, 2, 3)
        ),
    ),
)
"""The largest side, in pixels, of a query that costs at most a tenth of one of 96 px."""

_MARKS = butterflies.species(55).marks
_FINE, _BOLD = (details(_MARKS, mark_size=size)["hind_band"] for size in (0.55, 1.0))
resolution_of_a_fine_band = NumberCheck(
    4 / _FINE,
    1.0,
    (
        Mistake(
            "This is where the *bold* band is two pixels wide. Is the fine one wider?", 4 / _BOLD
        ),
        Mistake(
            "There it is *one* pixel wide: widths are given in units of half the image.",
            2 / _FINE,
        ),
        Mistake("Finer marks need more pixels, not fewer.", 4 / _BOLD * 0.55),
    ),
)
"""Pixels a side at which the band of species 55 is two pixels wide, with ``mark_size=0.55``."""

# --- 01: measures and losses by hand

precision_at_ranks_1_and_3 = NumberCheck(
    float(retrieval.average_precision([1, 3], 2)),
    0.005,
    (
        Mistake(
            "Here ranks start at 0: at rank 1, two images have been looked at.",
            float(retrieval.average_precision([0, 2], 2)),
        ),
        Mistake(
            "This is the version with trapezoids; the plain one is asked for.",
            float(retrieval.average_precision_trapezoid([1, 3], 2)),
        ),
        Mistake("This is the sum over the positives; the mean is asked for.", 1.0),
        Mistake(
            "This is the mean of 1 / (rank + 1). By the second positive, how many are found?",
            (1 / 2 + 1 / 4) / 2,
        ),
        Mistake("Precision at a positive counts that positive too.", (0 / 2 + 1 / 4) / 2),
    ),
)
"""Plain average precision of a query whose two positives are at ranks 1 and 3, from 0."""

contrastive_of_one_anchor = NumberCheck(
    (1 - 0.6) + (0.8 - 0.755),
    0.002,
    (
        Mistake("The negative lies beyond the margin of 0.755: it counts, too.", 1 - 0.6),
        Mistake("Only what the negative is *above* the margin counts.", (1 - 0.6) + 0.8),
        Mistake("A positive is pulled to similarity 1, not to the margin.", 0.755 - 0.6 + 0.045),
        Mistake("The positive pulls as well: it is not at similarity 1 yet.", 0.8 - 0.755),
        Mistake("Squared where it is not.", (1 - 0.6) ** 2 + (0.8 - 0.755) ** 2),
    ),
)
"""The contrastive loss, margin 0.755, of a positive at similarity 0.6 and a negative at 0.8."""

triplet_of_one_anchor = NumberCheck(
    (2 - 2 * 0.6) - (2 - 2 * 0.8) + 0.1,
    0.002,
    (
        Mistake("These are similarities; d² = 2 − 2s doubles their difference.", 0.8 - 0.6 + 0.1),
        Mistake("The margin is missing.", 2 * (0.8 - 0.6)),
        Mistake(
            "Which of the two is farther away? The negative is the more similar one.",
            0.0,
        ),
        Mistake(
            "These distances are not squared, and in this loss they are.",
            math.sqrt(2 - 2 * 0.6) - math.sqrt(2 - 2 * 0.8) + 0.1,
        ),
    ),
)
"""The triplet loss, margin 0.1, of a positive at similarity 0.6 and a negative at 0.8."""

# --- 04: a student that answers with the teacher's embeddings, turned by 60°

regression_of_a_turn = NumberCheck(
    1 - math.cos(math.radians(60)),
    0.01,
    (
        Mistake("This is the squared distance; Reg is half of it.", 1.0),
        Mistake("Squared where it is not: RAML squares 1 − cos, Reg does not.", 0.25),
        Mistake("This is 1 − sin: which of the two is the dot product?", 1 - math.sqrt(3) / 2),
        Mistake("Reg compares places, and every one has moved.", 0.0),
    ),
)
"""Reg of embeddings that all lie at 60° from the teacher's."""

relations_of_a_turn = NumberCheck(
    0.0,
    0.005,
    (
        Mistake("This is Reg's value. RKD does not look at places: what does it compare?", 0.5),
        Mistake("Which distances *within* the batch has the rotation changed?", 1.0),
    ),
)
"""RKD of embeddings that are the teacher's, all turned alike."""

# --- measured, so the truth is handed over


def share_with_half_the_channels(guess: object, measured: float) -> Verdict:
    """Check the share of MACs, in percent, of a network with half of the channels in each stage.

    Args:
        guess: the reader's, right within a quarter of a point.
        measured: the true one.
    """
    mistakes = (
        Mistake("Half of the outputs, but of the inputs as well: both factors shrink.", 50.0),
        Mistake("That is the rule. Which layer's *inputs* are not halved?", 25.0),
        Mistake("The image keeps its size: only the two numbers of channels shrink.", 12.5),
    )
    return check_number(guess, measured, 0.25, mistakes)


def recall_in_a_smaller_database(guess: object, measured: str) -> Verdict:
    """Check what Recall@1 does when other species leave queries and database.

    Args:
        guess: the reader's word.
        measured: the true one of "rises", "falls" and "stays".
    """
    why = "All positives of these queries are still there. Who has left the database?"
    mistakes = [Mistake(why, "falls"), Mistake(why, "stays")]
    return check_choice(guess, measured, ("rises", "falls", "stays"), mistakes)


def times_fewer(guess: object, measured: float, sides: tuple[int, int]) -> Verdict:
    """Check how many times fewer MACs, or pixels, the image of the smaller side takes.

    Args:
        guess: the reader's factor, right within a tenth.
        measured: the true one.
        sides: the larger and the smaller, in pixels.
    """
    large, small = sides
    mistakes = (
        Mistake("This compares the sides. An image is as high as it is wide.", large / small),
        Mistake("This is the part that is left: how many times fewer is that?", 1 / measured),
    )
    return check_number(guess, measured, measured / 10, mistakes)


def recall_with_the_wrong_sign(
    symmetric: object, asymmetric: object, recall: float, chance: float
) -> Verdict:
    """Check the Recall@1, in percent, of a student that answers with −g(x), in both tests.

    Args:
        symmetric: the reader's, right within three points.
        asymmetric: the reader's, right within a quarter of chance.
        recall: the teacher's in the symmetric test.
        chance: Recall@1 of guessing.
    """
    lost = Mistake("Here both sides change their sign: what does (−a)·(−b) give?", 0.0)
    random = Mistake(
        "Chance is what *random* answers give. Which image comes first, and which last, when all "
        "similarities change their sign?",
        chance,
    )
    same = Mistake("The database keeps its sign here.", recall)
    return together(
        [
            check_number(symmetric, recall, 3.0, [lost]),
            check_number(asymmetric, 0.0, chance / 4, [random, same]),
        ]
    )


def angle_of_half_the_recall(guess: object, measured: float) -> Verdict:
    """Check the angle, in degrees, at which a rotated query finds half of what it found before.

    Args:
        guess: the reader's, right within four degrees.
        measured: the true one.
    """
    mistakes = (
        Mistake("At half a right angle nearly everything is still found: look again.", 45.0),
        Mistake("A cosine of one half is not half of the recall: only the order counts.", 60.0),
        Mistake("At a right angle nothing is left.", 90.0),
    )
    return check_number(guess, measured, 4.0, mistakes)


# --- 05: two teachers and a student with the wrong sign

absolute_of_the_opposite = NumberCheck(
    2.0,
    0.01,
    (
        Mistake("This is the squared distance; the absolute teacher takes the distance.", 4.0),
        Mistake("This is half of it: draw the unit circle, g, and −g.", 1.0),
        Mistake("This is the distance at a right angle. Where on the circle is −g?", math.sqrt(2)),
        Mistake("The absolute teacher looks at places, and every one of them is wrong.", 0.0),
    ),
)
"""The absolute teacher's loss of a student that answers with −g(x)."""

relative_of_the_opposite = NumberCheck(
    0.0,
    0.01,
    (
        Mistake(
            "The relative teacher does not look at places: how far are −g(x) and −g(y) apart?", 2.0
        ),
    ),
)
"""The relative teacher's loss of a student that answers with −g(x)."""
