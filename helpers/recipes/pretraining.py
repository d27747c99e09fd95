"""What ImageNet is to the papers: one training of every architecture on species of its own.

Teachers and students of the papers start from ImageNet. Here each architecture learns the labels of
300 species that nothing else uses, at 64 px and with strong crops, so that it meets marks at many
sizes. Its steps are doubled until a doubling gains less than a point of Recall@1 on species that
are neither pretrained on nor tested on: half of the training species.
"""

from __future__ import annotations

from helpers.recipes.recipe import NetworkRecipe, Recipe

PLATEAU = 0.01
"""A doubling of the steps that gains less Recall@1 than this (0..1) is not worth it."""

ARCHITECTURES = {
    # Half the widths of the networks used so far: it has no capacity to spare.
    "compact": NetworkRecipe(widths=(16, 24, 32, 48, 80)),
    # At 96 px both cost what the compact network costs at 48 px.
    "narrow": NetworkRecipe(widths=(8, 12, 16, 24, 40)),
    "shallow": NetworkRecipe(widths=(11, 17, 24, 34, 58), convolutions=1),
}

FIRST_STEPS = 1000
"""Where the doubling begins."""


def pretraining(architecture: str, steps: int) -> Recipe:
    """An architecture trained for so many steps on the labels of the pretraining species.

    There is one for all seeds, as the networks of the papers share one ImageNet.

    Raises:
        KeyError: no such architecture.
    """
    return Recipe(
        name=f"pretraining-{architecture}-{steps}-steps",
        data="butterflies-96",
        resolution=64,
        loss="normalised_softmax",
        network=ARCHITECTURES[architecture],
        settings=(("scale", 16.0), ("label_smoothing", 0.05)),
        steps=steps,
        species="pretraining",
        augmentation="strong",
        tested_on="validation",
    )
