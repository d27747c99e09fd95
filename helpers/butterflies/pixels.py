"""Paint one specimen, pixel by pixel: compiled, so that a data set is drawn in seconds.

Every edge is a signed distance divided by the width of a pixel (plus the blur of the specimen),
which anti-aliases it. A pixel is painted from back to front: ground, shadow, hind wing, fore wing,
body, leaf, light, noise. Whole-array operations would touch memory for each layer; one fused loop
is ten to forty times faster.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from helpers.butterflies.specimens import OUTLINE_POINTS

LAST = OUTLINE_POINTS - 1
compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def coverage(distance, width) -> float:
    """How much of a pixel lies inside an edge: 1 well inside (negative distance), 0 outside."""
    return min(max(0.5 - distance / width, 0.0), 1.0)


@compiled
def blend(pixel, colour, share) -> None:
    """Lay a colour over a pixel."""
    if share > 0.0:
        for channel in range(3):
            pixel[channel] += share * (colour[channel] - pixel[channel])


@compiled
def hashed(x, y, seed) -> float:
    """A number in 0..1 for a lattice point, the same on every machine (32-bit integer mixing)."""
    value = (x * 374761393 + y * 668265263 + seed * 1274126177) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 1274126177) & 0xFFFFFFFF
    value = ((value ^ (value >> 16)) * 2246822519) & 0xFFFFFFFF
    return (value ^ (value >> 15)) / 4294967296.0


@compiled
def smooth_noise(x, y, seed) -> float:
    """Value noise in 0..1: lattice values, smoothly interpolated."""
    column, row = math.floor(x), math.floor(y)
    u, v = x - column, y - row
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    left, top = int(column), int(row)
    above = hashed(left, top, seed) * (1 - u) + hashed(left + 1, top, seed) * u
    below = hashed(left, top + 1, seed) * (1 - u) + hashed(left + 1, top + 1, seed) * u
    return above * (1 - v) + below * v


@compiled
def paint_ground(pixel, scene, x, y) -> None:
    """A textured background of two colours: three octaves of noise, stretched."""
    u, v = x * scene.stretch_x, y * scene.stretch_y
    cloud = (
        0.55 * smooth_noise(u + 40.0, v + 40.0, scene.seed)
        + 0.30 * smooth_noise(2.3 * u + 80.0, 2.3 * v + 80.0, scene.seed + 1)
        + 0.15 * smooth_noise(5.9 * u + 160.0, 5.9 * v + 160.0, scene.seed + 2)
    )
    share = min(max(0.5 + (cloud - 0.5) * scene.contrast, 0.0), 1.0)
    for channel in range(3):
        first, second = scene.ground[channel], scene.ground_other[channel]
        pixel[channel] = first + share * (second - first)


@compiled
def edge_at(wing, along, side) -> tuple[float, float]:
    """Distance from the root to the worn outer edge, and the edge's slant, by interpolation."""
    place = min(max(along, 0.0), 1.0) * LAST
    before = min(int(place), LAST - 1)
    share = place - before
    radius = wing.outline[before] * (1 - share) + wing.outline[before + 1] * share
    slant = wing.slant[before] * (1 - share) + wing.slant[before + 1] * share
    if side == wing.nick_side:
        radius -= wing.nick_depth * max(0.0, 1.0 - abs(along - wing.nick) / 0.04)
    return radius, slant


@compiled
def patch_distance(wing, along, outwards) -> float:
    """Signed distance (in fractions of the wing) to the large patch of the genus."""
    if wing.patch == 0:
        return outwards - wing.patch_size
    if wing.patch == 1:
        return (1.0 - wing.patch_size) + 0.12 - outwards
    if wing.patch == 2:
        return (1.0 - wing.patch_size) - along
    return along - wing.patch_size


@compiled
def paint_eyespots(pixel, scene, wing, x, y, blur) -> None:
    """Up to three eyespots: a dark disc, an iris, a pupil or a second ring."""
    size = wing.eyespot_radius
    for slot in range(3):
        if wing.eyespots[slot] == 0:
            continue
        distance = math.hypot(x - wing.eyespot_x[slot], y - wing.eyespot_y[slot])
        if distance > size + blur:
            continue
        blend(pixel, scene.dark, coverage(distance - size, blur))
        blend(pixel, scene.iris, coverage(distance - 0.76 * size, blur))
        if wing.rings >= 2:
            blend(pixel, scene.dark, coverage(distance - 0.50 * size, blur))
        if wing.rings >= 3:
            blend(pixel, scene.light, coverage(distance - 0.28 * size, blur))


@compiled
def paint_discal(pixel, scene, wing, along, outwards, radius, blur) -> None:
    """The mark in the middle of the fore wing: a bar, a disc or a pair of discs."""
    size, length = wing.discal_radius, radius * (wing.high - wing.low) * 0.40
    lengthwise = (outwards - 0.40) * radius
    crosswise = (along - 0.52) * length / 0.40
    if wing.discal == 1:
        distance = max(abs(lengthwise) - 0.45 * size, abs(crosswise) - 2.0 * size)
    elif wing.discal == 2:
        distance = math.hypot(lengthwise, crosswise) - size
    else:
        distance = math.hypot(lengthwise, abs(crosswise) - 1.5 * size) - 0.8 * size
    blend(pixel, scene.dark, coverage(distance, blur))


@compiled
def paint_border(pixel, scene, wing, x, y, along, inside, radius, blur) -> None:
    """Outer border of the genus, then spots along it and the fringe of the species."""
    blend(pixel, scene.dark, coverage(inside - wing.border, blur))
    if wing.spot_radius > 0.0:
        nearest = (math.floor(along * wing.spots) + 0.5) / wing.spots
        centre, _ = edge_at(wing, nearest, 0.0)
        angle = wing.low + nearest * (wing.high - wing.low)
        centre -= 0.085
        distance = math.hypot(x - centre * math.cos(angle), y - centre * math.sin(angle))
        blend(pixel, scene.light, coverage(distance - wing.spot_radius, blur))
    if wing.fringe == 1 or (wing.fringe == 2 and int(along * 18.0) % 2 == 0):
        blend(pixel, scene.light, coverage(inside - wing.fringe_width, blur))
    elif wing.fringe == 2:
        blend(pixel, scene.dark, coverage(inside - wing.fringe_width, blur))


@compiled
def paint_wing(pixel, scene, wing, x, y, side, blur) -> None:
    """One wing at a pixel given in the coordinates of the body, the left wing mirrored."""
    x, y = x - wing.root_x, y - wing.root_y
    radius = math.hypot(x, y)
    angle = math.atan2(y, x)
    span = wing.high - wing.low
    along = (angle - wing.low) / span
    if along < -0.2 or along > 1.2:
        return
    edge, slant = edge_at(wing, along, side)
    inside = (edge - radius) * slant
    beside = radius * span * max(-along, along - 1.0)
    share = coverage(max(-inside, beside), blur)
    if share <= 0.0:
        return
    outwards = radius / edge
    wing_pixel = pixel.copy()
    blend(wing_pixel, wing.colour, 1.0)
    patch = patch_distance(wing, along, outwards)
    blend(wing_pixel, wing.patch_colour, coverage(patch * edge, blur + 0.02))
    if wing.vein_width > 0.0:
        vein = abs(along * 7.0 - math.floor(along * 7.0 + 0.5)) / 7.0 * span * radius
        blend(wing_pixel, scene.dark, 0.8 * coverage(vein - wing.vein_width / 2, blur))
    if wing.band > 0.0:
        wave = 0.025 * math.sin(along * 18.0)
        band = abs((outwards - wing.band) * edge * slant + wave) - wing.band_width / 2
        blend(wing_pixel, scene.light, coverage(band, blur))
    if wing.discal > 0:
        paint_discal(wing_pixel, scene, wing, along, outwards, edge, blur)
    paint_border(wing_pixel, scene, wing, x, y, along, inside, radius, blur)
    paint_eyespots(wing_pixel, scene, wing, x, y, blur)
    blend(pixel, scene.dark, 0.55 * coverage(max(-inside, beside) - 0.012, blur))
    blend(pixel, wing_pixel, share)


@compiled
def paint_body(pixel, scene, x, y, blur) -> None:
    """Abdomen, thorax and head as one spindle, and two antennae (``x`` is mirrored)."""
    middle, half = -0.06, 0.36
    thickness = 0.055 * (1.0 - ((y - middle) / half) ** 2) + 0.012
    distance = max(x - thickness, abs(y - middle) - half)
    blend(pixel, scene.body, coverage(distance, blur))
    if 0.26 < y < 0.62:
        bow = 0.02 + 0.55 * (y - 0.26) ** 1.3
        blend(pixel, scene.body, 0.9 * coverage(abs(x - bow) - 0.007, blur))


@compiled
def paint_light(pixel, scene, x, y, column, row) -> None:
    """Exposure, a slope of light across the picture, and sensor noise."""
    light = 1.0 + scene.slope_x * x + scene.slope_y * y
    for channel in range(3):
        grain = hashed(column, row, scene.seed + 7 + channel)
        grain += hashed(column, row, scene.seed + 17 + channel) - 1.0
        value = pixel[channel] * scene.exposure[channel] * light + scene.noise * grain
        pixel[channel] = min(max(value, 0.0), 1.0)


@compiled
def paint(scene, wings, image) -> None:
    """Paint a specimen.

    Args:
        scene: one ``SPECIMEN_RECORD``.
        wings: its two ``WING_RECORD``, fore wing first.
        image: ``uint8 [3, h, h]``, overwritten.
    """
    resolution = image.shape[1]
    pixel = np.empty(3)
    blur = 2.0 / resolution + scene.blur
    for row in range(resolution):
        for column in range(resolution):
            x = (2 * column + 1) / resolution - 1.0
            y = 1.0 - (2 * row + 1) / resolution
            paint_ground(pixel, scene, x, y)
            across = (x - scene.x) / scene.scale
            up = (y - scene.y) / scene.scale
            u = scene.cosine * across + scene.sine * up
            v = -scene.sine * across + scene.cosine * up
            side = -1.0 if u < 0.0 else 1.0
            opening = scene.open_left if u < 0.0 else scene.open_right
            spread = abs(u) / opening
            paint_wing(pixel, scene, wings[1], spread, v, side, blur / scene.scale)
            paint_wing(pixel, scene, wings[0], spread, v, side, blur / scene.scale)
            paint_body(pixel, scene, abs(u), v, blur)
            leaf = abs(math.hypot(x - scene.leaf_x, y - scene.leaf_y) - scene.leaf_radius)
            if scene.leaf_width > 0.0:
                blend(pixel, scene.leaf, coverage(leaf - scene.leaf_width, blur))
            paint_light(pixel, scene, x, y, column, row)
            for channel in range(3):
                image[channel, row, column] = np.uint8(pixel[channel] * 255.0 + 0.5)
