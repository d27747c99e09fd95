"""A recipe says what decides a run, and nothing else does: data, network, loss, steps, seed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, fields, replace

from helpers.butterflies.species import VERSION as BUTTERFLIES_VERSION

STORED = (96, 128)
"""The sizes in pixels at which the course stores butterflies."""

PHOTOS = re.compile(r"photos-[0-9a-f]{12}-[0-9]+px")
"""What ``helpers.photos.load`` calls a folder of photos: a digest of its content, and the size."""

CHOICES = {
    "learns_from": ("labels", "teacher"),
    "start": ("scratch", "pretrained", "teacher", "labels"),
    "species": ("train", "pretraining"),
    "augmentation": ("usual", "strong"),
    "tested_on": ("test", "validation"),
    "trains": ("everything", "last_layer_and_batch_norm"),
    "views_of_the_teacher": ("coupled", "uncoupled"),
    "precision": ("no", "bf16"),
    "quality": ("clean", "blurred", "noisy", "compressed", "shrunk"),
}


@dataclass(frozen=True)
class NetworkRecipe:
    """An embedding network before training.

    Attributes:
        kind: ``"small_resnet"``, ``"pretrained_lite0"`` or the name of a torchvision network.
        widths: channels of each stage (small ResNet only, as are the next two).
        blocks: residual blocks of each stage.
        stem_stride: step of the first convolution in pixels.
        dimensions: length of an embedding; None for a pretrained network's features themselves.
        convolutions: 3×3 convolutions in a block (small ResNet only).
    """

    kind: str = "small_resnet"
    widths: tuple[int, ...] = (32, 48, 64, 96, 160)
    blocks: tuple[int, ...] = (1, 1, 1, 1, 1)
    stem_stride: int = 2
    dimensions: int | None = 128
    convolutions: int = 2


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run.

    Attributes:
        name: short and for people; the ``key`` tells two recipes apart.
        data: data set and stored resolution, such as ``"butterflies-96"``, or the name of the
            images that ``helpers.photos.load`` gives.
        network: the network to train.
        resolution: side in pixels of the images this network sees.
        loss: key of ``helpers.losses.DISTILLATION``, one of the ``FEATURE_LOSSES`` of
            ``helpers.runs.fitting``; for learning from labels ``"normalised_softmax"`` or one of
            its ``PAIR_LOSSES``.
        settings: the weights and margins of the loss, as pairs.
        learns_from: ``"labels"``, or ``"teacher"`` for a network trained into its space.
        start: ``"scratch"``, ``"teacher"`` to begin with the teacher's weights, or those of
            ``first_trained``: ``"pretrained"`` on other species, ``"labels"`` on these.
        teacher: the network that embeds the database of this run's asymmetric test, and the one
            a student learns from. None for a teacher.
        steps: optimiser steps; 0 leaves the network as it starts.
        batch: images in a step.
        learning_rate: the highest rate of the schedule.
        weight_decay: of the AdamW optimiser.
        views: random views kept of each image that a teacher shows a student.
        views_together: views of one image in a batch; more than 1 where a loss compares them.
        unlabelled: pictures from the pool that are added to the training images.
        mark_size: size of the butterflies' marks, 1 is the default; other data ignore it.
        seed: of weights, views and batches.
        first_trained: the run of the same network on labels whose weights a start takes. One on
            the pretraining species keeps its seed, as the papers' networks share one ImageNet.
        tested_on: ``"test"``, or ``"validation"``: then only the first half of the training species
            is trained on, and the other half is tested on. All tuning is done there.
        trains: ``"everything"``, or ``"last_layer_and_batch_norm"`` as FixRes does.
        views_of_the_teacher: ``"coupled"``: the same view as the student's; ``"uncoupled"``:
            another view of the same image.
        species: which butterflies' labels teach: ``"train"``, or ``"pretraining"``, used once for
            each architecture and for nothing else.
        augmentation: what may happen to an image in a view: ``"usual"``, or ``"strong"`` crops.
        precision: of the training: ``"no"`` (float32) or ``"bf16"``. Tests are in float32 always.
        quality: what the images suffer before this network sees them, in training and in testing;
            see ``helpers.degradations``.

    Raises:
        ValueError: a resolution or another choice that does not exist, or a start from a network
            that is missing or of another kind.
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
    first_trained: Recipe | None = None
    tested_on: str = "test"
    trains: str = "everything"
    views_of_the_teacher: str = "coupled"
    quality: str = "clean"
    views_together: int = 1
    precision: str = "no"
    species: str = "train"
    augmentation: str = "usual"

    def __post_init__(self) -> None:
        _check_data(self)
        _check_choices(self)
        _check_start(self)

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
        """The same recipe with another seed, which the runs that it builds on get as well.

        A pretraining stays as it is: there is one for each architecture.
        """
        if self.species == "pretraining":
            return self
        others = {name: self._with_seed(name, seed) for name in ("teacher", "first_trained")}
        return replace(self, seed=seed, **others)

    def _with_seed(self, name: str, seed: int) -> Recipe | None:
        other = getattr(self, name)
        return other and other.with_seed(seed)

    def to_dict(self) -> dict:
        """What differs from the defaults, in a form that JSON can hold.

        A field that is added later, with a default, thus leaves the keys of older runs alone.
        """
        return _unusual(self)

    @classmethod
    def from_dict(cls, content: dict) -> Recipe:
        """The recipe that ``to_dict`` described."""
        fields = {name: _tuple(value) for name, value in content.items()}
        network = {key: _tuple(value) for key, value in fields.get("network", {}).items()}
        fields["network"] = NetworkRecipe(**network)
        for name in ("teacher", "first_trained"):
            fields[name] = cls.from_dict(fields[name]) if fields.get(name) else None
        return cls(**fields)


def _unusual(recipe: Recipe | NetworkRecipe) -> dict:
    """The fields that are not as by default; recipes within a recipe are treated likewise."""
    found = {}
    for part in fields(recipe):
        value = getattr(recipe, part.name)
        if isinstance(value, Recipe | NetworkRecipe):
            value = _unusual(value)
        usual = {} if part.name == "network" else part.default
        if value != usual:
            found[part.name] = value
    return found


def _tuple(value):
    """Lists, which is what JSON makes of tuples, back to tuples at every depth."""
    return tuple(map(_tuple, value)) if isinstance(value, list | tuple) else value


def _check_data(recipe: Recipe) -> None:
    if not re.fullmatch(r"\w[\w.+=-]*", recipe.name):
        raise ValueError(
            f"a recipe cannot be called {recipe.name!r}, since its run lies in a folder of that "
            "name; use letters, digits, '.', '+', '=', '_' and '-'"
        )
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


def _check_choices(recipe: Recipe) -> None:
    for name, allowed in CHOICES.items():
        if getattr(recipe, name) not in allowed:
            raise ValueError(
                f"{recipe.name}: {name} is {getattr(recipe, name)!r}; choose {' or '.join(allowed)}"
            )


def _check_start(recipe: Recipe) -> None:
    if "teacher" in (recipe.learns_from, recipe.start) and recipe.teacher is None:
        raise ValueError(f"{recipe.name}: learns or starts from a teacher; give it one")
    from_labels = recipe.start in ("labels", "pretrained")
    if from_labels and recipe.first_trained is None:
        raise ValueError(f"{recipe.name}: starts from a run on labels; give it first_trained")
    begin = recipe.first_trained if from_labels else recipe.teacher
    if recipe.start == "scratch":
        return
    if from_labels and (recipe.start == "pretrained") != (begin.species == "pretraining"):
        raise ValueError(
            f"{recipe.name}: start is {recipe.start!r}, but {begin.name} was trained on the "
            f"{begin.species} species; 'pretrained' goes with 'pretraining', 'labels' with 'train'"
        )
    if recipe.network != begin.network:
        raise ValueError(
            f"{recipe.name}: can start from the weights of {begin.name} only with its network; "
            f"use the same network or start='scratch'"
        )
