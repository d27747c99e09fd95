"""One dashboard: every run of the course in a table, and the explorers beside it, behind tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipywidgets import HTML, HBox, RadioButtons, Stack, Tab, VBox, Widget, jslink

from helpers.course.explorers.pages import pages
from helpers.course.figures.browsing import Entry, describe_runs, runs_frame, runs_table

SCROLLS = (
    "max-height:360px;overflow:auto;background:#fff;color:#2b2b2b;border-radius:6px;"
    "padding:0 8px;width:fit-content;max-width:100%;box-sizing:border-box"
)
SIDE_BY_SIDE = {"flex_flow": "row wrap", "align_items": "flex-start"}
"""Where there is room; else one below the other."""

LOOK = """<style>
.runs-table table{border-collapse:collapse;font-size:12px;line-height:1.4;white-space:nowrap;
 margin:0;border:0}
.runs-table :is(th,td){padding:2px 8px;border:0;border-bottom:1px solid #ddd;text-align:right;
 background:#fff;color:#2b2b2b}
.runs-table :is(tbody th,thead th:first-child){text-align:left;font-weight:normal}
.runs-table thead th{position:sticky;top:0;font-weight:bold}
.runs-table>div:focus-visible{outline:3px solid #1b6ca8}
.widget-tab>.lm-TabBar .lm-TabBar-tab.lm-TabBar-tab{color:var(--jp-ui-font-color1)}
</style>"""


def dashboard(explorers: Mapping[str, Widget]) -> Tab:
    """Explorers behind tabs; the first is open.

    By keyboard: Tab to the open tab, arrow keys to another, Enter to open it. The browser turns
    them, no Python runs.

    Args:
        explorers: by the names of their tabs, which should be short enough for a phone.

    Raises:
        ValueError: no explorers.
    """
    if not explorers:
        raise ValueError("explorers is empty; give at least one")
    return Tab(list(explorers.values()), titles=list(explorers), selected_index=0)


def overview(entries: Mapping[str, Sequence[Entry]]) -> VBox:
    """Every run, notebook by notebook: both tests in a picture, all numbers in a table.

    Args:
        entries: for each notebook what is shipped of it, from ``browsing.every_run``.

    Raises:
        ValueError: no entries at all.
    """
    notebooks = [notebook for notebook, listed in entries.items() if listed]
    if not notebooks:
        raise ValueError("there are no runs to show; restore the folder data/runs")
    choice = RadioButtons(
        options=notebooks, index=0, description="notebook", orientation="horizontal",
        layout={"width": "auto"},
    )  # fmt: skip
    alts = [describe_runs(entries, notebook) for notebook in notebooks]
    pictures = pages(alts, (runs_frame(entries, notebook) for notebook in notebooks))
    tables = [_scrolling_table(notebook, entries[notebook]) for notebook in notebooks]
    rows = [HBox(both, layout=SIDE_BY_SIDE) for both in zip(pictures, tables, strict=True)]
    front = Stack(rows, selected_index=0)
    jslink((choice, "index"), (front, "selected_index"))
    return VBox([choice, front])


def _scrolling_table(notebook: str, listed: Sequence[Entry]) -> HTML:
    """The numbers of one notebook in a box that scrolls, by keyboard too."""
    words = f"every run of notebook {notebook}, Recall@1 in percent"
    box = f'<div tabindex="0" role="region" aria-label="{words}" style="{SCROLLS}">'
    table = runs_table(listed).to_html(border=0)
    return HTML(f'{LOOK}<div class="runs-table">{box}{table}</div></div>')
