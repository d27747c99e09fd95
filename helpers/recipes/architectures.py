"""Small networks for large images: each costs as much as the full network on a small image."""

from __future__ import annotations

from helpers.recipes.recipe import NetworkRecipe

BUDGETS = (48, 32, 24)
"""A budget is named by the side of the small image (of 96 px) that the full network gets for it."""

FULL = NetworkRecipe()

NETWORKS: dict[str, dict[int, NetworkRecipe]] = {
    # Fewer channels everywhere.
    "narrow": {
        48: NetworkRecipe(widths=(16, 24, 32, 48, 80)),
        32: NetworkRecipe(widths=(10, 16, 24, 32, 52)),
        24: NetworkRecipe(widths=(8, 12, 16, 24, 40)),
    },
    # One convolution a block instead of two, and as many channels as the budget allows.
    "shallow": {
        48: NetworkRecipe(widths=(24, 32, 48, 72, 112), convolutions=1),
        32: NetworkRecipe(widths=(15, 24, 32, 44, 72), convolutions=1),
        24: NetworkRecipe(widths=(12, 16, 24, 32, 56), convolutions=1),
    },
    # A stem that steps further: it shrinks the image too, in a way that is learned.
    "coarse": {
        48: NetworkRecipe(widths=(32, 48, 60, 92, 156), stem_stride=4),
        32: NetworkRecipe(widths=(30, 48, 60, 92, 152), stem_stride=6),
        24: NetworkRecipe(widths=(28, 48, 60, 88, 148), stem_stride=8),
    },
}
"""Networks for 96 px images by kind and budget, within 5 % of the budget's MACs."""
