"""An application with the shipped model, and scenes to send to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from helmet_service import create_app
from helmet_service.settings import Settings
from pose import Estimator

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


def encoded(pixels: np.ndarray, extension: str = ".png") -> str:
    """(H, W, 3) or (H, W) uint8 -> base64 of a picture file."""
    return base64.b64encode(cv2.imencode(extension, pixels)[1].tobytes()).decode()
