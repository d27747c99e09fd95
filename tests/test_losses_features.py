"""Distillation of feature maps: hints and attention."""

import math

import pytest
import torch

from helpers.losses import HintMap, attention, hints


def maps(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def naive_attention(student_map, teacher_map):
    def weights(one):
        places = zip(*(sum(channel, []) for channel in one.tolist()), strict=True)
        strength = [sum(x**2 for x in place) / len(one) for place in places]
        return [s / math.hypot(*strength) for s in strength]

    gaps = []
    for s, t in zip(student_map, teacher_map, strict=True):
        gaps += [a - b for a, b in zip(weights(s), weights(t), strict=True)]
    return sum(gap**2 for gap in gaps) / len(gaps)


def test_hints_equal_a_naive_loop():
    student_map, teacher_map = maps(2, 3, 4, 5), maps(2, 3, 4, 5, seed=1)
    pairs = zip(student_map.flatten().tolist(), teacher_map.flatten().tolist(), strict=True)
    expected = sum((s - t) ** 2 for s, t in pairs) / (2 * 3 * 4 * 5)
    assert float(hints(student_map, teacher_map)) == pytest.approx(expected)


def test_attention_equals_a_naive_loop():
    student_map, teacher_map = maps(2, 3, 4, 5), maps(2, 7, 4, 5, seed=1)
    expected = naive_attention(student_map, teacher_map)
    assert expected > 0.001
    assert float(attention(student_map, teacher_map)) == pytest.approx(expected)


def test_sample_values_of_the_docstrings():
    ones = torch.ones(2, 3, 4, 4)
    assert float(hints(ones + 0.5, ones)) == pytest.approx(0.25)
    first, second = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    found = attention(first.expand(1, 3, 1, 2), second.expand(1, 5, 1, 2))
    assert float(found) == pytest.approx(1)


def test_attention_looks_at_places_not_at_channels_nor_at_scale():
    student_map, teacher_map = maps(2, 3, 4, 4), maps(2, 3, 4, 4, seed=1)
    mixed = torch.einsum("dc,nchw->ndhw", torch.linalg.qr(maps(3, 3, seed=2))[0], student_map)
    expected = attention(student_map, teacher_map)
    torch.testing.assert_close(attention(5 * mixed, teacher_map), expected)
    moved = attention(student_map.flip(3), teacher_map)
    assert abs(float(moved - expected)) > 0.001
    assert abs(float(hints(mixed, teacher_map) - hints(student_map, teacher_map))) > 0.01


@pytest.mark.parametrize("loss", [hints, attention])
def test_gradients(loss):
    student_map, teacher_map = maps(2, 3, 4, 4).requires_grad_(), maps(2, 3, 4, 4, seed=1)
    assert torch.autograd.gradcheck(lambda s: loss(s, teacher_map), [student_map])
    teacher_map.requires_grad_()
    loss(student_map, teacher_map).backward()
    assert teacher_map.grad is None and student_map.grad.abs().sum() > 0


@pytest.mark.parametrize("loss", [hints, attention])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_finite_for_identical_and_for_empty_maps(loss, value):
    student_map = torch.full((2, 3, 4, 4), value, requires_grad=True)
    found = loss(student_map, student_map.detach())
    found.backward()
    assert float(found.detach()) == 0 and torch.isfinite(student_map.grad).all()


def test_a_hint_map_turns_the_students_channels_into_the_teachers():
    student_map, teacher_map = maps(8, 3, 4, 4).float(), maps(8, 7, 4, 4, seed=1).float()
    hint_map = HintMap(3, 7)
    assert hint_map(student_map).shape == teacher_map.shape
    assert [parameter.shape for parameter in hint_map.parameters()] == [(7, 3, 1, 1)]
    by_hand = torch.einsum("dc,nchw->ndhw", hint_map.convolution.weight[:, :, 0, 0], student_map)
    torch.testing.assert_close(hint_map(student_map), by_hand)
    optimiser = torch.optim.SGD(hint_map.parameters(), lr=1.0)
    before = hints(hint_map(student_map), teacher_map)
    before.backward()
    optimiser.step()
    assert hints(hint_map(student_map), teacher_map) < before


def test_the_seed_decides_a_hint_map_and_nothing_else_does():
    state = torch.get_rng_state()
    first, again, other = HintMap(3, 7, seed=1), HintMap(3, 7, seed=1), HintMap(3, 7, seed=2)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first.convolution.weight, again.convolution.weight)
    assert not torch.equal(first.convolution.weight, other.convolution.weight)


def test_errors():
    with pytest.raises(ValueError, match="student_map has 3 channels but teacher_map 7.*HintMap"):
        hints(maps(2, 3, 4, 4), maps(2, 7, 4, 4))
    for loss in [hints, attention]:
        with pytest.raises(ValueError, match=r"4×4 places but teacher_map 8×8; pool"):
            loss(maps(2, 3, 4, 4), maps(2, 3, 8, 8))
        with pytest.raises(ValueError, match=r"\[2, 3, 4, 4\] and teacher_map \[1, 3, 4, 4\]"):
            loss(maps(2, 3, 4, 4), maps(1, 3, 4, 4))
        with pytest.raises(ValueError, match=r"must be \[n, c, h, w\]"):
            loss(maps(2, 3), maps(2, 3))
