"""Where the marks of a specimen lie in its picture, so that a figure can point at them.

Places are given in units of half the image, from its middle, x to the right and y upwards. They are
those of the butterfly's right wings only: the left wings mirror them, and stay free of rings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from helpers.butterflies.species import (
    BAND_WIDTH,
    DISCAL_RADIUS,
    FRINGE_WIDTH,
    VEIN_WIDTH,
    Marks,
    species,
)
from helpers.butterflies.specimens import BANDS, OUTLINE_POINTS, species_wings, specimen

BORDER_TO_SPOT = 0.085  # from the outer edge of a wing to the middle of its marginal spots
VEINS = 7  # on a wing
CHEQUERS = 18.0  # along the edge of a wing
EYESPOT_ATTRIBUTES = ("eyespot_rings", "eyespot_radius")
DISCAL_REACH = {"bar": 2.0, "disc": 1.0, "pair": 2.3}  # times DISCAL_RADIUS
DISCAL_DETAIL = {"bar": 0.9, "disc": 2.0, "pair": 1.6}  # width of its parts, same unit
RING_DETAIL = {"disc": 0.0, "ring": 1.0, "double ring": 0.56}  # innermost disc, per eyespot radius


@dataclass(frozen=True)
class Place:
    """A mark in a picture.

    Attributes:
        name: the attribute of ``Marks`` that it shows, such as ``"fore_band"``.
        x, y: its middle, in units of half the image; (0, 0) is the middle of the image.
        radius: half its extent, in the same unit (half the width of a band, a vein or a fringe).
    """

    name: str
    x: float
    y: float
    radius: float

    def pixel(self, resolution: int) -> tuple[float, float]:
        """Column and row of the middle; the first pixel's middle is (0, 0)."""
        return (self.x + 1) / 2 * resolution - 0.5, (1 - self.y) / 2 * resolution - 0.5


def details(marks: Marks, mark_size: float = 1.0) -> dict[str, float]:
    """Width of what must be seen to see each mark, in units of half the image.

    Times half the resolution it is the width in pixels. Marks that the species lacks are left out;
    ``eyespot_rings`` is the innermost disc, which tells a ring from a double ring.
    """
    eyespot = 2.0 * marks.eyespot_radius
    widths = {
        "fore_eyespots": eyespot * ("o" in marks.fore_eyespots),
        "hind_eyespots": eyespot * ("o" in marks.hind_eyespots),
        "eyespot_rings": RING_DETAIL[marks.eyespot_rings] * marks.eyespot_radius,
        "fore_band": BAND_WIDTH * (marks.fore_band != "none"),
        "hind_band": BAND_WIDTH * (marks.hind_band != "none"),
        "fore_spots": 2.0 * marks.fore_spots,
        "hind_spots": 2.0 * marks.hind_spots,
        "veins": VEIN_WIDTH * (marks.veins != "none"),
        "discal": DISCAL_DETAIL.get(marks.discal, 0.0) * DISCAL_RADIUS,
        "fringe": FRINGE_WIDTH * (marks.fringe != "none"),
    }
    return {name: width * mark_size for name, width in widths.items() if width > 0}


def telling_details(number: int, other: int, mark_size: float = 1.0) -> dict[str, float]:
    """Width of what must be seen to tell two species by each mark that differs.

    In units of half the image, as in `details`. Where both species have the mark it is the finer
    of the two: a ring and a double ring are told apart by the disc inside the double one. A mere
    difference in size (``eyespot_radius``) has no detail of its own and is left out.
    """
    marks = (species(number).marks, species(other).marks)
    ours, theirs = (details(each, mark_size) for each in marks)
    names = [name for name in marks[0].differences(marks[1]) if name in ours or name in theirs]
    return {name: min(ours.get(name, math.inf), theirs.get(name, math.inf)) for name in names}


def places(number: int, index: int, mark_size: float = 1.0) -> list[Place]:
    """The marks of a specimen that can be pointed at, on its right wings.

    Args:
        number: the species.
        index: which specimen of it, from 0.
        mark_size: size of the marks, as in ``draw``.

    Returns:
        One place for each visible eyespot and one for each other mark. A mark of the hind wing that
        the fore wing covers is left out; a leaf across the picture is not considered.
    """
    return _places(number, index, species(number).marks, mark_size)


def differing_places(number: int, other: int, index: int, mark_size: float = 1.0) -> list[Place]:
    """Where a specimen of one species differs from how it would look as the other species.

    Marks that only the other species has are among them, at the place where they are missing.

    Raises:
        ValueError: species of two genera, whose wings differ too.
    """
    ours, theirs = species(number), species(other)
    if ours.genus != theirs.genus:
        raise ValueError(f"species {number} and {other} are of two genera; give two of one genus")
    differences = set(ours.marks.differences(theirs.marks))
    if differences.intersection(EYESPOT_ATTRIBUTES):
        differences |= {"fore_eyespots", "hind_eyespots"}
    mine = _places(number, index, ours.marks, mark_size)
    missing = _places(number, index, theirs.marks, mark_size)
    wanted = [place for place in mine + missing if place.name in differences]
    if differences.isdisjoint(EYESPOT_ATTRIBUTES):
        wanted = _without_shared_eyespots(wanted, mine, missing)
    return _without_overlaps(wanted)


def _without_shared_eyespots(
    wanted: list[Place], mine: list[Place], theirs: list[Place]
) -> list[Place]:
    shared = {place for place in mine if place in theirs and place.name.endswith("eyespots")}
    return [place for place in wanted if place not in shared]


def _without_overlaps(candidates: list[Place]) -> list[Place]:
    """The eyespots that do not lie on one another, and the first of every other mark."""
    kept: list[Place] = []
    for place in candidates:
        same = [other for other in kept if other.name == place.name]
        near = [math.hypot(place.x - o.x, place.y - o.y) < place.radius for o in same]
        repeated = any(near) if place.name.endswith("eyespots") else bool(same)
        if not repeated:
            kept.append(place)
    return kept


def _places(number: int, index: int, marks: Marks, mark_size: float) -> list[Place]:
    """Places of any marks on the wings of a specimen, posed as that specimen is."""
    dressed = replace(species(number), marks=marks)
    scene, wings = specimen(dressed, index, species_wings(dressed, mark_size))
    fore, hind = wings
    found = []
    for name, candidates in _candidates(marks, fore, hind):
        visible = [point for point in candidates if not _covered(name, point, fore)]
        if not name.endswith("eyespots"):
            # Of a band or a row of spots one point is enough, beside the eyespots if possible.
            visible = sorted(visible, key=lambda point: _in_eyespot(point, wings))[:1]
        found += visible
    extent = _extent(marks)
    return [
        Place(name, *_posed(scene, x, y), float(extent[name] * mark_size * scene["scale"]))
        for name, x, y in found
    ]


def _extent(marks: Marks) -> dict[str, float]:
    half = {name: width / 2 for name, width in details(marks).items()}
    return half | {"discal": DISCAL_REACH.get(marks.discal, 0.0) * DISCAL_RADIUS}


def _candidates(marks: Marks, fore: np.void, hind: np.void) -> Iterator[tuple[str, Iterable]]:
    """For each mark the points that show it, best first, as (name, x, y) seen from the body."""
    for side, wing in (("fore", fore), ("hind", hind)):
        yield f"{side}_eyespots", _eyespots(f"{side}_eyespots", wing)
        if wing["band"] > 0:
            yield f"{side}_band", _band(f"{side}_band", wing, getattr(marks, f"{side}_band"))
        if wing["spot_radius"] > 0:
            yield f"{side}_spots", _marginal_spots(f"{side}_spots", wing)
    if marks.veins != "none":
        points = [(k / VEINS, 0.86) for k in (4, 3, 5, 2)]
        yield "veins", [_point("veins", fore, a, o * _edge(fore, a)) for a, o in points]
    if marks.discal != "none":
        yield "discal", [_point("discal", fore, 0.52, 0.40 * _edge(fore, 0.52))]
    if marks.fringe != "none":
        yield "fringe", _fringe("fringe", fore)


def _eyespots(name: str, wing: np.void) -> list[tuple]:
    here = wing["eyespots"] > 0
    points = zip(wing["eyespot_x"][here], wing["eyespot_y"][here], strict=True)
    return [(name, wing["root_x"] + x, wing["root_y"] + y) for x, y in points]


def _band(name: str, wing: np.void, kind: str) -> list[tuple]:
    points = []
    for along in (0.35, 0.65, 0.5, 0.2, 0.8):
        edge, wave = _edge(wing, along), 0.025 * math.sin(along * 18.0)
        distance = BANDS[kind] * edge - wave / _slant(wing, along)
        points.append(_point(name, wing, along, distance))
    return points


def _marginal_spots(name: str, wing: np.void) -> list[tuple]:
    count = int(wing["spots"])
    order = sorted(range(count), key=lambda k: abs(k - 0.4 * count))
    middles = [(k + 0.5) / count for k in order]
    return [_point(name, wing, a, _edge(wing, a) - BORDER_TO_SPOT) for a in middles]


def _fringe(name: str, wing: np.void) -> list[tuple]:
    depth = wing["fringe_width"] / 2
    light = [(square + 0.5) / CHEQUERS for square in (14, 12, 16)]  # the even ones are light
    return [_point(name, wing, a, _edge(wing, a) - depth / _slant(wing, a)) for a in light]


def _interpolated(values: np.ndarray, along: float) -> float:
    return float(np.interp(along, np.linspace(0.0, 1.0, OUTLINE_POINTS), values))


def _edge(wing: np.void, along: float) -> float:
    return _interpolated(wing["outline"], along)


def _slant(wing: np.void, along: float) -> float:
    return _interpolated(wing["slant"], along)


def _point(name: str, wing: np.void, along: float, distance: float) -> tuple[str, float, float]:
    angle = wing["low"] + along * (wing["high"] - wing["low"])
    x, y = distance * math.cos(angle), distance * math.sin(angle)
    return name, float(wing["root_x"] + x), float(wing["root_y"] + y)


def _covered(name: str, point: tuple[str, float, float], fore: np.void) -> bool:
    """Whether the fore wing lies over a point of the hind wing."""
    if not name.startswith("hind"):
        return False
    x, y = point[1] - fore["root_x"], point[2] - fore["root_y"]
    along = (math.atan2(y, x) - fore["low"]) / (fore["high"] - fore["low"])
    return 0.0 <= along <= 1.0 and math.hypot(x, y) < _edge(fore, along)


def _in_eyespot(point: tuple[str, float, float], wings: np.ndarray) -> bool:
    """Whether an eyespot of either wing lies over a point."""
    spots = [(x, y, w["eyespot_radius"]) for w in wings for _, x, y in _eyespots("", w)]
    return any(math.hypot(point[1] - x, point[2] - y) < radius for x, y, radius in spots)


def _posed(scene: np.void, x: float, y: float) -> tuple[float, float]:
    """From the coordinates of the body to those of the picture (the inverse of the painter's)."""
    u, v = x * scene["open_right"], y
    across = scene["cosine"] * u - scene["sine"] * v
    up = scene["sine"] * u + scene["cosine"] * v
    return float(scene["x"] + scene["scale"] * across), float(scene["y"] + scene["scale"] * up)
