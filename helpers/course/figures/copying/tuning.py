"""The record of the tuning: what was tried for each loss, and what was taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas
from matplotlib.figure import Figure

from helpers.course.figures import style


def trials(record: Sequence[Mapping], titles: Mapping[str, str]) -> Figure:
    """The score of each trial, a row a loss; the one that was taken is filled and described.

    Args:
        record: from ``helpers.recipes.tuned.record``.
        titles: of the losses to show, by subject, in the order of the rows.
    """
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(titles) + 1.2), layout="constrained")
    for row, subject in enumerate(titles):
        of_subject = [trial for trial in record if trial["subject"] == subject]
        best = max(of_subject, key=lambda trial: trial["score"])
        scores = [100 * trial["score"] for trial in of_subject]
        axes.plot([min(scores), max(scores)], [row, row], color=style.QUIET, linewidth=0.8)
        axes.plot(scores, [row] * len(scores), "o", color=style.STUDENT, markerfacecolor="white")
        axes.plot(100 * best["score"], row, "o", color=style.STUDENT)
        axes.annotate(
            described(best), (1, row), (8, 0), textcoords="offset points", va="center", fontsize=8,
            xycoords=("axes fraction", "data"), annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(len(titles)), list(titles.values()))
    axes.set(ylim=(len(titles) - 0.5, -0.5), xlim=(0, 100))
    axes.set(xlabel="score on species kept for tuning (%): mean of both tests' Recall@1")
    return figure


def trials_table(record: Sequence[Mapping], titles: Mapping[str, str]) -> pandas.DataFrame:
    """Every trial of these losses: settings, both tests' Recall@1 of species and score, percent."""
    rows = []
    for subject, title in titles.items():
        of_subject = [trial for trial in record if trial["subject"] == subject]
        best = max(of_subject, key=lambda trial: trial["score"])
        rows += [_cells(title, trial, trial is best) for trial in of_subject]
    return pandas.DataFrame(rows).set_index(["loss", "tried"])


def trials_grid(record: Sequence[Mapping], titles: Mapping[str, str]) -> pandas.DataFrame:
    """The same in short: one row a loss, each trial with its score in percent, ● if taken."""
    rows = {}
    for subject, title in titles.items():
        of_subject = [trial for trial in record if trial["subject"] == subject]
        best = max(of_subject, key=lambda trial: trial["score"])
        rows[title] = [
            f"{described(trial)}: {100 * trial['score']:.1f}{' ●' * (trial is best)}"
            for trial in of_subject
        ]
    return pandas.DataFrame.from_dict(rows, orient="index").rename(
        columns=lambda n: f"trial {n + 1}"
    )


def _cells(title: str, trial: Mapping, is_best: bool) -> dict[str, str]:
    cells = {"loss": title, "tried": described(trial)}
    for test in ("asymmetric", "symmetric"):
        cells[test] = f"{100 * trial[f'{test}/species/recall@1']:.1f}"
    return cells | {"score": f"{100 * trial['score']:.1f}", "": "taken" if is_best else ""}


def described(trial: Mapping) -> str:
    """A trial in words, such as "rate 0.002, margin 0.5"."""
    settings = [f"{WORDS.get(name, name)} {value:g}" for name, value in trial["settings"]]
    return ", ".join([f"rate {trial['learning_rate']:g}", *settings])


WORDS = {"weight_student_teacher": "λ₁", "weight_student_student": "λ₂"}
