"""Networks that turn an image into an embedding: backbone, pooling (GeM), linear map, unit norm.

``small_resnet`` is made for the butterflies; ``torchvision_network`` and ``timm_network`` put a
known backbone under an embedding by its name; ``mobilenet`` has any width, and ``pretrained_lite``
has weights that need no download. ``embed``
turns images into embeddings; ``save`` and ``load`` keep a trained network with its recipe.
"""

from helpers.networks.architecture import BasicBlock, EmbeddingNetwork, GeM, Pointwise, small_resnet
from helpers.networks.backbones import (
    in_order_of,
    lite_classifier,
    mobilenet,
    pretrained_lite,
    pretrained_lite0,
    timm_network,
    torchvision_network,
)
from helpers.networks.embeddings import embed, embed_enlarged
from helpers.networks.saving import SavedNetworkError, load, save

__all__ = [
    "BasicBlock",
    "EmbeddingNetwork",
    "GeM",
    "Pointwise",
    "SavedNetworkError",
    "embed",
    "embed_enlarged",
    "in_order_of",
    "lite_classifier",
    "load",
    "mobilenet",
    "pretrained_lite",
    "pretrained_lite0",
    "save",
    "small_resnet",
    "timm_network",
    "torchvision_network",
]
