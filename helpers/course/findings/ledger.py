"""The ledger of findings: every claim with its verdict, computed from the shipped runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from helpers import runs
from helpers.cache import PROJECT
from helpers.course.findings.catalogue import catalogue
from helpers.course.findings.claims import EXPLAINED, HOLDS, Claim
from helpers.course.findings.evidence import (
    MIN_SEEDS,
    Evidence,
    Load,
    digest,
    gather,
    runs_of,
)
from helpers.course.findings.reasons import reason
from helpers.course.findings.rule import NOT_CONFIRMED, NOT_TESTED, outcome, verdict
from helpers.course.findings.statistics import ALPHA, MARGIN, false_discoveries

PATH = PROJECT / "data" / "findings.json"
DIGITS = 6


class StaleFindings(RuntimeError):
    """data/findings.json is missing, or was computed from other runs than those shipped."""


def evaluate(claims: Sequence[Claim], load: Load = runs.get_shipped) -> dict:
    """The ledger of these claims, in a form that JSON can hold.

    Args:
        claims: each is judged by itself.
        load: gives the run of a recipe with its seed, None if there is none.

    Returns:
        ``{"rule", "runs", "false_discoveries", "claims"}``: the constants of the rule, a digest of
        the runs used, the share of holding claims that is expected to hold by chance, and for each
        claim its verdict, its sentence (empty if there is none for this verdict) and its
        comparisons.

    Raises:
        LookupError: a metric that a run does not have.
    """
    found = runs_of(claims, load)
    records = [_record(claim, gather(claim, found)) for claim in claims]
    verdicts = [record["verdict"] for record in records]
    tested = len(verdicts) - verdicts.count(NOT_TESTED)
    return {
        "rule": {"alpha": ALPHA, "margin": MARGIN, "least_seeds": MIN_SEEDS},
        "runs": digest(found),
        "false_discoveries": _rounded(false_discoveries(tested, verdicts.count(HOLDS))),
        "claims": records,
    }


def _record(claim: Claim, evidence: Sequence[Evidence]) -> dict:
    outcomes = [outcome(each.comparison, each.difference) for each in evidence]
    found = verdict(outcomes, claim.setting)
    return {
        "key": claim.key,
        "source": claim.source,
        "statement": claim.statement,
        "notebook": claim.notebook,
        "setting": claim.setting,
        "verdict": found,
        "why": reason(claim.why, found),
        "comparisons": [_comparison_record(*pair) for pair in zip(evidence, outcomes, strict=True)],
    }


def _comparison_record(evidence: Evidence, found: str) -> dict:
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
        "outcome": found,
        "effect": difference and _rounded(difference.effect),
        "interval": difference and [_rounded(difference.low), _rounded(difference.high)],
        "p_above": difference and _rounded(difference.p_above),
        "p_below": difference and _rounded(difference.p_below),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def text_of(ledger: dict) -> str:
    """The ledger as the text of its file, the same for the same runs."""
    return json.dumps(ledger, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def unexplained(ledger: dict) -> list[str]:
    """Claims without a sentence for the verdict that was computed, as ``"key (verdict)"``."""
    explained = (*EXPLAINED, NOT_CONFIRMED)
    silent = [found for found in ledger["claims"] if not found["why"]]
    return [f"{r['key']} ({r['verdict']})" for r in silent if r["verdict"] in explained]


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
