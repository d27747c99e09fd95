"""Compute the ledger of findings from the shipped runs: ``python -m helpers.course.findings``.

Writes data/findings.json and the section of the README between its markers. With ``--check``
nothing is written, and the exit status is 1 if either would change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from helpers.course.findings import ledger, readme
from helpers.course.findings.catalogue import catalogue
from helpers.course.findings.table import SIGNS


def main(arguments: list[str] | None = None) -> int:
    """Write the findings, or with ``--check`` only say whether they would change."""
    parser = argparse.ArgumentParser(prog="python -m helpers.course.findings", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if outdated")
    check = parser.parse_args(arguments).check
    computed = ledger.evaluate(catalogue())
    if check:
        outdated = outdated_files(computed, ledger.PATH, readme.PATH)
        print("\n".join(f"{path.name} is out of date" for path in outdated) or "up to date")
        return 1 if outdated else 0
    for record in computed["claims"]:
        print(f"{SIGNS[record['verdict']]} {record['verdict']:<18} {record['key']}")
    try:
        ledger.write(computed, ledger.PATH)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    text = readme.with_findings(readme.PATH.read_text(encoding="utf-8"), computed)
    readme.PATH.write_text(text, encoding="utf-8", newline="\n")
    return 0


def outdated_files(computed: dict, findings: Path, read_me: Path) -> list[Path]:
    """Which of the two files would change if this ledger were written."""
    recorded = findings.read_text(encoding="utf-8") if findings.is_file() else None
    text = read_me.read_text(encoding="utf-8")
    files = {
        findings: recorded == ledger.text_of(computed),
        read_me: text == readme.with_findings(text, computed),
    }
    return [path for path, is_current in files.items() if not is_current]


if __name__ == "__main__":
    sys.exit(main())
