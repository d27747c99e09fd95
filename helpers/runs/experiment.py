"""Carry out a recipe: make its network, train it, test what is stored of it."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from helpers import networks
from helpers.degradations import SeesDegraded
from helpers.networks import EmbeddingNetwork
from helpers.recipes import Recipe
from helpers.runs.data import trial
from helpers.runs.evaluation import assess, means, rotation_to_teacher
from helpers.runs.fitting import fit
from helpers.runs.store import EMBEDDINGS, PER_QUERY, WEIGHTS, digest
from helpers.runs.views import views_for

if TYPE_CHECKING:
    from helpers.runs import Run

HISTORY_POINTS = 100


def carry_out(
    recipe: Recipe, teacher: Run | None, first_trained: Run | None = None
) -> tuple[dict, dict[str, dict]]:
    """Train and test what a recipe describes.

    Args:
        recipe: what to train.
        teacher: the run of ``recipe.teacher``, with its weights.
        first_trained: the run of ``recipe.first_trained``, with its weights.

    Returns:
        The content of ``run.json`` and the arrays of each file of the run.
    """
    began = time.perf_counter()
    network = start_network(recipe, _starts(teacher, first_trained))
    views = views_for(recipe, teacher) if recipe.learns_from == "teacher" else None
    prepared = time.perf_counter()
    history = fit(recipe, network, teacher, views)
    fitted = time.perf_counter()
    device = next(network.parameters()).device.type
    weights = half_weights(network)
    # What is tested is what is stored: half-precision weights, on the CPU.
    network = network_with_weights(recipe, weights)
    database = teacher.embeddings["test"] if teacher else None
    rotation = rotation_to_teacher(recipe, network, views) if views else None
    per_query, embeddings = assess(recipe, network, trial(recipe), database, rotation)
    # The history counts what was trained before an interruption too.
    training = history[-1]["seconds"] if history else fitted - prepared
    seconds = prepared - began + training + time.perf_counter() - fitted
    summary = {
        "history": thinned(history),
        "metrics": means(per_query),
        "seconds": round(seconds, 1),
        "weights": digest(weights),
        "teacher_weights": teacher.weights_digest if teacher else None,
        "precision": recipe.precision,
        "device": device,
        "machine": machine(),
        "versions": versions(),
    }
    return summary, {PER_QUERY: per_query, WEIGHTS: weights, EMBEDDINGS: embeddings}


def _starts(teacher: Run | None, first_trained: Run | None) -> dict[str, Run | None]:
    return {"teacher": teacher, "labels": first_trained, "pretrained": first_trained}


def new_network(recipe: Recipe) -> nn.Module:
    """The recipe's network with the weights that it has before training."""
    network = _clear_sighted(recipe)
    return network if recipe.quality == "clean" else SeesDegraded(network, recipe.quality)


def _clear_sighted(recipe: Recipe) -> EmbeddingNetwork:
    wanted = recipe.network
    if wanted.kind == "small_resnet":
        return networks.small_resnet(
            wanted.widths,
            wanted.blocks,
            wanted.stem_stride,
            wanted.dimensions,
            recipe.random_seed,
            wanted.convolutions,
        )
    if wanted.kind == "pretrained_lite0":
        return networks.pretrained_lite0(wanted.dimensions, seed=recipe.random_seed)
    return networks.torchvision_network(wanted.kind, wanted.dimensions, seed=recipe.random_seed)


def start_network(recipe: Recipe, starts: Mapping[str, Run | None]) -> nn.Module:
    """The network that training starts from: new, or a copy of the run that the recipe names."""
    network = new_network(recipe)
    if recipe.start != "scratch":
        begin = network if recipe.quality == "clean" else network.network
        begin.load_state_dict(starts[recipe.start].network.state_dict())
    return network


def half_weights(network: nn.Module) -> dict[str, np.ndarray]:
    """Parameters as ``float16``; buffers as they are, since a small variance needs its digits."""
    arrays = {name: values.numpy(force=True) for name, values in network.state_dict().items()}
    halved = {name: arrays[name].astype(np.float16) for name, _ in network.named_parameters()}
    return arrays | halved


def network_with_weights(recipe: Recipe, weights: Mapping[str, np.ndarray]) -> nn.Module:
    """The recipe's network with stored weights, in evaluation mode on the CPU."""
    network = new_network(recipe)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return network.eval()


def thinned(history: list[dict]) -> list[dict]:
    """At most 100 of the records, evenly spaced, the first and the last among them."""
    kept = min(len(history), HISTORY_POINTS)
    rows = np.linspace(0, len(history) - 1, kept).round().astype(int)
    return [history[row] for row in rows]


def machine() -> dict[str, object]:
    """What the last digits of a run may depend on besides its recipe and the versions."""
    features = getattr(torch.cpu, "get_capabilities", dict)()  # since torch 2.7
    return {
        "processor": features.get("cpu_name", platform.machine()),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "bf16": [name for name in ("avx512_bf16", "amx_bf16") if features.get(name)],
        "threads": torch.get_num_threads(),
    }


def versions() -> dict[str, str]:
    """What the numbers of a run may depend on besides its recipe."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
