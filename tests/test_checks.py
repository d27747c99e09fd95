"""The checks of exercises: the right answer passes, and each mistake is called by its name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from helpers import cost
from helpers.course import checks

SEEDS = range(3)


def of_kind(kind: type) -> dict[str, object]:
    return {name: check for name, check in inspect.getmembers(checks) if isinstance(check, kind)}


def with_mistakes(found: dict[str, object]) -> list:
    return [
        pytest.param(check, mistake, id=f"{name}-{number}")
        for name, check in found.items()
        for number, mistake in enumerate(check.mistakes)
    ]


FUNCTIONS, NUMBERS = of_kind(checks.FunctionCheck), of_kind(checks.NumberCheck)
each_function = pytest.mark.parametrize("check", FUNCTIONS.values(), ids=FUNCTIONS)
each_number = pytest.mark.parametrize("check", NUMBERS.values(), ids=NUMBERS)


# --- every check of a function


@each_function
def test_the_right_function_is_right_for_every_seed(check: checks.FunctionCheck) -> None:
    for seed in SEEDS:
        verdict = check(check.truth, seed)
        assert verdict.right, verdict
        verdict.require()


@pytest.mark.parametrize(("check", "mistake"), with_mistakes(FUNCTIONS))
def test_a_mistake_is_called_by_its_name(check, mistake: checks.Mistake) -> None:
    for seed in SEEDS:
        verdict = check(mistake.answer, seed)
        assert not verdict.right and verdict.answered
        assert verdict.says == mistake.says


@each_function
def test_what_is_right_for_one_seed_is_not_for_another(check: checks.FunctionCheck) -> None:
    remembered = [check.truth(*case) for case in check.cases(0)]
    verdict = checks.check_function(one_after_the_other(remembered), check.truth, check.cases(1))
    assert not verdict.right


def one_after_the_other(results: list) -> Callable:
    """A function that does not look at its inputs."""
    waiting = iter(results)
    return lambda *inputs: next(waiting)


@each_function
def test_a_stub_is_not_answered_yet(check: checks.FunctionCheck) -> None:
    def stub(*inputs: object) -> object:
        return ...

    def other_stub(*inputs: object) -> object:
        raise NotImplementedError

    for answer in (..., None, stub, other_stub):
        assert check(answer) == checks.UNANSWERED


@each_function
def test_a_call_is_described_as_the_function_is_called(check: checks.FunctionCheck) -> None:
    names = check.call.partition("(")[2].rstrip(")").split(", ")
    assert all(len(case) == len(names) for case in check.cases(0))


def test_macs_are_those_that_the_course_measures() -> None:
    first, second = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.Conv2d(8, 16, 5, 1, 2, bias=False)
    by_formula = checks.macs_of_convolution.truth
    wanted = by_formula(32, 3, 8, 3, 2) + by_formula(16, 8, 16, 5, 1)
    assert cost.macs(nn.Sequential(first, second), 32) == wanted


# --- what can go wrong with any function


def double(x: torch.Tensor) -> torch.Tensor:
    return 2 * x


def verdict_on(answer: object, truth: Callable = double) -> checks.Verdict:
    cases = [(torch.tensor([1.0, 2.0]),), (torch.tensor([-3.0, 5.0]),)]
    return checks.check_function(answer, truth, cases, call="my_double(x)")


def changed_in_place(x: torch.Tensor) -> torch.Tensor:
    x *= 2
    return x


WRONG = {
    "stops with an error, “TypeError": lambda: 3,
    "It is called as `my_double(x)`": lambda x: x.no_such_thing,
    "returns nothing": lambda x: None,
    "changes its inputs in place": changed_in_place,
    "returns `str`": lambda x: "3",
    "returns `dict`": lambda x: {"x": 3},
    "the shape [1]": lambda x: x[:1],
    "not finite": lambda x: x / 0,
    "The sign": lambda x: -2 * x,
    "the same factor": lambda x: x,
    "Right in some cases": lambda x: 2 * x.abs(),
    "too large": lambda x: 2 * x + 1,
    "too small": lambda x: 2 * x - x.abs(),
    "here above and there below": lambda x: x.square(),
}


@pytest.mark.parametrize(("says", "answer"), WRONG.items(), ids=WRONG)
def test_a_wrong_function_gets_a_sentence(says: str, answer: Callable) -> None:
    verdict = verdict_on(answer)
    assert not verdict.right and says in verdict.says
    assert "Traceback" not in verdict.says
    with pytest.raises(checks.WrongAnswer, match="Not yet"):
        verdict.require()


def test_several_numbers_where_one_is_asked_for() -> None:
    verdict = verdict_on(double, truth=lambda x: x.sum())
    assert "where one is asked for. Is a sum or a mean missing?" in verdict.says


def test_a_number_is_no_function() -> None:
    assert "hand over its name" in verdict_on(3.0).says


def test_no_sentence_gives_the_answer_away() -> None:
    def truth(x: torch.Tensor) -> torch.Tensor:
        return 0 * x + 1234.5

    assert not [
        says for answer in WRONG.values() if "1234" in (says := str(verdict_on(answer, truth)))
    ]


def test_a_list_or_an_array_is_as_good_as_a_tensor() -> None:
    assert verdict_on(lambda x: [2 * float(value) for value in x]).right
    assert verdict_on(lambda x: 2 * x.numpy()).right


def test_the_functions_inputs_are_copies() -> None:
    rows = torch.ones(2)
    checks.check_function(changed_in_place, double, [(rows,)])
    assert torch.equal(rows, torch.ones(2))


# --- gradients


def gap(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    return (student - teacher.detach()).square().sum()


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        (gap, "only the student learns"),
        (lambda f, g: (f - g).square().sum(), "a gradient reaches the teacher"),
        (lambda f, g: gap(g, f), "no gradient reaches the student"),
        (lambda f, g: gap(f, g).item(), "no gradient reaches the student"),
        (lambda f, g: np.square(f.numpy() - g.numpy()).sum(), "no gradient reaches the student"),
        (lambda f, g: gap(f, g) + (f - f).square().sum().sqrt(), "its gradient is not finite"),
    ],
)
def test_only_the_student_may_learn(loss: Callable, says: str) -> None:
    verdict = checks.check_gradient(loss, (torch.rand(3, 2), torch.rand(3, 2)), teacher=1)
    assert says in verdict.says
    assert verdict.right == (loss is gap)


# --- every check of a number


@each_number
def test_the_right_number_is_right(check: checks.NumberCheck) -> None:
    assert check(check.truth).right
    assert check(np.float32(check.truth)).right or abs(check.truth) > 2**24


@pytest.mark.parametrize(("check", "mistake"), with_mistakes(NUMBERS))
def test_a_wrong_number_is_called_by_its_mistake(check, mistake: checks.Mistake) -> None:
    verdict = check(mistake.answer)
    assert not verdict.right and verdict.says == mistake.says


@pytest.mark.parametrize("nothing", [..., None])
@each_number
def test_no_number_is_not_answered_yet(check: checks.NumberCheck, nothing: object) -> None:
    assert check(nothing) == checks.UNANSWERED


@pytest.mark.parametrize(
    ("guess", "says"),
    [
        (41, "Too low."),
        (200, "Much too high."),
        (0.42, "percentage"),
        (4200, "percentage"),
        (-42, "sign"),
        (math.inf, "not finite"),
        ("42", "`str`"),
        ([40, 44], "`list`"),
        (50.0, "a named mistake"),
    ],
)
def test_a_number_is_wrong_in_words(guess: object, says: str) -> None:
    named = [checks.Mistake("a named mistake", 50)]
    verdict = checks.check_number(guess, 42, 0.5, named)
    assert not verdict.right and says in verdict.says and "42" not in verdict.says
    assert checks.check_number(torch.tensor(42.3), 42, 0.5).right


# --- predictions that are compared with a measurement


def test_times_fewer_knows_that_an_image_has_two_sides() -> None:
    assert checks.times_fewer(15, 14.8, (96, 24)).right
    assert "compares the sides" in checks.times_fewer(4, 14.8, (96, 24)).says
    assert "part that is left" in checks.times_fewer(1 / 14.8, 14.8, (96, 24)).says
    assert checks.times_fewer(..., 14.8, (96, 24)) == checks.UNANSWERED


def test_the_wrong_sign_is_worse_than_chance() -> None:
    def verdict(symmetric: object, asymmetric: object) -> checks.Verdict:
        return checks.recall_with_the_wrong_sign(symmetric, asymmetric, recall=97.9, chance=0.98)

    assert verdict(98, 0).right
    assert "(−a)·(−b)" in verdict(0, 0).says
    assert "Chance is what" in verdict(98, 1).says
    assert "keeps its sign" in verdict(98, 97.9).says
    assert verdict(98, ...) == checks.UNANSWERED


def test_fewer_wrong_answers_make_it_easier() -> None:
    assert checks.recall_in_a_smaller_database("rises", measured="rises").right
    for guess in ("falls", "stays"):
        verdict = checks.recall_in_a_smaller_database(guess, measured="rises")
        assert "Who has left" in verdict.says


def test_half_of_the_channels_is_a_quarter_but_for_the_first_layer() -> None:
    assert checks.share_with_half_the_channels(25.6, measured=25.6).right
    for guess, says in ((25, "Which layer"), (50, "both factors"), (12.5, "keeps its size")):
        assert says in checks.share_with_half_the_channels(guess, measured=25.6).says


def test_half_of_the_recall_is_not_half_of_the_cosine() -> None:
    assert checks.angle_of_half_the_recall(70, measured=69).right
    for guess, says in ((60, "A cosine of one half"), (45, "half a right angle"), (90, "nothing")):
        assert says in checks.angle_of_half_the_recall(guess, measured=69).says


# --- choices, and what a verdict looks like


def test_a_choice_is_one_of_those_offered() -> None:
    choices, because = ("rises", "falls"), [checks.Mistake("Who is missing?", "falls")]
    assert checks.check_choice("rises", "rises", choices, because).right
    assert checks.check_choice("falls", "rises", choices, because).says == "Who is missing?"
    assert checks.check_choice("falls", "rises", choices).says == "It is another one."
    assert "`'rises'`, `'falls'`" in checks.check_choice("up", "rises", choices).says
    assert checks.check_choice(..., "rises", choices) == checks.UNANSWERED
    with pytest.raises(ValueError, match="truth is 'stays'"):
        checks.check_choice("rises", "stays", choices)


def test_several_parts_have_one_verdict() -> None:
    right, wrong = checks.Verdict(True, "yes"), checks.Verdict(False, "no")
    assert checks.together([right, right]).right
    assert checks.together([right, wrong]) == wrong
    assert checks.together([checks.UNANSWERED, wrong]) == checks.UNANSWERED


@pytest.mark.parametrize(
    ("verdict", "starts"),
    [
        (checks.Verdict(True, "Good."), "✓ Right. Good."),
        (checks.Verdict(False, "Look."), "✗ Not yet. Look."),
        (checks.UNANSWERED, "○ Not answered yet. Write"),
    ],
)
def test_a_verdict_reads_well_with_and_without_a_notebook(verdict, starts: str) -> None:
    assert repr(verdict).startswith(starts)
    assert verdict._repr_markdown_().replace("**", "").startswith(starts)
