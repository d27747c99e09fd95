"""From a species to one specimen: pose, light, wear and background, as plain numbers.

The painter in ``pixels`` is compiled and takes records of numbers. A specimen is a pure function of
the data-set version, its species and its index: which others are drawn does not matter.
"""

from __future__ import annotations

import colorsys
import math

import numpy as np

from helpers.butterflies.species import (
    BAND_WIDTH,
    DISCAL_RADIUS,
    FRINGE_WIDTH,
    VEIN_WIDTH,
    VERSION,
    Genus,
    Marks,
    Species,
    Wing,
    choose,
    uniform,
)

OUTLINE_POINTS = 129  # samples of a wing outline between its two edges
EYESPOT_SLOTS = (0.17, 0.50, 0.83)
BANDS = {"none": 0.0, "inner": 0.44, "outer": 0.56}
RINGS = {"disc": 1, "ring": 2, "double ring": 3}
PATCHES = {"base": 0, "tip": 1, "front": 2, "rear": 3}
DISCALS = {"none": 0, "bar": 1, "disc": 2, "pair": 3}
FRINGES = {"none": 0, "pale": 1, "chequered": 2}

_RGB = ("f8", (3,))
WING_RECORD = np.dtype(
    [
        ("root_x", "f8"), ("root_y", "f8"), ("low", "f8"), ("high", "f8"),
        ("outline", "f8", (OUTLINE_POINTS,)), ("slant", "f8", (OUTLINE_POINTS,)),
        ("colour", *_RGB), ("patch_colour", *_RGB), ("patch", "i8"), ("patch_size", "f8"),
        ("border", "f8"),
        ("eyespots", "i8", (3,)), ("eyespot_x", "f8", (3,)), ("eyespot_y", "f8", (3,)),
        ("eyespot_radius", "f8"), ("rings", "i8"),
        ("band", "f8"), ("band_width", "f8"), ("spot_radius", "f8"), ("spots", "i8"),
        ("vein_width", "f8"), ("discal", "i8"), ("discal_radius", "f8"),
        ("fringe", "i8"), ("fringe_width", "f8"),
        ("nick", "f8"), ("nick_depth", "f8"), ("nick_side", "f8"),
    ]
)  # fmt: skip
SPECIMEN_RECORD = np.dtype(
    [
        ("x", "f8"), ("y", "f8"), ("cosine", "f8"), ("sine", "f8"), ("scale", "f8"),
        ("open_left", "f8"), ("open_right", "f8"), ("blur", "f8"), ("noise", "f8"), ("seed", "i8"),
        ("dark", *_RGB), ("light", *_RGB), ("iris", *_RGB), ("body", *_RGB),
        ("ground", *_RGB), ("ground_other", *_RGB), ("stretch_x", "f8"), ("stretch_y", "f8"),
        ("contrast", "f8"), ("leaf", *_RGB), ("leaf_width", "f8"), ("leaf_x", "f8"),
        ("leaf_y", "f8"), ("leaf_radius", "f8"),
        ("exposure", *_RGB), ("slope_x", "f8"), ("slope_y", "f8"),
    ]
)  # fmt: skip


def outline(wing: Wing) -> tuple[np.ndarray, np.ndarray]:
    """Distance from root to edge at angles from rear to front, and the slant of the edge there.

    The slant is the cosine between the edge's normal and the ray: it turns a distance along the
    ray into the distance to the edge.
    """
    along = np.linspace(0.0, 1.0, OUTLINE_POINTS)
    arch = np.sin(np.pi * along ** (math.log(0.5) / math.log(wing.apex)))
    radius = 0.42 + 0.58 * np.maximum(arch, 0.0) ** wing.fullness
    radius *= 1.0 + wing.scallop_depth * np.cos(2 * np.pi * wing.scallops * along)
    radius += wing.tail * np.exp(-(((along - 0.30) / 0.055) ** 2))
    radius *= wing.length
    slope = np.gradient(radius, along * (wing.high - wing.low))
    return radius, radius / np.hypot(radius, slope)


def wing_point(wing: Wing, along: float, outwards: float) -> tuple[float, float]:
    """Place on a wing, from its root: ``along`` 0 (rear) to 1 (front), ``outwards`` 0 to 1."""
    radius, _ = outline(wing)
    distance = outwards * np.interp(along, np.linspace(0.0, 1.0, OUTLINE_POINTS), radius)
    angle = wing.low + along * (wing.high - wing.low)
    return distance * math.cos(angle), distance * math.sin(angle)


def _wing_record(genus: Genus, marks: Marks, side: str, mark_size: float) -> np.ndarray:
    wing: Wing = getattr(genus, side)
    record = np.zeros((), WING_RECORD)
    record["root_x"], record["root_y"] = 0.035, 0.10 if side == "fore" else -0.02
    record["outline"], record["slant"] = outline(wing)
    for name in ("low", "high", "colour", "patch_colour", "patch_size", "border"):
        record[name] = getattr(wing, name)
    record["patch"] = PATCHES[wing.patch]
    record["eyespots"] = [slot == "o" for slot in getattr(marks, f"{side}_eyespots")]
    outwards = 0.72 if side == "fore" else 0.66
    points = [wing_point(wing, slot, outwards) for slot in EYESPOT_SLOTS]
    record["eyespot_x"], record["eyespot_y"] = np.transpose(points)
    record["eyespot_radius"] = marks.eyespot_radius * mark_size
    record["rings"] = RINGS[marks.eyespot_rings]
    record["band"] = BANDS[getattr(marks, f"{side}_band")]
    record["band_width"] = BAND_WIDTH * mark_size
    record["spot_radius"] = getattr(marks, f"{side}_spots") * mark_size
    record["spots"] = 8 if side == "fore" else 7
    record["vein_width"] = VEIN_WIDTH * mark_size * (marks.veins == "dark")
    record["discal"] = DISCALS[marks.discal] if side == "fore" else 0
    record["discal_radius"] = DISCAL_RADIUS * mark_size
    record["fringe"] = FRINGES[marks.fringe]
    record["fringe_width"] = FRINGE_WIDTH * mark_size
    return record


def species_wings(species: Species, mark_size: float) -> np.ndarray:
    """Fore and hind wing of a species as records ``[2]``, before pose and wear."""
    records = [_wing_record(species.genus, species.marks, s, mark_size) for s in ("fore", "hind")]
    return np.array(records, WING_RECORD)


def _centred(random: np.random.Generator, spread: float) -> float:
    """A bell-shaped number between ``-spread`` and ``spread``."""
    return spread * (random.random() + random.random() + random.random() - 1.5) / 1.5


def _pose(record: np.ndarray, random: np.random.Generator) -> None:
    angle = _centred(random, 0.9)
    record["cosine"], record["sine"] = math.cos(angle), math.sin(angle)
    record["scale"] = uniform(random, 0.88, 1.08)
    record["x"], record["y"] = _centred(random, 0.16), _centred(random, 0.16)
    tilt = _centred(random, 0.18)
    opening = uniform(random, 0.82, 1.0)
    record["open_left"], record["open_right"] = opening + tilt, opening - tilt


def _scene(record: np.ndarray, random: np.random.Generator) -> None:
    hue, turn = random.random(), _centred(random, 0.2)
    ground = colorsys.hsv_to_rgb(hue, uniform(random, 0.1, 0.6), uniform(random, 0.25, 0.6))
    other = colorsys.hsv_to_rgb(
        (hue + turn) % 1, uniform(random, 0.1, 0.6), uniform(random, 0.3, 0.75)
    )
    record["ground"], record["ground_other"] = ground, other
    record["stretch_x"] = 2.0 ** uniform(random, 0.0, 2.2)
    record["stretch_y"] = 2.0 ** uniform(random, 0.0, 2.2)
    record["contrast"] = uniform(random, 0.8, 3.0)
    record["leaf"] = colorsys.hsv_to_rgb(
        uniform(random, 0.2, 0.4), uniform(random, 0.4, 0.8), uniform(random, 0.25, 0.65)
    )
    record["leaf_width"] = uniform(random, 0.02, 0.055) * (random.random() < 0.4)
    around, reach = uniform(random, 0.0, 2 * math.pi), uniform(random, 1.5, 3.0)
    record["leaf_x"], record["leaf_y"] = reach * math.cos(around), reach * math.sin(around)
    record["leaf_radius"] = reach + _centred(random, 0.9)


def _light(record: np.ndarray, random: np.random.Generator) -> None:
    brightness = uniform(random, 0.72, 1.18)
    record["exposure"] = [brightness * (1.0 + _centred(random, 0.12)) for _ in range(3)]
    record["slope_x"], record["slope_y"] = _centred(random, 0.25), _centred(random, 0.25)
    record["blur"] = uniform(random, 0.0, 0.022)
    record["noise"] = uniform(random, 0.01, 0.045)


def specimen(species: Species, index: int, wings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One specimen of a species: its scene as a record, and its two wings, posed and worn.

    Args:
        species: the species.
        index: which specimen of it, from 0.
        wings: the result of ``species_wings``; it is not changed.
    """
    random = np.random.default_rng([VERSION, 3, species.number, index])
    record = np.zeros((), SPECIMEN_RECORD)
    record["seed"] = int(random.random() * 2**31)
    _pose(record, random)
    _scene(record, random)
    _light(record, random)
    for name in ("dark", "light", "iris"):
        record[name] = getattr(species.genus, name)
    record["body"] = np.multiply(species.genus.dark, 0.8)
    return record, _worn(wings.copy(), random)


def _worn(wings: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Turn the wings about their roots, fade their colours and tear the edge here and there."""
    turns = (_centred(random, 0.14), _centred(random, 0.12))
    fading = uniform(random, 0.85, 1.08)
    for wing, turn in zip(wings, turns, strict=True):
        cosine, sine = math.cos(turn), math.sin(turn)
        x, y = wing["eyespot_x"].copy(), wing["eyespot_y"].copy()
        wing["eyespot_x"], wing["eyespot_y"] = cosine * x - sine * y, sine * x + cosine * y
        wing["low"] += turn
        wing["high"] += turn
        for name in ("colour", "patch_colour"):
            wing[name] *= fading * (1.0 + np.array([_centred(random, 0.08) for _ in range(3)]))
        wing["nick"], wing["nick_side"] = random.random(), choose(random, (-1.0, 1.0))
        wing["nick_depth"] = uniform(random, 0.06, 0.20) * (random.random() < 0.25)
    return wings
