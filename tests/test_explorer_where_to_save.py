"""Where to save: every budget shows its best candidates; the button measures, or says why not."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from ipywidgets import VBox
from ipywidgets.embed import embed_data
from PIL import Image

from helpers.course.explorers import latency_button, where_to_save
from helpers.course.explorers.latency_button import BATCHES, ROUNDS, LatencyButton, measure
from helpers.course.figures import budgets, style
from helpers.course.figures.budgets import Candidate, Estimate, best_under, choose, in_words

TESTS = ("asymmetric", "symmetric")
STARTS = ("best start", "scratch")
LIMITS = {"1.0 M": 1.0, "5.2 M": 5.2, "10.2 M": 10.2, "80.0 M": 80.0}
RECALLS = {  # by start, of each candidate, in percent, asymmetric; symmetric is 5 higher
    "best start": {"image 5": 50, "narrow 5": 40, "shallow 5": 45, "image 10": 70, "narrow 10": 72,
                   "shallow 10": 65, "teacher 80": 90},
    "scratch": {"image 5": 30, "narrow 5": 35, "shallow 5": 25, "image 10": 60, "narrow 10": 55,
                "shallow 10": 59, "teacher 80": 90},
}  # fmt: skip
MACS = {"image": 0.0, "narrow": 0.1, "shallow": 0.2, "teacher": 0.0}  # besides the budget's

every_state = pytest.mark.parametrize(("start", "label"), list(product(STARTS, LIMITS)))


def made_up(name: str, percent: float) -> Candidate:
    """A candidate of two seeds and 100 queries that is right on the first so many of them."""
    way, budget = name.split()
    right = {
        test: np.tile(np.arange(100) < percent + 5 * (test == "symmetric"), (2, 1)).astype(float)
        for test in TESTS
    }
    recall = {test: Estimate(100 * each.mean(), 100 * each.mean() - 1, 100 * each.mean() + 2)
              for test, each in right.items()}  # fmt: skip
    kind = "small image" if way == "image" else way
    return Candidate(kind, int(budget), float(budget) + MACS[way], right, recall)


def ahead(first: Candidate, second: Candidate, test: str) -> Estimate:
    difference = 100 * (first.answers[test] - second.answers[test]).mean()
    return Estimate(difference, difference - 3, difference + 3)


@pytest.fixture(scope="module", autouse=True)
def drawn_as_in_the_notebook() -> Iterator[None]:
    with plt.rc_context():
        style.use()
        yield


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def starts() -> dict[str, list[Candidate]]:
    return {
        start: [made_up(name, percent) for name, percent in recalls.items()]
        for start, recalls in RECALLS.items()
    }


@pytest.fixture(scope="module")
def queries(starts: dict) -> dict:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1))
    return {(each.way, each.budget): (network, 8) for each in starts["scratch"]}


@pytest.fixture(scope="module")
def explorer(starts: dict, queries: dict) -> VBox:
    return where_to_save(starts, LIMITS, ahead, queries, start=("scratch", "10.2 M"))


def page(explorer: VBox, start: str, label: str) -> str:
    choice, slider, front = explorer.children[0].children
    return front.children[choice.options.index(start)].children[slider.options.index(label)].value


def words(page: str) -> str:
    return re.search('alt="([^"]+)"', page).group(1)


def picture(page: str) -> Image.Image:
    code = re.search('base64,([^"]+)', page).group(1)
    return Image.open(io.BytesIO(base64.b64decode(code)))


def texts(figure: plt.Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


# --- what a budget buys


def test_nobody_within_a_budget_is_better_than_the_best(starts: dict) -> None:
    for candidates, test in product(starts.values(), TESTS):
        assert best_under(candidates, 4.9, test) is None
        for budget in (5.0, 5.15, 10.1, 200):
            affordable = [each for each in candidates if each.macs <= budget]
            found = best_under(candidates, budget, test)
            assert found in affordable
            assert found.recall[test].mean == max(each.recall[test].mean for each in affordable)


def test_a_choice_knows_both_sides_and_where_the_tread_ends(starts: dict) -> None:
    choice = choose(starts["best start"], 7.0, "asymmetric", ahead)
    assert (choice.image.name, choice.network.name) == ("small image, 5 px", "shallow network")
    assert choice.best is choice.image and choice.lead.mean == pytest.approx(5)
    assert choice.better_from == 10.0, "the 10 px image recalls more than the 5 px one"
    assert choose(starts["best start"], 80.0, "symmetric", ahead).better_from is None


def test_the_teacher_is_neither_image_nor_network(starts: dict) -> None:
    choice = choose(starts["scratch"], 80.0, "asymmetric", ahead)
    assert choice.best.way == "teacher"
    assert (choice.image.budget, choice.network.way) == (10, "shallow")


def test_words_say_who_is_ahead_and_how_sure_that_is(starts: dict) -> None:
    duel, more = in_words(choose(starts["best start"], 5.2, "asymmetric", ahead))
    assert duel == (
        "asymmetric test: small image, 5 px (50.0 % for 5.0 M) against shallow network (45.0 % "
        "for 5.2 M): image ahead, difference +5.0 points (+2.0 to +8.0)."
    )
    assert more == "From 5.0 M to 10.0 M, more MACs buy nothing."


@pytest.mark.parametrize(
    ("lead", "verdict"),
    [(-2.0, "undecided, difference −2.0 points (−5.0 to +1.0)"),
     (-4.0, "network ahead, difference −4.0 points (−7.0 to −1.0)")],
)  # fmt: skip
def test_words_of_a_verdict_follow_the_interval(starts: dict, lead: float, verdict: str) -> None:
    def given(*_: object) -> Estimate:
        return Estimate(lead, lead - 3, lead + 3)

    duel, _ = in_words(choose(starts["scratch"], 5.2, "symmetric", given))
    assert duel.endswith(f": {verdict}.")


def test_words_are_honest_where_little_is_to_be_had(starts: dict) -> None:
    candidates = starts["best start"]
    (nothing,) = in_words(choose(candidates, 1.0, "symmetric", ahead))
    assert nothing.endswith("no candidate costs so little; the cheapest takes 5.0 M MACs.")
    one_side, _ = in_words(choose(candidates, 5.05, "symmetric", ahead))
    assert one_side == "symmetric test: small image, 5 px (55.0 % for 5.0 M)."
    _, last = in_words(choose(candidates, 99.0, "asymmetric", ahead))
    assert last == (
        "The best at any price is within the budget: teacher on the full image (90.0 % for 80.0 M)."
    )
    only_teacher, _ = in_words(choose(candidates[-1:], 99.0, "asymmetric", ahead))
    assert only_teacher == "asymmetric test: no student costs so little."


# --- pictures


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("budget", LIMITS.values())
def test_a_frame_rings_the_best_and_draws_the_tread(
    starts: dict, start: str, budget: float
) -> None:
    every = [each for candidates in starts.values() for each in candidates]
    figure = budgets.savings(starts[start], budget, ahead, every)
    for axes, test in zip(figure.axes, TESTS, strict=True):
        choice = choose(starts[start], budget, test, ahead)
        rings = {tuple(line.get_xydata()[0]) for line in axes.lines if line.get_markersize() == 15}
        chosen = [each for each in (choice.image, choice.network) if each]
        assert rings == {(each.macs, each.recall[test].mean) for each in chosen}
        for each in chosen:
            low, high = each.recall[test].low, each.recall[test].high
            assert f"{each.name}\n{low + 1:.1f} % ({low:.1f} to {high:.1f})" in texts(figure)
        treads = [line.get_xydata() for line in axes.lines if line.get_linewidth() == 7]
        assert len(treads) == (choice.best is not None)
        if choice.best:
            end = choice.better_from or axes.get_xlim()[1]
            level = choice.best.recall[test].mean
            assert treads[0] == pytest.approx(np.array([(choice.best.macs, level), (end, level)]))
        assert f"budget {budget:.1f} M" in texts(figure)


def test_frames_of_all_states_share_their_scales(starts: dict) -> None:
    every = [each for candidates in starts.values() for each in candidates]
    figures = [
        budgets.savings(candidates, budget, ahead, every)
        for candidates in starts.values()
        for budget in LIMITS.values()
    ]
    for place in range(len(TESTS)):
        scales = {(*f.axes[place].get_xlim(), *f.axes[place].get_ylim()) for f in figures}
        assert len(scales) == 1


def test_stairs_climb_to_the_best_of_each_side(starts: dict) -> None:
    figure = budgets.stairs(starts)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        f"{test} test, {start}" for start in STARTS for test in TESTS
    ]
    axes = figure.axes[0]
    drawn = [[tuple(point) for point in line.get_xydata()] for line in axes.lines]
    end = axes.get_xlim()[1]
    assert [(5.0, 50), (10.0, 70), (end, 70)] in drawn
    assert [(5.1, 40), (5.2, 45), (10.1, 72), (10.2, 72), (end, 72)] in drawn


# --- the explorer


@every_state
def test_each_page_says_what_its_budget_buys(
    starts: dict, explorer: VBox, start: str, label: str
) -> None:
    said = words(page(explorer, start, label))
    assert f"start: {start}; budget (MACs): {label}." in said
    for test in TESTS:
        for sentence in in_words(choose(starts[start], LIMITS[label], test, ahead)):
            assert sentence in said


def test_pages_differ_and_have_one_size(explorer: VBox) -> None:
    drawn = [picture(page(explorer, *state)) for state in product(STARTS, LIMITS)]
    assert len({each.tobytes() for each in drawn}) == len(drawn)
    assert len({each.size for each in drawn}) == 1


def test_it_starts_where_it_is_told(explorer: VBox) -> None:
    choice, slider, front = explorer.children[0].children
    assert (choice.value, slider.value) == ("scratch", "10.2 M")
    assert front.selected_index == 1
    assert {stack.selected_index for stack in front.children} == {2}
    assert choice.description and slider.description


def test_every_value_is_allowed_and_the_browser_turns_the_pages(explorer: VBox) -> None:
    choice, slider, front = explorer.children[0].children
    state = embed_data([explorer])["manager_state"]["state"]
    links = [each["state"] for each in state.values() if each["model_name"] == "LinkModel"]
    ends = {(link["source"][0], link["target"][0]) for link in links}
    name = "IPY_MODEL_{}".format
    assert (name(choice.model_id), name(front.model_id)) in ends
    for stack in front.children:
        assert (name(slider.model_id), name(stack.model_id)) in ends
    for choice.value, slider.value in product(STARTS, LIMITS):
        assert front.selected_index == 1, "Python has no part in it"
    choice.value, slider.value = "scratch", "10.2 M"


def test_a_pair_that_several_budgets_share_is_compared_once(starts: dict, queries: dict) -> None:
    asked = []

    def counted(*pair: object) -> Estimate:
        asked.append(pair)
        return ahead(*pair)

    one_start = {"scratch": starts["scratch"]}
    where_to_save(one_start, {"6 M": 6.0, "7 M": 7.0}, counted, queries, ("scratch", "6 M"))
    assert len(asked) == len(set(asked)) == len(TESTS)


@pytest.mark.parametrize(
    ("start", "message"),
    [(("warm", "5.2 M"), "start has 'warm', but there is best start, scratch"),
     (("scratch", "3 M"), "start has '3 M', but there is 1.0 M")],
)  # fmt: skip
def test_an_unknown_start_is_refused(
    starts: dict, queries: dict, start: tuple[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        where_to_save(starts, LIMITS, ahead, queries, start)


def test_missing_candidates_budgets_and_queries_are_refused(starts: dict, queries: dict) -> None:
    with pytest.raises(ValueError, match="no candidates for 'scratch'"):
        where_to_save({**starts, "scratch": []}, LIMITS, ahead, queries, ("scratch", "5.2 M"))
    with pytest.raises(ValueError, match="there is nothing"):
        where_to_save(starts, {}, ahead, queries, ("scratch", "5.2 M"))
    with pytest.raises(ValueError, match=r"no network for \[\('small image', 5\)"):
        where_to_save(starts, {"7 M": 7.0}, ahead, {}, ("scratch", "7 M"))


# --- the button


@pytest.fixture
def button(starts: dict, queries: dict) -> LatencyButton:
    return LatencyButton(starts["best start"], queries)


def test_every_query_is_measured_in_every_batch(queries: dict) -> None:
    threads, ticks = torch.get_num_threads(), []
    found = measure(queries, rounds=2, after_each=lambda: ticks.append(torch.get_num_threads()))
    assert list(found) == list(BATCHES) and all(
        list(each) == list(queries) for each in found.values()
    )
    assert all(time > 0 for by_key in found.values() for time in by_key.values())
    assert ticks == [1] * (len(BATCHES) * 2 * len(queries)), "on one core"
    assert torch.get_num_threads() == threads, "as it was before"


def test_the_least_time_counts_and_is_that_of_one_image(
    queries: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.9, 64.0, 0.4, 96.0, 0.6, 32.0])  # instead of a clock no test should trust
    monkeypatch.setattr(latency_button, "latency", lambda *_, **__: next(clock))
    one = {("small image", 5): queries["small image", 5]}
    found = measure(one, rounds=3)
    assert found == {1: {("small image", 5): 400.0}, 32: {("small image", 5): 1000.0}}


def test_without_a_kernel_the_button_says_what_it_needs(button: LatencyButton) -> None:
    assert "needs a running notebook" in button.words.value
    assert not button.button.disabled and button.progress.layout.display == "none"
    assert button.result.children == ()


def test_pressing_shows_the_times_of_every_candidate(
    button: LatencyButton, starts: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {1: 0.002, 32: 0.032}

    def slow_teacher(network: object, side: int, batch: int, repeats: int) -> float:
        assert button.button.disabled and button.progress.layout.display is None
        assert button.words.value == "Measuring …"
        place = button.progress.value % len(button.queries)
        return seconds[batch] * (1 + (place == len(button.queries) - 1))

    monkeypatch.setattr(latency_button, "latency", slow_teacher)
    button.button.click()
    (shown,) = button.result.children
    said = words(shown.value)
    for each in starts["best start"][:-1]:
        timed = "2.00 ms one query at a time, 1.00 ms 32 queries at a time"
        assert f"{each.name} ({each.macs:.1f} M MACs): {timed}" in said
    assert "teacher on the full image (80.0 M MACs): 4.00 ms one query at a time, 2.00 ms" in said
    assert button.progress.value == button.progress.max == len(BATCHES) * ROUNDS * 7
    assert not button.button.disabled and button.progress.layout.display == "none"
    assert button.words.value == (
        "The cheapest candidate takes 16.0 times fewer MACs than the dearest, and is 2.0 times "
        "faster, one query at a time; 2.0 times faster, 32 queries at a time."
    )


def test_pressing_really_measures(button: LatencyButton) -> None:
    button.press()
    (shown,) = button.result.children
    assert picture(shown.value).width > 500 and "times fewer MACs" in button.words.value


def test_an_error_is_shown_and_the_button_can_be_pressed_again(
    button: LatencyButton, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> float:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(latency_button, "latency", broken)
        button.press()
    (shown,) = button.result.children
    assert "RuntimeError: out of memory" in shown.outputs[0]["text"]
    assert button.words.value == "The measurement failed:"
    assert not button.button.disabled and button.progress.layout.display == "none"
    button.press()
    assert "times fewer MACs" in button.words.value
