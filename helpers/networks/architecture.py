"""Networks that turn an image into an embedding: backbone, pooling (GeM), linear map, unit norm."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from helpers.networks.makers import maker


class GeM(nn.Module):
    """Generalised-mean pooling ``(mean x^p)^(1/p)`` of each channel, with a learnable ``p``.

    p = 1 is the average, a large p tends to the maximum. Radenović et al., "Fine-tuning CNN image
    retrieval with no human annotation" (TPAMI 2018); p = 3 and eps = 1e-6 as in RAML's code.
    """

    def __init__(self, power: float = 3.0, eps: float = 1e-6) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor(float(power)))
        self.eps = eps

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """``[n, c, h, w]`` to ``[n, c]``."""
        powered = features.clamp(min=self.eps).pow(self.power)
        return powered.mean(dim=(2, 3)).pow(1 / self.power)


class EmbeddingNetwork(nn.Module):
    """Backbone → GeM → linear map → unit norm.

    Args:
        backbone: maps ``[n, 3, h, w]`` to a feature map ``[n, features, h', w']``.
        features: channels of the feature map.
        dimensions: length of an embedding; None leaves out the linear map.
        mean, deviation: of each colour channel (0..1), by which images are normalised.
        power: GeM's p at the start.

    Attributes:
        recipe: which function of this room made it, and with what; None where none did.
    """

    recipe: dict | None = None

    def __init__(
        self,
        backbone: nn.Module,
        features: int,
        dimensions: int | None = 128,
        mean: Sequence[float] = (0.5, 0.5, 0.5),
        deviation: Sequence[float] = (0.25, 0.25, 0.25),
        power: float = 3.0,
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(3, 1, 1))
        self.backbone = backbone
        self.pooling = GeM(power)
        self.embedding = nn.Linear(features, dimensions) if dimensions else nn.Identity()
        self.dimensions = dimensions or features

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """``float [n, 3, h, w]`` in 0..1 to embeddings ``float [n, dimensions]`` of unit norm."""
        normalised = (images - self.mean) / self.deviation
        features = self.backbone(normalised.contiguous(memory_format=torch.channels_last))
        # Powers and norms lose too much in bfloat16, and cost next to nothing in float32.
        with torch.autocast(features.device.type, enabled=False):
            return functional.normalize(self.embedding(self.pooling(features.float())), dim=1)


class Pointwise(nn.Conv2d):
    """A 1×1 convolution of every ``step``-th pixel, without bias.

    As a convolution with that stride, in whose backward pass torch 2.13 dies on some processors
    with AVX-512 (float32, 8 to 12 input channels).
    """

    def __init__(self, inputs: int, outputs: int, step: int) -> None:
        super().__init__(inputs, outputs, 1, bias=False)
        self.step = step

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return super().forward(features[:, :, :: self.step, :: self.step])


class BasicBlock(nn.Module):
    """3×3 convolutions beside a shortcut, two by default (He et al., CVPR 2016, Fig. 5 left)."""

    def __init__(self, inputs: int, outputs: int, stride: int, convolutions: int = 2) -> None:
        super().__init__()
        layers = [nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)]
        for _ in range(convolutions - 1):
            layers += [nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
            layers.append(nn.Conv2d(outputs, outputs, 3, padding=1, bias=False))
        self.residual = nn.Sequential(*layers, nn.BatchNorm2d(outputs))
        changes = stride != 1 or inputs != outputs
        shortcut = [Pointwise(inputs, outputs, stride), nn.BatchNorm2d(outputs)] if changes else []
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.residual(features) + self.shortcut(features), inplace=True)


@maker
def small_resnet(
    widths: Sequence[int] = (32, 48, 64, 96, 160),
    blocks: Sequence[int] = (1, 1, 1, 1, 1),
    stem_stride: int = 2,
    dimensions: int = 128,
    seed: int = 0,
    convolutions: int = 2,
) -> EmbeddingNetwork:
    """A plain ResNet for the butterflies: a stem, then one stage for each width.

    The first stage keeps the stem's resolution, every later one halves it. With the defaults the
    last feature map is 32 times smaller than the image, as in the papers' ResNets, and there are
    0.7 M parameters. ``seed`` decides the random weights. A block has ``convolutions`` 3×3
    convolutions. The stem is a convolution just large enough to miss no pixel between its steps.

    Raises:
        ValueError: another number of widths than of blocks.
    """
    if len(widths) != len(blocks):
        raise ValueError(f"one number of blocks for each width: widths {widths}, blocks {blocks}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        size = 2 * (stem_stride // 2) + 1
        stem = nn.Conv2d(3, widths[0], size, stem_stride, padding=size // 2, bias=False)
        layers = [stem, nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)]
        inputs = widths[0]
        for stage, (width, depth) in enumerate(zip(widths, blocks, strict=True)):
            for block in range(depth):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(BasicBlock(inputs, width, stride, convolutions))
                inputs = width
        network = EmbeddingNetwork(nn.Sequential(*layers), inputs, dimensions)
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return network.to(memory_format=torch.channels_last)
