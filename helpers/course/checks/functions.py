"""Checks of a function: run it beside the right one, and beside the mistakes often made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from helpers.course.checks.verdicts import (
    UNANSWERED,
    Mistake,
    Verdict,
    WrongAnswer,
    is_missing,
    wrong,
)

Case = tuple[object, ...]

TOLERANCE = 1e-4
"""Relative and absolute: embeddings are float32, and formulas may be summed in another order."""

LEAKS = (
    "The value is right, but a gradient reaches the teacher: training would move the teacher "
    "towards the student. Cut it off."
)
FROZEN = (
    "The value is right, but no gradient reaches the student: training would change nothing. "
    "Compute with tensors all the way, without `detach`, `item` or numpy on the student's side."
)
BREAKS = (
    "The value is right, but its gradient is not finite: the square root of 0 has an infinite "
    "slope, and an image is at distance 0 from itself. `torch.cdist` and `norm` know of that."
)


class _NotAnswered(WrongAnswer):
    """The function has no body yet."""


@dataclass(frozen=True)
class FunctionCheck:
    """The check of one function that a reader writes: ``check(my_function)`` is a `Verdict`.

    Attributes:
        call: how the function is called, as in the exercise's text.
        truth: the right function, from the course's helpers.
        cases: from a seed to the inputs that it is tried with; another seed, other inputs.
        mistakes: the mistakes that the check can name.
        teacher: the place of the teacher's embeddings among the inputs, if no gradient may reach
            them; the student's then come first.
    """

    call: str
    truth: Callable = field(repr=False)
    cases: Callable[[int], list[Case]] = field(repr=False)
    mistakes: tuple[Mistake, ...] = field(repr=False)
    teacher: int | None = None

    def __call__(self, answer: object, seed: int = 0) -> Verdict:
        cases = self.cases(seed)
        verdict = check_function(answer, self.truth, cases, self.mistakes, call=self.call)
        if verdict.right and self.teacher is not None:
            return check_gradient(answer, cases[0], self.teacher)
        return verdict


def check_function(
    answer: object,
    truth: Callable,
    cases: Sequence[Case],
    mistakes: Iterable[Mistake] = (),
    tolerance: float = TOLERANCE,
    call: str = "",
) -> Verdict:
    """Run a function and the right one on copies of each case, and compare what they return.

    Args:
        answer: the function to check; ``...``, None, or a function that returns one of them or
            raises NotImplementedError is no answer yet.
        truth: the right function.
        cases: the arguments of each call.
        mistakes: functions with a mistake in them. Who agrees with one in every case has made it.
        tolerance: relative and absolute.
        call: how the function is called, for the sentence about one that cannot be called so.
    """
    if is_missing(answer):
        return UNANSWERED
    if not callable(answer):
        return wrong("This asks for a function: hand over its name, without calling it.")
    try:
        found = [_numbers(_call(answer, case, call)) for case in cases]
    except _NotAnswered:
        return UNANSWERED
    except WrongAnswer as reason:
        return wrong(str(reason))
    right = [_numbers(truth(*copy.deepcopy(case))) for case in cases]
    if _agree(found, right, tolerance):
        return Verdict(True, f"It agrees with the course's own in all {len(cases)} cases.")
    for mistake in mistakes:
        made = [_numbers(mistake.answer(*copy.deepcopy(case))) for case in cases]
        if _agree(found, made, tolerance):
            return wrong(mistake.says)
    return wrong(_difference(found, right, tolerance))


def check_gradient(answer: Callable, case: Case, teacher: int) -> Verdict:
    """Whether a loss of the right value moves the student, and leaves the teacher alone.

    Args:
        answer: the loss.
        case: its arguments, the student's embeddings first.
        teacher: the place of the teacher's embeddings among them.
    """
    inputs = list(copy.deepcopy(case))
    f, g = inputs[0].requires_grad_(), inputs[teacher].requires_grad_()
    try:
        answer(*inputs).sum().backward()
    except Exception:  # no tensor, or one without a gradient: whatever it says, it means this
        return wrong(FROZEN)
    if f.grad is None or not f.grad.any():
        return wrong(FROZEN)
    if not f.grad.isfinite().all():
        return wrong(BREAKS)
    if g.grad is not None and g.grad.any():
        return wrong(LEAKS)
    return Verdict(True, "Its value agrees with the course's own, and only the student learns.")


def _call(answer: Callable, case: Case, call: str) -> object:
    """The result for a copy of the inputs, which the function must leave as they are."""
    inputs = copy.deepcopy(case)
    try:
        result = answer(*inputs)
    except NotImplementedError as error:
        raise _NotAnswered from error
    except Exception as error:
        said = f"{type(error).__name__}: {error}".strip().splitlines()[0].rstrip(".: ")
        called = f" It is called as `{call}`." if call else ""
        raise WrongAnswer(f"Your function stops with an error, “{said}”.{called}") from error
    if result is Ellipsis:
        raise _NotAnswered
    if result is None:
        raise WrongAnswer("Your function returns nothing: has it a `return`?")
    if not _same(case, inputs):
        raise WrongAnswer(
            "Your function changes its inputs in place. Work on a copy: others still need them."
        )
    return result


def _same(before: object, after: object) -> bool:
    """Whether arrays and tensors, also within tuples, still hold what they held."""
    if isinstance(before, tuple | list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, Tensor | np.ndarray):
        return before.shape == after.shape and bool((before == after).all())
    return True


def _numbers(result: object) -> np.ndarray:
    """What a function returned, as an array to compare."""
    if isinstance(result, Tensor):
        result = result.detach().cpu().numpy()
    try:
        if isinstance(result, str):
            raise ValueError
        return np.asarray(result, dtype=float)
    except (TypeError, ValueError, RuntimeError) as error:
        raise WrongAnswer(
            f"Your function returns `{type(result).__name__}`: a number, an array or a tensor is "
            "asked for."
        ) from error


def _agree(found: list[np.ndarray], wanted: list[np.ndarray], tolerance: float) -> bool:
    return all(_close(a, b, tolerance) for a, b in zip(found, wanted, strict=True))


def _close(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> bool:
    return found.shape == wanted.shape and np.allclose(
        found, wanted, rtol=tolerance, atol=tolerance, equal_nan=True
    )


def _difference(found: list[np.ndarray], right: list[np.ndarray], tolerance: float) -> str:
    """How the results differ from the right ones, in words that give no number away."""
    for result, wanted in zip(found, right, strict=True):
        if result.shape != wanted.shape:
            return _other_shape(result, wanted)
    a, b = (np.concatenate([each.ravel() for each in results]) for results in (found, right))
    if not np.isfinite(a).all():
        return "The result is not finite: is something divided by zero, or a log taken of it?"
    if np.allclose(a, -b, rtol=tolerance, atol=tolerance):
        return "The sign is the other way round."
    factor = a[b != 0] / b[b != 0]
    if len(factor) > 1 and np.allclose(factor, factor[0], rtol=tolerance):
        return "Every result is off by the same factor: look for a number that multiplies all."
    if any(_close(*each, tolerance) for each in zip(found, right, strict=True)):
        return "Right in some cases, not in all: what is special in the others?"
    if (a >= b - tolerance).all() or (a <= b + tolerance).all():
        return f"The results are too {'large' if a.sum() > b.sum() else 'small'} in every case."
    return "The results differ from the right ones, here above and there below."


def _other_shape(found: np.ndarray, wanted: np.ndarray) -> str:
    if wanted.ndim == 0:
        return (
            f"Your function returns {found.size} numbers, in the shape {list(found.shape)}, where "
            "one is asked for. Is a sum or a mean missing?"
        )
    return (
        f"Your function returns the shape {list(found.shape)}, and for these inputs "
        f"{list(wanted.shape)} is asked for."
    )
