"""Recipes: what a run is made of, and the key under which it is found."""

import json
from dataclasses import fields, replace

import pytest

from helpers import recipes
from helpers.cost import macs
from helpers.recipes import NetworkRecipe, Recipe
from helpers.recipes.architectures import NETWORKS
from helpers.recipes.studies import trials
from helpers.recipes.tuned import CANDIDATES, NotTuned, chosen, record
from helpers.runs.experiment import new_network as network_of

CHANGES = {
    "name": "other",
    "data": "butterflies-128",
    "resolution": 32,
    "loss": "raml",
    "network": NetworkRecipe(widths=(16, 32, 64)),
    "settings": (("weight", 2.0),),
    "learns_from": "labels",
    "start": "teacher",
    "teacher": recipes.teacher(96, seed=7),
    "steps": 1,
    "batch": 2,
    "learning_rate": 0.5,
    "weight_decay": 0.5,
    "views": 1,
    "unlabelled": 5,
    "mark_size": 0.5,
    "seed": 9,
    "first_trained": recipes.alone(96, 48),
    "tested_on": "validation",
    "trains": "last_layer_and_batch_norm",
    "views_of_the_teacher": "uncoupled",
    "quality": "noisy",
    "views_together": 2,
    "precision": "bf16",
    "species": "pretraining",
    "augmentation": "strong",
}


def student() -> Recipe:
    return recipes.student(96, 48, start="scratch")


def test_each_field_of_a_recipe_is_changed_below():
    assert set(CHANGES) == {field.name for field in fields(Recipe)}


@pytest.mark.parametrize("name", CHANGES)
def test_the_key_depends_on_every_field(name):
    assert getattr(student(), name) != CHANGES[name]
    assert replace(student(), **{name: CHANGES[name]}).key != student().key


@pytest.mark.parametrize("name", [field.name for field in fields(NetworkRecipe)])
def test_the_key_depends_on_every_field_of_the_network(name):
    values = {"kind": "resnet18", "widths": (8,), "blocks": (2,), "stem_stride": 4, "dimensions": 9}
    values["convolutions"] = 1
    network = replace(student().network, **{name: values[name]})
    assert replace(student(), network=network).key != student().key


def test_the_key_depends_on_the_version_of_the_data(monkeypatch):
    key = student().key
    monkeypatch.setattr("helpers.recipes.recipe.BUTTERFLIES_VERSION", -1)
    assert student().key != key


def test_the_key_does_not_change_between_processes_or_python_versions():
    recipe = Recipe("fixed", "photos-0123456789ab-192px", 64, "regression")
    assert recipe.key == "6808b77d9a46"


@pytest.mark.parametrize("recipe", recipes.shipped(), ids=lambda recipe: recipe.name)
def test_json_and_back_is_the_same_recipe(recipe):
    again = Recipe.from_dict(json.loads(json.dumps(recipe.to_dict())))
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert again.key == recipe.key


def test_a_new_field_leaves_the_keys_of_older_recipes_alone():
    assert "quality" not in student().to_dict()
    assert replace(student(), quality="noisy").to_dict()["quality"] == "noisy"


def test_a_seed_is_given_to_the_teacher_too():
    recipe = student().with_seed(2)
    assert (recipe.seed, recipe.teacher.seed) == (2, 2)
    assert recipe == recipes.student(96, 48, start="scratch", seed=2)


def test_names_of_the_course_are_unique_and_teachers_come_first():
    listed = recipes.shipped()
    assert len({recipe.name for recipe in listed}) == len(listed)
    for place, recipe in enumerate(listed):
        assert recipe.teacher is None or recipe.teacher in listed[:place]


def test_runs_of_the_studies_have_names_of_their_own_and_follow_what_they_build_on():
    listed = recipes.shipped() + recipes.studied()
    assert len({recipe.name for recipe in listed}) == len(listed)
    for place, recipe in enumerate(listed):
        before = {recipe.teacher, recipe.first_trained} - {None}
        assert before <= set(listed[:place]), recipe.name


@pytest.mark.parametrize("kind", NETWORKS)
def test_small_networks_cost_what_the_small_image_costs(kind):
    full = network_of(recipes.teacher(96))
    for budget, network in NETWORKS[kind].items():
        spent = macs(network_of(replace(recipes.teacher(96), network=network)), 96)
        assert spent == pytest.approx(macs(full, budget), rel=0.05), budget


def test_every_subject_of_the_tuning_gets_as_many_trials():
    assert {len(candidates) for candidates in CANDIDATES.values()} == {4}
    for subject in CANDIDATES:
        tried = trials(subject)
        assert len({recipe.key for recipe in tried}) == 4
        assert {recipe.tested_on for recipe in tried} == {"validation"}
        assert {recipe.teacher.tested_on for recipe in tried} == {"validation"}


def test_the_record_of_the_tuning_is_complete():
    expected = [(subject, *each) for subject in CANDIDATES for each in CANDIDATES[subject]]
    found = [
        (trial["subject"], trial["learning_rate"], tuple(map(tuple, trial["settings"])))
        for trial in record()
    ]
    assert found == expected


def test_the_best_trial_is_chosen_and_the_first_of_equals(monkeypatch):
    rows = [("a", 0.1, 0.5), ("a", 0.2, 0.7), ("a", 0.3, 0.7), ("b", 0.4, 0.9)]
    trials = [
        {"subject": subject, "learning_rate": rate, "settings": [["margin", rate]], "score": score}
        for subject, rate, score in rows
    ]
    monkeypatch.setattr("helpers.recipes.tuned.record", lambda: trials)
    assert chosen("a") == (0.2, (("margin", 0.2),))
    with pytest.raises(NotTuned, match="no trials of 'c'"):
        chosen("c")


def test_a_recipe_is_found_by_its_name():
    assert recipes.find("teacher-96") == recipes.teacher(96)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(recipes.UnknownRecipe, match="'teacher-97'.*teacher-96, student-48-of-96"):
        recipes.find("teacher-97")


@pytest.mark.parametrize("resolution", [0, 97])
def test_an_unknown_resolution_is_an_error(resolution):
    with pytest.raises(ValueError, match=f"unknown resolution {resolution}.*8 to 96 pixels"):
        recipes.student(96, resolution)


def test_an_unknown_stored_resolution_is_an_error():
    with pytest.raises(ValueError, match="no data 'butterflies-100'.*butterflies-96"):
        recipes.teacher(100)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"start": "middle"},
            "choose scratch or pretrained or teacher or labels",
        ),
        ({"learns_from": "books"}, "learns_from is 'books'; choose labels or teacher"),
        ({"teacher": None}, "give it one"),
        ({"start": "labels"}, "give it first_trained"),
        ({"quality": "dusty"}, "quality is 'dusty'; choose clean or blurred"),
        ({"start": "teacher", "network": NetworkRecipe(widths=(8, 8, 8))}, "same network"),
    ],
)
def test_impossible_teaching_is_an_error(change, message):
    with pytest.raises(ValueError, match=message):
        replace(student(), **change)
