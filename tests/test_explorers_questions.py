"""The explorers of notebooks 00 and 01 show true numbers in every position of their controls."""

from __future__ import annotations

import base64
import io
import re
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from ipywidgets import VBox
from matplotlib.figure import Figure
from PIL import Image
from torch.nn import functional

from helpers import butterflies, losses, retrieval
from helpers.butterflies.places import details, telling_details
from helpers.course.explorers import (
    SETTINGS,
    TRAPS,
    could_you_tell,
    how_a_loss_pulls,
    pull_of,
    recall_by_hand,
)
from helpers.course.explorers.how_a_loss_pulls import frames_of as frames_of_loss
from helpers.course.explorers.recall_by_hand import frames_of as frames_of_trap
from helpers.course.figures import guessing
from helpers.course.figures.guessing import Sisters
from helpers.images import ImageSet


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


def alts(explorer: VBox) -> list[str]:
    values = [page.value for stack in explorer.children[2].children for page in stack.children]
    return [re.search('alt="([^"]*)"', value).group(1) for value in values]


def pictures(explorer: VBox) -> list[bytes]:
    values = [page.value for stack in explorer.children[2].children for page in stack.children]
    codes = [re.search('base64,([^"]+)', value).group(1) for value in values]
    return [Image.open(io.BytesIO(base64.b64decode(c))).convert("RGB").tobytes() for c in codes]


# --- could you tell?

SISTERS = Sisters((55, 59), query=1, examples=(4, 6))
TRUTHS = {96: 0, 32: 1, 12: 0}


def test_details_that_tell_are_the_finer_ones() -> None:
    widths = telling_details(55, 59)
    ours, theirs = (details(butterflies.species(number).marks) for number in (55, 59))
    assert widths["veins"] == theirs["veins"] and "veins" not in ours
    assert widths["eyespot_rings"] == min(ours["eyespot_rings"], theirs["eyespot_rings"])
    assert "discal" in ours and "discal" not in widths, "both species have the same"


def test_twins_are_the_query_in_the_marks_of_each() -> None:
    first, second = SISTERS.twins(96)
    assert np.array_equal(first, butterflies.draw(55, 1, 96))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(("resolution", "truth"), TRUTHS.items())
def test_the_question_hides_the_answer_and_the_answer_gives_it(resolution: int, truth: int) -> None:
    asked = guessing.question(SISTERS, resolution, truth)
    told = guessing.answer(SISTERS, resolution, truth)
    query = SISTERS.twins(resolution)[truth].transpose(1, 2, 0)
    for figure in (asked, told):
        assert np.array_equal(figure.axes[0].images[0].get_array(), query)
    assert "✓" not in words(asked) and "It is" not in words(asked)
    name = SISTERS.names[truth]
    assert f"It is {name}" in words(told) and f"✓ as {name}, {resolution} px" in words(told)
    signs = [(axes.get_title() or axes.get_title("left"))[0] for axes in told.axes[1:3]]
    assert signs[truth] == "✓" and signs[1 - truth] == "✗"


def test_rings_fade_and_are_dotted_under_a_pixel() -> None:
    strengths = {}
    for resolution in TRUTHS:
        circles = guessing.answer(SISTERS, resolution, 0).axes[1].patches
        strengths[resolution] = [circle.get_alpha() for circle in circles]
        dotted = [circle.get_linestyle() != "-" for circle in circles]
        assert dotted == [strength < 1 for strength in strengths[resolution]]
    assert set(strengths[96]) == {1.0}
    veins = telling_details(55, 59)["veins"]
    assert min(strengths[12]) == pytest.approx(6 * veins)
    assert all(a >= b for a, b in zip(strengths[96], strengths[12], strict=True))


def test_bars_are_as_long_as_the_marks_are_wide() -> None:
    bars = [bar for bar in guessing.answer(SISTERS, 32, 0).axes[4].patches]
    lengths = [bar.get_width() for bar in bars]
    assert lengths == pytest.approx(sorted(SISTERS.pixels(32).values()))
    assert [bool(bar.get_hatch()) for bar in bars] == [length < 1 for length in lengths]


def test_all_queries_stand_in_the_static_picture() -> None:
    drawn = [axes.images[0].get_array() for axes in guessing.queries(SISTERS, TRUTHS).axes]
    expected = [SISTERS.twins(size)[truth] for size, truth in TRUTHS.items()]
    for shown, image in zip(drawn[2:], expected, strict=True):
        assert np.array_equal(shown, image.transpose(1, 2, 0))


def test_guess_and_answer_for_every_resolution() -> None:
    explorer = could_you_tell(SISTERS, TRUTHS, start=32)
    assert explorer.children[0].options == ("hidden", "shown")
    assert explorer.children[1].options == ("96 px", "32 px", "12 px")
    assert (explorer.children[0].index, explorer.children[1].index) == (0, 1)
    assert len(set(pictures(explorer))) == len(set(alts(explorer))) == 6
    hidden, shown = alts(explorer)[:3], alts(explorer)[3:]
    assert all("species is the query" in alt and "It is" not in alt for alt in hidden)
    for alt, truth in zip(shown, TRUTHS.values(), strict=True):
        assert f"It is {SISTERS.names[truth]}" in alt
    with pytest.raises(ValueError, match="start is 5 px"):
        could_you_tell(SISTERS, TRUTHS, start=5)


# --- how does a loss pull?

MARGINS = (0, 0.5, 1)
LABELS = torch.arange(6) % 3
POINTS = functional.normalize(torch.randn(6, 2, generator=torch.Generator().manual_seed(1)), dim=1)


@pytest.mark.parametrize("margin", MARGINS)
@pytest.mark.parametrize("name", SETTINGS)
def test_arrows_are_minus_the_gradient_along_the_circle(name: str, margin: float) -> None:
    """Turning one point a little changes the loss by its arrow's part along the turn."""
    setting, pairs, small = SETTINGS[name], losses.pairs_of(LABELS), 1e-5
    points = functional.normalize(POINTS.double(), dim=1)
    arrows = pull_of(points, LABELS, setting, margin).arrows
    assert np.allclose((arrows * points.numpy()).sum(axis=1), 0, atol=1e-9), "none leaves it"
    for row in range(len(points)):
        along = torch.stack([-points[row, 1], points[row, 0]])
        values = []
        for way in (small, -small):
            moved = points.clone()
            moved[row] = functional.normalize(points[row] + way * along, dim=0)
            values.append(setting.loss(moved, moved, pairs, margin).item())
        slope = (values[0] - values[1]) / (2 * small)
        assert -slope == pytest.approx(arrows[row] @ along.numpy(), abs=1e-6)


@pytest.mark.parametrize("name", SETTINGS)
def test_following_the_arrows_lowers_the_loss(name: str) -> None:
    setting, pairs = SETTINGS[name], losses.pairs_of(LABELS)
    pull = pull_of(POINTS, LABELS, setting, 0.5)
    later = torch.from_numpy(pull.later)
    assert setting.loss(POINTS, POINTS, pairs, 0.5).item() == pytest.approx(pull.loss)
    assert setting.loss(later, later, pairs, 0.5).item() < pull.loss
    assert np.allclose(np.linalg.norm(pull.later, axis=1), 1, atol=1e-5)


def test_settings_are_the_losses_they_name() -> None:
    pairs = losses.pairs_of(LABELS)
    expected = {
        "contrastive": losses.contrastive(POINTS, POINTS, pairs, 0.3),
        "triplet": losses.triplet(POINTS, POINTS, pairs, 0.3),
        "multi-similarity, β = 40": losses.multi_similarity(POINTS, POINTS, pairs, threshold=0.3),
        "multi-similarity, β = 4": losses.multi_similarity(
            POINTS, POINTS, pairs, negative_scale=4.0, threshold=0.3
        ),
    }
    assert {n: s.loss(POINTS, POINTS, pairs, 0.3) for n, s in SETTINGS.items()} == expected


@pytest.mark.parametrize("name", SETTINGS)
def test_frames_print_the_loss_and_its_strongest_pull(name: str) -> None:
    for label, figure in frames_of_loss(POINTS, LABELS, name, SETTINGS[name], MARGINS).items():
        pull = pull_of(POINTS, LABELS, SETTINGS[name], float(label))
        assert f"= {label}: loss {pull.loss:.3f}" in figure.get_suptitle()
        assert f"strongest: {pull.strongest:.2f}" in words(figure)


def test_points_without_a_pull_are_ringed_and_counted() -> None:
    """Two classes on opposite sides: all triplets are in order."""
    angles = torch.tensor([0.0, 0.2, 3.0, 3.3])
    points, labels = torch.stack([angles.cos(), angles.sin()], dim=1), torch.arange(4) // 2
    silent = frames_of_loss(points, labels, "triplet", SETTINGS["triplet"], (0,))["0"]
    loud = frames_of_loss(points, labels, "contrastive", SETTINGS["contrastive"], (0,))["0"]
    assert "left alone:\n4 of 4 points" in words(silent) and "left alone" not in words(loud)


def test_every_loss_and_margin_has_its_picture() -> None:
    explorer = how_a_loss_pulls(POINTS, LABELS, MARGINS, start=("triplet", 0.5))
    assert explorer.children[0].options == tuple(SETTINGS)
    assert explorer.children[1].options == ("0", "0.5", "1")
    assert (explorer.children[0].value, explorer.children[1].value) == ("triplet", "0.5")
    count = len(SETTINGS) * len(MARGINS)
    assert len(set(pictures(explorer))) == len(set(alts(explorer))) == count


# --- Recall@K by hand

KS = (1, 2, 3)
FINE = np.repeat(np.arange(4), 3)
HONEST, SELF, TIES = TRAPS
# Twelve points that are not sorted by species; in two decimals of cosines none of them tie.
SCATTERED = functional.normalize(
    torch.randn(12, 4, generator=torch.Generator().manual_seed(3)), dim=1
).numpy()


@pytest.fixture(scope="module")
def images() -> ImageSet:
    pixels = np.random.default_rng(0).integers(0, 255, (12, 3, 8, 8), dtype=np.uint8)
    return ImageSet("trial", pixels, FINE, FINE // 2)


def test_honest_counting_is_that_of_the_course() -> None:
    expected = retrieval.symmetric_test(SCATTERED, FINE, KS).mean()
    counted = TRAPS[HONEST].answers(SCATTERED, FINE)
    assert [counted.recall(k) for k in KS] == [expected[f"recall@{k}"] for k in KS]
    assert 0 < counted.recall(1) < 1


def test_a_query_that_finds_itself_is_always_right() -> None:
    with pytest.warns(UserWarning, match="finds itself"):
        expected = retrieval.evaluate(SCATTERED, SCATTERED, FINE, FINE, ks=KS).mean()
    counted = TRAPS[SELF].answers(SCATTERED, FINE)
    assert [counted.recall(k) for k in KS] == [expected[f"recall@{k}"] for k in KS] == [1.0] * 3
    assert np.array_equal(counted.found[:, 0], np.arange(12))


def test_ties_flatter_or_cost_and_the_truth_lies_between() -> None:
    lucky = TRAPS[TIES].answers(SCATTERED, FINE)
    unlucky = TRAPS[TIES].honest.answers(SCATTERED, FINE)
    truth = TRAPS[HONEST].answers(SCATTERED, FINE)
    for k in KS:
        assert unlucky.recall(k) <= truth.recall(k) <= lucky.recall(k)
    assert unlucky.recall(1) < lucky.recall(1)
    assert TRAPS[TIES].decimals == TRAPS[TIES].honest.decimals == 1


def test_a_network_that_says_the_same_for_all_is_found_out() -> None:
    same = np.tile(np.float32([[1, 0]]), (12, 1))
    assert TRAPS[HONEST].answers(same, FINE).recall(1) == 0
    assert TRAPS[TIES].answers(same, FINE).recall(1) == 1


@pytest.mark.parametrize("name", TRAPS)
def test_frames_print_both_numbers_and_pale_what_does_not_count(
    name: str, images: ImageSet
) -> None:
    counting, query = TRAPS[name], 5
    counted, honest = (c.answers(SCATTERED, FINE) for c in (counting, counting.honest))
    figures = frames_of_trap(name, counting, query, SCATTERED, images, KS)
    for k, figure in zip(KS, figures.values(), strict=True):
        title = figure.get_suptitle()
        assert f"Recall@{k} over 12 queries: {100 * counted.recall(k):.1f} %" in title
        trapped = f"counted honestly: {100 * honest.recall(k):.1f} %"
        assert (trapped in title) == (name != HONEST)
        shown = figure.axes[1:]
        assert [axis.images[0].get_alpha() for axis in shown] == [None] * k + [0.25] * (5 - k)
        for axis, row in zip(shown, counted.found[query], strict=False):
            assert np.array_equal(axis.images[0].get_array(), images.images[row].transpose(1, 2, 0))
            sign = axis.get_title() or axis.get_title("left")
            assert sign.startswith("✓" if FINE[row] == FINE[query] else "✗")
            assert ("itself" in sign) == (row == query)
        found = counted.first_hit[query] < k
        assert figure.axes[0].get_xlabel() == ("found" if found else "not found")
        assert f"trap: {name}" in words(figure)


def test_every_trap_and_k_has_its_picture(images: ImageSet) -> None:
    explorer = recall_by_hand(5, SCATTERED, images, KS, start=(SELF, 2))
    assert explorer.children[0].options == tuple(TRAPS)
    assert (explorer.children[0].value, explorer.children[1].value) == (SELF, "K = 2")
    assert len(set(pictures(explorer))) == len(set(alts(explorer))) == 9
    recalls = [TRAPS[SELF].answers(SCATTERED, FINE).recall(k) for k in KS]
    assert all(a <= b for a, b in pairwise(recalls))
