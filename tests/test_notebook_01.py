"""The figures of notebook 01 show what they are given."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.course.figures import embeddings as figures
from helpers.course.figures.embeddings.neighbours import _apart
from helpers.images import ImageSet


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def images() -> ImageSet:
    """Four images: two of one species, one more of its genus, one of another genus."""
    pixels = np.zeros((4, 3, 8, 8), np.uint8)
    return ImageSet("trial", pixels, np.array([0, 0, 1, 2]), np.array([0, 0, 0, 1]))


def test_relation_of(images: ImageSet) -> None:
    relations = [figures.relation_of(0, other, images.fine, images.coarse) for other in (1, 2, 3)]
    assert relations == ["same species", "same genus", "another genus"]


def test_gallery_judges_only_the_first_k(images: ImageSet) -> None:
    found, cosines = np.array([[2, 1, 3]]), np.array([[0.9, 0.8, 0.1]])
    for k, verdict in ((1, "not found"), (2, "found"), (None, "found")):
        drawn = figures.gallery([0], found, cosines, images, k)
        assert drawn.axes[0].get_xlabel() == verdict
    titles = [axis.get_title("left") or axis.get_title() for axis in drawn.axes[1:]]
    assert titles == ["✗ same genus", "✓", "✗ another genus"]


def test_rankings_tell_who_was_found() -> None:
    order, positive = np.array([[1, 2], [2, 0]]), np.array([[True, False], [False, True]])
    written = [
        text.get_text() for text in figures.rankings(order, positive, "abc", 1).axes[0].texts
    ]
    assert written == ["b ✓", "c ✗", "found", "c ✗", "a ✓", "not found"]


def test_images_on_the_map_stand_apart() -> None:
    positions = np.array([[0.0, 0.0], [0.1, 0.1], [5.0, 0.0], [0.0, 5.0]])
    kept = _apart(positions, np.array([1.0, 1.0]), most=10)
    assert len(kept) == 3 and {2, 3} <= set(kept)
    assert len(_apart(positions, np.array([1.0, 1.0]), most=2)) == 2
