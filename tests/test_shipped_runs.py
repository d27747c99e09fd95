"""The runs that come with the course are whole, and their numbers follow from their weights."""

import numpy as np
import pytest

from helpers import recipes, runs
from helpers.networks import embed
from helpers.runs.data import trial
from helpers.runs.evaluation import score

WHOLE = recipes.shipped()
COURSE = WHOLE + recipes.shipped_photos() + recipes.studied()
SHIPPED = [recipe for recipe in COURSE if recipe in runs.SHIPPED]
needs_runs = pytest.mark.skipif(not SHIPPED, reason="no run is shipped yet")


@needs_runs
def test_every_run_of_the_course_is_shipped():
    assert SHIPPED == COURSE


@needs_runs
def test_no_other_run_is_shipped():
    known = {recipe.with_seed(seed).folder for recipe in SHIPPED for seed in range(10)}
    assert {folder.name for folder in runs.SHIPPED.folder.glob("*-seed*")} <= known


@pytest.mark.parametrize("recipe", SHIPPED, ids=lambda recipe: recipe.name)
def test_stored_means_are_those_of_the_stored_queries(recipe):
    run = runs.get_shipped(recipe)
    assert set(run.per_query) <= set(run.metrics)
    measures = {"recall@1"} if recipe in recipes.studied() else {"recall@1", "recall@10", "mAP"}
    assert {name.rpartition("/")[2] for name in run.per_query} == measures
    for name, values in run.per_query.items():
        assert run.metrics[name] == pytest.approx(values.mean(dtype=np.float64), abs=1e-9), name


@needs_runs
def test_shipped_runs_stay_small():
    total = sum(file.stat().st_size for file in runs.SHIPPED.folder.rglob("*"))
    assert total < 60e6, f"{total / 1e6:.0f} MB"


@needs_runs
def test_numbers_of_the_smallest_student_follow_from_its_weights():
    students = [recipe for recipe in WHOLE if recipe.learns_from == "teacher"]
    run = runs.get_shipped(min(students, key=lambda recipe: recipe.resolution))
    test = trial(run.recipe)
    rows = np.linspace(0, len(test.images) - 1, 500).astype(int)
    embedded = embed(run.network, test.images.images[rows], run.recipe.resolution)
    cosine = (embedded * run.embeddings["test"][rows]).sum(axis=1)
    assert cosine.min() > 0.999
    database = runs.get_shipped(run.recipe.teacher).embeddings["test"]
    scores = score(run.embeddings["test"], database, test, run.recipe.data_set)
    for measure, values in scores.items():
        stored = run.per_query[f"asymmetric/{measure}"]
        # Equal but for the order in which another machine adds up a dot product.
        assert values.mean(dtype=np.float64) == pytest.approx(stored.mean(), abs=1e-3), measure
