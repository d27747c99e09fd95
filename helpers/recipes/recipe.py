"""A recipe says what decides a run, and nothing else does: data, network, loss, steps, seed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace

from helpers.butterflies.species import VERSION as BUTTERFLIES_VERSION

STORED = (96, 128)
"""The sizes in pixels at which the course stores butterflies."""

PHOTOS = re.compile(r"photos-[0-9a-f]{12}-[0-9]+px")
"""What ``helpers.photos.load`` calls a folder of photos: a digest of its content, and the size."""

LEARNS_FROM = ("labels", "teacher")
STARTS = ("scratch", "teacher")


@dataclass(frozen=True)
class NetworkRecipe:
    """An embedding network before training.

    Attributes:
        kind: ``"small_resnet"``, ``"pretrained_lite0"`` or the name of a torchvision network.
        widths: channels of each stage (small ResNet only, as are the next two).
        blocks: residual blocks of each stage.
        stem_stride: step of the first convolution in pixels.
        dimensions: length of an embedding; None for a pretrained network's features themselves.
    """

    kind: str = "small_resnet"
    widths: tuple[int, ...] = (32, 48, 64, 96, 160)
    blocks: tuple[int, ...] = (1, 1, 1, 1, 1)
    stem_stride: int = 2
    dimensions: int | None = 128


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run.

    Attributes:
        name: short and for people; the ``key`` tells two recipes apart.
        data: data set and stored resolution, such as ``"butterflies-96"``, or the name of the
            images that ``helpers.photos.load`` gives.
        network: the network to train.
        resolution: side in pixels of the images this network sees.
        loss: name of a loss in ``helpers.losses``.
        settings: the weights and margins of the loss, as pairs.
        learns_from: ``"labels"``, or ``"teacher"`` for a network trained into its space.
        start: ``"scratch"``, or ``"teacher"`` to begin with the teacher's weights.
        teacher: the network that embeds the database of this run's asymmetric test, and the one
            a student learns from. None for a teacher.
        steps: optimiser steps; 0 leaves the network as it starts.
        batch: images in a step.
        learning_rate: the highest rate of the schedule.
        weight_decay: of the AdamW optimiser.
        views: random views kept of each image that a teacher shows a student.
        unlabelled: pictures from the pool that are added to the training images.
        mark_size: size of the butterflies' marks, 1 is the default; other data ignore it.
        seed: of weights, views and batches.

    Raises:
        ValueError: a resolution, start or source of learning that does not exist, or a start from
            a teacher that is missing or has another network.
    """

    name: str
    data: str
    resolution: int
    loss: str
    network: NetworkRecipe = field(default_factory=NetworkRecipe)
    settings: tuple[tuple[str, float], ...] = ()
    learns_from: str = "labels"
    start: str = "scratch"
    teacher: Recipe | None = None
    steps: int = 700
    batch: int = 100
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    views: int = 4
    unlabelled: int = 0
    mark_size: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check_data(self)
        _check_teacher(self)

    @property
    def data_set(self) -> str:
        """``"butterflies"`` or ``"photos"``."""
        return self.data.partition("-")[0]

    @property
    def stored_resolution(self) -> int:
        """Side in pixels of the images as stored, which is what the database is made of."""
        return int(self.data.rpartition("-")[2].removesuffix("px"))

    @property
    def key(self) -> str:
        """12 hexadecimal digits that change with any part of the recipe or of its data."""
        # The name of photos changes with their content, that of butterflies does not.
        version = BUTTERFLIES_VERSION if self.data_set == "butterflies" else None
        content = {"butterflies": version, "recipe": self.to_dict()}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @property
    def random_seed(self) -> int:
        """Where the random numbers of this run begin: from its name and its seed.

        Two recipes of one seed must not begin alike. Networks that share their first weights may
        keep coordinates in common, and then a test that ought to fail does not.
        """
        digest = hashlib.sha256(f"{self.name} {self.seed}".encode()).digest()
        return int.from_bytes(digest[:4], "big")

    @property
    def folder(self) -> str:
        """Name of the run's folder."""
        return f"{self.name}-seed{self.seed}-{self.key}"

    def with_seed(self, seed: int) -> Recipe:
        """The same recipe with another seed, which its teacher gets as well."""
        return replace(self, seed=seed, teacher=self.teacher and self.teacher.with_seed(seed))

    def to_dict(self) -> dict:
        """The recipe in a form that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict) -> Recipe:
        """The recipe that ``to_dict`` described."""
        fields = dict(content)
        network = {key: _tuple(value) for key, value in fields["network"].items()}
        fields["network"] = NetworkRecipe(**network)
        fields["settings"] = _tuple(fields["settings"])
        fields["teacher"] = fields["teacher"] and cls.from_dict(fields["teacher"])
        return cls(**fields)


def _tuple(value):
    """Lists, which is what JSON makes of tuples, back to tuples at every depth."""
    return tuple(map(_tuple, value)) if isinstance(value, list | tuple) else value


def _check_data(recipe: Recipe) -> None:
    known = [f"butterflies-{size}" for size in STORED]
    if recipe.data not in known and not PHOTOS.fullmatch(recipe.data):
        raise ValueError(
            f"{recipe.name}: no data {recipe.data!r}; there is {', '.join(known)} (data set and "
            f"stored resolution), and for photos photos.load(...).images.name"
        )
    if not 8 <= recipe.resolution <= recipe.stored_resolution:
        raise ValueError(
            f"{recipe.name}: unknown resolution {recipe.resolution}; images of {recipe.data} can "
            f"be shown to a network at 8 to {recipe.stored_resolution} pixels"
        )


def _check_teacher(recipe: Recipe) -> None:
    for name, allowed in (("learns_from", LEARNS_FROM), ("start", STARTS)):
        if getattr(recipe, name) not in allowed:
            raise ValueError(
                f"{recipe.name}: {name} is {getattr(recipe, name)!r}; choose {' or '.join(allowed)}"
            )
    if "teacher" in (recipe.learns_from, recipe.start) and recipe.teacher is None:
        raise ValueError(f"{recipe.name}: learns or starts from a teacher; give it one")
    if recipe.start == "teacher" and recipe.network != recipe.teacher.network:
        raise ValueError(
            f"{recipe.name}: can start from its teacher's weights only with the teacher's network; "
            f"use the same network or start='scratch'"
        )
