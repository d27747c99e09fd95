"""What was found: claims of the papers and of the course, each with a verdict computed from runs.

``data/findings.json`` holds the ledger; ``python -m helpers.course.findings`` computes it anew.
``show("05")`` is the table at the end of notebook 05.
"""

from helpers.course.findings.catalogue import catalogue
from helpers.course.findings.claims import FAILS, HOLDS, MUCH, PARTLY, Claim, Comparison, Side
from helpers.course.findings.ledger import StaleFindings, evaluate, read
from helpers.course.findings.rule import NOT_CONFIRMED, outcome, verdict
from helpers.course.findings.statistics import Difference, compare, false_discoveries
from helpers.course.findings.table import LEGEND, frame, page, readme_table, show

__all__ = [
    "FAILS",
    "HOLDS",
    "LEGEND",
    "MUCH",
    "NOT_CONFIRMED",
    "PARTLY",
    "Claim",
    "Comparison",
    "Difference",
    "Side",
    "StaleFindings",
    "catalogue",
    "compare",
    "evaluate",
    "false_discoveries",
    "frame",
    "outcome",
    "page",
    "read",
    "readme_table",
    "show",
    "verdict",
]
