"""What a check says of an answer: right or not, and the likely mistake, never the answer itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class WrongAnswer(AssertionError):
    """An answer is wrong or missing; the message says what to look at."""


@dataclass(frozen=True)
class Verdict:
    """What a check says of an answer. A notebook shows it with a sign and in words.

    Attributes:
        right: whether the answer is right.
        says: one or two sentences for the person who answered.
        answered: False while nothing has been answered yet.
    """

    right: bool
    says: str
    answered: bool = True

    @property
    def headline(self) -> str:
        """A sign and the verdict in a word or three."""
        if self.right:
            return "✓ Right."
        return "✗ Not yet." if self.answered else "○ Not answered yet."

    def require(self) -> None:
        """Stop here unless the answer is right, as automatic grading needs it.

        Raises:
            WrongAnswer: the answer is wrong or missing.
        """
        if not self.right:
            raise WrongAnswer(str(self))

    def __str__(self) -> str:
        return f"{self.headline} {self.says}"

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"**{self.headline}** {self.says}"


@dataclass(frozen=True)
class Mistake:
    """A mistake that is often made, and what one gets who makes it.

    Attributes:
        says: the sentence for the person who made it: what to look at, not what to write.
        answer: the function with the mistake in it; for a number or a word, the wrong value.
    """

    says: str
    answer: object


UNANSWERED = Verdict(False, "Write your answer in place of `...` and run the cell again.", False)


def wrong(says: str) -> Verdict:
    """The verdict on an answer that is not right."""
    return Verdict(False, says)


def is_missing(answer: object) -> bool:
    """Whether this stands where an answer should be: ``...`` or None."""
    return answer is None or answer is Ellipsis


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict on an answer in several parts: that on the first part which is not right."""
    verdicts = list(verdicts)
    bad = [verdict for verdict in verdicts if not verdict.right]
    return bad[0] if bad else Verdict(True, "Every part of it.")
