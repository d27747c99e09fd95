"""The tuning writes what came of every trial, and looks at the validation species only."""

import json
from types import SimpleNamespace

from helpers.recipes import studies
from helpers.recipes.tuned import CANDIDATES
from helpers.runs import tuning

ASYMMETRIC, SYMMETRIC = "asymmetric/species/recall@1", "symmetric/species/recall@1"


def fake_training(trained):
    def train(recipe):
        trained.append(recipe)
        return SimpleNamespace(metrics={ASYMMETRIC: 0.25, SYMMETRIC: 0.75})

    return train


def test_every_trial_is_recorded_in_order(monkeypatch, tmp_path):
    trained = []
    monkeypatch.setattr(tuning.runs, "train", fake_training(trained))
    monkeypatch.setattr(tuning, "RECORD", tmp_path / "tuning.json")
    tuning.main()
    record = json.loads((tmp_path / "tuning.json").read_text())
    assert [trial["subject"] for trial in record] == [s for s in CANDIDATES for _ in CANDIDATES[s]]
    assert {recipe.tested_on for recipe in trained} == {"validation"}
    scores = {trial["subject"]: trial["score"] for trial in record}
    assert scores["regression"] == 0.5  # the mean of both tests
    assert scores["triplet_and_hints"] == 0.75  # the symmetric test alone


def test_a_trial_builds_only_on_runs_without_the_judging_species():
    for recipe in studies.trials("triplet_and_hints"):
        below = [recipe.teacher, recipe.first_trained, recipe.first_trained.teacher]
        assert {other.tested_on for other in below} == {"validation"}
        assert all(other.name.endswith("-half") for other in below)
