"""Views of a run: drawn once for a seed, whole or not at all, and the same for every student."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers import recipes, runs
from helpers.images import ImageSet
from helpers.recipes import NetworkRecipe
from helpers.runs import fitting, views
from helpers.runs.data import halves, training_images, trial, used_rows
from helpers.runs.experiment import new_network

TINY = NetworkRecipe(widths=(4, 8), blocks=(1, 1), dimensions=8)


def tiny_images(split, resolution=96, mark_size=1.0):
    """Noise, with 8 species of 5 specimens each; 24 px."""
    pixels = np.random.default_rng(len(split)).integers(0, 256, (40, 3, 24, 24), np.uint8)
    species = np.full(40, -1) if split == "pool" else np.arange(40) // 5
    return ImageSet(f"tiny-{split}", pixels, species, species)


@pytest.fixture(autouse=True)
def one_empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("helpers.butterflies.load", tiny_images)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tiny_student(**changes):
    small = {"network": TINY, "resolution": 16, "steps": 1, "batch": 16, "views": 2}
    teacher = replace(recipes.teacher(96), network=TINY, resolution=24, steps=1, batch=16)
    return replace(
        recipes.student(96, 48), **small | {"teacher": teacher, "unlabelled": 8} | changes
    )


def views_of(recipe):
    return views.views_for(recipe, runs.train(recipe.teacher))


def test_students_of_one_seed_see_the_same_views():
    first = views_of(tiny_student())
    other = views_of(tiny_student(loss="raml", resolution=12, start="scratch", unlabelled=0))
    assert np.array_equal(first.embeddings, other.embeddings)
    assert first.views.shape == (80, 2, 3, 16, 16) and other.views.shape == (80, 2, 3, 12, 12)
    assert (len(first.used), len(other.used)) == (48, 40)


def test_another_seed_sees_other_views():
    one, other = (views_of(tiny_student().with_seed(seed)) for seed in (0, 1))
    assert not np.array_equal(one.views, other.views)


def test_views_are_drawn_once(monkeypatch):
    first = views_of(tiny_student())
    monkeypatch.setattr(views, "draw_views", None)
    monkeypatch.setattr(views, "embed_views", None)
    assert np.array_equal(views_of(tiny_student()).views, first.views)


def test_what_was_interrupted_is_drawn_again(monkeypatch):
    def stopped(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(views, "draw_views", stopped)
        with pytest.raises(KeyboardInterrupt):
            views_of(tiny_student())
    assert views_of(tiny_student()).views.any()


def test_the_first_species_are_for_training_and_the_others_for_validation():
    recipe = tiny_student(tested_on="validation")
    labelled, pool = training_images(recipe)
    assert set(labelled.fine) == {0, 1, 2, 3} and len(pool) == 40
    assert set(trial(recipe).images.fine) == {4, 5, 6, 7}
    first, second = halves(tiny_images("train"))
    assert len(first) == len(second) == 20


def test_unlabelled_images_are_spread_over_the_pool():
    rows = used_rows(tiny_student(unlabelled=4), [tiny_images("train"), tiny_images("pool")])
    assert list(rows) == [*range(40), 40, 53, 66, 79]


def test_fixing_the_resolution_leaves_filters_alone():
    recipe = tiny_student(trains="last_layer_and_batch_norm", steps=2)
    before = runs.train(recipe.teacher).network.state_dict()
    after = runs.train(recipe).network.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    filters = {name for name in before if before[name].ndim == 4}
    assert not changed & filters
    assert "embedding.weight" in changed and "backbone.1.running_mean" in changed


def test_a_student_can_start_where_a_training_on_labels_ended():
    on_labels = replace(recipes.alone(96, 48), network=TINY, resolution=16, steps=1, batch=16)
    on_labels = replace(on_labels, teacher=tiny_student().teacher)
    recipe = tiny_student(start="labels", first_trained=on_labels, steps=0)
    expected = runs.train(on_labels).network.state_dict()
    found = runs.train(recipe).network.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize("loss", [*fitting.FEATURE_LOSSES, "triplet_and_relative"])
def test_a_small_network_is_taught_with(loss):
    recipe = tiny_student(loss=loss, start="scratch", resolution=24, unlabelled=0)
    assert len(runs.train(recipe).history) == 1


def test_a_student_of_poor_pictures_is_tested_on_poor_pictures():
    recipe = tiny_student(quality="blurred", start="scratch", steps=0)
    clear = replace(recipe, quality="clean")
    images = torch.rand(2, 3, 16, 16)
    assert not torch.allclose(new_network(recipe)(images), new_network(clear)(images))
    assert not np.allclose(
        runs.train(recipe).embeddings["test"], runs.train(clear).embeddings["test"]
    )


def test_the_rotated_test_of_the_teacher_itself_is_the_asymmetric_one():
    recipe = tiny_student(resolution=24, steps=0)
    run = runs.train(recipe)
    for label in ("species", "genus"):
        asymmetric, rotated = (
            run.metrics[f"{test}/{label}/recall@1"] for test in ("asymmetric", "rotated")
        )
        assert rotated == pytest.approx(asymmetric, abs=0.05)
