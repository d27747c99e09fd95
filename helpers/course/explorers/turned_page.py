"""A page of the loss mixer: numbers as text, and queries drawn over the map of the database."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from helpers.course.figures import style
from helpers.course.figures.alignment import Database
from helpers.course.figures.copying.mixing import Turned, empty_map, sampled_rows

SHEET = (440, 400)  # width and height of the map in pixels
COLOURS = 16  # of the map: it has grey dots and blue rings
NOTICED = 1e-3  # a loss that changes by a smaller share does not notice the turn
TESTS = {"asymmetric": style.STUDENT, "symmetric": style.QUIET}


def page(
    title: str,
    metrics: Mapping[str, float],
    angle: int,
    before: Turned,
    now: Turned,
    ends: np.ndarray,
) -> str:
    """One state of the explorer as HTML.

    Args:
        title: what the student was trained with.
        metrics: of its run, means over all queries.
        angle: by which its space is turned, in degrees.
        before, now: its sample before and after the turn.
        ends: the teacher's places of the queries on the map.
    """
    turn = f"turned by {angle}°" if angle else "not turned"
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:8px 24px;line-height:1.5">'
        '<div style="width:390px;max-width:100%">'
        f'<div style="min-height:4.5em"><b>{title};<br>{turn}</b></div>'
        f"{_table(metrics, turn, before, now)}{_loss(angle, before.loss, now.loss)}</div>"
        f"<div>{_map(title, turn, now, ends)}<br>{_counted(now)}</div></div>"
    )


def _table(metrics: Mapping[str, float], turn: str, before: Turned, now: Turned) -> str:
    """Recall@1 of both tests: of all queries, of the sample, and of the sample after the turn."""
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{test}</th>'
        f"<td>{_percent(metrics[f'{test}/species/recall@1'])}</td>"
        f"<td>{_percent(getattr(before, test).mean())}</td>"
        f"<td><b>{_percent(getattr(now, test).mean())}</b>"
        f"{_bar(getattr(now, test).mean(), colour)}</td></tr>"
        for test, colour in TESTS.items()
    )
    return (
        '<table style="border-spacing:10px 4px;margin:8px -10px">'
        "<caption>Recall@1 of species</caption>"
        "<tr style='white-space:nowrap'><th>test</th><th>all queries,<br>not turned</th>"
        f"<th>sample,<br>not turned</th><th>sample,<br>{turn}</th></tr>{rows}</table>"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _bar(share: float, colour: str) -> str:
    return (f'<div style="width:90px;border:1px solid {style.QUIET}"><div style="height:8px;'
            f'width:{100 * share:.1f}%;background:{colour}"></div></div>')  # fmt: skip


def _loss(angle: int, before: float, now: float) -> str:
    """What the student's own loss says of the turn."""
    if not angle:
        return f"its own loss: {before:.3g}"
    values = f"its own loss: {before:.3g} before the turn, {now:.3g} after it"
    if abs(now - before) <= NOTICED * max(abs(before), abs(now)):
        return f"{values}:<br><b>it does not notice</b>"
    return f"{values}:<br><b>{now / before:.2f} times as much</b>" if before else values


def _counted(now: Turned) -> str:
    """What the marks of the queries mean, and how many there are."""
    right, count = int(now.right.sum()), len(now.right)
    mark = f'<span style="color:{style.STUDENT}">'
    return (f"{mark}●</span> {right} queries whose species is nearest, "
            f"{mark}✕</span> {count - right} others")  # fmt: skip


def _map(title: str, turn: str, now: Turned, ends: np.ndarray) -> str:
    """The queries, each joined to the teacher's place, as a drawing of few bytes over the map."""
    here, there = (_pixels(places) for places in (now.places, ends))
    lines = "".join(f"M{x} {y}L{u} {v}" for (x, y), (u, v) in zip(here, there, strict=True))
    dots = "".join(f"M{x} {y}h0" for x, y in here[now.right])
    crosses = "".join(f"M{x - 3} {y - 3}l6 6m0-6l-6 6" for x, y in here[~now.right])
    words = (f"Map of the database with {len(here)} queries. {title}, {turn}: "
             f"{now.right.sum()} of them find their species first.")  # fmt: skip
    return (
        f'<svg class="loss-mixer-map" role="img" aria-label="{words}" fill="none" '
        f'viewBox="0 0 {SHEET[0]} {SHEET[1]}" stroke="{style.STUDENT}">'
        f'<path d="{lines}" stroke-width=".6" opacity=".6"/>'
        f'<path d="{dots}" stroke-width="6" stroke-linecap="round"/>'
        f'<path d="{crosses}" stroke-width="1.4"/></svg>'
    )


def _pixels(places: np.ndarray) -> np.ndarray:
    """Places on the sheet (0 to 1, y upwards) in pixels (y downwards), ``int [n, 2]``."""
    return np.rint((places * (1, -1) + (0, 1)) * SHEET).astype(int)


def notes(database: Database) -> str:
    """What all pages share: the map below their queries, what the marks mean, what is counted."""
    queries, images = len(sampled_rows(database)), len(database.vectors)
    species = np.bincount(database.images.fine)
    chance = (species * (species - 1)).sum() / (images * (images - 1))
    return (
        f"<style>.loss-mixer-map{{width:{SHEET[0]}px;max-width:100%;background:white "
        f"url({_drawn_once(database)}) 0 0/100% 100%}}</style>"
        '<div style="max-width:900px;line-height:1.5">'
        f'<b>Map.</b> Grey dots: database images. <span style="color:{style.TEACHER}">○</span> '
        "where the teacher puts the queries' pictures; a thin line joins each query to its own. "
        "Queries lie amid their true neighbours. UMAP keeps who is whose neighbour: "
        "how far apart things lie means nothing.<br>"
        f"<b>Sample.</b> {queries:,} of the {images:,} queries. Asymmetric: they search the "
        "teacher's whole database. Symmetric: they search each other, so each has fewer of its "
        "species to find than in the test of all queries. "
        f"Chance in the asymmetric test: {_percent(chance)}.<br>"
        "<b>Loss.</b> As it was trained with, of a batch of the sampled images. RAML relates views "
        "of an image; here images of one species stand in for them.</div>"
    )


def _drawn_once(database: Database) -> str:
    """The map as a picture in a link; every page names it as its background."""
    figure = empty_map(database, (SHEET[0] / 96, SHEET[1] / 96))
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=96)
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode()
