"""Compute the ledger of findings from the shipped runs: ``python -m helpers.course.findings``.

Writes data/findings.json, docs/findings.md and the section of the README between its markers.
With ``--check`` nothing is written, and the exit status is 1 if any of them would change.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from helpers.course.findings import ledger, readme
from helpers.course.findings.catalogue import catalogue
from helpers.course.findings.table import SIGNS, page


def main(arguments: list[str] | None = None) -> int:
    """Write the findings, or with ``--check`` only say whether they would change."""
    parser = argparse.ArgumentParser(prog="python -m helpers.course.findings", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if outdated")
    check = parser.parse_args(arguments).check
    computed = ledger.evaluate(catalogue())
    texts = texts_of(computed)
    if check:
        outdated = outdated_files(texts)
        print("\n".join(f"{path.name} is out of date" for path in outdated) or "up to date")
        return 1 if outdated else 0
    for record in computed["claims"]:
        print(f"{SIGNS[record['verdict']]} {record['verdict']:<18} {record['key']}")
    silent = ledger.unexplained(computed)
    if silent:
        print(
            f"no sentence explains {', '.join(silent)}: look for the reason, and add it to "
            "helpers/course/findings/reasons.py",
            file=sys.stderr,
        )
        return 1
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


def texts_of(computed: dict) -> dict[Path, str]:
    """Every file that follows from this ledger, with its text."""
    read_me = readme.PATH.read_text(encoding="utf-8")
    return {
        ledger.PATH: ledger.text_of(computed),
        readme.PATH: readme.with_findings(read_me, computed),
        readme.PAGE: page(computed),
    }


def outdated_files(texts: Mapping[Path, str]) -> list[Path]:
    """Which of these files hold another text, or none."""
    return [
        path
        for path, text in texts.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


if __name__ == "__main__":
    sys.exit(main())
