"""Explorer: what a student copied, and what a turn of its space does to tests, loss and map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from ipywidgets import HTML, HBox, Layout, RadioButtons, SelectionSlider, Stack, VBox, jslink

from helpers.course.explorers.turned_page import notes, page
from helpers.course.figures.alignment import Database
from helpers.course.figures.copying.mixing import teachers_places, turned
from helpers.losses import DISTILLATION
from helpers.runs import Run

STARTS = {"scratch": "from scratch", "teacher": "from the teacher's weights"}
RAML = "raml"
WEIGHTS = ("weight_student_teacher", "weight_student_student")
PLAIN = {"description_width": "initial"}
NO_WEIGHTS = "λ₁ and λ₂ weigh the relations of RAML; this loss has none to weigh."


class Mixture(NamedTuple):
    """What a student was trained with: a loss, a start, and for RAML its weights λ₁ and λ₂."""

    loss: str
    start: str
    weights: tuple[float, ...] = ()

    @property
    def title(self) -> str:
        """In words."""
        weights = ", λ₁ = {:g}, λ₂ = {:g}".format(*self.weights) if self.weights else ""
        return f"{DISTILLATION[self.loss].title}{weights}, {STARTS.get(self.start, self.start)}"


class Controls(NamedTuple):
    """What the reader chooses."""

    loss: RadioButtons
    start: RadioButtons
    first: SelectionSlider
    second: SelectionSlider
    angle: SelectionSlider


def loss_mixer(
    students: Iterable[Run],
    turns: Mapping[int, np.ndarray],
    database: Database,
    start: tuple[str, str] = ("rkd", "scratch"),
) -> VBox:
    """Loss × start (× weights of RAML) × angle: both tests, the loss and the map.

    Everything is computed here; the browser only turns pages, by mouse or by keyboard.

    Args:
        students: with a sample of their embeddings; one for each loss and start, of RAML also for
            each pair of weights, such as those of ``recipes.mixed()``.
        turns: for each angle in degrees the rotation ``float32 [d, d]``; the first is 0.
        database: the teacher's.
        start: loss and start at first.

    Raises:
        ValueError: turns that do not begin with 0, a missing student, or a start without one.
        RunError: a student is shipped without embeddings.
    """
    if next(iter(turns), None) != 0:
        raise ValueError(f"turns are of {list(turns)} degrees; the first must be 0, before a turn")
    by_mixture = {mixture_of(student): student for student in students}
    require_all(by_mixture)
    controls = _controls(list(by_mixture), list(turns), start)
    ends = teachers_places(database)
    pages, look = {}, Layout()  # one for all pages: each of its own would be saved with them
    for mixture, student in by_mixture.items():
        found = {angle: turned(student, turn, database) for angle, turn in turns.items()}
        for angle, now in found.items():
            words = page(mixture.title, student.metrics, angle, found[0], now, ends)
            pages[mixture, angle] = HTML(words, layout=look)
    return VBox([*_arranged(controls, by_mixture), _front(controls, pages), HTML(notes(database))])


def mixture_of(student: Run) -> Mixture:
    """What a student was trained with."""
    recipe = student.recipe
    settings = dict(recipe.settings)
    weights = tuple(settings[name] for name in WEIGHTS) if recipe.loss == RAML else ()
    return Mixture(recipe.loss, recipe.start, weights)


def require_all(mixtures: Iterable[Mixture]) -> None:
    """Raises ValueError unless there is a student in every position of the controls."""
    found = set(mixtures)
    if not any(mixture.loss == RAML for mixture in found):
        raise ValueError("none of the students learned by RAML; give those of recipes.mixed()")
    wanted = product({each.loss for each in found}, {each.start for each in found})
    missing = [
        mixture.title
        for loss, start in wanted
        for mixture in (Mixture(loss, start, weights) for weights in _weights(found, loss))
        if mixture not in found
    ]
    if missing:
        raise ValueError(f"there is no student for {'; '.join(sorted(missing))}; give one for each "
                         "loss and start, and of RAML for each pair of weights")  # fmt: skip


def _weights(mixtures: Iterable[Mixture], loss: str) -> list[tuple[float, ...]]:
    """Every pair of the weights of RAML; of another loss that there are none."""
    if loss != RAML:
        return [()]
    return list(product(*_values_of_weights(mixtures)))


def _values_of_weights(mixtures: Iterable[Mixture]) -> list[list[float]]:
    """The values of λ₁ and those of λ₂, in order."""
    pairs = [mixture.weights for mixture in mixtures if mixture.loss == RAML]
    return [sorted(set(values)) for values in zip(*pairs, strict=True)]


def _controls(mixtures: Sequence[Mixture], angles: Sequence[int], at: tuple[str, str]) -> Controls:
    losses, starts = (list(dict.fromkeys(mixture[side] for mixture in mixtures)) for side in (0, 1))
    if at[0] not in losses or at[1] not in starts:
        raise ValueError(f"start is {at}, but there are students of {losses} from {starts}")
    # Radio buttons: which one is chosen shows in a dark theme, too; Tab and Space choose another.
    across = {"orientation": "horizontal", "style": PLAIN, "layout": {"width": "auto"}}
    along = {"style": PLAIN, "layout": {"width": "min(100%, 340px)"}}
    first, second = ([f"{v:g}" for v in values] for values in _values_of_weights(mixtures))
    return Controls(
        RadioButtons(options=[(DISTILLATION[loss].title, loss) for loss in losses],
                     index=losses.index(at[0]), description="loss", **across),
        RadioButtons(options=[(STARTS.get(each, each), each) for each in starts],
                     index=starts.index(at[1]), description="start", **across),
        SelectionSlider(options=first, description="λ₁, student to teacher", **along),
        SelectionSlider(options=second, description="λ₂, student to student", **along),
        SelectionSlider(options=[(f"{angle}°", angle) for angle in angles],
                        description="turn the student's space by", **along),
    )  # fmt: skip


def _arranged(controls: Controls, mixtures: Iterable[Mixture]) -> list:
    """The controls one below the other; the weights are shown with RAML only."""
    side_by_side = {"flex_flow": "row wrap", "width": "100%", "grid_gap": "0 32px"}
    sliders = HBox([controls.first, controls.second], layout=side_by_side)
    losses = dict.fromkeys(mixture.loss for mixture in mixtures)
    weights = _stack(controls.loss, [sliders if loss == RAML else HTML(NO_WEIGHTS)
                                     for loss in losses])  # fmt: skip
    buttons = HBox([controls.loss, controls.start], layout=side_by_side)
    return [buttons, weights, controls.angle]


def _stack(control: RadioButtons | SelectionSlider, children: Iterable) -> Stack:
    """Children of which the control shows one; the browser links them, without Python."""
    stack = Stack(list(children), selected_index=control.index)
    jslink((control, "index"), (stack, "selected_index"))
    return stack


def _front(controls: Controls, pages: Mapping[tuple[Mixture, int], HTML]) -> Stack:
    """A stack of losses, each a stack of starts, of RAML's weights, and last of angles."""
    mixtures = list(dict.fromkeys(mixture for mixture, _ in pages))
    losses, starts = (list(dict.fromkeys(mixture[side] for mixture in mixtures)) for side in (0, 1))

    def of_angles(mixture: Mixture) -> Stack:
        return _stack(controls.angle, [shown for (of, _), shown in pages.items() if of == mixture])

    def of_weights(loss: str, start: str) -> Stack:
        if loss != RAML:
            return of_angles(Mixture(loss, start))
        first, second = _values_of_weights(mixtures)
        return _stack(controls.first, [
            _stack(controls.second, [of_angles(Mixture(loss, start, (a, b))) for b in second])
            for a in first
        ])  # fmt: skip

    return _stack(controls.loss, [
        _stack(controls.start, [of_weights(loss, start) for start in starts]) for loss in losses
    ])  # fmt: skip
