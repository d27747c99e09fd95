"""What may spoil a picture on its way to a student: blur, noise, compression, loss of pixels."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from helpers.images import resize

Degradation = Callable[[torch.Tensor], torch.Tensor]


def blurred(images: torch.Tensor, deviation: float = 1.5) -> torch.Tensor:
    """Images ``float [n, 3, h, w]`` after a Gaussian blur of this standard deviation in pixels."""
    reach = int(np.ceil(3 * deviation))
    offsets = torch.arange(-reach, reach + 1, device=images.device)
    weights = torch.exp(-(offsets**2) / (2 * deviation**2))
    weights = (weights / weights.sum()).repeat(3, 1, 1, 1)
    padded = functional.pad(images, (reach,) * 4, mode="replicate")
    # In bfloat16, in which training may run, the blur would be off by more than a grey level.
    with torch.autocast(images.device.type, enabled=False):
        rows = functional.conv2d(padded, weights, groups=3)
        return functional.conv2d(rows, weights.transpose(2, 3), groups=3)


def noisy(images: torch.Tensor, deviation: float = 0.15) -> torch.Tensor:
    """Images ``float [n, 3, h, w]`` in 0..1 with Gaussian noise, the same for the same pixels.

    The noise is drawn from a seed that the image itself gives, so that a picture is spoilt in the
    same way whenever and in whatever company it is looked at.
    """
    seeds = images.flatten(1).sum(dim=1, dtype=torch.float64).mul(1e6).long().tolist()
    noise = [
        torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(s)) for s in seeds
    ]
    return (images + deviation * torch.stack(noise).to(images.device)).clamp(0, 1)


def compressed(images: torch.Tensor, quality: int = 10) -> torch.Tensor:
    """Images ``float [n, 3, h, w]`` in 0..1 saved as JPEG of a quality (1..95) and read again."""
    pixels = images.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    read = np.stack([_saved_and_read(image, quality) for image in pixels])
    return torch.from_numpy(read).to(images.device).permute(0, 3, 1, 2).float() / 255


def _saved_and_read(image: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def shrunk(images: torch.Tensor, factor: int = 3) -> torch.Tensor:
    """Images ``float [n, 3, s, s]`` made ``factor`` times smaller and enlarged again."""
    return resize(resize(images, images.shape[-1] // factor), images.shape[-1])


DEGRADATIONS: dict[str, Degradation] = {
    "blurred": blurred,
    "noisy": noisy,
    "compressed": compressed,
    "shrunk": shrunk,
}


class SeesDegraded(nn.Module):
    """A network that sees every image only after it was spoilt, in training and in use.

    Raises:
        ValueError: no such quality.
    """

    def __init__(self, network: nn.Module, quality: str) -> None:
        super().__init__()
        if quality not in DEGRADATIONS:
            raise ValueError(f"no quality {quality!r}; choose one of {', '.join(DEGRADATIONS)}")
        self.network, self.degrade = network, DEGRADATIONS[quality]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """``float [n, 3, h, w]`` in 0..1 to embeddings ``[n, d]``."""
        return self.network(self.degrade(images))
