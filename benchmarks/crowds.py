"""Requests with pictures of a known number of people and bytes, made of the samples' people."""

from __future__ import annotations

import base64
import json
from typing import Final

import cv2

from samples.compose import Placed, Scene, compose, portraits

WIDTH: Final = 1280
HEIGHT: Final = 720
# By people: columns, rows and scale of the portraits that fill the picture.
_LAYOUT: Final = {1: (1, 1, 0.62), 5: (5, 1, 0.42), 20: (7, 3, 0.3), 50: (10, 5, 0.2)}
_HIGHEST_QUALITY: Final = 99


def crowd_request(people: int, kilobytes: int) -> bytes:
    """The JSON of a `/v1/compliance` request; everybody's cap or helmet is a hat.

    people: in the picture, 1, 5, 20 or 50. kilobytes: the JPEG has the highest quality that fits in so many.
    """
    picture, known = compose(_scene(people), portraits())
    data = b""
    for quality in range(_HIGHEST_QUALITY, 9, -2):
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= 1000 * kilobytes:
            break
    hats = [person["hat"] for person in known]
    return json.dumps({"picture": base64.b64encode(data).decode(), "hats": hats}).encode()


def _scene(people: int) -> Scene:
    columns, rows, scale = _LAYOUT[people]
    placed = []
    for index in range(people):
        column, row = index % columns, index // columns
        who = "collins" if (column + row) % 2 else "hopper"
        side = 512 if who == "collins" else 600
        left = round((column + 0.5) * WIDTH / columns - 512 * scale / 2)
        bottom = max(round((row + 1) * (HEIGHT - 20) / rows), round(side * scale) + 1)
        placed.append(Placed(who, max(left, 0), bottom, scale))
    return Scene(WIDTH, HEIGHT, HEIGHT - 10, tuple(placed))
