"""Students whose space is turned: what both tests and their own loss say, and where queries go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.alignment.maps import EVERY, SPREAD
from helpers.course.figures.alignment.searches import Database
from helpers.losses import DISTILLATION
from helpers.recipes import Recipe
from helpers.retrieval import neighbours, place_on_map
from helpers.runs import SAMPLED, Run

IMAGES_OF_A_SPECIES = 5  # in the batch that the loss is computed of
EVERY_SPECIES = 5  # with 100 species: a batch of 100 images, as in training
MARGIN = 0.03  # of the map's width and height, around it


@dataclass(frozen=True)
class Turned:
    """A sample of a student's queries after a turn of its space.

    Attributes:
        asymmetric: whether the nearest of each query in the teacher's whole database is of its
            species, ``bool [q]``.
        symmetric: the same among the sampled images themselves, all embedded and turned alike.
        loss: the student's own loss, of a batch of the sampled images.
        places: where one query of each species lies on the map, ``float [q / 10, 2]``.
    """

    asymmetric: np.ndarray
    symmetric: np.ndarray
    loss: float
    places: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """Of the queries on the map, whether their nearest is of their species."""
        return self.asymmetric[SPREAD]


def turned(student: Run, rotation: np.ndarray, database: Database) -> Turned:
    """Turn the sample of a student's embeddings, and ask everything again.

    Args:
        student: a run with a sample of its embeddings.
        rotation: ``float32 [d, d]``, orthogonal; the sample is multiplied by it from the right.
        database: the teacher's.

    Raises:
        RunError: the student is shipped without embeddings.
        ValueError: the rows are not of unit length after the turn.
    """
    rows, species = sampled_rows(database), database.images.fine
    vectors = student.sample @ rotation
    in_database, _ = neighbours(vectors, database.vectors, 1, rows)
    in_sample, _ = neighbours(vectors, vectors, 1, np.arange(len(vectors)))
    return Turned(
        asymmetric=species[in_database[:, 0]] == species[rows],
        symmetric=species[rows[in_sample[:, 0]]] == species[rows],
        loss=loss_of_batch(student.recipe, vectors, database),
        places=_places(vectors[SPREAD], rows[SPREAD], database),
    )


def sampled_rows(database: Database) -> np.ndarray:
    """Which images of the database the samples of students show, ``int64 [q]``."""
    return np.arange(len(database.vectors))[SAMPLED]


def loss_of_batch(recipe: Recipe, vectors: np.ndarray, database: Database) -> float:
    """A student's loss with its own settings, of some of the sampled images.

    RAML relates the views of one image. Of each image there is one view here, so the images of one
    species stand in for the views of one image.

    Args:
        recipe: of the student.
        vectors: its embeddings of the sampled images, ``float32 [q, d]``.
        database: the teacher's.
    """
    rows = sampled_rows(database)
    species = database.images.fine[rows]
    batch = [
        np.flatnonzero(species == one)[:IMAGES_OF_A_SPECIES]
        for one in np.unique(species)[::EVERY_SPECIES]
    ]
    student, teacher = (torch.from_numpy(all_rows[np.stack(batch)])
                        for all_rows in (vectors, database.vectors[rows]))  # fmt: skip
    compute = DISTILLATION[recipe.loss].compute
    return compute(student, teacher, torch.arange(len(batch)), **dict(recipe.settings)).item()


def teachers_places(database: Database) -> np.ndarray:
    """Where the teacher's vectors of the drawn queries lie, by the same rule, ``float [n, 2]``."""
    rows = sampled_rows(database)[SPREAD]
    return _places(database.vectors[rows], rows, database)


def _places(vectors: np.ndarray, rows: np.ndarray, database: Database) -> np.ndarray:
    """Positions amid the true neighbours, on a sheet that reaches from 0 to 1 either way."""
    low, high = database.positions.min(axis=0), database.positions.max(axis=0)
    places = place_on_map(vectors, database.vectors, database.positions, rows)
    return _on_sheet(places, low, high)


def _on_sheet(positions: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return MARGIN + (1 - 2 * MARGIN) * (positions - low) / (high - low)


def empty_map(database: Database, size: tuple[float, float]) -> Figure:
    """The database in grey and the teacher's places of the queries, from edge to edge.

    Args:
        database: the teacher's.
        size: width and height in inches.
    """
    figure = plt.figure(figsize=size)
    _draw_database(figure.add_axes((0, 0, 1, 1)), database, teachers_places(database))
    return figure


def turned_maps(students: Mapping[str, Mapping[int, Turned]], database: Database) -> Figure:
    """A map for each student (rows) and angle (columns), with the results of both tests.

    Args:
        students: for each title what came of the student by angle in degrees; the same angles.
        database: the teacher's.
    """
    columns = len(next(iter(students.values())))
    ends = teachers_places(database)
    shape = (2.7 * columns, 2.75 * len(students) + 0.3)
    figure, grid = plt.subplots(
        len(students), columns, figsize=shape, squeeze=False, layout="constrained"
    )
    for line, (title, by_angle) in zip(grid, students.items(), strict=True):
        line[0].set_ylabel(title, fontsize=10)
        for axes, (angle, found) in zip(line, by_angle.items(), strict=True):
            _draw_database(axes, database, ends)
            _draw_queries(axes, found, ends)
            axes.set_title(f"{angle}°: asymmetric {found.asymmetric.mean():.0%}, "
                           f"symmetric {found.symmetric.mean():.0%}", fontsize=8)  # fmt: skip
    return figure


def _draw_database(axes: Axes, database: Database, ends: np.ndarray) -> None:
    low, high = database.positions.min(axis=0), database.positions.max(axis=0)
    dots = _on_sheet(database.positions[::EVERY], low, high)
    axes.plot(*dots.T, ".", color="0.8", markersize=2, zorder=1)
    axes.plot(*ends.T, "o", color=style.TEACHER, fillstyle="none",
              markersize=4, markeredgewidth=0.9)  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(), yticks=())
    axes.spines[:].set_visible(False)


def _draw_queries(axes: Axes, found: Turned, ends: np.ndarray) -> None:
    axes.plot(*np.stack([found.places, ends], axis=1).T, color=style.STUDENT, linewidth=0.4,
              alpha=0.5)  # fmt: skip
    for places, mark in ((found.places[found.right], "o"), (found.places[~found.right], "x")):
        axes.plot(*places.T, mark, color=style.STUDENT, markersize=3, markeredgewidth=0.9)
