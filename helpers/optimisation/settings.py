"""How a network is trained."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.views import BUTTERFLIES, Augmentation


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Attributes:
        steps: optimiser steps.
        batch: images in a step (views, where several views of an image stand together).
        learning_rate: the highest rate; it rises for a fifth of the steps, then falls to almost 0
            (one cycle, cosine).
        weight_decay: of AdamW; not applied to biases, batch normalisation and GeM's power.
        seed: of batches and views; one step's batch depends on it and on the step alone.
        resolution: side of the views in pixels, None for the stored one (not used by ``distil``,
            whose views are made beforehand).
        images_per_class: images of each class in a class-balanced batch.
        views_together: views of one image in a batch (RAML compares them with each other).
        augmentation: what may happen to an image.
        freeze_batch_norm: keep the running statistics, as RAML does with pretrained networks.
        precision: ``"no"`` (float32) or ``"bf16"``. It decides a run as much as the seed does, so
            nothing else chooses it.
        checkpoint_seconds: time between two saved states.

    Raises:
        ValueError: a number that must be positive and is not, or an unknown precision.
    """

    steps: int = 600
    batch: int = 100
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    seed: int = 0
    resolution: int | None = None
    images_per_class: int = 4
    views_together: int = 1
    augmentation: Augmentation = BUTTERFLIES
    freeze_batch_norm: bool = False
    precision: str = "no"
    checkpoint_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "learning_rate", "images_per_class", "views_together"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}")
        if self.precision not in ("no", "bf16"):
            raise ValueError(f"precision is 'no' or 'bf16', not {self.precision!r}")
