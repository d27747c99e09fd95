"""The loss mixer computes its numbers, shows them in every state, and needs no Python to move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from ipywidgets import HTML, HBox, RadioButtons, SelectionSlider, VBox
from ipywidgets.embed import dependency_state

from helpers import butterflies, losses, recipes, retrieval, runs
from helpers.course.explorers import loss_mixer
from helpers.course.explorers.loss_mixer import STARTS, Mixture
from helpers.course.explorers.turned_page import page
from helpers.course.figures import alignment, copying, style
from helpers.course.figures.copying import mixing
from helpers.images import ImageSet
from helpers.losses import DISTILLATION
from helpers.recipes import Recipe
from helpers.runs import maps

ANGLES = (0, 45, 90)
LOSSES = ("regression", "triplet", "rkd")
WEIGHTS = ((0.0, 0.5), (0.0, 0.25))
MIXTURES = [Mixture(loss, start) for loss, start in product(LOSSES, STARTS)]
MIXTURES += [
    Mixture("raml", start, pair) for start, pair in product(STARTS, list(product(*WEIGHTS)))
]
STATES = list(product(MIXTURES, ANGLES))
every_state = pytest.mark.parametrize(
    ("mixture", "angle"), STATES, ids=[f"{mixture.title} {angle}" for mixture, angle in STATES]
)
RELATIONAL = ("rkd",)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def rotation(degrees: float) -> np.ndarray:
    """Turns every vector of 16 dimensions by the same angle."""
    quarter, angle = np.kron(np.eye(8), [[0, 1], [-1, 0]]), np.deg2rad(degrees)
    return (np.cos(angle) * np.eye(16) + np.sin(angle) * quarter).astype(np.float32)


TURNS = {angle: rotation(angle) for angle in ANGLES}


@dataclass(frozen=True)
class MadeUp:
    """Of a run what the explorer looks at."""

    recipe: Recipe
    sample: np.ndarray
    metrics: dict[str, float]


def recipe_of(mixture: Mixture) -> Recipe:
    if mixture.weights:
        return recipes.raml_with_weights(*mixture.weights, mixture.start)
    return recipes.copying(mixture.loss, mixture.start)


def made_up_student(number: int, mixture: Mixture, database: alignment.Database) -> MadeUp:
    """The teacher with noise of its own; where the loss is blind, in coordinates of its own."""
    random = np.random.default_rng(number)
    sample = unit(database.vectors[::4] + 0.15 * random.normal(size=(100, 16)))
    if mixture.loss in RELATIONAL:
        sample = sample @ np.linalg.qr(random.normal(size=(16, 16)))[0].astype(np.float32)
    share = (number + 1) / 100
    metrics = {"asymmetric/species/recall@1": share, "symmetric/species/recall@1": share + 0.5}
    return MadeUp(recipe_of(mixture), sample, metrics)


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
def database() -> alignment.Database:
    """400 images of 10 species, each species near a direction of its own."""
    random = np.random.default_rng(0)
    species = np.arange(400) // 40
    vectors = unit(random.normal(size=(10, 16))[species] + 0.3 * random.normal(size=(400, 16)))
    images = ImageSet("made-up", np.zeros((400, 3, 4, 4), np.uint8), species, species // 5)
    return alignment.Database(vectors, vectors[:, :2] * 10, images)


@pytest.fixture(scope="module")
def students(database: alignment.Database) -> dict[Mixture, MadeUp]:
    return {
        mixture: made_up_student(number, mixture, database)
        for number, mixture in enumerate(MIXTURES)
    }


@pytest.fixture(scope="module")
def explorer(students: dict[Mixture, MadeUp], database: alignment.Database) -> VBox:
    return loss_mixer(students.values(), TURNS, database)


def controls(explorer: VBox) -> tuple:
    """The buttons of loss and start, the sliders of λ₁, λ₂ and the angle."""
    buttons, weights, angle = explorer.children[:3]
    first, second = next(each for each in weights.children if isinstance(each, HBox)).children
    return *buttons.children, first, second, angle


def values(control: SelectionSlider | RadioButtons) -> list:
    return [option[1] if isinstance(option, tuple) else option for option in control.options]


def shown(explorer: VBox, mixture: Mixture, angle: int) -> str:
    """The page of a state, by the positions that the controls have for it."""
    loss, start, first, second, turn = controls(explorer)
    found = explorer.children[3].children[values(loss).index(mixture.loss)]
    found = found.children[values(start).index(mixture.start)]
    for slider, weight in zip((first, second), mixture.weights, strict=False):
        found = found.children[values(slider).index(f"{weight:g}")]
    return found.children[values(turn).index(angle)].value


def percentages(text: str) -> list[str]:
    return re.findall(r"([\d.]+) %", text)


# --- what is computed


@pytest.mark.parametrize("angle", ANGLES)
def test_recall_is_that_of_the_two_tests(
    students: dict[Mixture, MadeUp], database: alignment.Database, angle: int
) -> None:
    student, species = students[Mixture("regression", "scratch")], database.images.fine
    queries, rows = student.sample @ TURNS[angle], np.arange(0, 400, 4)
    found = copying.turned(student, TURNS[angle], database)
    scores = retrieval.evaluate(queries, database.vectors, species[rows], species, rows)
    assert found.asymmetric.mean() == scores.recall[1].mean()
    assert (
        found.symmetric.mean() == retrieval.symmetric_test(queries, species[rows]).recall[1].mean()
    )
    places = retrieval.place_on_map(queries, database.vectors, database.positions, rows)[::10]
    low, high = database.positions.min(axis=0), database.positions.max(axis=0)
    assert found.places == pytest.approx(0.03 + 0.94 * (places - low) / (high - low), abs=1e-5)


@pytest.mark.parametrize("mixture", MIXTURES, ids=[mixture.title for mixture in MIXTURES])
def test_only_losses_that_see_coordinates_notice_a_turn(
    students: dict[Mixture, MadeUp], database: alignment.Database, mixture: Mixture
) -> None:
    found = [copying.turned(students[mixture], turn, database) for turn in TURNS.values()]
    rises = np.diff([each.loss for each in found])
    if mixture.loss in RELATIONAL:
        assert rises == pytest.approx(np.zeros(2), abs=1e-5)
    else:
        assert (rises > 0).all()
        assert found[0].asymmetric.mean() > 0.5 > found[-1].asymmetric.mean()
    assert found[0].symmetric.mean() == pytest.approx(found[-1].symmetric.mean(), abs=0.01)


def test_the_loss_is_computed_with_its_own_settings(
    students: dict[Mixture, MadeUp], database: alignment.Database
) -> None:
    batch = np.concatenate([np.arange(5), 50 + np.arange(5)])  # species 0 and 5
    teacher = torch.from_numpy(database.vectors[::4][batch]).reshape(2, 5, 16)
    for mixture in (
        Mixture("raml", "scratch", (0.5, 0.25)),
        Mixture("raml", "teacher", (0.0, 0.0)),
    ):
        sample = students[mixture].sample
        student = torch.from_numpy(sample[batch]).reshape(2, 5, 16)
        expected = losses.raml(student, teacher, *mixture.weights).item()
        assert mixing.loss_of_batch(students[mixture].recipe, sample, database) == expected


def test_a_shipped_sample_answers_as_its_run_did() -> None:
    teacher = runs.get(recipes.teacher(96))
    test = butterflies.load("test", resolution=96)
    database = alignment.Database(teacher.embeddings["test"], maps.get(teacher), test)
    student = runs.get(recipes.copying("rkd"))
    found = copying.turned(student, np.eye(128, dtype=np.float32), database)
    before = student.per_query["asymmetric/species/recall@1"][runs.SAMPLED]
    assert np.mean(found.asymmetric == before) > 0.995, "half precision may swap two near answers"
    assert found.symmetric.mean() > 10 * found.asymmetric.mean(), "the state that it starts in"


# --- each state


@every_state
def test_every_state_says_its_own_numbers(
    students: dict[Mixture, MadeUp], database: alignment.Database, explorer: VBox,
    mixture: Mixture, angle: int,
) -> None:  # fmt: skip
    text, student = shown(explorer, mixture, angle), students[mixture]
    before, now = (copying.turned(student, TURNS[each], database) for each in (0, angle))
    assert f"<b>{mixture.title};<br>{f'turned by {angle}°' if angle else 'not turned'}</b>" in text
    wanted = [
        f"{100 * share:.1f}"
        for test in ("asymmetric", "symmetric")
        for share in (student.metrics[f"{test}/species/recall@1"],
                      getattr(before, test).mean(), getattr(now, test).mean())
    ]  # fmt: skip
    assert percentages(text) == wanted
    bars = re.findall(r"height:8px;width:([\d.]+)%", text)
    assert bars == [wanted[2], wanted[5]], "a bar is as long as its number"
    assert f"{now.loss:.3g}" in text
    assert ("it does not notice" in text) == (mixture.loss in RELATIONAL and angle > 0)
    assert f"●</span> {now.right.sum()} queries" in text
    assert f"✕</span> {(~now.right).sum()} others" in text


@every_state
def test_every_map_has_its_marks_and_words(
    students: dict[Mixture, MadeUp], database: alignment.Database, explorer: VBox,
    mixture: Mixture, angle: int,
) -> None:  # fmt: skip
    text = shown(explorer, mixture, angle)
    now = copying.turned(students[mixture], TURNS[angle], database)
    lines, dots, crosses = re.findall('<path d="([^"]*)"', text)
    assert (lines.count("M"), dots.count("M"), crosses.count("M")) == (
        10, now.right.sum(), (~now.right).sum(),
    )  # fmt: skip
    words = re.search('role="img" aria-label="([^"]+)"', text).group(1)
    turn = f"turned by {angle}°" if angle else "not turned"
    assert f"{mixture.title}, {turn}: {now.right.sum()} of them" in words
    first = re.match(r"M(\d+) (\d+)L", lines).groups()
    assert np.array(first, int) == pytest.approx(now.places[0] * (440, -400) + (0, 400), abs=0.51)


def test_no_two_states_look_alike(explorer: VBox) -> None:
    assert len({shown(explorer, *state) for state in STATES}) == len(STATES)


def test_a_loss_of_nothing_has_no_ratio(database: alignment.Database) -> None:
    right = np.ones(100, bool)
    nothing, something = (
        copying.Turned(right, right, loss, np.zeros((10, 2))) for loss in (0.0, 0.5)
    )
    metrics = {f"{test}/species/recall@1": 1.0 for test in ("asymmetric", "symmetric")}
    text = page("Triplet", metrics, 45, nothing, something, np.zeros((10, 2)))
    assert "its own loss: 0 before the turn, 0.5 after it" in text and "times" not in text
    text = page("Triplet", metrics, 45, nothing, nothing, np.zeros((10, 2)))
    assert "it does not notice" in text


# --- the controls


def test_it_starts_where_the_point_shows(explorer: VBox) -> None:
    assert [control.value for control in controls(explorer)] == ["rkd", "scratch", "0", "0", 0]
    assert all(control.description for control in controls(explorer))
    assert explorer.children[3].selected_index == LOSSES.index("rkd")


def test_the_controls_have_every_value(explorer: VBox) -> None:
    loss, start, first, second, angle = controls(explorer)
    assert values(loss) == [*LOSSES, "raml"] and values(start) == list(STARTS)
    assert values(first) == ["0", "0.5"] and values(second) == ["0", "0.25"]
    assert values(angle) == list(ANGLES)
    assert [label for label, _ in loss.options] == [
        DISTILLATION[each].title for each in values(loss)
    ]


def test_weights_are_offered_for_raml_only(explorer: VBox) -> None:
    (loss, *_), weights = controls(explorer), explorer.children[1]
    for name, below in zip(values(loss), weights.children, strict=True):
        assert isinstance(below, HBox if name == "raml" else HTML)
        assert name == "raml" or "has none" in below.value


def test_the_browser_links_every_control_to_every_stack(explorer: VBox) -> None:
    state = dependency_state([explorer])
    links = [model["state"] for model in state.values() if model["model_name"] == "LinkModel"]
    ends = {(link["source"][0], link["target"][0]) for link in links}
    loss, start, first, second, angle = controls(explorer)
    front = explorer.children[3]
    wanted = [(loss, explorer.children[1]), (loss, front)]
    for of_loss, name in zip(front.children, values(loss), strict=True):
        wanted.append((start, of_loss))
        for of_start in of_loss.children:
            of_weights = [of_start]
            if name == "raml":
                wanted.append((first, of_start))
                wanted += [(second, of_first) for of_first in of_start.children]
                of_weights = [each for of_first in of_start.children for each in of_first.children]
            wanted += [(angle, each) for each in of_weights]
    names = {(f"IPY_MODEL_{a.model_id}", f"IPY_MODEL_{b.model_id}") for a, b in wanted}
    assert ends == names and len(links) == len(names)
    assert all(link["source"][1] == "index" for link in links)
    assert all(link["target"][1] == "selected_index" for link in links)


@every_state
def test_every_value_is_allowed(explorer: VBox, mixture: Mixture, angle: int) -> None:
    loss, start, first, second, turn = controls(explorer)
    before = [control.value for control in controls(explorer)]
    loss.value, start.value, turn.value = mixture.loss, mixture.start, angle
    for slider, weight in zip((first, second), mixture.weights, strict=False):
        slider.value = f"{weight:g}"
    for control, value in zip(controls(explorer), before, strict=True):
        control.value = value


def test_the_notes_say_how_it_was_counted(explorer: VBox) -> None:
    text = explorer.children[4].value
    assert "100 of the 400 queries" in text and "how far apart things lie means nothing" in text
    assert percentages(text) == [f"{100 * 39 / 399:.1f}"], "39 of the other 399 are of its species"
    assert text.count("data:image/png;base64,") == 1, "one map for all pages"


# --- the static picture


def test_the_static_maps_show_each_angle_and_both_tests(
    students: dict[Mixture, MadeUp], database: alignment.Database
) -> None:
    rows = {
        loss: {
            angle: copying.turned(students[Mixture(loss, "scratch")], turn, database)
            for angle, turn in TURNS.items()
        }
        for loss in ("regression", "rkd")
    }
    figure = copying.turned_maps(rows, database)
    assert len(figure.axes) == 6
    for axes, found in zip(figure.axes[:3], rows["regression"].items(), strict=True):
        angle, now = found
        title = axes.get_title(loc="left")
        assert title == (f"{angle}°: asymmetric {now.asymmetric.mean():.0%}, "
                         f"symmetric {now.symmetric.mean():.0%}")  # fmt: skip
        counts = {line.get_marker(): len(line.get_xdata()) for line in axes.lines
                  if line.get_color() == style.STUDENT and line.get_marker() != "None"}  # fmt: skip
        assert counts == {"o": now.right.sum(), "x": (~now.right).sum()}


# --- bad input


def test_turns_must_begin_with_none(students: dict[Mixture, MadeUp], database) -> None:
    with pytest.raises(ValueError, match=r"turns are of \[45\] degrees; the first must be 0"):
        loss_mixer(students.values(), {45: TURNS[45]}, database)
    with pytest.raises(ValueError, match="the first must be 0"):
        loss_mixer(students.values(), {}, database)


def test_a_missing_student_is_named(students: dict[Mixture, MadeUp], database) -> None:
    gone = Mixture("raml", "teacher", (0.5, 0.25))
    some = [student for mixture, student in students.items() if mixture != gone]
    with pytest.raises(ValueError, match="no student for RAML, λ₁ = 0.5, λ₂ = 0.25, from the"):
        loss_mixer(some, TURNS, database)
    without = [student for mixture, student in students.items() if mixture.loss != "raml"]
    with pytest.raises(ValueError, match="none of the students learned by RAML"):
        loss_mixer(without, TURNS, database)


@pytest.mark.parametrize("start", [("dark_rank", "scratch"), ("rkd", "labels")])
def test_a_start_without_a_student_is_refused(
    students: dict[Mixture, MadeUp], database: alignment.Database, start: tuple[str, str]
) -> None:
    with pytest.raises(ValueError, match="but there are students of"):
        loss_mixer(students.values(), TURNS, database, start)
