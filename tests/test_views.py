"""One view at several resolutions, and what the augmentation may do."""

import pytest
import torch
from torch.nn import functional

from helpers.images import resize
from helpers.views import BUTTERFLIES, Augmentation, apply_warps, coupled_views, draw_warps


def patches(n=8, resolution=96):
    """Images with large and small structures, ``float [n, 3, h, w]``."""
    generator = torch.Generator().manual_seed(0)
    coarse = (torch.rand(n, 3, 6, 6, generator=generator) > 0.5).float()
    fine = torch.rand(n, 3, 24, 24, generator=generator) - 0.5
    return (resize(coarse, resolution) + 0.3 * resize(fine, resolution)).clamp(0, 1)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def difference(first, second):
    return (first - second).abs().mean().item()


def test_the_two_resolutions_show_the_same_view():
    large, small = coupled_views(patches(), [96, 48], BUTTERFLIES, seeded())
    assert large.shape == (8, 3, 96, 96) and small.shape == (8, 3, 48, 48)
    box = functional.avg_pool2d(large, 2)  # another filter than the one that made `small`
    assert difference(box, small) < 0.01


def test_two_draws_show_different_views():
    (large,) = coupled_views(patches(), [96], BUTTERFLIES, seeded(0))
    (small,) = coupled_views(patches(), [48], BUTTERFLIES, seeded(1))
    assert difference(resize(large, 48), small) > 0.1


def test_the_same_seed_gives_the_same_view():
    first, second = (coupled_views(patches(), [32], BUTTERFLIES, seeded(3))[0] for _ in range(2))
    assert torch.equal(first, second)


def test_an_augmentation_of_nothing_changes_nothing():
    nothing = Augmentation(rotation=0, crop=(1.0, 1.0), flip=0, brightness=0, contrast=0)
    (views,) = coupled_views(patches(), [96], nothing, seeded())
    torch.testing.assert_close(views, patches(), atol=1e-4, rtol=0)


def test_a_certain_flip_mirrors_every_image():
    mirror = Augmentation(rotation=0, crop=(1.0, 1.0), flip=1, brightness=0, contrast=0)
    (views,) = coupled_views(patches(), [96], mirror, seeded())
    torch.testing.assert_close(views, patches().flip(3), atol=1e-4, rtol=0)


def test_a_half_size_window_lies_inside_the_image():
    half = Augmentation(rotation=0, crop=(0.5, 0.5), flip=0, brightness=0, contrast=0)
    affine = draw_warps(200, half, seeded()).affine
    assert torch.all(affine[:, 0, 0] == 0.5)
    assert affine[:, :, 2].abs().max() <= 0.5


def test_a_rotation_keeps_a_circle():
    axis = torch.linspace(-1, 1, 64)
    distance = (axis[:, None] ** 2 + axis[None, :] ** 2).sqrt()
    circle = (4 - 8 * distance).clamp(0, 1).expand(5, 3, 64, 64)
    turned = Augmentation(rotation=45, crop=(1.0, 1.0), flip=0.5, brightness=0, contrast=0)
    views = apply_warps(circle, draw_warps(5, turned, seeded()))
    assert difference(views, circle) < 0.01


@pytest.mark.parametrize("size", [(48, 96), (96, 48)])
def test_a_turned_disc_stays_round_where_images_are_not_square(size):
    height, width = size
    down = torch.arange(height)[:, None] - (height - 1) / 2
    across = torch.arange(width)[None, :] - (width - 1) / 2
    disc = (15 - (down**2 + across**2).sqrt()).clamp(0, 1).expand(5, 3, height, width)
    turned = Augmentation(rotation=45, crop=(1.0, 1.0), flip=0.5, brightness=0, contrast=0)
    views = apply_warps(disc, draw_warps(5, turned, seeded()))
    assert difference(views, disc) < 0.01


def test_brightness_multiplies():
    grey = torch.full((50, 3, 8, 8), 0.5)
    bright = Augmentation(rotation=0, crop=(1.0, 1.0), flip=0, brightness=0.2, contrast=0)
    warps = draw_warps(50, bright, seeded())
    views = apply_warps(grey, warps)
    torch.testing.assert_close(views[:, 0, 0, 0], 0.5 * warps.brightness)
    assert 0.8 <= warps.brightness.min() and warps.brightness.max() <= 1.2


@pytest.mark.parametrize("settings", [{"crop": (0.0, 1.0)}, {"crop": (1.0, 0.5)}, {"flip": 1.5}])
def test_an_impossible_augmentation_is_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Augmentation(**settings)


def test_stored_images_are_refused():
    with pytest.raises(ValueError, match="as_float"):
        coupled_views(torch.zeros(1, 3, 8, 8, dtype=torch.uint8), [8], BUTTERFLIES, seeded())
