"""Try every candidate and write the record: ``make tune`` or ``python -m helpers.runs.tuning``.

Each subject (a loss, or a kind of network) gets four trials of the length that its runs have later.
Half of the training species teach and the other half judge; the test species play no part. The
score is the mean of the asymmetric and the symmetric Recall@1 of species; for losses whose purpose
is a better small network, the symmetric one alone, as in their paper. The trials are kept in
``data/cache/runs``, so that an interrupted tuning goes on where it was stopped.
"""

from __future__ import annotations

import json
from statistics import fmean

from helpers import runs
from helpers.recipes import Recipe
from helpers.recipes.studies import TEACHERS, trials
from helpers.recipes.tuned import BOTH_TESTS, CANDIDATES, RECORD, SYMMETRIC_TEST


def judged_by(subject: str) -> tuple[str, ...]:
    """The metrics whose mean is the score."""
    return SYMMETRIC_TEST if subject in ("batch_hard_triplet", *TEACHERS) else BOTH_TESTS


def tried(subject: str, recipe: Recipe) -> dict:
    """What came of one trial, which is carried out first if it was not yet."""
    metrics = runs.train(recipe).metrics
    return {
        "subject": subject,
        "learning_rate": recipe.learning_rate,
        "settings": recipe.settings,
        **{name: round(metrics[name], 5) for name in BOTH_TESTS},
        "score": round(fmean(metrics[name] for name in judged_by(subject)), 5),
    }


def main() -> None:
    """Carry out the trials of all subjects and write the record."""
    record = [tried(subject, trial) for subject in CANDIDATES for trial in trials(subject)]
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"{len(record)} trials of {len(CANDIDATES)} subjects are recorded in {RECORD.name}")


if __name__ == "__main__":
    main()
