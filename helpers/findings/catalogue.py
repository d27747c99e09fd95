"""Every claim of the ledger, in reading order."""

from __future__ import annotations

from helpers.findings.aml import aml
from helpers.findings.budgets import budgets
from helpers.findings.claims import Claim
from helpers.findings.course import course
from helpers.findings.raml import raml
from helpers.findings.teachers import teachers


def catalogue() -> list[Claim]:
    """The claims of the three papers, then those of the course itself."""
    return [*raml(), *aml(), *teachers(), *budgets(), *course()]
