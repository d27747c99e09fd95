"""Every way to spoil a picture does what it says, and the same to the same picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from helpers import butterflies
from helpers.degradations import DEGRADATIONS, SeesDegraded, blurred, compressed, noisy, shrunk
from helpers.images import as_float, resize
from helpers.networks import small_resnet
from helpers.recipes.recipe import CHOICES


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    """Four butterflies of 48 px, ``float [4, 3, 48, 48]``."""
    return as_float(np.stack([butterflies.draw(number, 0, 48) for number in (0, 3, 103, 150)]))


@pytest.mark.parametrize("deviation", [0.7, 1.5])
def test_blur_is_that_of_scipy(pictures: torch.Tensor, deviation: float) -> None:
    reach = int(np.ceil(3 * deviation))
    expected = gaussian_filter(
        pictures.numpy(), (0, 0, deviation, deviation), mode="nearest", radius=(0, 0, reach, reach)
    )
    np.testing.assert_allclose(blurred(pictures, deviation).numpy(), expected, atol=1e-5)


def test_blur_is_as_exact_in_training_as_in_use(pictures: torch.Tensor) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        in_training = blurred(pictures)
    assert torch.equal(in_training, blurred(pictures))


def test_noise_is_the_same_in_any_company(pictures: torch.Tensor) -> None:
    alone = noisy(pictures[1:2])[0]
    crowd = torch.cat([torch.rand(70, 3, 48, 48), pictures])
    assert torch.equal(noisy(crowd)[71], alone)
    assert torch.equal(noisy(pictures.flip(0))[2], alone)
    assert torch.equal(noisy(pictures.to(memory_format=torch.channels_last))[1], alone)


def test_noise_differs_from_picture_to_picture(pictures: torch.Tensor) -> None:
    brighter = pictures[:1] + 0.001
    noise = [noisy(image) - image for image in (pictures[:1].clamp(0.5, 0.5), brighter)]
    assert np.corrcoef(*(part.flatten().numpy() for part in noise))[0, 1] < 0.1


@pytest.mark.parametrize("deviation", [0.05, 0.15])
def test_noise_has_its_deviation(deviation: float) -> None:
    grey = torch.linspace(0.45, 0.55, 20)[:, None, None, None].expand(20, 3, 48, 48)
    noise = noisy(grey, deviation) - grey
    # 138,240 values: their mean is off by more than 5 standard errors once in a million draws.
    error = deviation / np.sqrt(noise.numel())
    assert abs(noise.mean().item()) < 5 * error
    assert noise.std().item() == pytest.approx(deviation, rel=0.02)


def test_noise_leaves_no_impossible_colour(pictures: torch.Tensor) -> None:
    spoilt = noisy(pictures, 0.5)
    assert spoilt.min() == 0 and spoilt.max() == 1


@pytest.mark.parametrize("quality", [10, 60])
def test_compression_is_that_of_pillow(pictures: torch.Tensor, quality: int) -> None:
    found = compressed(pictures, quality)
    for image, spoilt in zip(pictures, found, strict=True):
        file = io.BytesIO()
        pixels = np.round(255 * image.permute(1, 2, 0).numpy()).astype(np.uint8)
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        expected = np.array(Image.open(file)).transpose(2, 0, 1)
        assert np.array_equal(np.round(255 * spoilt.numpy()), expected)
    assert not torch.equal(found, pictures)


def test_less_quality_spoils_more(pictures: torch.Tensor) -> None:
    errors = [(compressed(pictures, quality) - pictures).abs().mean() for quality in (10, 60, 95)]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("factor", [2, 3])
def test_shrunk_is_resized_twice(pictures: torch.Tensor, factor: int) -> None:
    expected = resize(resize(pictures, 48 // factor), 48)
    assert torch.equal(shrunk(pictures, factor), expected)


@pytest.mark.parametrize("quality", DEGRADATIONS)
def test_shape_and_range_stay(pictures: torch.Tensor, quality: str) -> None:
    spoilt = DEGRADATIONS[quality](pictures)
    assert spoilt.shape == pictures.shape and spoilt.dtype == torch.float32
    assert spoilt.min() >= 0 and spoilt.max() <= 1 + 1e-6
    assert (spoilt - pictures).abs().mean() > 0.01


def test_every_quality_of_a_recipe_exists() -> None:
    assert set(CHOICES["quality"]) == {"clean", *DEGRADATIONS}


@pytest.mark.parametrize("quality", DEGRADATIONS)
def test_network_sees_the_spoilt_picture_only(pictures: torch.Tensor, quality: str) -> None:
    network = small_resnet(widths=(4, 8), blocks=(1, 1), dimensions=6).eval()
    sees = SeesDegraded(network, quality).eval()
    assert torch.equal(sees(pictures), network(DEGRADATIONS[quality](pictures)))
    assert not torch.allclose(sees(pictures), network(pictures), atol=1e-4)


@pytest.mark.parametrize("quality", DEGRADATIONS)
def test_network_learns_through_the_degradation(pictures: torch.Tensor, quality: str) -> None:
    sees = SeesDegraded(small_resnet(widths=(4, 8), blocks=(1, 1), dimensions=6), quality)
    sees(pictures)[:, 0].sum().backward()
    gradients = [parameter.grad for parameter in sees.parameters()]
    assert all(gradient is not None for gradient in gradients)
    assert sees.network.backbone[0].weight.grad.abs().sum() > 0


def test_unknown_quality_is_refused() -> None:
    with pytest.raises(ValueError, match="'smudged'; choose one of blurred, noisy"):
        SeesDegraded(small_resnet(widths=(4,), blocks=(1,)), "smudged")
