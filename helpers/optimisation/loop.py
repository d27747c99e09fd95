"""The one training loop of the course: steps, schedule, progress, and a state that can be resumed.

It runs on Hugging Face Accelerate, so the same lines serve a CPU, a GPU and several GPUs (start the
script with ``torchrun``; each process then takes its share of every batch).
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Protocol

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from helpers.interrupts import held_interrupt
from helpers.optimisation.settings import TrainingSettings

Loss = Callable[..., torch.Tensor]


class Batches(Protocol):
    """What the loop needs to know of the data."""

    def rows(self, random: np.random.Generator) -> np.ndarray:
        """Row numbers of a random batch, each class or image in one piece."""

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Images ``float [..., 3, h, w]``, then what the loss compares the embeddings with."""


def random_of(*seeds: int) -> np.random.Generator:
    """A random generator that any change of any seed changes completely."""
    return np.random.default_rng(seeds)


def generator_of(random: np.random.Generator) -> torch.Generator:
    """A torch generator (CPU) seeded by ``random``."""
    return torch.Generator().manual_seed(int(random.integers(2**62)))


def optimise(
    network: nn.Module,
    loss: Loss | nn.Module,
    batches: Batches,
    settings: TrainingSettings,
    checkpoint: Path | None = None,
    description: str = "training",
) -> list[dict]:
    """Train ``network`` in place; a loss that is a module has its parameters trained too.

    Args:
        network: is left in evaluation mode, on the device it was trained on.
        loss: ``loss(embeddings, *targets)`` to a scalar, for what ``batches.load`` gives.
        batches: where images and targets come from.
        settings: how to train.
        checkpoint: folder for the state. If it holds one of the same settings, training goes on
            from there and ends as if it had never stopped. The last state stays there, so that
            nothing is lost if what follows fails; a state that cannot be read is named in a
            warning, and training starts over.
        description: shown before the progress bar.

    Returns:
        About a hundred records ``{"step", "loss", "seconds"}``: the mean loss since the record
        before, and the seconds of training so far.

    Raises:
        ValueError: the checkpoint belongs to other settings or another network.
        FloatingPointError: the loss is no longer a finite number.
        KeyboardInterrupt: on Ctrl-C, after the step is finished and its state saved.
    """
    loop = _Loop(network, loss, batches, settings)
    path = Path(checkpoint) / "training.pt" if checkpoint else None
    if path and path.exists():
        loop.resume(path)
    with _random_state_kept(loop.accelerator.device), held_interrupt() as interrupted:
        _run(loop, path, interrupted, description)
    network.eval()
    return loop.state.history


def _run(loop: _Loop, path: Path | None, interrupted: threading.Event, description: str) -> None:
    """Do the steps that are left, saving the state now and then."""
    state, settings = loop.state, loop.settings
    saved, start = time.monotonic(), time.monotonic() - state.seconds
    quiet = not loop.accelerator.is_main_process
    with tqdm(
        total=settings.steps, initial=state.step, desc=description, disable=quiet, mininterval=1
    ) as bar:
        while state.step < settings.steps:
            loop.step()
            state.seconds = time.monotonic() - start
            loop.record(bar)
            due = time.monotonic() - saved > settings.checkpoint_seconds
            if path and (due or interrupted.is_set() or state.step == settings.steps):
                loop.save(path)
                saved = time.monotonic()
            if interrupted.is_set():
                kept = f"; saved in {path.parent}: call again to go on" if path else ""
                raise KeyboardInterrupt(
                    f"stopped after step {state.step} of {settings.steps}{kept}"
                )


@dataclass
class _State:
    """What the loop has to remember, besides weights."""

    step: int = 0
    seconds: float = 0.0
    recent: list[float] = field(default_factory=list)
    history: list[dict] = field(default_factory=list)


class _Loop:
    """Network, loss, optimiser and schedule of one training."""

    def __init__(
        self, network: nn.Module, loss: Loss, batches: Batches, settings: TrainingSettings
    ) -> None:
        from accelerate import Accelerator

        self.accelerator = Accelerator()
        self.settings, self.batches, self.state = settings, batches, _State()
        self.parts = nn.ModuleDict({"network": network})
        if isinstance(loss, nn.Module):
            self.parts["loss"] = loss
        self.optimiser = self.accelerator.prepare(_optimiser(self.parts, settings))
        self.network = self.accelerator.prepare(network)
        learned = isinstance(loss, nn.Module) and next(loss.parameters(), None) is not None
        self.loss = self.accelerator.prepare(loss) if learned else loss
        # Stepped by hand: Accelerate would step it once for every process.
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser.optimizer,
            max_lr=settings.learning_rate,
            total_steps=settings.steps,
            pct_start=0.2,
            div_factor=10,
            cycle_momentum=False,
        )

    def batch(self) -> tuple[torch.Tensor, ...]:
        """This process's share of the batch that belongs to the step."""
        seeds = (self.settings.seed, self.state.step)
        rows = self.batches.rows(random_of(*seeds))
        random = random_of(*seeds, 1 + self.accelerator.process_index)
        torch.manual_seed(int(random.integers(2**62)))
        # Accelerate splits lists and tensors, and passes NumPy arrays on whole.
        with self.accelerator.split_between_processes(rows.tolist()) as share:
            loaded = self.batches.load(np.array(share), generator_of(random))
        return tuple(part.to(self.accelerator.device) for part in loaded)

    def step(self) -> None:
        """One step of the optimiser."""
        _training_mode(self.parts, self.settings.freeze_batch_norm)
        images, *targets = self.batch()
        with self._autocast():
            embeddings = self.network(images.flatten(0, -4))
        loss = self.loss(embeddings.float().unflatten(0, images.shape[:-3]), *targets)
        self.optimiser.zero_grad()
        self.accelerator.backward(loss)
        self.optimiser.step()
        self.schedule.step()
        self.state.step += 1
        self.state.recent.append(loss.item())

    def record(self, bar: tqdm) -> None:
        """Show the step, stop at a broken loss, and note the mean loss now and then."""
        state, steps = self.state, self.settings.steps
        bar.update()
        if not np.isfinite(state.recent[-1]):
            raise FloatingPointError(
                f"the loss is {state.recent[-1]} after step {state.step}; lower learning_rate "
                f"(now {self.settings.learning_rate}) or set precision='no'"
            )
        if state.step % max(1, steps // 100) == 0 or state.step == steps:
            mean = float(np.mean(state.recent))
            state.history.append({"step": state.step, "loss": mean, "seconds": state.seconds})
            state.recent.clear()
            bar.set_postfix(loss=f"{mean:.3f}", refresh=False)

    def save(self, path: Path) -> None:
        """Write the state, replacing the one before in one go."""
        if not self.accelerator.is_main_process:
            return
        content = {
            "settings": repr(self.settings),
            "state": vars(self.state),
            "parts": self.parts.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".partial")
        torch.save(content, temporary)
        os.replace(temporary, path)

    def resume(self, path: Path) -> None:
        """Go back to a saved state, unless it is damaged."""
        content = _saved_state(path)
        if content is None:
            return
        shapes = {name: tensor.shape for name, tensor in content["parts"].items()}
        expected = {name: tensor.shape for name, tensor in self.parts.state_dict().items()}
        if content["settings"] != repr(self.settings) or shapes != expected:
            raise ValueError(
                f"{path} belongs to another training (other settings or another network); "
                "delete it to start over, or give another folder"
            )
        self.parts.load_state_dict(content["parts"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.schedule.load_state_dict(content["schedule"])
        self.state = _State(**content["state"])

    def _autocast(self) -> torch.autocast:
        device = self.accelerator.device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.settings.precision == "bf16")


def _saved_state(path: Path) -> dict | None:
    """What ``_Loop.save`` wrote; None, with a warning, if it is not that any more."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if set(content) == {"settings", "state", "parts", "optimiser", "schedule"}:
            return content
        found = f"it holds {sorted(content)}"
    except (OSError, RuntimeError, ValueError, TypeError, EOFError, UnpicklingError) as error:
        found = str(error).partition("\n")[0]
    warnings.warn(f"{path} is damaged ({found}); training starts over", stacklevel=2)
    return None


def _optimiser(parts: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW, in one pass over all parameters, that lets only weight matrices and filters decay."""
    learned = [parameter for parameter in parts.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def _training_mode(parts: nn.Module, freeze_batch_norm: bool) -> None:
    parts.train()
    if freeze_batch_norm:
        for layer in parts.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()


@contextmanager
def _random_state_kept(device: torch.device) -> Iterator[None]:
    """Leave torch's global random numbers as they were: each step seeds them, for dropout."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield
