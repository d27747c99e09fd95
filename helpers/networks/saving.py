"""A trained network kept in a folder: weights as safetensors, and how to make it as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from helpers.networks.architecture import EmbeddingNetwork
from helpers.networks.makers import MAKERS

WEIGHTS, RECIPE = "weights.safetensors", "network.json"


class SavedNetworkError(ValueError):
    """A folder that holds no saved network, or a damaged one; the message says which."""


def save(network: EmbeddingNetwork, folder: str | Path, training: dict | None = None) -> Path:
    """Keep a network in a new folder, whole or not at all.

    Args:
        network: made by a function of this room, whatever its weights are now.
        folder: appears once everything is in it.
        training: what else to remember, of JSON's kinds: how it was trained, on which data.

    Returns:
        ``folder``.

    Raises:
        FileExistsError: the folder is there already.
        ValueError: a network that no function of this room made.
        TypeError: ``training`` holds what JSON cannot.
    """
    folder = Path(folder)
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; save to another name, or remove it")
    if network.recipe is None:
        raise ValueError(
            f"it is not known how to make this network again; make it by one of {', '.join(MAKERS)}"
        )
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        weights = {name: row.contiguous() for name, row in network.state_dict().items()}
        save_file(weights, partial / WEIGHTS)
        known = {
            "network": network.recipe,
            "training": training or {},
            "sha256": _digest(partial / WEIGHTS),
        }
        (partial / RECIPE).write_text(json.dumps(known, indent=1), encoding="utf-8")
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def load(folder: str | Path) -> tuple[EmbeddingNetwork, dict]:
    """A saved network in evaluation mode, on the CPU, and what was remembered of its training.

    Nothing in the folder is executed, and nothing is downloaded.

    Raises:
        SavedNetworkError: a file is missing, damaged, or does not fit the network.
    """
    folder = Path(folder)
    try:
        known = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        if _digest(folder / WEIGHTS) != known["sha256"]:
            raise ValueError(f"the checksum of {WEIGHTS} is another one")
        network = _made_again(known["network"])
        network.load_state_dict(load_file(folder / WEIGHTS))
        training = known["training"]
    except (OSError, ValueError, LookupError, TypeError, RuntimeError, SafetensorError) as error:
        raise SavedNetworkError(
            f"{folder} holds no whole saved network ({type(error).__name__}: {error}); save it "
            "again"
        ) from error
    return network.eval(), training


def _made_again(recipe: dict) -> EmbeddingNetwork:
    settings = {name: value for name, value in recipe.items() if name != "maker"}
    # The saved weights replace whatever is downloaded, so nothing is.
    if "pretrained" in settings:
        settings["pretrained"] = False
    network = MAKERS[recipe["maker"]](**settings)
    network.recipe = recipe
    return network


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
