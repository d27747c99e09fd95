"""The run store: what is written comes back, and what is damaged is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import photos, recipes, runs
from helpers.images import ImageSet
from helpers.networks import embed
from helpers.recipes import NetworkRecipe
from helpers.runs import __main__ as retrain
from helpers.runs import evaluation, experiment
from helpers.runs.data import trial
from helpers.runs.store import EMBEDDINGS, PER_QUERY, SUMMARY, WEIGHTS, Store

TINY = NetworkRecipe(widths=(4, 8), blocks=(1, 1), dimensions=8)


def tiny_teacher(**changes):
    small = {"network": TINY, "resolution": 24, "steps": 2, "batch": 16, "views": 1}
    return replace(recipes.teacher(96), **small | changes)


def tiny_student(**changes):
    small = {"network": TINY, "resolution": 16, "steps": 2, "batch": 16, "views": 1}
    small |= {"teacher": tiny_teacher(), "unlabelled": 8}
    return replace(recipes.student(96, 48), **small | changes)


def tiny_images(split, resolution=96, mark_size=1.0):
    """Noise, with 4 genera of 2 species of 5 specimens each; 24 px."""
    pixels = np.random.default_rng(len(split)).integers(0, 256, (40, 3, 24, 24), np.uint8)
    species = np.arange(40) // 5
    labels = (np.full(40, -1),) * 2 if split == "pool" else (species, species // 2)
    return ImageSet(f"tiny-{split}", pixels, *labels)


@pytest.fixture(autouse=True)
def empty_stores(monkeypatch, tmp_path):
    """Two empty stores, tiny images and one thread for every test here."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RETRAIN", "0")
    shipped = replace(runs.SHIPPED, folder=tmp_path / "shipped")
    monkeypatch.setattr(runs, "SHIPPED", shipped)
    monkeypatch.setattr("helpers.butterflies.load", tiny_images)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def store(tmp_path):
    """A store with one small made-up run of the recipe `teacher-96`."""
    store = Store(tmp_path / "store")
    write(store)
    return store


def write(store, recipe=None):
    summary = {"metrics": {"symmetric/species/recall@1": 0.5}, "history": {}, "seconds": 1.0}
    arrays = {"b": np.arange(6, dtype=np.float16).reshape(2, 3), "a": np.array(7)}
    store.write(recipe or recipes.teacher(96), summary, {WEIGHTS: arrays, EMBEDDINGS: arrays})


def test_what_is_written_comes_back(store):
    summary = store.summary(recipes.teacher(96))
    assert summary["recipe"] == recipes.teacher(96)
    assert summary["metrics"] == {"symmetric/species/recall@1": 0.5}
    arrays = store.arrays(recipes.teacher(96), WEIGHTS)
    assert arrays["a"] == 7 and arrays["a"].shape == ()
    assert arrays["b"].dtype == np.float16
    np.testing.assert_array_equal(arrays["b"], [[0, 1, 2], [3, 4, 5]])


def test_the_same_run_gives_the_same_bytes(store, tmp_path):
    other = Store(tmp_path / "other")
    write(other)
    for file in store.path(recipes.teacher(96)).iterdir():
        assert file.read_bytes() == (other.path(recipes.teacher(96)) / file.name).read_bytes()


@pytest.mark.parametrize("file", [WEIGHTS, EMBEDDINGS, SUMMARY])
def test_a_run_without_one_of_its_files_is_refused(store, file):
    folder = store.path(recipes.teacher(96))
    (folder / file).unlink()
    with pytest.raises(runs.RunError, match=f"{folder.name} is damaged: .*{file}.*delete"):
        store.summary(recipes.teacher(96))


def test_a_changed_byte_is_noticed(store):
    file = store.path(recipes.teacher(96)) / WEIGHTS
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(runs.RunError, match=f"{file.parent.name}.*{WEIGHTS} has changed"):
        store.summary(recipes.teacher(96))


def test_half_a_summary_is_refused(store):
    file = store.path(recipes.teacher(96)) / SUMMARY
    file.write_text(file.read_text()[:100])
    with pytest.raises(runs.RunError, match="run.json cannot be read"):
        store.summary(recipes.teacher(96))


def test_the_run_of_another_recipe_is_refused(store):
    store.path(recipes.teacher(96)).rename(store.path(recipes.teacher(128)))
    with pytest.raises(runs.RunError, match="describes another recipe"):
        store.summary(recipes.teacher(128))


def test_a_damaged_shipped_run_is_restored_with_git(monkeypatch):
    write(runs.SHIPPED)
    (runs.SHIPPED.path(recipes.teacher(96)) / WEIGHTS).unlink()
    with pytest.raises(runs.RunError, match="git checkout -- .*teacher-96-seed0"):
        runs.get(recipes.teacher(96))


def test_a_run_that_is_not_there_is_named(tmp_path):
    with pytest.raises(runs.RunError, match="there is no run .*teacher-96-seed0"):
        Store(tmp_path).summary(recipes.teacher(96))


def test_an_interrupted_write_leaves_nothing(monkeypatch, tmp_path):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("helpers.runs.store.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(Store(tmp_path / "new"))
    assert not list((tmp_path / "new").iterdir())
    assert recipes.teacher(96) not in Store(tmp_path / "new")


def test_nothing_is_written_over_a_run(store):
    with pytest.raises(runs.RunError, match="exists already"):
        write(store)


def test_a_run_is_trained_once_and_its_teacher_before_it(monkeypatch):
    trained = []

    def record(recipe, *before):
        trained.append(recipe.name)
        return carry_out(recipe, *before)

    carry_out = experiment.carry_out
    monkeypatch.setattr(experiment, "carry_out", record)
    first = runs.get(tiny_student())
    assert trained == [tiny_teacher().name, tiny_student().name]
    again = runs.get(tiny_student())
    assert len(trained) == 2
    assert again.metrics == first.metrics
    assert 0 <= first.metrics["asymmetric/species/recall@1"] <= 1


def test_a_trained_run_agrees_with_itself():
    run = runs.get(tiny_teacher())
    assert_numbers_follow(run)
    assert set(run.embeddings) == {"test", "naive/6", "naive/12"}  # a quarter and a half of 24 px
    assert run.embeddings["naive/12"].shape == (10, 8)
    assert "enlarged-12-asymmetric/genus/recall@10" in run.metrics
    embedded = embed(run.network, tiny_images("test").images, 24)
    assert (run.embeddings["test"] * embedded).sum(1).min() > 0.999
    assert not run.network.training


def test_a_network_trained_alone_is_tested_in_its_teachers_database():
    recipe = tiny_student(learns_from="labels", start="scratch", loss="normalised_softmax")
    run = runs.get(recipe)
    database = runs.get(recipe.teacher).embeddings["test"]
    scores = evaluation.score(run.embeddings["test"], database, trial(recipe), "butterflies")
    hits = scores["species/recall@1"]
    np.testing.assert_array_equal(run.per_query["asymmetric/species/recall@1"], hits)


def test_retraining_passes_the_shipped_runs_over(monkeypatch):
    write(runs.SHIPPED, tiny_teacher())
    assert runs.get(tiny_teacher()).metrics == {"symmetric/species/recall@1": 0.5}
    monkeypatch.setenv("RETRAIN", "1")
    assert len(runs.get(tiny_teacher()).metrics) > 1


def test_seeds_other_than_0_are_shipped_as_numbers_only(monkeypatch):
    monkeypatch.setattr(recipes, "shipped", lambda: [tiny_teacher()])
    for seed in (0, 1, 1):
        runs.ship(runs.get(tiny_teacher(seed=seed)).recipe)
    files = {file.name for file in runs.SHIPPED.path(tiny_teacher(seed=1)).iterdir()}
    assert files == {SUMMARY, PER_QUERY}
    run = runs.get_shipped(tiny_teacher(seed=1))
    assert_numbers_follow(run)
    with pytest.raises(runs.RunError, match=r"without weights.safetensors; runs.train\(recipe\)"):
        _ = run.network
    assert runs.get_shipped(tiny_teacher()).network is not None
    assert runs.train(tiny_teacher(seed=1)).network is not None


def test_runs_of_the_studies_are_shipped_as_recall_only(monkeypatch):
    monkeypatch.setattr(recipes, "studied", lambda: [tiny_teacher()])
    for seed in (0, 1):
        runs.ship(runs.get(tiny_teacher(seed=seed)).recipe)
        shipped = runs.get_shipped(tiny_teacher(seed=seed))
        assert {name.rpartition("/")[2] for name in shipped.per_query} == {"recall@1"}
        assert "symmetric/species/mAP" in shipped.metrics
        assert {file.name for file in runs.SHIPPED.path(shipped.recipe).iterdir()} == {
            SUMMARY,
            PER_QUERY,
        }


def test_students_of_the_mixer_are_shipped_with_a_sample_of_embeddings(monkeypatch):
    monkeypatch.setattr(recipes, "studied", lambda: [tiny_teacher()])
    monkeypatch.setattr(recipes, "mixed", lambda: [tiny_teacher()])
    whole = runs.get(tiny_teacher())
    runs.ship(whole.recipe)
    shipped = runs.get_shipped(whole.recipe)
    assert list(shipped.embeddings) == ["sample"]
    assert np.array_equal(shipped.sample, whole.embeddings["test"][::4])
    assert np.array_equal(shipped.sample, whole.sample)


def test_seeds_are_counted_up_to_the_first_that_a_recipe_lacks():
    for seed in (0, 1, 3):
        write(runs.SHIPPED, tiny_teacher(seed=seed))
    write(runs.SHIPPED, tiny_teacher(steps=3))
    assert runs.seeds_of(tiny_teacher()) == [0, 1]
    assert runs.seeds_of(tiny_teacher(), tiny_teacher(steps=3)) == [0]
    assert runs.seeds_of(tiny_teacher(steps=4)) == []


def test_the_table_has_a_row_for_each_seed():
    found = runs.over_seeds(tiny_teacher(), seeds=(0, 1))
    table = runs.metrics_table([run.recipe for run in found])
    assert list(table.index) == [("teacher-96", 0), ("teacher-96", 1)]
    assert (
        table.loc["teacher-96", 1]["symmetric/genus/mAP"] == found[1].metrics["symmetric/genus/mAP"]
    )


def test_a_long_history_is_thinned():
    history = [{"step": step} for step in range(1000)]
    assert experiment.thinned(history[:5]) == history[:5]
    thinned = experiment.thinned(history)
    assert (len(thinned), thinned[0], thinned[-1]) == (100, history[0], history[-1])


@pytest.mark.parametrize("loss", ["normalised_softmax", "contrastive", "multi_similarity"])
def test_a_network_learns_from_labels_with(loss):
    run = runs.get(tiny_teacher(loss=loss, settings=()))
    assert [record["step"] for record in run.history] == [1, 2]


@pytest.mark.parametrize("loss", ["raml", "contrastive_plus", "triplet"])
def test_a_student_learns_from_its_teacher_with(loss):
    run = runs.get(tiny_student(loss=loss, views=2, views_together=2 if loss == "raml" else 1))
    assert [record["step"] for record in run.history] == [1, 2]


def test_a_student_of_no_steps_is_its_teacher():
    run = runs.get(tiny_student(steps=0))
    stored = runs.get(tiny_teacher()).network.state_dict()
    assert all(torch.equal(stored[name], value) for name, value in run.network.state_dict().items())


@pytest.fixture
def photo_folder(monkeypatch, tmp_path):
    """Eight classes of six photos of noise, which ``COURSE_PHOTOS`` names."""
    random = np.random.default_rng(0)
    for number in range(48):
        folder = tmp_path / "photos" / f"class {number % 8}"
        folder.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (24, 24, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    monkeypatch.setenv("COURSE_PHOTOS", str(tmp_path / "photos"))
    return tmp_path / "photos"


def test_photos_are_tested_by_the_split_protocol(photo_folder):
    name = photos.load(resolution=24).images.name
    small = {"network": TINY, "batch": 8, "views": 1}
    student = replace(
        recipes.photo_student(name, 16),
        **small,
        steps=1,
        teacher=replace(recipes.photo_teacher(name), **small),
    )
    run = runs.get(student)
    assert len(run.embeddings["test"]) == 24
    assert len(run.per_query["asymmetric/fine/recall@1"]) == 12


def test_a_folder_that_was_loaded_needs_no_variable(photo_folder, monkeypatch):
    monkeypatch.delenv("COURSE_PHOTOS")
    name = photos.load(photo_folder, resolution=24).images.name
    recipe = replace(recipes.photo_teacher(name), network=TINY, batch=8, views=1)
    assert len(runs.get(recipe).embeddings["test"]) == 24


def test_a_run_on_other_photos_is_refused(photo_folder):
    recipe = recipes.photo_teacher("photos-0123456789ab-24px")
    with pytest.raises(ValueError, match="for the photos photos-0123456789ab-24px, but COURSE"):
        runs.get(replace(recipe, network=TINY))


def test_a_loss_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match="no loss 'raml' to learn from labels; there is norm"):
        runs.get(tiny_teacher(loss="raml"))
    with pytest.raises(ValueError, match="no loss 'luck' to learn from teacher"):
        runs.get(tiny_student(loss="luck"))


def test_more_unlabelled_images_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="unlabelled is 41, but the pool has 40"):
        runs.get(tiny_student(unlabelled=41))


def assert_numbers_follow(run):
    """The stored means are those of the stored values of each query."""
    assert set(run.metrics) == set(run.per_query)
    for name, values in run.per_query.items():
        assert run.metrics[name] == pytest.approx(values.mean(dtype=np.float64), abs=1e-9), name
    assert json.dumps(run.metrics)


def test_make_retrain_goes_on_where_it_was_stopped(monkeypatch, capsys):
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)  # or the photo runs would be trained too
    monkeypatch.setattr(recipes, "shipped", lambda: [tiny_teacher(), tiny_student()])
    monkeypatch.setattr(recipes, "studied", list)
    monkeypatch.setattr("sys.argv", ["runs", "--ship"])
    runs.get(tiny_teacher())
    capsys.readouterr()
    retrain.main()
    shown = capsys.readouterr().out
    assert "2 of 2: student-48-of-96-regression-from-teacher, seed 0; about 3 minutes" in shown
    assert "training teacher" not in shown and "training student" in shown
    assert runs.get_shipped(tiny_student()).metrics == runs.get(tiny_student()).metrics
