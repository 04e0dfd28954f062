"""With `BLUR_HEADS=1` no route shows a head that anybody could recognise."""

from __future__ import annotations

import base64
import json

import cv2
import numpy as np
import pytest

from helmet_service import create_app
from helmet_service.api.docs import openapi_document
from helmet_service.settings import Settings


def drawing_routes() -> list[str]:
    """Every route whose answer may hold a picture."""
    document = openapi_document()
    schemas = document["components"]["schemas"]
    routes = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            content = operation["responses"].get("200", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if "annotated" in schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("properties", {}):
                routes.append(path)
    return routes


@pytest.fixture(scope="module")
def blurring(seeing):
    return create_app(Settings(blur_heads="1", web_system="1"), seeing).test_client()


@pytest.fixture(scope="module")
def faces(root) -> list[tuple[slice, slice]]:
    """The middles of the scene's heads."""
    people = json.loads((root / "samples" / "scenes.json").read_text())["site_two.jpg"]["people"]
    boxes = [np.array([person["head"][edge] for edge in ("top", "left", "height", "width")]) for person in people]
    middles = [(top + height // 4, left + width // 4, height // 2, width // 2) for top, left, height, width in boxes]
    return [(slice(top, top + height), slice(left, left + width)) for top, left, height, width in middles]


def detail(pixels: np.ndarray) -> float:
    """The median strength of edges, which lines drawn across do not change."""
    return float(np.median(np.abs(cv2.Laplacian(pixels, cv2.CV_32F))))


def test_routes_with_pictures_are_known():
    assert drawing_routes() == ["/v1/compliance", "/v1/hats", "/v1/hands", "/v1/poses"]


WHOLE = [{"left": 0, "top": 0, "width": 1280, "height": 720}]


@pytest.mark.parametrize(
    ("path", "request_"), [*((path, {}) for path in drawing_routes()), ("/v1/hands", {"boxes": WHOLE})]
)
def test_no_face_is_left_in_a_picture(path, request_, blurring, scene, scene_bytes, faces):
    answer = blurring.post(path, json={"picture": scene["picture"], "include": ["annotated"], **request_}).json
    assert_blurred(answer["annotated"], scene_bytes, faces)


def test_no_face_is_left_for_clients_of_the_web_system(blurring, scene, scene_bytes, faces):
    answer = blurring.post("/api/detect/image", json={"image_base64": scene["picture"]}).json
    assert_blurred(answer["result_image"].partition(",")[2], scene_bytes, faces)


def assert_blurred(annotated, scene_bytes, faces):
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(annotated), np.uint8), cv2.IMREAD_COLOR)
    sent = cv2.imdecode(np.frombuffer(scene_bytes, np.uint8), cv2.IMREAD_COLOR)
    for face in faces:
        assert detail(shown[face]) < 0.3 * detail(sent[face])
    sky = slice(0, 200), slice(0, 1280)
    assert np.abs(shown[sky].astype(int) - sent[sky]).mean() < 2
