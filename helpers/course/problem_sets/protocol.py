"""Checks of how one proceeds: what a rotation changes, and how a setting is chosen."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from helpers import losses
from helpers.course.checks import FunctionCheck, Mistake
from helpers.losses import regression

NAMES = ("regression", "absolute_teacher", "rkd_distance", "relative_teacher")


def _turned(seed: int) -> list[tuple]:
    """Losses, embeddings of student and teacher, and a rotation of the space."""
    random = np.random.default_rng(seed)
    cases = []
    for name in NAMES:
        g = torch.nn.functional.normalize(torch.from_numpy(random.standard_normal((6, 4))), dim=1)
        noise = torch.from_numpy(random.standard_normal((6, 4)))
        f = torch.nn.functional.normalize(g + 0.5 * noise, dim=1)
        rotation = torch.from_numpy(np.linalg.qr(random.standard_normal((4, 4)))[0])
        loss = getattr(losses, name)
        # A student that is at home, and one that the rotation brings home.
        cases += [(loss, f, g, rotation), (loss, f @ rotation.T, g, rotation)]
    return cases


def _change(loss, f: Tensor, g: Tensor, rotation: Tensor) -> Tensor:
    return (loss(f @ rotation, g) - loss(f, g)).abs()


change_by_rotation = FunctionCheck(
    "change_by_rotation(loss, student, teacher, rotation)",
    _change,
    _turned,
    (
        Mistake(
            "Both spaces are rotated: then no loss changes. Turn the student's only.",
            lambda loss, f, g, r: (loss(f @ r, g @ r) - loss(f, g)).abs(),
        ),
        Mistake(
            "This is the loss after the rotation: by how much has it changed?",
            lambda loss, f, g, r: loss(f @ r, g),
        ),
        Mistake(
            "It may fall as well as rise: the size of the change is asked for.",
            lambda loss, f, g, r: loss(f @ r, g) - loss(f, g),
        ),
        Mistake(
            "Every loss is treated alike here: call the one that is handed in.",
            lambda loss, f, g, r: _change(regression, f, g, r),
        ),
        Mistake(
            "The rotation stands on the wrong side, transposed: an embedding is a row, `f @ R`.",
            lambda loss, f, g, r: _change(loss, f, g, r.T),
        ),
    ),
)
"""By how much a loss changes, at least 0, when the student's space is rotated, ``f @ R``."""


def _tables(seed: int) -> list[tuple]:
    """Recalls of settings ``[settings, seeds]`` on validation species and on test species."""
    random = np.random.default_rng(seed)
    cases = []
    for settings, seeds in ((4, 3), (5, 4), (6, 2), (8, 3)):
        validation = random.uniform(0.3, 0.6, (settings, seeds))
        test = random.uniform(0.3, 0.6, (settings, seeds))
        # The best single seed, the best mean and the best on test species are three settings.
        first, second, third = random.permutation(settings)[:3]
        validation[first] += 0.3
        validation[second, 0] = validation.max() + 0.1
        validation[second, 1:] = 0.1
        test[third] += 0.35
        cases.append((validation, test))
    return cases


def _result(choice: int, test: np.ndarray) -> np.ndarray:
    return np.array([choice, test[choice].mean()])


chosen_setting = FunctionCheck(
    "chosen_setting(validation, test)",
    lambda validation, test: _result(validation.mean(axis=1).argmax(), test),
    _tables,
    (
        Mistake(
            "The setting is chosen on the test species: then their number is no test any more.",
            lambda validation, test: _result(test.mean(axis=1).argmax(), test),
        ),
        Mistake(
            "One lucky seed decides: compare means over seeds.",
            lambda validation, test: _result(validation.max(axis=1).argmax(), test),
        ),
        Mistake(
            "The number reported is the one that was used to choose: report the test species'.",
            lambda validation, test: _result(validation.mean(axis=1).argmax(), validation),
        ),
        Mistake(
            "The best seed of the chosen setting is reported: report the mean over seeds.",
            lambda validation, test: np.array(
                [
                    validation.mean(axis=1).argmax(),
                    test[validation.mean(axis=1).argmax()].max(),
                ]
            ),
        ),
    ),
)
"""The chosen setting and the recall to report, ``float [2]``: tables ``[settings, seeds]``."""
