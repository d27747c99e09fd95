"""Maps: laid out once, kept with the digest of what they show, and refused for anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers import recipes, retrieval, runs
from helpers.runs import maps
from helpers.runs.store import EMBEDDINGS, Store

# --- a place for each query

DATABASE = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
POSITIONS = np.array([[0, 0], [10, 0], [0, 10], [-50, -50]], np.float32)


def test_a_query_lies_at_the_weighted_mean_of_its_nearest() -> None:
    query = np.array([[0.6, 0.8]], np.float32)  # similarities 0.6, 0.96, 0.8, -0.6
    placed = retrieval.place_on_map(query, DATABASE, POSITIONS, k=2)
    assert placed[0] == pytest.approx(np.array([9.6, 8.0]) / 1.76, abs=1e-4)


def test_a_query_is_not_placed_by_its_own_image() -> None:
    placed = retrieval.place_on_map(DATABASE[:1], DATABASE, POSITIONS, np.array([0]), k=1)
    assert placed[0] == pytest.approx(POSITIONS[1])


def test_the_opposite_of_the_database_weighs_nothing() -> None:
    query = np.array([[0.8, 0.6]], np.float32)
    all_four = retrieval.place_on_map(query, DATABASE, POSITIONS, k=4)
    three = retrieval.place_on_map(query, DATABASE, POSITIONS, k=3)
    assert all_four == pytest.approx(three, abs=1e-2)


def test_a_query_that_resembles_nothing_still_has_a_place() -> None:
    query = np.array([[0, -1]], np.float32)
    placed = retrieval.place_on_map(query, DATABASE[[2, 2]], POSITIONS[[0, 1]], k=2)
    assert placed[0] == pytest.approx([5, 0])


def test_the_map_of_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match=r"positions has shape \[3, 2\] .* 4 rows"):
        retrieval.place_on_map(DATABASE[:1], DATABASE, POSITIONS[:3])


# --- maps in files


@pytest.fixture(autouse=True)
def quick_layout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """Instead of UMAP the first two dimensions; how many rows were laid out, call by call."""
    laid_out: list[int] = []

    def lay_out(rows: np.ndarray, similarities: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
        assert rows.shape == similarities.shape == (len(embeddings), maps.NEIGHBOURS)
        assert (rows[:, 0] == np.arange(len(embeddings))).all(), "itself first"
        laid_out.append(len(embeddings))
        return embeddings[:, :2]

    monkeypatch.setattr(retrieval, "lay_out", lay_out)
    monkeypatch.setattr(maps, "SHIPPED_MAPS", tmp_path / "maps")
    monkeypatch.setattr(runs, "SHIPPED", replace(runs.SHIPPED, folder=tmp_path / "shipped"))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return laid_out


def made_up_run(store: Store, seed: int = 0) -> runs.Run:
    """A run of the teacher with 20 random embeddings."""
    rows = np.random.default_rng(seed).normal(size=(20, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    recipe = recipes.teacher(96)
    store.write(recipe, {"metrics": {}}, {EMBEDDINGS: {"test": rows.astype(np.float16)}})
    return runs.Run(recipe, store, store.summary(recipe))


def test_what_is_laid_out_is_read_again(capsys: pytest.CaptureFixture) -> None:
    run = made_up_run(runs.SHIPPED)
    maps.main()
    assert "20 images laid out" in capsys.readouterr().out
    assert maps.get(run) == pytest.approx(run.embeddings["test"][:, :2], abs=1e-2)
    assert maps.get(run).dtype == np.float32


def test_a_run_that_is_not_shipped_has_no_shipped_map(capsys: pytest.CaptureFixture) -> None:
    maps.main()
    assert "teacher-96 is not shipped" in capsys.readouterr().out
    assert not maps.SHIPPED_MAPS.exists()


def test_a_missing_map_names_its_remedy() -> None:
    run = made_up_run(runs.SHIPPED)
    with pytest.raises(runs.RunError, match="there is no map .*python -m helpers.runs.maps"):
        maps.get(run)


def test_a_map_of_other_embeddings_is_refused(tmp_path: Path) -> None:
    run = made_up_run(runs.SHIPPED)
    other = made_up_run(Store(tmp_path / "other"), seed=1)
    maps.save(other, maps.shipped_file(run.recipe))
    with pytest.raises(runs.RunError, match="other embeddings .*python -m helpers.runs.maps"):
        maps.get(run)


def test_a_damaged_map_is_refused() -> None:
    run = made_up_run(runs.SHIPPED)
    maps.main()
    file = maps.shipped_file(run.recipe)
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(runs.RunError, match="is damaged .*python -m helpers.runs.maps"):
        maps.get(run)


def test_a_map_with_one_bit_turned_is_refused_if_shipped_and_else_laid_out_again(
    tmp_path: Path, quick_layout: list[int]
) -> None:
    shipped, own = made_up_run(runs.SHIPPED), made_up_run(Store(tmp_path / "own"))
    maps.main()
    positions = maps.get(own)
    for file in tmp_path.rglob("*.safetensors"):
        if "maps" in file.parts:
            content = bytearray(file.read_bytes())
            content[-1] ^= 1
            file.write_bytes(content)
    with pytest.raises(runs.RunError, match="has changed since .*python -m helpers.runs.maps"):
        maps.get(shipped)
    with pytest.warns(UserWarning, match="making it again"):
        assert maps.get(own) == pytest.approx(positions)
    assert quick_layout == [20, 20, 20]


def test_a_run_without_embeddings_cannot_be_laid_out(tmp_path: Path) -> None:
    run = made_up_run(runs.SHIPPED)
    bare = replace(run, summary={"checksums": {}})
    with pytest.raises(runs.RunError, match="no embeddings to lay out"):
        maps.save(bare, tmp_path / "map.safetensors")


def test_a_run_of_this_machine_is_laid_out_once(tmp_path: Path, quick_layout: list[int]) -> None:
    first = made_up_run(Store(tmp_path / "first"))
    assert maps.get(first) == pytest.approx(maps.get(first))
    assert quick_layout == [20]
    maps.get(made_up_run(Store(tmp_path / "second"), seed=1))
    assert quick_layout == [20, 20], "other embeddings have another map"


# --- the maps of the course


@pytest.mark.parametrize("recipe", maps.mapped(), ids=lambda recipe: recipe.name)
def test_shipped_maps_belong_to_the_shipped_runs(
    recipe: recipes.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    run = runs.get_shipped(recipe)
    if run is None:
        pytest.skip(f"{recipe.name} is not shipped")
    positions = maps.get(run)
    assert positions.shape == (len(run.embeddings["test"]), 2)
    assert np.isfinite(positions).all()
    nearest, _ = retrieval.neighbours(run.embeddings["test"], run.embeddings["test"], 2)
    gaps = np.linalg.norm(positions - positions[nearest[:, 1]], axis=1)
    random = np.linalg.norm(positions - np.random.default_rng(0).permutation(positions), axis=1)
    assert np.median(gaps) < 0.1 * np.median(random), "neighbours lie together"
