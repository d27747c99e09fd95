"""Every claim of the ledger, in reading order."""

from __future__ import annotations

from helpers.course.findings.aml import aml
from helpers.course.findings.budgets import budgets
from helpers.course.findings.claims import Claim
from helpers.course.findings.course import course
from helpers.course.findings.raml import raml
from helpers.course.findings.teachers import teachers


def catalogue() -> list[Claim]:
    """The claims of the three papers, then those of the course itself."""
    return [*raml(), *aml(), *teachers(), *budgets(), *course()]
