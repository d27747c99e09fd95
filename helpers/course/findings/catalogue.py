# ruff: noqa: E501 (a table: one line for each statement, one for its comparisons)
"""Every claim of the ledger as data, in reading order.

A comparison reads "A > B", "A ≫ B" (four times as good) or "A > 1.5 × B". A and B are names in
`contestants`, tested as the claim says, or as stands in brackets behind them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from helpers.course.findings.claims import MUCH, OWN, TRANSFERRED, Claim, Comparison, side
from helpers.course.findings.contestants import contestants
from helpers.course.findings.reasons import REASONS
from helpers.recipes import Recipe


class Entry(NamedTuple):
    """A claim in words: see the module's first lines for the comparisons."""

    key: str
    notebook: str
    source: str
    test: str
    statement: str
    comparisons: str


A, S = "asymmetric", "symmetric"
# fmt: off
ENTRIES = (
    Entry("raml-1", "04", "RAML (1)", A, "More resolution helps to tell species apart",
          "teacher [symmetric] > alone 48 [symmetric]; image 48 > image 32; image 32 > image 24"),
    Entry("raml-2a", "05", "RAML (2)", A, "RAML's loss, which sees no labels, does better than the asymmetric losses that see them",
          "RAML > Contr+; RAML > Contr; RAML > Triplet; RAML > MS"),
    Entry("raml-2b", "05", "RAML (2)", A, "Labels are not needed: losses without them, which copy places and can so use unlabelled pictures, do better than losses with them",
          "; ".join(f"{free} > {labelled}" for free in ("Reg", "Absolute", "RAML-abs") for labelled in ("Contr+", "Contr", "Triplet", "MS"))),
    Entry("raml-3", "04", "RAML (3)", A, "At the same cost of a query, a small image for the full network beats the full image for a small network, each from the best start that it can have",
          "; ".join(f"image {size} > {kind} {size}" for kind in ("narrow", "shallow") for size in (48, 32, 24))),
    Entry("raml-4a", "05", "RAML (4), implied", A, "At equal cost, relations between the views of an image are worth more than the further images that the absolute term alone could see",
          "RAML > RAML-abs; RAML from teacher > RAML-abs from teacher"),
    Entry("raml-4b", "05", "RAML (4), implied", A, "On equal images, the same four views of each, relations add to the absolute term",
          "RAML > λ = 0; RAML from teacher > λ = 0 from teacher"),
    Entry("raml-5", "05", "RAML (5), implied", A, "Coupled views are better than uncoupled ones, and more views together better than fewer",
          "RAML-abs > uncoupled; RAML > 2 views"),
    Entry("raml-6", "02", "RAML (6), implied", A, "A distilled student answers far better than its teacher fed the same small image",
          "student 48 ≫ teacher [naive-48-asymmetric]; RAML ≫ teacher [naive-32-asymmetric]; student 24 ≫ teacher [naive-24-asymmetric]"),
    Entry("raml-7", "02", "RAML (7), repository", A, "The distilled student does better in the symmetric test than in the asymmetric",
          "; ".join(f"{name} [symmetric] > {name}" for name in ("student 48", "RAML", "RAML from teacher"))),
    Entry("aml-1a", "05", "AML (1)", A, "Asymmetric test: regression is best, Contr+ second, Contr third",
          "Reg, labelled images > Contr+; Contr+ > Contr"),
    Entry("aml-1b", "05", "AML (1)", A, "Asymmetric test: the relational losses RKD and DarkRank fail",
          "Contr ≫ RKD; Contr ≫ DarkRank"),
    Entry("aml-1c", "05", "AML (1)", A, "Asymmetric test: Triplet and MS fail where Contr does not",
          "Contr ≫ Triplet; Contr ≫ MS"),
    Entry("aml-2a", "05", "AML (2)", S, "Symmetric test: Contr and Contr+ let the student pass its teacher",
          "Contr > teacher; Contr+ > teacher"),
    Entry("aml-2b", "05", "AML (2)", S, "Symmetric test: regression stays behind Contr, Contr+ and the teacher",
          "; ".join(f"{name} > Reg, labelled images" for name in ("Contr", "Contr+", "teacher"))),
    Entry("aml-2c", "05", "AML (2)", S, "Symmetric test: regression is better than the student trained alone",
          "Reg, labelled images > student alone"),
    Entry("aml-2d", "05", "AML (2)", S, "Symmetric test: the student trained alone is better than one taught by Triplet, MS, RKD or DarkRank",
          "; ".join(f"student alone > {name}" for name in ("Triplet", "MS", "RKD", "DarkRank"))),
    Entry("aml-3", "05", "AML (3)", A, "The best asymmetric test stays below the symmetric test of the student alone",
          "student alone [symmetric] > Reg, labelled images; student alone [symmetric] > Reg"),
    Entry("aml-4", "05", "AML (4)", A, "The relational losses fail because they ignore absolute places: one rotation of the student's space, fitted on training images, rescues them",
          "RKD [rotated] ≫ RKD; DarkRank [rotated] ≫ DarkRank"),
    Entry("teachers-1", "06", "Teachers (1)", S, "An absolute and a relative teacher each help a very small network, beside its own triplets",
          "absolute teacher > triplets alone; relative teacher > triplets alone"),
    Entry("teachers-2", "06", "Teachers (2)", S, "The absolute teacher raises the recall of a very small network by half",
          "absolute teacher > 1.5 × triplets alone"),
    Entry("teachers-3a", "06", "studied in Teachers (3)", S, "Hints and attention, which copy feature maps, help a very small network",
          "hints > triplets alone; attention > triplets alone"),
    Entry("teachers-3b", "06", "studied in Teachers (3)", S, "Pictures without labels help a student in the same number of steps",
          "Reg, 2,000 unlabelled > Reg, labelled images; Reg > Reg, labelled images"),
    Entry("teachers-3c", "06", "studied in Teachers (3)", S, "A teacher that sees good images helps a student that sees poor ones",
          "; ".join(f"{q}: teacher > {q}: triplets alone" for q in ("blurred", "noisy", "compressed", "shrunk"))),
    Entry("teachers-4", "06", "Teachers (4), implied", A, "A relative teacher alone gives embeddings that are of no use in the asymmetric test",
          "Absolute ≫ Relative; Relative [symmetric] ≫ Relative"),
    Entry("course-scratch", "04", "this course", A, "Small images beat small networks even where both start from scratch",
          "; ".join(f"image {size} from scratch > narrow {size} from scratch" for size in (48, 32, 24))),
    Entry("course-coarse", "04", "this course", A, "Shrinking the image beats a first layer with larger steps at the same cost",
          "; ".join(f"image {size} > coarse {size}" for size in (48, 32, 24))),
    Entry("course-longer", "04", "this course", A, "Small images beat small networks also after a longer training",
          "image 32 to plateau > narrow 32 to plateau"),
    Entry("course-fine", "04", "this course", A, "With finer marks, near the pixel at full size, small networks win",
          "; ".join(f"narrow {size}, fine marks > image {size}, fine marks" for size in (48, 32, 24))),
    Entry("course-adapted", "04", "this course", A, "Adapting the teacher's last layer and batch normalisation to small images (FixRes) helps, but training all of it helps more",
          "; ".join(f"adapted {size} > teacher [naive-{size}-asymmetric]; image {size} > adapted {size}" for size in (48, 32, 24))),
    Entry("course-strangers", "02", "this course", A, "Networks trained independently of each other share no coordinates",
          "alone 48 [symmetric] ≫ alone 48"),
    Entry("course-naive", "02", "this course", A, "A small image fed to the teacher is fit for the symmetric test only",
          "; ".join(f"teacher [naive-{size}-symmetric] ≫ teacher [naive-{size}-asymmetric]" for size in (48, 32))),
    Entry("course-enlarged", "02", "this course", A, "The student beats the enlarged query, which costs as much as the teacher",
          "; ".join(f"student {size} > teacher [enlarged-{size}-asymmetric]" for size in (48, 24))),
    Entry("course-start", "05", "this course", A, "A student of the teacher's architecture does better from the teacher's weights than from scratch",
          "; ".join(f"{name} from teacher > {name}" for name in ("Reg", "RAML", "Contr+"))),
    Entry("course-terms", "05", "this course", A, "Of RAML's relational terms only the one between student and teacher can align the two spaces",
          "student–teacher ≫ student–student"),
    Entry("course-mining", "05", "this course", A, "Hard pairs, found by student or teacher, teach more than pairs at random",
          "; ".join(f"{name} mined by {who} > {name} at random" for name in ("Contr", "Triplet") for who in ("student", "teacher"))),
    Entry("course-teachers", "06", "this course", A, "A better teacher makes a better student in the asymmetric test",
          "Reg > taught by 200 steps; taught by 200 steps > taught by 70 steps"),
)
# fmt: on
SETTING_OF = {"this course": OWN}
"""Claims of papers are transferred unless listed by their key: other students, starts and views."""

_COMPARISON = re.compile(
    r"(?P<first>.+?) (?:>(?: (?P<times>[\d.]+) ×)?|(?P<much>≫)) (?P<second>.+)"
)
_SIDE = re.compile(r"(?P<name>.+?)(?: \[(?P<test>[\w-]+)\])?")


def catalogue() -> list[Claim]:
    """The claims of the three papers, then those of the course itself.

    Raises:
        ValueError: a comparison that cannot be read.
        KeyError: a name that is none of the contestants'.
    """
    known = contestants()
    return [_claim(entry, known) for entry in ENTRIES]


def _claim(entry: Entry, known: Mapping[str, Recipe]) -> Claim:
    return Claim(
        key=entry.key,
        source=entry.source,
        statement=entry.statement,
        comparisons=tuple(
            read_comparison(t, entry.test, known) for t in entry.comparisons.split("; ")
        ),
        notebook=entry.notebook,
        setting=SETTING_OF.get(entry.key, SETTING_OF.get(entry.source, TRANSFERRED)),
        why=REASONS[entry.key],
    )


def read_comparison(text: str, test: str, known: Mapping[str, Recipe]) -> Comparison:
    """A comparison as it is written in the catalogue.

    Args:
        text: such as ``"A > B [symmetric]"``.
        test: of the sides that name none.
        known: recipes by their names.

    Raises:
        ValueError: it cannot be read.
        KeyError: a name that is not known.
    """
    read = _COMPARISON.fullmatch(text)
    if read is None:
        raise ValueError(f"{text!r} is no comparison; write A > B, A ≫ B or A > 1.5 × B")
    factor = MUCH if read["much"] else float(read["times"] or 1)
    first, second = (_SIDE.fullmatch(read[name]) for name in ("first", "second"))
    sides = (side(known[found["name"]], found["test"] or test) for found in (first, second))
    return Comparison(*sides, text, factor)
