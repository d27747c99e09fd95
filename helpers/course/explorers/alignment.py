"""What happens to queries as their images shrink, and what a student brings back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from ipywidgets import HTML, HBox, RadioButtons, SelectionSlider, Stack, VBox, jslink

from helpers.course.explorers.pages import pages
from helpers.course.figures import alignment

VIEWS = {"map": alignment.map_frame, "true neighbours": alignment.neighbours_frame}
DESCRIBED = {"map": alignment.describe_map, "true neighbours": alignment.describe_neighbours}
PLAIN = {"description_width": "initial"}


def alignment_explorer(comparison: alignment.Comparison, start: int) -> VBox:
    """Query resolution × student, seen on a map of the database or as true neighbours.

    All pictures are drawn here; a slider and two sets of buttons turn them in the browser.

    Args:
        comparison: what the queries of each kind find at each resolution.
        start: resolution at first, in pixels.

    Raises:
        ValueError: a start that is none of the resolutions.
    """
    if start not in comparison.sizes:
        raise ValueError(f"start is {start} px, but there are queries of {comparison.sizes} px")
    states = list(product(comparison.searches, comparison.sizes, VIEWS))
    alts = [DESCRIBED[view](comparison, kind, size) for kind, size, view in states]
    # Drawn one by one: all figures at once would fill the memory.
    figures = (VIEWS[view](comparison, kind, size) for kind, size, view in states)
    by_state = dict(zip(states, pages(alts, figures), strict=True))
    sizes = comparison.sizes
    return _linked(by_state, list(comparison.searches), sizes, sizes.index(start))


def _linked(
    by_state: Mapping[tuple[str, int, str], HTML], kinds: list[str], sizes: list[int], start: int
) -> VBox:
    """A stack of kinds, each a stack of resolutions, each a stack of views; with their controls."""
    slider = SelectionSlider(
        options=[f"{size} px" for size in sizes], index=start, description="query resolution",
        style=PLAIN, layout={"width": "min(100%, 480px)"},
    )  # fmt: skip
    # Radio buttons: which one is chosen shows in a dark theme, too; Tab and Space choose another.
    across = {"index": 0, "orientation": "horizontal", "style": PLAIN, "layout": {"width": "auto"}}
    student = RadioButtons(options=kinds, description="student", **across)
    view = RadioButtons(options=list(VIEWS), description="show", **across)
    outer = Stack([
        Stack([
            Stack([by_state[kind, size, name] for name in VIEWS], selected_index=0)
            for size in sizes
        ], selected_index=start)
        for kind in kinds
    ], selected_index=0)  # fmt: skip
    # The browser links them: no Python runs when a control moves.
    jslink((student, "index"), (outer, "selected_index"))
    for of_kind in outer.children:
        jslink((slider, "index"), (of_kind, "selected_index"))
        for of_size in of_kind.children:
            jslink((view, "index"), (of_size, "selected_index"))
    return VBox(
        [
            slider,
            HBox([student, view], layout={"flex_flow": "row wrap", "grid_gap": "0 32px"}),
            outer,
        ]
    )
