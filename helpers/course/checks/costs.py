"""Checks of what a query costs, and of what a small image keeps."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from helpers.course.checks.functions import Case, FunctionCheck
from helpers.course.checks.verdicts import Mistake


def _macs(side: int, inputs: int, outputs: int, kernel: int, stride: int) -> int:
    """One multiply-accumulate for each weight, at each place of the output."""
    return (side // stride) ** 2 * kernel**2 * inputs * outputs


def _convolutions(seed: int) -> list[Case]:
    """Sides that the stride divides, kernels that are padded by half their width."""
    random = np.random.default_rng(seed)
    return [
        (
            int(8 * random.integers(2, 13)),
            int(random.integers(3, 65)),
            int(random.integers(5, 129)),
            kernel,
            stride,
        )
        for kernel, stride in ((3, 1), (3, 2), (5, 2), (7, 4))
    ]


macs_of_convolution = FunctionCheck(
    "my_macs(side, channels_in, channels_out, kernel, stride)",
    _macs,
    _convolutions,
    (
        Mistake(
            "The stride is forgotten: how many places has the *output*?",
            lambda side, i, o, kernel, stride: _macs(side, i, o, kernel, 1),
        ),
        Mistake(
            "The stride counts once, but the image is narrower *and* lower.",
            lambda side, i, o, kernel, stride: _macs(side, i, o, kernel, 1) // stride,
        ),
        Mistake(
            "The kernel is a square: it has more weights than its width.",
            lambda side, i, o, kernel, stride: _macs(side, i, o, kernel, stride) // kernel,
        ),
        Mistake(
            "The image is a square: it has more places than its side.",
            lambda side, i, o, kernel, stride: kernel**2 * i * o * (side // stride),
        ),
        Mistake(
            "These are FLOPs: one MAC is a multiplication and an addition together.",
            lambda *layer: 2 * _macs(*layer),
        ),
        Mistake(
            "Every output channel looks at all input channels.",
            lambda side, i, o, kernel, stride: _macs(side, 1, o, kernel, stride),
        ),
        Mistake(
            "This is one output channel: there are several.",
            lambda side, i, o, kernel, stride: _macs(side, i, 1, kernel, stride),
        ),
        Mistake(
            "These are the layer's weights: each is used at every place of the output.",
            lambda side, i, o, kernel, stride: kernel**2 * i * o,
        ),
    ),
)
"""MACs ``int`` of a convolution without bias, padded so that its output has ``side / stride`` rows
and columns."""


def _pictures(seed: int) -> list[Case]:
    random = np.random.default_rng(seed)
    return [
        (random.integers(0, 256, (3, rows, columns)).astype(float), factor)
        for rows, columns, factor in ((8, 8, 2), (12, 6, 3), (8, 16, 4))
    ]


def _block_means(image: np.ndarray, factor: int) -> np.ndarray:
    return functional.avg_pool2d(torch.from_numpy(image), factor).numpy()


shrunk = FunctionCheck(
    "my_small_image(image, factor)",
    _block_means,
    _pictures,
    (
        Mistake(
            "This keeps one pixel of each block and forgets the others: a thin line is then there "
            "or not, by luck. What about their mean?",
            lambda image, factor: image[:, ::factor, ::factor],
        ),
        Mistake(
            "A sum over the block where the mean is asked for: the image gets too bright.",
            lambda image, factor: _block_means(image, factor) * factor**2,
        ),
        Mistake(
            "This keeps the brightest pixel of each block: dark marks vanish.",
            lambda image, factor: functional.max_pool2d(torch.from_numpy(image), factor).numpy(),
        ),
        Mistake(
            "Only the rows have become fewer, not the columns.",
            lambda image, factor: image.reshape(3, -1, factor, image.shape[2]).mean(axis=2),
        ),
        Mistake(
            "Only the columns have become fewer, not the rows.",
            lambda image, factor: image.reshape(3, image.shape[1], -1, factor).mean(axis=3),
        ),
        Mistake(
            "The colours are mixed as well: each of the three keeps its own.",
            lambda image, factor: _block_means(image, factor).mean(axis=0),
        ),
    ),
)
"""An image ``float [3, h, w]`` made ``factor`` times smaller: the mean of each square block."""
