"""What does a query find, searched by the teacher, by a small image, by a student?

Every picture is stored once, as the background of a class of CSS; the pages name only classes.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator

import numpy as np
from ipywidgets import HTML, Layout, RadioButtons, SelectionSlider, Stack, VBox, jslink
from PIL import Image

from helpers.course.figures.browsing import NEAREST, Answers, LookUp
from helpers.course.figures.embeddings.marks import RELATIONS, SIGNS
from helpers.course.figures.shrinking import shrunk

QUALITY = {"query": 85, "database": 68}
"""Of pictures as WebP: a query is shown enlarged, pixel by pixel, so that a loss would be seen."""

LINES = {"-": "solid", "--": "dashed", ":": "dotted"}
"""What CSS calls the lines of frames."""

LOOK = """
.browser-page{background:#fff;color:#2b2b2b;padding:8px;border-radius:6px;line-height:1.3;
 max-width:720px;box-sizing:border-box;font-size:13px}
.browser-page p{margin:0;color:inherit}
.browser-page .head{margin:6px 0 4px;padding-left:8px;border-left:6px solid}
.browser-page .row{display:grid;grid-template-columns:repeat(COLUMNS,minmax(0,92px));gap:6px}
.browser-page .row>div{font-size:11px;text-align:center}
.browser-page .row>p{grid-column:2/-1;align-self:center}
.browser-picture{display:block;aspect-ratio:1;box-sizing:border-box;border:4px solid transparent;
 background:padding-box 0/100% 100%;image-rendering:pixelated;print-color-adjust:exact}
.browser-queries .widget-radio-box{display:flex;flex-flow:row wrap;gap:2px;height:auto}
.browser-queries .widget-radio-box label{display:flex;flex-direction:row-reverse;
 justify-content:center;align-items:flex-end;gap:3px;box-sizing:border-box;width:72px;height:90px;
 margin:0;padding:0;font-size:11px;line-height:16px;cursor:pointer;white-space:nowrap;
 border:2px solid transparent;border-radius:6px;background-repeat:no-repeat;
 background-position:top center;background-size:68px 68px}
.browser-queries .widget-radio-box label:has(:checked){border-color:currentColor}
.browser-queries .widget-radio-box label:focus-within{outline:3px solid #1b6ca8;outline-offset:1px}
.browser-queries .widget-radio-box input{margin:0 0 2px;width:12px;height:12px}
"""


def retrieval_browser(found: LookUp, start: int) -> VBox:
    """Click a query, move the resolution: what each way finds, its cost and its Recall@1.

    A set of radio buttons with pictures and a slider turn pages that are written here; the browser
    links them, by mouse or by keyboard.

    Args:
        found: queries, and what they find in every way at every resolution.
        start: resolution at first, in pixels.

    Raises:
        ValueError: a start that is none of the resolutions.
    """
    if start not in found.sizes:
        raise ValueError(f"start is {start} px, but there are queries of {found.sizes} px")
    queries = RadioButtons(
        options=[_name(found, query) for query in found.queries], index=0,
        description="query", orientation="horizontal", layout={"width": "auto"},
    )  # fmt: skip
    queries.add_class("browser-queries")
    slider = SelectionSlider(
        options=[f"{size} px" for size in found.sizes], index=found.sizes.index(start),
        description="query resolution", style={"description_width": "initial"},
        layout={"width": "min(100%, 480px)"},
    )  # fmt: skip
    layout = Layout()  # shared: one for each page would take a kilobyte
    pages = Stack([
        Stack([HTML(page(found, place, size), layout=layout) for size in found.sizes],
              selected_index=slider.index)
        for place in range(len(found.queries))
    ], selected_index=0)  # fmt: skip
    # The browser links them: no Python runs when a control moves.
    jslink((queries, "index"), (pages, "selected_index"))
    for of_query in pages.children:
        jslink((slider, "index"), (of_query, "selected_index"))
    look = HTML(f"<style>{style_sheet(found)}</style>", layout={"display": "none"})
    return VBox([look, queries, slider, pages])


def _name(found: LookUp, query: int) -> str:
    return found.images.coarse_names[found.images.coarse[query]]


def page(found: LookUp, place: int, size: int) -> str:
    """The answers to one query in every way, as HTML.

    Args:
        found: what was found.
        place: of the query among ``found.queries``.
        size: resolution of the small image in pixels.
    """
    rows = (
        _row(found, place, name, pixels, answers)
        for name, (pixels, answers) in found.at(size).items()
    )
    return f'<div class="browser-page">{"".join(rows)}</div>'


def _row(found: LookUp, place: int, name: str, pixels: int, answers: Answers | None) -> str:
    """One way: its cost and recall, the query as the way sees it, and the nearest images."""
    query = found.queries[place]
    species = found.images.fine_names[found.images.fine[query]]
    asked = _picture(f"query-{place}-{pixels}", f"query: {species}, {pixels} px",
                     f"query<br>{pixels} px")  # fmt: skip
    if answers is None:
        others = " and ".join(map(str, sorted(found.ways[name])))
        words = f"None was trained for {pixels} px; there is one for {others} px."
        return f"<p class=head><b>{name}</b></p><div class=row>{asked}<p>{words}</p></div>"
    nearest = zip(answers.found[place], answers.similarities[place], strict=True)
    shown = "".join(_answer(found, query, *each) for each in nearest)
    head = f"<b>{name}</b> · {_numbers(found, answers)}"
    bar = f"border-color:{answers.way.colour}"
    return f'<p class=head style="{bar}">{head}</p><div class=row>{asked}{shown}</div>'


def _numbers(found: LookUp, answers: Answers) -> str:
    mean, deviation, seeds = answers.recall
    return (
        f"{answers.way.macs / 1e6:.1f} M MACs a query ({found.relative_cost(answers):.0f} % of the "
        f"teacher's) · Recall@1 of species {mean:.1f} ± {deviation:.1f} % ({seeds} seeds)"
    )


def _answer(found: LookUp, query: int, row: int, cosine: float) -> str:
    """A database image, framed and signed by what it has in common with the query."""
    relation = found.relation(query, row)
    colour, line = RELATIONS[relation]
    species = found.images.fine_names[found.images.fine[row]]
    sign = SIGNS[relation].replace("another", "other")  # fits below a picture
    return _picture(
        f"found-{row}", f"{species}: {relation}, cosine {cosine:.2f}",
        f"{sign}<br>{cosine:.2f}", f"border:4px {LINES[line]} {colour}",
    )  # fmt: skip


def _picture(name: str, words: str, below: str, frame: str = "") -> str:
    """A picture by its class, with words for those who cannot see it and a line below."""
    words = html.escape(words, quote=True)
    return (
        f'<div><span class="browser-picture browser-{name}" role="img" aria-label="{words}" '
        f'style="{frame}"></span>{below}</div>'
    )


def style_sheet(found: LookUp) -> str:
    """CSS: how pages and buttons look, and every picture once."""
    look = LOOK.replace("COLUMNS", str(NEAREST + 1))
    rules = (f"{names}{{background-image:{data}}}" for names, data in _pictures(found))
    return "\n".join([look, *rules])


def _pictures(found: LookUp) -> Iterator[tuple[str, str]]:
    """The classes that show a picture, and its data, for each picture there is."""
    images = found.images.images
    for size in found.sizes:
        for place, image in enumerate(shrunk(images[found.queries], size)):
            yield f".browser-query-{place}-{size}", _data(image, "query")
    for place, query in enumerate(found.queries):
        button = f".browser-queries .widget-radio-box label:nth-child({place + 1})"
        whole = f".browser-query-{place}-{found.images.resolution}"
        yield f"{whole},{button}", _data(images[query], "query")
    others = (answers for way in found.ways.values() for answers in way.values())
    for row in np.unique([answers.found for answers in (found.teacher, *others)]):
        yield f".browser-found-{row}", _data(images[row], "database")


def _data(image: np.ndarray, kind: str) -> str:
    """An image ``uint8 [3, h, w]`` as a CSS value."""
    small = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(small, "WEBP", quality=QUALITY[kind], method=6)
    return f"url(data:image/webp;base64,{base64.b64encode(small.getvalue()).decode()})"
