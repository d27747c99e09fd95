"""The ledger as tables: for the end of a notebook, the README, and docs/findings.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.course.findings.claims import FAILS, HOLDS, MUCH, PARTLY
from helpers.course.findings.evidence import MIN_SEEDS
from helpers.course.findings.ledger import read
from helpers.course.findings.rule import (
    AGAINST,
    CONTRADICTED,
    EQUAL,
    LEANING,
    NOT_CONFIRMED,
    NOT_TESTED,
    RULE,
    SHOWN,
    UNDECIDED,
)
from helpers.course.findings.simulation import STUDIES, rates
from helpers.course.findings.statistics import ALPHA, LEVEL, MARGIN

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler

SIGNS = {
    HOLDS: "●",
    PARTLY: "◐",
    LEANING: "◔",
    UNDECIDED: "?",
    NOT_CONFIRMED: "◌",
    FAILS: "○",
    NOT_TESTED: "–",
}
"""Beside the words of each verdict, so that a long table can be skimmed without any colour."""

USUAL_MEASURE = "species/recall@1"

LEGEND = f"""\
A comparison "A > B" asks whether the first mean is above the second, "A ≫ B" whether it is \
above {MUCH:g} times the second; such factors were chosen before the numbers were seen. It is \
**{SHOWN}** if its one-sided p-value is below {ALPHA:g}, **{CONTRADICTED}** if that of the \
opposite is; shows **{EQUAL}** if its interval lies within {100 * MARGIN:g} points of 0; is \
**{LEANING}** (or **{AGAINST}**) if its interval lies above (below) 0; else **{UNDECIDED}**. \
{RULE} A claim of a paper that is tested here in another setting than the paper's \
(*transferred*) cannot fail: it is **{NOT_CONFIRMED}**. With fewer than {MIN_SEEDS} seeds a \
claim is **{NOT_TESTED}**. A claim is judged by its own comparisons alone: no other claim or run \
changes its verdict.

Numbers are percent, means over seeds and over the test images of the butterflies, each of which \
is a query against all others; a difference is the first less the second (so many times), in \
points. They are Recall@1 of species where nothing else is said. Recall@K: the share of queries \
with an image of the same class among the K nearest; mAP: the mean of the average precision, \
which is the precision at the rank of each image of the same class, averaged over these images. \
In brackets the {100 * LEVEL:.0f} % interval of each difference for itself: species, with all of \
their queries, enter by the normal distribution, seeds by Student's t, with their spread \
estimated from all comparisons of the claim together. Nothing is drawn.

"Why" is how we read the verdict, not a result itself. What is true of drawn butterflies and one \
small architecture need not be true elsewhere. The claim raml-2b was worded after its numbers \
had been seen: only other runs can test it.
"""

LEVELS = (0.05, ALPHA, 0.001)
GAINS = (0.03, 0.05, 0.10)
SIMULATED = """\
Studies were made up, five seeds each, in which the truth is known. No method can see from five \
seeds that a sixth would collapse; where only one side collapses now and then, luck looks like a \
lead. Runs must therefore show that they have not collapsed before they are compared.
"""


def frame(notebook: str | None = None) -> DataFrame:
    """One row a comparison: what was claimed, the verdict, the numbers, and why.

    Args:
        notebook: such as ``"05"``: only the claims that this notebook teaches; None for all.

    Raises:
        StaleFindings: data/findings.json does not follow from the shipped runs.
        ValueError: no claim belongs to this notebook.
    """
    import pandas

    rows = [
        _claim_cells(record) | _comparison_cells(comparison)
        for record in records(read(), notebook)
        for comparison in record["comparisons"]
    ]
    return pandas.DataFrame(rows).set_index(["claim", "verdict", "why", "comparison"])


def show(notebook: str | None = None) -> Styler:
    """The table of `frame` with whole sentences, for the end of a notebook."""
    from pandas.io.formats.style import Styler

    left = [("text-align", "left"), ("vertical-align", "top"), ("font-weight", "normal")]
    styles = [
        {"selector": "th.row_heading", "props": [*left, ("white-space", "normal")]},
        {"selector": "td", "props": [*left, ("white-space", "nowrap")]},
        {"selector": "th.col_heading, th.index_name", "props": [("text-align", "left")]},
    ]
    # A name of its own keeps the saved notebook the same from run to run.
    return Styler(frame(notebook), uuid=f"findings-{notebook or 'all'}", table_styles=styles)


def records(ledger: dict, notebook: str | None = None) -> list[dict]:
    """The claims of a ledger that a notebook teaches.

    Raises:
        ValueError: there is none.
    """
    known = sorted({record["notebook"] for record in ledger["claims"]})
    if notebook is not None and notebook not in known:
        raise ValueError(f"no claim belongs to notebook {notebook!r}; choose {', '.join(known)}")
    return [record for record in ledger["claims"] if notebook in (None, record["notebook"])]


def readme_table(ledger: dict) -> str:
    """The ledger in brief, in Markdown: a row a claim, with the number that decides it."""
    return _markdown([_brief(record) for record in ledger["claims"]])


def page(ledger: dict) -> str:
    """The whole ledger in Markdown: verdicts with reasons, the legend, and every number."""
    claims = [
        {"name": record["key"], "setting": record["setting"]} | _claim_cells(record)
        for record in ledger["claims"]
    ]
    comparisons = [
        {"name": record["key"]} | _comparison_cells(comparison)
        for record in ledger["claims"]
        for comparison in record["comparisons"]
    ]
    return (
        "# What was found, in numbers\n\nWritten by `python -m helpers.course.findings` from the "
        f"runs in `data/runs`.\n\n## Verdicts\n\n{_counts(ledger)}\n\n{_markdown(claims)}\n## How "
        f"to read them\n\n{LEGEND}\n## How often the test errs\n\n{SIMULATED}\n{_simulated()}\n"
        f"## All comparisons\n\n{_markdown(comparisons)}"
    )


def _simulated() -> str:
    """False alarms and power in made-up studies, two tables in Markdown."""
    head = [f"p < {level:g}" for level in LEVELS]
    alarms = [
        {"no true difference": name} | _shares(head, rates(made_up, LEVELS))
        for name, made_up in STUDIES.items()
    ]
    first_two = list(STUDIES.items())[:2]
    power = [
        {"true gain": f"{100 * gain:g} points, {name}"}
        | _shares(head, rates(made_up, LEVELS, gain))
        for name, made_up in first_two
        for gain in GAINS
    ]
    return f"{_markdown(alarms)}\n{_markdown(power)}"


def _shares(names: list[str], found: tuple[float, ...]) -> dict[str, str]:
    return {name: f"{_percentage(share)}" for name, share in zip(names, found, strict=True)}


def _percentage(share: float) -> str:
    """A share of few trials: two digits where it is small, none after the point where it is not."""
    return f"{100 * share:.2f} %" if share < 0.01 else f"{100 * share:.0f} %"


def _counts(ledger: dict) -> str:
    """How many claims have each verdict, and how many of those that hold may do so by chance."""
    verdicts = [record["verdict"] for record in ledger["claims"]]
    counted = ", ".join(f"{verdicts.count(v)} {v}" for v in SIGNS if v in verdicts)
    share = f"{100 * ledger['false_discoveries']:.1f} %"
    return (
        f"Of {len(verdicts)} claims: {counted}. Of those that hold, at most {share} are expected "
        "to do so by chance (Benjamini & Hochberg)."
    )


def _brief(record: dict) -> dict[str, str]:
    return {
        "claim": f"**{record['key']}** {record['statement']} ({record['source']})",
        "setting": record["setting"],
        "verdict": _signed(record["verdict"]),
        "weakest comparison": _decisive(record["comparisons"]),
    }


def _decisive(comparisons: list[dict]) -> str:
    """The difference of the comparison that speaks least for its claim, which needs them all."""
    tested = [each for each in comparisons if each["effect"] is not None]
    if not tested:
        return "–"
    weakest = max(tested, key=lambda each: (each["p_above"], -each["effect"]))
    return f"{points(weakest['effect'], weakest['interval'])}: {weakest['label']}"


def _signed(verdict: str) -> str:
    return f"{SIGNS[verdict]} {verdict}"


def _markdown(rows: list[dict[str, str]]) -> str:
    """A table in Markdown, headed by the names of the cells."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *(row.values() for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _claim_cells(record: dict) -> dict[str, str]:
    return {
        "claim": f"{record['statement']} – {record['source']}, notebook {record['notebook']}",
        "verdict": _signed(record["verdict"]),
        "why": record["why"],
    }


def _comparison_cells(record: dict) -> dict[str, str]:
    first, second, factor = record["first"], record["second"], record["factor"]
    times = "" if factor == 1 else f"{factor:g} × "
    return {
        "comparison": record["label"] + _measure(first["metric"], second["metric"]),
        "first": percent(first["mean"]),
        "second": times + percent(second["mean"]),
        "difference": points(record["effect"], record["interval"]),
        "outcome": record["outcome"],
        "seeds": str(len(record["seeds"])),
    }


def _measure(first: str, second: str) -> str:
    """What was measured, in brackets, unless it is Recall@1 of species."""
    measured = dict.fromkeys(metric.partition("/")[2] for metric in (first, second))
    if list(measured) == [USUAL_MEASURE]:
        return ""
    pairs = [name.split("/") for name in measured]
    words = [f"{measure.replace('recall', 'Recall')} of {label}" for label, measure in pairs]
    return f" ({' against '.join(words)})"


def percent(mean: float | None) -> str:
    """A mean in 0..1 as percent, such as "93.4"; a dash if there is none."""
    return "–" if mean is None else f"{100 * mean:.1f}"


def points(effect: float | None, interval: list[float] | None) -> str:
    """A difference in points with its interval, such as "+2.4 [1.1, 3.7]"; empty if there is none.

    Its minus is that of the hyphen, so that the text can be read as a number again.
    """
    if effect is None:
        return ""
    low, high = interval
    return f"{100 * effect:+.1f} [{100 * low:.1f}, {100 * high:.1f}]"
