"""Random inputs that a check tries a function with; a seed decides them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


def unit_rows(random: np.random.Generator, *shape: int) -> np.ndarray:
    """``float32 [*shape]``, embeddings: the last axis of length 1, any direction as likely."""
    rows = random.standard_normal(shape).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def near(random: np.random.Generator, embeddings: np.ndarray, noise: float) -> np.ndarray:
    """Unit rows around others, as a student's around its teacher's."""
    moved = embeddings + noise * unit_rows(random, *embeddings.shape)
    return moved / np.linalg.norm(moved, axis=-1, keepdims=True)


def student_and_teacher(seed: int, *shapes: tuple[int, ...]) -> list[tuple[Tensor, Tensor]]:
    """For each shape the embeddings of the same images by a student and by a teacher.

    They are so far apart that squares, lengths and cosines cannot be mistaken for one another.
    """
    random = np.random.default_rng(seed)
    cases = []
    for shape in shapes:
        teacher = unit_rows(random, *shape)
        cases.append((near(random, teacher, 0.8), teacher))
    return [(torch.from_numpy(student), torch.from_numpy(teacher)) for student, teacher in cases]


def classes(random: np.random.Generator, images: int, kinds: int, dimensions: int) -> tuple:
    """Labels ``int64 [n]`` and unit rows ``float32 [n, d]`` that lie near those of their class."""
    labels = np.arange(images) % kinds
    return labels, near(random, unit_rows(random, kinds, dimensions)[labels], 1.2)


def normalised(rows: Tensor) -> Tensor:
    """The same rows with length 1."""
    return functional.normalize(rows, dim=-1)
