"""Folders of runs: written whole or not at all, and checked when they are read.

A run's folder holds ``run.json`` (recipe, history, metrics, versions, seconds and the checksum of
each other file) and up to three files of arrays in the safetensors format, which holds numbers
only: reading one never executes anything.

- ``per_query.safetensors``: how well each query did, from which the metrics are the means.
- ``weights.safetensors``: the network, parameters in half precision.
- ``embeddings.safetensors``: embeddings of test images, in half precision.

A run that shows only how far numbers spread over seeds is shipped without the last two; one whose
embeddings are looked at in a picture, with a sample of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock
from safetensors.numpy import load_file, save_file

from helpers.recipes import Recipe

SUMMARY = "run.json"
PER_QUERY, WEIGHTS, EMBEDDINGS = (
    f"{name}.safetensors" for name in ("per_query", "weights", "embeddings")
)


class RunError(RuntimeError):
    """A run's folder is missing, incomplete or damaged; the message names it and the remedy."""


@dataclass(frozen=True)
class Store:
    """A folder of run folders.

    Attributes:
        folder: where the runs lie.
        remedy: what to do about a damaged run, with ``{folder}`` in the place of its name.
    """

    folder: Path
    remedy: str = "delete the folder {folder} and call again to train it anew"

    def path(self, recipe: Recipe) -> Path:
        """The folder of this recipe's run, which may not exist yet."""
        return self.folder / recipe.folder

    def __contains__(self, recipe: Recipe) -> bool:
        return self.path(recipe).is_dir()

    def summary(self, recipe: Recipe) -> dict:
        """What ``run.json`` says, after every file of the run has been checked.

        Raises:
            RunError: no such run, a file is missing, or one is not what was written.
        """
        folder = self.path(recipe)
        if not folder.is_dir():
            raise RunError(f"there is no run {folder}; runs.get(recipe) trains it")
        try:
            content = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
            checksums = dict(content["checksums"])
            content["recipe"] = Recipe.from_dict(content["recipe"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(folder, f"{SUMMARY} cannot be read ({error})") from error
        if content["recipe"] != recipe:
            raise self._damaged(folder, f"{SUMMARY} describes another recipe")
        for name, checksum in checksums.items():
            self._check(folder / name, checksum)
        return content

    def arrays(self, recipe: Recipe, name: str) -> dict[str, np.ndarray]:
        """The arrays in one file of a run.

        Raises:
            RunError: the run does not hold this file.
        """
        file = self.path(recipe) / name
        if not file.is_file():
            raise RunError(
                f"the run {file.parent} is shipped without {name}; runs.train(recipe) trains a "
                f"whole one on this machine"
            )
        return load_file(file)

    def is_whole(self, recipe: Recipe) -> bool:
        """Whether the run is there with its weights and embeddings."""
        return all((self.path(recipe) / name).is_file() for name in (WEIGHTS, EMBEDDINGS))

    def write(self, recipe: Recipe, summary: dict, files: dict[str, dict[str, np.ndarray]]) -> None:
        """Write a run into a folder beside its place, then move it there in one step.

        Raises:
            RunError: there is something in its place already.
        """
        folder = self.path(recipe)
        if folder.exists():
            raise RunError(f"{folder} exists already; " + self.remedy.format(folder=folder))
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".unfinished-{recipe.folder}"
        shutil.rmtree(unfinished, ignore_errors=True)  # what a killed process left
        unfinished.mkdir()
        try:
            for name, arrays in files.items():
                save_file({key: _contiguous(arrays[key]) for key in sorted(arrays)},
                          unfinished / name)  # fmt: skip
            checksums = {name: _checksum(unfinished / name) for name in sorted(files)}
            content = {"recipe": recipe.to_dict(), **summary, "checksums": checksums}
            text = json.dumps(content, indent=1, allow_nan=False) + "\n"
            (unfinished / SUMMARY).write_text(text, encoding="utf-8")
            os.replace(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    @contextmanager
    def lock(self, recipe: Recipe) -> Iterator[None]:
        """Let one process at a time train this run; others wait here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / f"{recipe.folder}.lock"):
            yield

    def _check(self, file: Path, checksum: str) -> None:
        if not file.is_file():
            raise self._damaged(file.parent, f"{file.name} is missing")
        if _checksum(file) != checksum:
            raise self._damaged(file.parent, f"{file.name} has changed since it was written")

    def _damaged(self, folder: Path, what: str) -> RunError:
        return RunError(f"the run {folder} is damaged: {what}; {self.remedy.format(folder=folder)}")


def copy(
    recipe: Recipe, source: Store, target: Store, files: dict[str, dict[str, np.ndarray]]
) -> None:
    """Copy a run from one store to another, with these files of arrays in the place of its own."""
    summary = source.summary(recipe)
    content = {key: summary[key] for key in summary if key not in ("recipe", "checksums")}
    target.write(recipe, content, files)


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """The SHA-256 of named arrays: how a network is known by its weights."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name} {array.dtype} {array.shape}\0".encode())
        total.update(_contiguous(array).data)
    return total.hexdigest()


def _contiguous(array: np.ndarray) -> np.ndarray:
    # np.ascontiguousarray would give a number the shape [1]; save_file needs the shape it has.
    return np.array(array, order="C", copy=True)


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
