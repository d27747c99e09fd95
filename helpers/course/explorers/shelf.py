"""Two controls over pictures: one takes a flip book from the shelf, the other turns the page."""

from __future__ import annotations

from collections.abc import Mapping

from ipywidgets import HTML, RadioButtons, SelectionSlider, Stack, VBox, jslink
from matplotlib.figure import Figure

from helpers.course.explorers.pages import pages


def shelf(
    books: Mapping[str, Mapping[str, Figure]],
    chooses: str,
    turns: str,
    start: tuple[int, int] = (0, 0),
    alt: str = "",
) -> VBox:
    """Flip books of equal length: a choice between them, and one slider that turns them all.

    The book that comes to the front is open at the page of the one before it. The browser moves
    both controls, by mouse or by keyboard (Tab and Space, arrow keys); no Python runs.

    Args:
        books: for each choice the figures of its book by the label of their page, the same labels
            in every book. The figures are closed.
        chooses: what the choice changes, such as ``"loss"``.
        turns: what the slider changes, such as ``"margin"``.
        start: book and page at first, from 0.
        alt: what all pictures show, for readers who cannot see them. Both positions and the title
            of the figure are added.

    Raises:
        ValueError: no books, books with other labels than the first, or a start outside of them.
    """
    labels = _labels_of_all(books)
    _require_inside(start, (len(books), len(labels)))
    stacks = [Stack(book, selected_index=start[1]) for book in _pages(books, chooses, turns, alt)]
    front = Stack(stacks, selected_index=start[0])
    # Radio buttons: which one is chosen shows in a dark theme, too.
    choice = RadioButtons(
        options=list(books), index=start[0], description=chooses, orientation="horizontal",
        style={"description_width": "initial"}, layout={"width": "auto"},
    )  # fmt: skip
    slider = SelectionSlider(
        options=labels, index=start[1], description=turns,
        style={"description_width": "initial"}, layout={"width": "min(100%, 480px)"},
    )  # fmt: skip
    jslink((choice, "index"), (front, "selected_index"))
    for stack in stacks:
        jslink((slider, "index"), (stack, "selected_index"))
    return VBox([choice, slider, front])


def _labels_of_all(books: Mapping[str, Mapping[str, Figure]]) -> list[str]:
    """The labels of the pages, after a check that all books have the same ones."""
    if not books:
        raise ValueError("books is empty; give at least one flip book")
    labels = list(next(iter(books.values())))
    for name, frames in books.items():
        if list(frames) != labels:
            raise ValueError(
                f"the book {name!r} has the pages {list(frames)}, the first one {labels}; one "
                "slider turns all books, so give each the same pages"
            )
    return labels


def _require_inside(start: tuple[int, int], counts: tuple[int, int]) -> None:
    for place, count, kind in zip(start, counts, ("books", "pages"), strict=True):
        if not 0 <= place < count:
            raise ValueError(f"start is {start}, but there are {count} {kind} (0 is the first)")


def _pages(
    books: Mapping[str, Mapping[str, Figure]], chooses: str, turns: str, alt: str
) -> list[list[HTML]]:
    """The pages of each book, all of one size."""
    figures = [figure for frames in books.values() for figure in frames.values()]
    alts = [
        f"{alt} {chooses}: {name}; {turns}: {label}. {figure.get_suptitle()}".strip()
        for name, frames in books.items()
        for label, figure in frames.items()
    ]
    drawn = pages(alts, figures)
    length = len(drawn) // len(books)
    return [drawn[first : first + length] for first in range(0, len(drawn), length)]
