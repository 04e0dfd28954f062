"""The ancestor's `POST /`, form A: `python -m benchmarks.baseline.server --port N --maps FILE`.

It is Flask's threaded development server in one process: Lightweight OpenPose in float32 with a thread on each core and
autograd left on, then grouping, then the legacy rule. Weights are random, as the network's cost does not depend on
them, and its answer is thrown away. Grouping gets maps of the picture's people instead; FILE (.npz) has them by the
SHA-256 of the picture's bytes. What the ancestor also drew, printed and saved is left out, in its favour.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from numpy.typing import NDArray

from benchmarks.baseline.grouping import SPEC, group
from benchmarks.baseline.network_input import placed, prepare
from helmet_service.api.legacy_answers import legacy_rows
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.legacy_rule import judge_legacy
from pose import Person
from pose.train.networks import build


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maps", type=Path, required=True, help="what `save_maps` wrote")
    options = parser.parse_args()
    torch.set_num_threads(os.cpu_count() or 1)
    create_app(load_maps(options.maps)).run("127.0.0.1", options.port, threaded=True)


def save_maps(path: Path, maps: Mapping[bytes, NDArray[np.float32]]) -> None:
    """Write maps by picture, for `--maps`."""
    np.savez(path, allow_pickle=False, **{_name(picture): each for picture, each in maps.items()})


def load_maps(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read a file of `save_maps`."""
    with np.load(path) as maps:
        return dict(maps)


def create_app(maps: Mapping[str, NDArray[np.float32]]) -> Flask:
    """maps: (57, rows, columns) by the hexadecimal SHA-256 of each picture that may be sent."""
    app = Flask(__name__)
    network = build("lightweight_openpose", SPEC.channels).eval()

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        return "ready"

    @app.post("/")
    def helmets() -> ResponseReturnValue:
        asked: dict[str, Any] = request.get_json()
        files = [base64.b64decode(text) for text in asked["img"]]
        picture = cv2.imdecode(np.frombuffer(files[0], np.uint8), cv2.IMREAD_COLOR)
        height, width = picture.shape[:2]
        where = placed(width, height)
        answered = network(torch.from_numpy(prepare(picture, where)))[-1].data.numpy()[0]
        people = where.to_picture(group(maps[_name(files[0])].reshape(answered.shape)))
        hats = [Hat(Box(**box), None, index) for index, box in enumerate(asked["hat_location"])]
        verdicts = judge_legacy([Person(person, 1.0) for person in people], hats, width=width, height=height)
        return jsonify({"code": "200", "message": "Success", "data": legacy_rows(verdicts)})

    return app


def _name(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


if __name__ == "__main__":
    main()
