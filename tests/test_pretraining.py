"""Pretraining: species that nothing else uses, one for all seeds, up to the plateau."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_runs import empty_stores, tiny_images, tiny_teacher  # noqa: F401

from helpers import butterflies, recipes, runs
from helpers.butterflies.species import SPECIES_PER_GENUS
from helpers.cost import macs
from helpers.course.leaderboard import FIRST_GENUS
from helpers.recipes.pretraining import ARCHITECTURES, FIRST_STEPS, pretraining
from helpers.runs.data import augmentation_of, training_images
from helpers.runs.experiment import new_network
from helpers.runs.pretraining import has_flattened, to_plateau

TINY = tiny_teacher().network


def tiny_pretraining(**changes):
    small = {"network": TINY, "resolution": 16, "batch": 16}
    return replace(pretraining("compact", 2), **small | changes)


def tiny_from_pretraining(**changes):
    return tiny_teacher(start="pretrained", first_trained=tiny_pretraining(), **changes)


def test_nothing_else_uses_the_species():
    own = set(butterflies.SPLITS["pretraining"])
    others = [set(numbers) for name, numbers in butterflies.SPLITS.items() if name != "pretraining"]
    assert not any(own & other for other in others)
    assert max(own) < FIRST_GENUS * SPECIES_PER_GENUS, "those of the leader-board come later"


def test_it_learns_from_its_own_species_with_strong_crops(monkeypatch):
    asked = []

    def load(split, *size):
        asked.append(split)
        return tiny_images(split)

    monkeypatch.setattr("helpers.butterflies.load", load)
    (images,) = training_images(pretraining("compact", 2))
    assert asked == ["pretraining"] and len(images) == 40, "all of them, not half"
    assert augmentation_of(pretraining("compact", 2)).crop == (0.5, 1.0)


def test_there_is_one_for_all_seeds():
    assert pretraining("narrow", 4).with_seed(3) == pretraining("narrow", 4)
    student = tiny_from_pretraining().with_seed(3)
    assert student.seed == 3 and student.first_trained.seed == 0


def test_a_run_starts_from_the_pretrained_weights():
    begin = runs.train(tiny_pretraining()).network.state_dict()
    start = runs.train(tiny_from_pretraining(steps=0)).network.state_dict()
    assert all(torch.equal(begin[name], value) for name, value in start.items())


@pytest.mark.parametrize(
    "change",
    [{"start": "labels"}, {"first_trained": recipes.alone(96, 48)}, {"first_trained": None}],
)
def test_starts_are_called_by_their_names(change):
    with pytest.raises(ValueError, match="'pretrained' goes with|give it first_trained"):
        replace(tiny_from_pretraining(), **change)


def test_small_networks_cost_what_a_small_image_costs():
    networks = {name: new_network(pretraining(name, 1)) for name in ARCHITECTURES}
    budget = macs(networks["compact"], 48)
    assert budget == pytest.approx(macs(networks["compact"], 96) / 4, rel=0.05)
    for name in ("narrow", "shallow"):
        assert macs(networks[name], 96) == pytest.approx(budget, rel=0.05), name


def test_steps_are_doubled_until_it_is_not_worth_it():
    recalls = dict(zip(FIRST_STEPS * 2 ** np.arange(5), (0.8, 0.9, 0.95, 0.955, 0.99), strict=True))
    found = to_plateau("compact", lambda recipe: recalls[recipe.steps])
    assert list(found) == [FIRST_STEPS, 2 * FIRST_STEPS, 4 * FIRST_STEPS, 8 * FIRST_STEPS]


@pytest.mark.parametrize(
    ("recalls", "flat"),
    [([], False), ([0.9], False), ([0.8, 0.9], False), ([0.9, 0.905], True), ([0.9, 0.8], True)],
)
def test_a_plateau_is_a_doubling_that_gains_less_than_a_point(recalls, flat):
    assert has_flattened(recalls) == flat
