"""A student that copies feature maps: what it pays for, what it trains, what it leaves alone."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from helpers import losses
from helpers.images import ImageSet, as_float
from helpers.networks import EmbeddingNetwork, embed, small_resnet
from helpers.training import (
    CachedViews,
    TrainingSettings,
    TripletAndFeatureMaps,
    cache_views,
    distil_with_labels,
)

SETTINGS = TrainingSettings(
    steps=1, batch=12, images_per_class=3, learning_rate=1e-2, precision="no"
)
COMPARISONS = (losses.hints, losses.attention)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def a_teacher() -> EmbeddingNetwork:
    return small_resnet(widths=(6, 12), blocks=(1, 1), dimensions=6, seed=7)


def a_student() -> EmbeddingNetwork:
    return small_resnet(widths=(4, 8), blocks=(1, 1), dimensions=6, seed=1)


@pytest.fixture(scope="module")
def views() -> CachedViews:
    """Two views of each of 24 coloured images of four classes, 16 px."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 6)
    colours = random.integers(40, 216, (4, 3, 1, 1))[labels]
    images = np.clip(colours + random.normal(0, 30, (24, 3, 16, 16)), 0, 255).astype(np.uint8)
    coloured = ImageSet("coloured", images, labels, labels)
    return cache_views(coloured, a_teacher(), (16, 16), views_per_image=2)


def weights_of(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: values.clone() for name, values in network.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("weight", [0.5, 10.0])
def test_value_is_that_of_the_formula(compare, weight: float) -> None:
    student, teacher = a_student(), a_teacher()
    loss = TripletAndFeatureMaps(student, teacher, compare, weight, seed=5)
    images, labels = torch.rand(6, 3, 16, 16), torch.tensor([0, 0, 1, 1, 2, 2])
    embeddings = student(images)
    found = loss(embeddings, torch.zeros(6, 6), labels)

    normalised = (images - 0.5) / 0.25
    student_map, teacher_map = student.backbone(normalised), teacher.eval().backbone(normalised)
    mapped = torch.einsum("dc,nchw->ndhw", loss.map.convolution.weight[:, :, 0, 0], student_map)
    triplets = losses.batch_hard_triplet(embeddings, embeddings, losses.pairs_of(labels))
    torch.testing.assert_close(found, triplets + weight * compare(mapped, teacher_map))


def test_teachers_embeddings_play_no_part() -> None:
    student = a_student()
    loss = TripletAndFeatureMaps(student, a_teacher(), losses.hints)
    images, labels = torch.rand(4, 3, 16, 16), torch.tensor([0, 0, 1, 1])
    values = [loss(student(images), torch.rand(4, 6), labels) for _ in range(2)]
    torch.testing.assert_close(*values)


def test_gradient_reaches_student_and_map_but_not_the_teacher() -> None:
    student, teacher = a_student(), a_teacher()
    loss = TripletAndFeatureMaps(student, teacher, losses.hints)
    embeddings = student(torch.rand(4, 3, 16, 16)).detach()  # so that only the maps are paid for
    loss(embeddings, embeddings, torch.tensor([0, 0, 1, 1])).backward()
    assert all(parameter.grad is not None for parameter in student.backbone.parameters())
    assert loss.map.convolution.weight.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in teacher.parameters())


@pytest.mark.parametrize("compare", COMPARISONS)
def test_a_step_trains_student_and_map_and_leaves_the_teacher(views: CachedViews, compare) -> None:
    student, teacher = a_student(), a_teacher()
    loss = TripletAndFeatureMaps(student, teacher, compare)
    before = [weights_of(part) for part in (student, loss.map, teacher)]
    distil_with_labels(student, views, loss, SETTINGS)
    after = [weights_of(part) for part in (student, loss.map, teacher)]
    assert [same(*pair) for pair in zip(before, after, strict=True)] == [False, False, True]
    assert loss.training, "the step puts the loss into training mode, which must not reach g"
    assert not any(layer.training for layer in teacher.backbone.modules())


def test_the_map_learns_to_translate(views: CachedViews) -> None:
    student, teacher = a_student().requires_grad_(False), a_teacher()
    loss = TripletAndFeatureMaps(student, teacher, losses.hints)
    images = (as_float(views.views[:, 0]) - 0.5) / 0.25

    def error() -> float:
        maps = [network.eval().backbone(images) for network in (student, teacher)]
        return losses.hints(loss.map(maps[0]), maps[1]).item()

    before = error()
    settings = replace(SETTINGS, steps=40)
    distil_with_labels(student, views, loss, settings)
    assert error() < 0.8 * before


def test_the_teacher_is_not_saved_with_the_loss() -> None:
    student = a_student()
    loss = TripletAndFeatureMaps(student, a_teacher(), losses.hints)
    assert set(loss.state_dict()) == {"map.convolution.weight"}
    assert len(list(loss.parameters())) == 1
    assert set(student.state_dict()) == set(a_student().state_dict())


def test_seed_decides_the_map() -> None:
    first, again, other = (
        TripletAndFeatureMaps(a_student(), a_teacher(), losses.hints, seed=seed).map
        for seed in (1, 1, 2)
    )
    assert same(first.state_dict(), again.state_dict())
    assert not same(first.state_dict(), other.state_dict())


def test_a_trained_student_can_be_copied_and_used(views: CachedViews) -> None:
    student = a_student()
    distil_with_labels(
        student, views, TripletAndFeatureMaps(student, a_teacher(), losses.hints), SETTINGS
    )
    images = views.views[:, 0]
    assert np.array_equal(embed(copy.deepcopy(student), images), embed(student, images))


def test_bfloat16_trains(views: CachedViews) -> None:
    student = a_student()
    loss = TripletAndFeatureMaps(student, a_teacher(), losses.attention)
    history = distil_with_labels(student, views, loss, replace(SETTINGS, precision="bf16"))
    assert np.isfinite([record["loss"] for record in history]).all()


def test_a_loss_without_a_batch_is_refused() -> None:
    student = a_student()
    loss = TripletAndFeatureMaps(student, a_teacher(), losses.hints)
    embeddings, labels = torch.rand(4, 6), torch.tensor([0, 0, 1, 1])
    with pytest.raises(RuntimeError, match="embed a batch with the student first"):
        loss(embeddings, embeddings, labels)
