"""The ledger as tables: for the end of a notebook, and for the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.course.findings.claims import FAILS, HOLDS, MUCH, PARTLY
from helpers.course.findings.evidence import MIN_SEEDS, SAMPLES
from helpers.course.findings.ledger import ALPHA, NOT_TESTED, OPEN, REVERSED, SHOWN, read
from helpers.course.findings.statistics import LEVEL

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler

SIGNS = {HOLDS: "●", PARTLY: "◐", FAILS: "○", NOT_TESTED: "–"}
"""Beside the words of each verdict, so that a long table can be skimmed without any colour."""

USUAL_MEASURE = "species/recall@1"

LEGEND = f"""\
A comparison asks whether the first mean is above the second, or above so many times the second \
where a "×" stands (≫, "much better", is {MUCH:g} ×); such factors were chosen before the numbers \
were seen. It is **{SHOWN}** if its one-sided p-value, corrected for the number of comparisons in \
the whole ledger (Holm), is below {ALPHA:g}; **{REVERSED}** if that of the opposite is; **{OPEN}** \
if neither is. A claim **{HOLDS}** ({SIGNS[HOLDS]}) if all of its comparisons are shown, \
**{FAILS}** ({SIGNS[FAILS]}) if none is, and else **{PARTLY}** ({SIGNS[PARTLY]}). With fewer than \
{MIN_SEEDS} seeds a claim is **{NOT_TESTED}** ({SIGNS[NOT_TESTED]}).

Numbers are percent, means over seeds and over the test images of the butterflies, each of which \
is a query against all others; a difference is the first less the second (so many times), in \
points. They are Recall@1 of species where nothing else is said. Recall@K: the share of queries \
with an image of the same class among the K nearest; mAP: the mean of the average precision, which \
is the precision at the rank of each image of the same class, averaged over these images. In \
brackets the {100 * LEVEL:.0f} % interval of each difference for itself, from {SAMPLES:,} draws: \
species are drawn with all of their queries, and the spread over seeds enters by Student's t.

"Why" is how we read the verdict, not a result itself. What is true of drawn butterflies and one \
small architecture need not be true elsewhere.
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
    """The whole ledger in Markdown: a row a claim, the legend, and all comparisons to unfold."""
    claims = [_readme_row(record) for record in ledger["claims"]]
    comparisons = [
        {"name": record["key"]} | _comparison_cells(comparison)
        for record in ledger["claims"]
        for comparison in record["comparisons"]
    ]
    numbers = f"<details>\n<summary>All numbers</summary>\n\n{_markdown(comparisons)}\n</details>\n"
    return f"{_markdown(claims)}\n{LEGEND}\n{numbers}"


def _readme_row(record: dict) -> dict[str, str]:
    statuses = [comparison["status"] for comparison in record["comparisons"]]
    cells = _claim_cells(record)
    return {
        "name": record["key"],
        "claim": cells["claim"],
        "verdict": cells["verdict"],
        "shown": f"{statuses.count(SHOWN)} of {len(statuses)}",
        "why": cells["why"],
    }


def _markdown(rows: list[dict[str, str]]) -> str:
    """A table in Markdown, headed by the names of the cells."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *(row.values() for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _claim_cells(record: dict) -> dict[str, str]:
    return {
        "claim": f"{record['statement']} – {record['source']}, notebook {record['notebook']}",
        "verdict": f"{SIGNS[record['verdict']]} {record['verdict']}",
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
        "outcome": record["status"],
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
