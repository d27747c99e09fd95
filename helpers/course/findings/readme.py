"""What the ledger writes for readers: a part of the README, between two markers, and a page."""

from __future__ import annotations

from helpers.cache import PROJECT
from helpers.course.findings.table import readme_table

PATH = PROJECT / "README.md"
PAGE = PROJECT / "docs" / "findings.md"
BEGIN, END = "<!-- findings -->", "<!-- /findings -->"


def with_findings(text: str, ledger: dict) -> str:
    """The text of the README with the table of the ledger between its markers.

    Raises:
        ValueError: a marker is missing, there twice, or the end stands before the beginning.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(
            f"the README must hold {BEGIN} and after it {END}, each once, on lines of their own: "
            "the findings are written between them"
        )
    return f"{before}{BEGIN}\n\n{readme_table(ledger)}\n{END}{after}"
