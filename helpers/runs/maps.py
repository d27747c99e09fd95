"""Maps of what a teacher sees in its database: laid out by UMAP once, then only read.

    python -m helpers.runs.maps

lays out the maps of the course in ``data/maps``. UMAP is compiled anew in every process, which
takes longer than most notebooks; so a notebook reads the positions. A map belongs to the
embeddings that it was laid out for, and is refused for any others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from filelock import FileLock
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from helpers import recipes, retrieval, runs, stored
from helpers.cache import PROJECT, cache_folder
from helpers.recipes import Recipe
from helpers.runs import Run, RunError
from helpers.runs.store import EMBEDDINGS
from helpers.stored import StoredError

SHIPPED_MAPS = PROJECT / "data" / "maps"
NEIGHBOURS = 15  # of each image, itself the first: what UMAP keeps together
REMEDY = "lay it out again with: python -m helpers.runs.maps"


def mapped() -> list[Recipe]:
    """The recipes whose maps come with the course."""
    return [recipes.teacher(96)]


def get(run: Run) -> np.ndarray:
    """The map of a run's test images, ``float32 [n, 2]``, in the order of its embeddings.

    Of a shipped run the shipped map; of a run trained on this machine a map that is laid out when
    first asked for, and kept in ``data/cache/maps``.

    Raises:
        RunError: a shipped map is missing, damaged, or not that of this run's embeddings.
    """
    if run.store.folder == runs.SHIPPED.folder:
        return load(run, shipped_file(run.recipe))
    file = cache_folder("maps") / f"{run.recipe.folder}-{embeddings_digest(run)[:12]}.safetensors"
    with FileLock(file.with_suffix(".lock")):
        if not stored.is_sound(file):
            save(run, file)
    return load(run, file)


def load(run: Run, file: Path) -> np.ndarray:
    """Read a map, ``float32 [n, 2]``, once it has proved to be that of the run's embeddings.

    Raises:
        RunError: there is no such file, it cannot be read, or belongs to other embeddings.
    """
    if not file.is_file():
        raise RunError(f"there is no map {file} of the run {run.recipe.folder}; {REMEDY}")
    try:
        stored.check(file, REMEDY)
        with safe_open(file, "np") as content:
            digest = (content.metadata() or {}).get("embeddings")
            positions = content.get_tensor("positions")
    except (OSError, SafetensorError, StoredError) as error:
        raise RunError(f"the map {file} is damaged ({error}); {REMEDY}") from error
    if digest != embeddings_digest(run):
        raise RunError(
            f"the map {file} was laid out for other embeddings than those of the run "
            f"{run.store.path(run.recipe)}; {REMEDY}"
        )
    return positions.astype(np.float32)


def save(run: Run, file: Path) -> None:
    """Lay out the run's test images and write the map, with the digest of their embeddings."""
    embeddings = run.embeddings["test"]
    rows, similarities = retrieval.neighbours(embeddings, embeddings, NEIGHBOURS)
    positions = retrieval.lay_out(rows, similarities, embeddings).astype(np.float16)
    with stored.writing(file) as unfinished:
        save_file({"positions": positions}, unfinished, {"embeddings": embeddings_digest(run)})


def shipped_file(recipe: Recipe) -> Path:
    """Where the map of a recipe lies that comes with the course."""
    return SHIPPED_MAPS / f"{recipe.name}-seed{recipe.seed}.safetensors"


def embeddings_digest(run: Run) -> str:
    """The SHA-256 of the run's file of embeddings.

    Raises:
        RunError: the run is shipped without embeddings.
    """
    try:
        return run.summary["checksums"][EMBEDDINGS]
    except KeyError:
        raise RunError(
            f"the run {run.store.path(run.recipe)} has no embeddings to lay out; "
            "runs.train(recipe) trains a whole one on this machine"
        ) from None


def main() -> None:
    """Lay out the map of every shipped run that has one."""
    for recipe in mapped():
        run, file = runs.get_shipped(recipe), shipped_file(recipe)
        if run is None:
            print(f"{recipe.name} is not shipped, so there is no map of it")
        else:
            save(run, file)
            print(f"{file.name}: {len(load(run, file)):,} images laid out")


if __name__ == "__main__":
    main()
