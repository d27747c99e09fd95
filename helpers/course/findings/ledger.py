"""The ledger of findings: every claim with its verdict, computed from the shipped runs.

The rule, fixed before the numbers are seen: a comparison is *shown* if its one-sided p-value,
adjusted over all comparisons of the ledger, is below 0.05; *reversed* if that of the opposite is;
else *open*. A claim *holds* if all of its comparisons are shown, *does not hold here* if none is,
and holds *partly* otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers import runs
from helpers.cache import PROJECT
from helpers.course.findings.catalogue import catalogue
from helpers.course.findings.claims import FAILS, HOLDS, PARTLY, Claim
from helpers.course.findings.evidence import (
    MIN_SEEDS,
    SAMPLES,
    Evidence,
    Load,
    comparisons_of,
    digest,
    gather,
    runs_of,
)
from helpers.course.findings.statistics import holm

PATH = PROJECT / "data" / "findings.json"
ALPHA = 0.05
DIGITS = 6

SHOWN, OPEN, REVERSED, TOO_FEW = "shown", "open", "reversed", "too few seeds"
NOT_TESTED = "not tested"
"""In the place of a verdict where a comparison has too few seeds."""


class StaleFindings(RuntimeError):
    """data/findings.json is missing, or was computed from other runs than those shipped."""


@dataclass(frozen=True)
class Judgement:
    """A status with the adjusted p-values that it follows from; None with too few seeds."""

    status: str
    p_above: float | None
    p_below: float | None


def evaluate(claims: Sequence[Claim], load: Load = runs.get_shipped) -> dict:
    """The ledger of these claims, in a form that JSON can hold.

    Args:
        claims: all claims at once, since p-values are adjusted over all of their comparisons.
        load: gives the run of a recipe with its seed, None if there is none.

    Returns:
        ``{"rule", "runs", "claims"}``: the constants of the rule, a digest of the runs used, and
        for each claim its verdict, its sentence (empty if there is none for this verdict) and its
        comparisons.

    Raises:
        LookupError: a metric that a run does not have.
        ValueError: more comparisons than p-values from this many samples can tell apart.
    """
    found = runs_of(claims, load)
    evidence = [gather(comparison, found) for comparison in comparisons_of(claims)]
    judged = iter(list(zip(evidence, judge(evidence), strict=True)))
    return {
        "rule": {"alpha": ALPHA, "least_seeds": MIN_SEEDS, "samples": SAMPLES},
        "runs": digest(found),
        "claims": [_record(claim, [next(judged) for _ in claim.comparisons]) for claim in claims],
    }


def judge(evidence: Sequence[Evidence]) -> list[Judgement]:
    """The status of each comparison, with p-values adjusted over all that have enough seeds.

    Raises:
        ValueError: more comparisons than p-values from this many samples can tell apart.
    """
    tested = [found.difference for found in evidence if found.difference]
    most = int(ALPHA * (1 + SAMPLES))
    if len(tested) > most:
        raise ValueError(
            f"{len(tested)} comparisons, but among more than {most} nothing can be shown with "
            f"SAMPLES = {SAMPLES}; raise it"
        )
    above = iter(holm([difference.p_above for difference in tested]))
    below = iter(holm([difference.p_below for difference in tested]))
    untested = Judgement(TOO_FEW, None, None)
    return [_judged(next(above), next(below)) if e.difference else untested for e in evidence]


def _judged(p_above: float, p_below: float) -> Judgement:
    status = SHOWN if p_above < ALPHA else REVERSED if p_below < ALPHA else OPEN
    return Judgement(status, float(p_above), float(p_below))


def verdict(statuses: Sequence[str]) -> str:
    """What the statuses of a claim's comparisons say about the claim."""
    if TOO_FEW in statuses:
        return NOT_TESTED
    shown = [status == SHOWN for status in statuses]
    return HOLDS if all(shown) else PARTLY if any(shown) else FAILS


def _record(claim: Claim, judged: Sequence[tuple[Evidence, Judgement]]) -> dict:
    found = verdict([judgement.status for _, judgement in judged])
    return {
        "key": claim.key,
        "source": claim.source,
        "statement": claim.statement,
        "notebook": claim.notebook,
        "verdict": found,
        "why": claim.why.get(found, ""),
        "comparisons": [_comparison_record(*pair) for pair in judged],
    }


def _comparison_record(evidence: Evidence, judgement: Judgement) -> dict:
    comparison, difference = evidence.comparison, evidence.difference
    first, second = (
        {"run": side.recipe.name, "metric": side.metric, "mean": _rounded(mean)}
        for side, mean in zip((comparison.first, comparison.second), evidence.means, strict=True)
    )
    return {
        "label": comparison.label,
        "first": first,
        "second": second,
        "factor": comparison.factor,
        "seeds": list(range(evidence.seeds)),
        "status": judgement.status,
        "effect": difference and _rounded(difference.effect),
        "interval": difference and [_rounded(difference.low), _rounded(difference.high)],
        "p_above": _rounded(judgement.p_above),
        "p_below": _rounded(judgement.p_below),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def text_of(ledger: dict) -> str:
    """The ledger as the text of its file, the same for the same runs."""
    return json.dumps(ledger, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def unexplained(ledger: dict) -> list[str]:
    """Claims without a sentence for the verdict that was computed, as ``"key (verdict)"``."""
    silent = [found for found in ledger["claims"] if not found["why"]]
    return [f"{r['key']} ({r['verdict']})" for r in silent if r["verdict"] != NOT_TESTED]


def write(ledger: dict, path: Path = PATH) -> None:
    """Write the ledger into its file.

    Raises:
        ValueError: a claim has no sentence for the verdict that was computed.
    """
    silent = unexplained(ledger)
    if silent:
        raise ValueError(
            f"no sentence explains {', '.join(silent)}: look for the reason, and add it to `why` "
            "of the claim in helpers/course/findings"
        )
    path.write_text(text_of(ledger), encoding="utf-8", newline="\n")


def read(path: Path = PATH) -> dict:
    """The ledger that comes with the course.

    Raises:
        StaleFindings: there is none, or it does not follow from the runs that are shipped.
    """
    remedy = "recompute it with: python -m helpers.course.findings"
    if not path.is_file():
        raise StaleFindings(f"{path.name} is missing; {remedy}")
    ledger = json.loads(path.read_text(encoding="utf-8"))
    if ledger["runs"] != digest(runs_of(catalogue(), runs.get_shipped)):
        raise StaleFindings(f"{path.name} was computed from other runs than are shipped; {remedy}")
    return ledger
