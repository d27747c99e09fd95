"""The rule that turns differences into outcomes and outcomes into verdicts.

It was fixed before the numbers were seen, and looks at nothing but a claim's own comparisons, so
that a verdict stays the same whatever else the ledger holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpers.course.findings.claims import (
    FAILS,
    HOLDS,
    NOT_TESTABLE,
    PARTLY,
    TRANSFERRED,
    Comparison,
)
from helpers.course.findings.statistics import ALPHA, MARGIN, Difference

SHOWN, LEANING, UNDECIDED = "shown", "leaning", "undecided"
EQUAL, AGAINST, CONTRADICTED = "no difference worth having", "leaning against", "contradicted"
TOO_FEW = "too few seeds"
OUTCOMES = (SHOWN, LEANING, UNDECIDED, EQUAL, AGAINST, CONTRADICTED, TOO_FEW)

NOT_CONFIRMED, NOT_TESTED = "not confirmed", "not tested"
VERDICTS = (HOLDS, PARTLY, LEANING, UNDECIDED, NOT_CONFIRMED, FAILS, NOT_TESTED)

RULE = (
    "A claim **holds** if all of its comparisons are shown; is **leaning** if all are shown or "
    "leaning; holds **partly** if one is shown while another is contradicted or without a "
    "difference worth having; **does not hold** if none is shown and one is; and is **undecided** "
    "otherwise."
)


def outcome(comparison: Comparison, found: Difference | None) -> str:
    """What a comparison shows; `TOO_FEW` without a difference."""
    if found is None:
        return TOO_FEW
    if min(found.p_above, found.p_below) < ALPHA:
        return SHOWN if found.p_above < ALPHA else CONTRADICTED
    # "So many times as good" has no margin: a point of a multiple is not a point of recall.
    if comparison.factor == 1 and -MARGIN < found.low and found.high < MARGIN:
        return EQUAL
    return LEANING if found.low > 0 else AGAINST if found.high < 0 else UNDECIDED


def verdict(outcomes: Sequence[str], setting: str) -> str:
    """What the outcomes of a claim's comparisons say about it, by `RULE`.

    A claim tested in another setting than its source's cannot fail there: it is not confirmed.
    """
    if setting == NOT_TESTABLE or TOO_FEW in outcomes:
        return NOT_TESTED
    found = set(outcomes)
    if found & {CONTRADICTED, EQUAL}:
        failing = NOT_CONFIRMED if setting == TRANSFERRED else FAILS
        return PARTLY if SHOWN in found else failing
    if found <= {SHOWN, LEANING}:
        return LEANING if LEANING in found else HOLDS
    return UNDECIDED
