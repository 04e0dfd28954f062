"""Draws crops with their training targets, for visual inspection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.fields import HEAD_UNIT, FieldSpec
from pose.pictures import strokes
from pose.train.augment.crops import Crop
from pose.train.augment.targets import HEAD_CORE, Targets, make_targets
from pose.train.data.examples import TARGET, UNSURE

Picture = NDArray[np.uint8]

PANEL: Final = 320  # pixels a side
_GREY: Final = (160, 160, 160)
_COLUMNS: Final = 2  # crops beside each other
_LINE: Final = 18  # pixels: height of a line of the legend
# The meaning of each panel's colours: of heatmaps points of OpenCV's JET, of PAFs pure hues.
_LEGEND: Final = (
    (
        (strokes.WHITE, "dot: keypoint to find"),
        (strokes.UNSURE.colour, "dot: unsure keypoint, not learned"),
        (strokes.HELMETED.colour, "box: helmeted head"),
        (strokes.BARE.colour, "box: bare head"),
        (strokes.MAGENTA, "box: ignored region"),
    ),
    (
        ((0, 0, 128), "keypoint (heatmap 1)"),
        ((128, 255, 128), "halfway (heatmap 0.5)"),
        ((128, 0, 0), "none (heatmap 0)"),
        (_GREY, "dark and hatched: not learned"),
    ),
    (
        ((0, 0, 255), "limb (PAF) to the right; cyan: left"),
        ((0, 255, 128), "limb downwards; violet: upwards"),
        (strokes.HELMETED.colour, "circle: helmeted head in the fields"),
        (strokes.BARE.colour, "circle: bare head in the fields"),
        (_GREY, "crossed out: heads are not learned"),
    ),
)
LEGEND_HEIGHT: Final = 6 * _LINE  # pixels: the longest column and a margin


def draw_sheet(crops: Sequence[Crop], spec: FieldSpec) -> Picture:
    """Rows of crops above a legend of `LEGEND_HEIGHT` pixels.

    Each crop has three panels: labels; the highest heatmap; and PAFs with the heads of the head fields.
    """
    tiles = [np.hstack(_panels(crop, make_targets(crop, spec), spec)) for crop in crops]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[start : start + _COLUMNS]) for start in range(0, len(tiles), _COLUMNS)]
    return np.vstack([*rows, _legend(rows[0].shape[1])]).astype(np.uint8)


def _legend(width: int) -> Picture:
    """The legend of the first crop's panels, (LEGEND_HEIGHT, width, 3)."""
    drawn = np.full((LEGEND_HEIGHT, width, 3), 32, np.uint8)
    for panel, entries in enumerate(_LEGEND):
        for line, (colour, text) in enumerate(entries):
            x, y = panel * PANEL + _LINE // 2, line * _LINE + _LINE // 2
            cv2.rectangle(drawn, (x, y), (x + 10, y + 10), colour, -1)
            cv2.putText(drawn, text, (x + 18, y + 10), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return drawn


def _panels(crop: Crop, targets: Targets, spec: FieldSpec) -> tuple[Picture, ...]:
    picture = enlarged(crop.pixels)
    return (
        _labels(picture, crop),
        draw_heatmaps(picture, targets, spec),
        _heads(draw_pafs(picture, targets, spec), crop, targets, spec),
    )


def _labels(picture: Picture, crop: Crop) -> Picture:
    drawn, scale = picture.copy(), PANEL / crop.size
    for left, top, width, height in crop.ignore * scale:
        strokes.draw_box(drawn, (left, top, left + width, top + height), strokes.MAGENTA, 1)
    for (x, y, size), helmeted in zip(crop.heads * scale, crop.helmeted, strict=True):
        colour = strokes.HELMETED.colour if helmeted else strokes.BARE.colour
        strokes.draw_box(drawn, (x - size / 2, y - size / 2, x + size / 2, y + size / 2), colour, 1)
    for state, colour in ((TARGET, strokes.WHITE), (UNSURE, strokes.UNSURE.colour)):
        for x, y, _ in crop.people[crop.people[..., 2] == state]:
            for radius, ink in ((4, strokes.BLACK), (3, colour)):
                cv2.circle(drawn, _whole(x * scale, y * scale), radius, ink, -1, cv2.LINE_AA)
    return drawn


def enlarged(pixels: Picture) -> Picture:
    """A crop (S, S, 3) enlarged to a panel."""
    return cv2.resize(pixels, (PANEL, PANEL), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def draw_heatmaps(picture: Picture, targets: Targets, spec: FieldSpec) -> Picture:
    """The highest heatmap in colours from blue to red over an enlarged crop."""
    return draw_values(picture, targets.fields[list(spec.heatmaps)].max(axis=0), targets.pose_mask)


def draw_values(picture: Picture, values: NDArray[np.float32], mask: NDArray[np.float32]) -> Picture:
    """Values (h, w) in colours from blue, 0, to red, 1, over an enlarged crop; dark and hatched where the mask is 0."""
    colours = cv2.applyColorMap((np.clip(_large(values), 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_JET)
    drawn = cv2.addWeighted(picture, 0.5, colours, 0.5, 0).astype(np.uint8)
    masked = _large(mask) == 0
    drawn[masked] //= 3
    y, x = np.indices(masked.shape)
    drawn[masked & ((x + y) % 8 == 0)] = 200
    return drawn


def draw_pafs(picture: Picture, targets: Targets, spec: FieldSpec) -> Picture:
    """The strongest PAF over an enlarged crop; the hue is its direction."""
    pairs = targets.fields[np.array(spec.pafs)]  # (19, 2, h, w)
    strength = np.hypot(pairs[:, 0], pairs[:, 1])
    strongest = strength.argmax(axis=0)[None, None]
    x, y = np.take_along_axis(pairs, strongest, axis=0)[0]
    colours = np.full((*x.shape, 3), 255, np.uint8)
    colours[..., 0] = np.degrees(np.arctan2(y, x)) % 360 / 2
    colours[..., 2] = np.clip(strength.max(axis=0), 0, 1) * 255
    large = cv2.resize(cv2.cvtColor(colours, cv2.COLOR_HSV2BGR), (PANEL, PANEL), interpolation=cv2.INTER_NEAREST)
    return cv2.addWeighted(picture, 0.4, large, 0.8, 0).astype(np.uint8)


def _heads(panel: Picture, crop: Crop, targets: Targets, spec: FieldSpec) -> Picture:
    if spec.helmeted_heads is None or spec.bare_heads is None or spec.head_size is None or spec.head_offset is None:
        return panel
    fields, scale = targets.fields, PANEL / crop.size
    for channel, colour in ((spec.helmeted_heads, strokes.HELMETED.colour), (spec.bare_heads, strokes.BARE.colour)):
        for row, column in np.argwhere(fields[channel] >= HEAD_CORE):
            x = (column + 0.5 + fields[spec.head_offset[0], row, column]) * spec.stride * scale
            y = (row + 0.5 + fields[spec.head_offset[1], row, column]) * spec.stride * scale
            radius = 2 ** fields[spec.head_size, row, column] * HEAD_UNIT / 2 * scale
            cv2.circle(panel, _whole(x, y), max(round(float(radius)), 1), colour, 1, cv2.LINE_AA)
    if not targets.head_mask.any():
        cv2.line(panel, (0, 0), (PANEL, PANEL), _GREY, 1)
        cv2.line(panel, (0, PANEL), (PANEL, 0), _GREY, 1)
    return panel


def _large(field: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.resize(field, (PANEL, PANEL), interpolation=cv2.INTER_NEAREST).astype(np.float32)


def _whole(x: float, y: float) -> tuple[int, int]:
    return round(float(x)), round(float(y))
