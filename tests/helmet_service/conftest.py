"""An application with the shipped model, and scenes to send to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openvino
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openvino import opset13 as ops

from helmet_service import create_app
from helmet_service.settings import Settings
from pose import Estimator
from pose.estimation.hands import HandFinder
from pose.estimation.headwear import OUTPUT, SIDE, HeadwearClassifier
from tests.helmet_service.keys import KEY
from tests.pose.blue_hands import blue_hands

Clients = Callable[..., FlaskClient]


@pytest.fixture(scope="session")
def app(estimator: Estimator) -> Flask:
    """The application with default settings; it keeps no state between requests."""
    return create_app(Settings(), estimator)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def client_with(estimator: Estimator) -> Clients:
    """A client of an application with other settings: `client_with(max_hats=3)`."""
    return lambda **settings: create_app(Settings(**settings), estimator).test_client()


@pytest.fixture(scope="session")
def blind(estimator: Estimator) -> Estimator:
    """The shipped model without the networks of headwear and hands: it sees no hats itself, and finds no hands."""
    return Estimator(estimator.model, estimator.runtime, estimator.height)


@pytest.fixture(scope="session")
def seeing(estimator: Estimator, tmp_path_factory: pytest.TempPathFactory) -> Estimator:
    """The shipped model with a classifier that takes bright heads for helmeted ones: the scene's left one alone.

    It finds a hand wherever something is blue (`blue_hands`).
    """
    crops = ops.parameter([-1, SIDE, SIDE, 3], np.uint8)
    brightness = ops.reshape(ops.reduce_mean(ops.convert(crops, "f32"), [1, 2, 3]), [-1, 1], special_zero=False)
    helmet = ops.sigmoid(ops.multiply(ops.subtract(brightness, np.float32(77)), np.float32(0.5)))
    bare, nothing = (ops.multiply(ops.subtract(np.float32(1), helmet), np.float32(share)) for share in (1, 0))
    answer = ops.concat([helmet, bare, nothing], axis=1)
    answer.output(0).set_names({OUTPUT})
    folder = tmp_path_factory.mktemp("networks")
    openvino.save_model(openvino.Model([answer], [crops]), folder / "headwear.xml")
    headwear, hands = HeadwearClassifier(folder / "headwear.xml"), HandFinder(blue_hands(folder))
    return Estimator(estimator.model, estimator.runtime, estimator.height, headwear, hands)


@pytest.fixture(scope="session")
def scene(root: Path) -> dict[str, Any]:
    """A v1 request: two people, one with a hat on the head, the other with one in the hand."""
    request: dict[str, Any] = json.loads((root / "samples" / "compliance.json").read_text())
    return {"picture": request["picture"], "hats": request["hats"]}


@pytest.fixture(scope="session")
def scene_bytes(scene: dict[str, Any]) -> bytes:
    """The scene's picture as a file."""
    return base64.b64decode(scene["picture"])


@pytest.fixture(scope="session")
def blank() -> str:
    """A small grey picture with nobody in it, as base64."""
    return encoded(np.full((48, 64, 3), 128, np.uint8))


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file for API_KEYS_FILE, with `KEY` alone."""
    path = tmp_path_factory.mktemp("keys") / "keys"
    path.write_text(KEY)
    return str(path)


def encoded(pixels: np.ndarray, extension: str = ".png") -> str:
    """(H, W, 3) or (H, W) uint8 -> base64 of a picture file."""
    return base64.b64encode(cv2.imencode(extension, pixels)[1].tobytes()).decode()
