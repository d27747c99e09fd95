"""Checks of a single value: a number, or one of several words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from helpers.course.checks.verdicts import UNANSWERED, Mistake, Verdict, is_missing, wrong

# A guess this many times the truth, or this part of it, is not just a little off.
FAR = 3


@dataclass(frozen=True)
class NumberCheck:
    """The check of one number that a reader works out: ``check(my_number)`` is a `Verdict`.

    Attributes:
        truth: the right number.
        tolerance: how far off is still right.
        mistakes: the numbers one gets who makes a mistake, and what to say to them.
    """

    truth: float = field(repr=False)
    tolerance: float
    mistakes: tuple[Mistake, ...] = field(repr=False)

    def __call__(self, guess: object) -> Verdict:
        return check_number(guess, self.truth, self.tolerance, self.mistakes)


def check_number(
    guess: object, truth: float, tolerance: float, mistakes: Iterable[Mistake] = ()
) -> Verdict:
    """Whether a guess is within ``tolerance`` of the truth; else the mistake, or too high or low.

    Args:
        guess: what was answered; ``...`` and None are no answer yet.
        truth: the right number.
        tolerance: how far off is still right, in the unit of the truth.
        mistakes: with a number as ``answer``: what one gets who makes the mistake.
    """
    if is_missing(guess):
        return UNANSWERED
    try:
        value = math.nan if isinstance(guess, str) else float(guess)
    except (TypeError, ValueError, RuntimeError):  # of lists, arrays and tensors of several
        value = math.nan
    if math.isnan(value):
        return wrong(f"This asks for one number, and `{type(guess).__name__}` is none.")
    if abs(value - truth) <= tolerance:
        return Verdict(True, "You have it.")
    for mistake in mistakes:
        if abs(value - mistake.answer) <= tolerance:
            return wrong(mistake.says)
    return wrong(_how_far(value, truth, tolerance))


def check_choice(
    guess: object, truth: object, choices: Sequence[object], mistakes: Iterable[Mistake] = ()
) -> Verdict:
    """Whether a guess is the right one of several choices, such as words.

    Args:
        guess: what was answered; ``...`` and None are no answer yet.
        truth: the right one of the choices.
        choices: all there are.
        mistakes: with a wrong choice as ``answer``, and what speaks against it.

    Raises:
        ValueError: a truth that is not among the choices.
    """
    if truth not in choices:
        raise ValueError(f"truth is {truth!r} but the choices are {list(choices)}")
    if is_missing(guess):
        return UNANSWERED
    if guess not in choices:
        return wrong(f"Choose one of {', '.join(f'`{choice!r}`' for choice in choices)}.")
    if guess == truth:
        return Verdict(True, "You have it.")
    reasons = [mistake.says for mistake in mistakes if mistake.answer == guess]
    return wrong(reasons[0] if reasons else "It is another one.")


def _how_far(value: float, truth: float, tolerance: float) -> str:
    """Too high or too low, without the number."""
    if not math.isfinite(value):
        return "Your number is not finite: is something divided by zero?"
    if abs(value / 100 - truth) <= tolerance or abs(100 * value - truth) <= 100 * tolerance:
        return "Is this a percentage where a fraction is asked for, or the other way round?"
    if value * truth < 0:
        return "The sign is the other one."
    direction = "high" if value > truth else "low"
    small, large = sorted((abs(value), abs(truth)))
    return f"{'Much too' if large > FAR * small else 'Too'} {direction}."
