"""A run is known by its recipe, its teacher's weights and its machine; no training is lost."""

import shutil

import numpy as np
import pytest
import torch
from test_runs import empty_stores, tiny_student, tiny_teacher  # noqa: F401

from helpers import runs
from helpers.optimisation import loop
from helpers.runs import experiment, fitting
from helpers.runs.store import WEIGHTS, digest


def weights_of(run):
    return [values.numpy() for values in run.network.state_dict().values()]


def forget(recipe):
    """As if this machine had never trained the recipe."""
    shutil.rmtree(runs._local().path(recipe))


def retrain_the_teacher(monkeypatch):
    """The same recipe trained to other weights, as on another machine or by changed code."""
    forget(tiny_teacher())
    start = experiment.new_network

    def other_start(recipe):
        network = start(recipe)
        with torch.no_grad():
            network.embedding.weight.mul_(-1)
        return network

    with monkeypatch.context() as patch:
        patch.setattr(experiment, "new_network", other_start)
        return runs.train(tiny_teacher())


def test_training_twice_gives_equal_weights():
    first = weights_of(runs.train(tiny_student()))
    for recipe in (tiny_student(), tiny_teacher()):
        forget(recipe)
    again = weights_of(runs.train(tiny_student()))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_student_of_another_teacher_is_refused(monkeypatch):
    student, before = runs.train(tiny_student()), runs.train(tiny_teacher())
    assert student.summary["teacher_weights"] == before.weights_digest
    after = retrain_the_teacher(monkeypatch)
    assert after.weights_digest != before.weights_digest
    for look_up in (runs.get, runs.train):
        with pytest.raises(runs.RunError, match="was taught by another teacher-96 .*delete"):
            look_up(tiny_student())
    forget(tiny_student())
    assert runs.get(tiny_student()).summary["teacher_weights"] == after.weights_digest


def test_a_shipped_student_of_another_teacher_is_refused():
    for recipe in (tiny_teacher(), tiny_student()):
        summary = {"metrics": {}, "history": [], "seconds": 1.0, "weights": recipe.name}
        summary["teacher_weights"] = recipe.teacher and "another"
        runs.SHIPPED.write(recipe, summary, {})
    with pytest.raises(runs.RunError, match="taught by another teacher-96 .*git checkout"):
        runs.get(tiny_student())


def test_embeddings_of_a_teacher_are_not_used_for_its_successor(monkeypatch):
    before = runs.train(tiny_teacher())
    old = experiment.views_for(tiny_student(), before).embeddings
    after = retrain_the_teacher(monkeypatch)
    new = experiment.views_for(tiny_student(), after).embeddings
    assert not np.array_equal(old, new)


def test_a_digest_changes_with_names_shapes_types_and_values():
    arrays = {"a": np.zeros(4, np.float32)}
    others = [
        {"b": arrays["a"]},
        {"a": arrays["a"].reshape(2, 2)},
        {"a": arrays["a"].view(np.int32)},
        {"a": arrays["a"] + 1},
        arrays | {"b": arrays["a"]},
    ]
    assert len({digest(content) for content in [arrays, *others]}) == 6


@pytest.mark.parametrize("broken", ["assess", "trial"])
def test_a_training_is_not_lost_when_its_test_fails(monkeypatch, broken):
    def full(*arguments):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(experiment, broken, full)
        with pytest.raises(OSError, match="no space"):
            runs.train(tiny_teacher())
    steps = []
    monkeypatch.setattr("helpers.optimisation.loop._Loop.step", lambda loop: steps.append(loop))
    run = runs.train(tiny_teacher())
    assert not steps, "the finished training was used"
    assert [record["step"] for record in run.history] == [1, 2]
    assert not any(fitting.state_folder(tiny_teacher(), None).iterdir())


def test_what_was_learned_from_another_teacher_is_not_gone_on_with(monkeypatch):
    def full(*arguments):
        raise OSError("no space left on device")

    runs.train(tiny_teacher())
    with monkeypatch.context() as patch:
        patch.setattr(experiment, "assess", full)
        with pytest.raises(OSError, match="no space"):
            runs.train(tiny_student())
    retrain_the_teacher(monkeypatch)
    steps, step = [], loop._Loop.step
    monkeypatch.setattr(loop._Loop, "step", lambda self: (steps.append(self), step(self)))
    student = runs.train(tiny_student())
    assert len(steps) == tiny_student().steps, "trained anew, by the new teacher"
    assert student.summary["weights"] == digest(student.store.arrays(tiny_student(), WEIGHTS))


def test_a_run_says_how_it_was_made():
    summary = runs.train(tiny_teacher()).summary
    assert summary["precision"] == "no" and summary["machine"]["threads"] == 1
    assert {"processor", "instructions", "bf16"} < set(summary["machine"])
    assert summary["versions"]["torch"] == torch.__version__
    assert summary["teacher_weights"] is None


def test_precision_is_part_of_a_recipe():
    one, other = tiny_teacher(), tiny_teacher(precision="bf16")
    assert one.key != other.key
    assert fitting.settings_of(other).precision == "bf16"
    with pytest.raises(ValueError, match="precision is 'fastest'; choose no or bf16"):
        tiny_teacher(precision="fastest")


def test_seconds_count_what_came_before_an_interruption(monkeypatch):
    history = [{"step": 2, "loss": 0.0, "seconds": 1000.0}]
    monkeypatch.setattr(experiment, "fit", lambda *arguments: history)
    assert runs.train(tiny_teacher()).seconds >= 1000


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a\\b", "a b", "a\0b"])
def test_a_recipe_cannot_leave_the_store(name):
    with pytest.raises(ValueError, match="a recipe cannot be called"):
        tiny_teacher(name=name)


def test_what_a_killed_process_left_is_removed():
    store = runs._local()
    left = store.folder / f".unfinished-{tiny_teacher().folder}"
    left.mkdir(parents=True)
    (left / "half").write_text("written")
    runs.train(tiny_teacher())
    assert not left.exists() and not (store.path(tiny_teacher()) / "half").exists()


@pytest.mark.parametrize(("value", "asked"), [("1", 1), ("yes", 1), ("TRUE", 1), ("0", 2), ("", 2)])
def test_retraining_is_asked_for_in_any_usual_way(monkeypatch, value, asked):
    monkeypatch.setenv("RETRAIN", value)
    assert len(runs._stores()) == asked


@pytest.mark.parametrize("kept", ["views.npy", "views-16.npy", "teacher-96-*.npy"])
@pytest.mark.parametrize("damage", ["flipped", "half", "zeroed", "no checksum"])
def test_damaged_views_are_made_again(tmp_path, kept, damage):
    teacher = runs.train(tiny_teacher())
    whole = experiment.views_for(tiny_student(), teacher)
    expected = [np.array(whole.views), np.array(whole.embeddings)]
    (file,) = (tmp_path / "cache" / "views").glob(f"*/{kept}")
    content = bytearray(file.read_bytes())
    if damage == "no checksum":
        file.with_name(f"{file.name}.sha256").unlink()
    elif damage == "half":
        file.write_bytes(content[: len(content) // 2])
    else:
        place = slice(-100, None) if damage == "zeroed" else slice(-1, None)
        content[place] = bytes(100) if damage == "zeroed" else bytes([content[-1] ^ 1])
        file.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{file.name} (has changed|has no checksum).*again"):
        again = experiment.views_for(tiny_student(), teacher)
    np.testing.assert_array_equal(again.views, expected[0])
    np.testing.assert_array_equal(again.embeddings, expected[1])
