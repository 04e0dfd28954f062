"""A model that answers proposals instead of fields serves the same routes."""

import numpy as np
import pytest

from helmet_service import create_app
from helmet_service.api.schemas.answers import ComplianceAnswer, PosesAnswer
from helmet_service.settings import Settings
from helmet_service.work.network import load_warm
from pose.skeleton import KEYPOINTS
from tests.helmet_service.api.checks import assert_answer
from tests.helmet_service.conftest import encoded
from tests.pose.people import standing
from tests.pose.proposing_model import proposing_model

LEFT, RIGHT = standing(100, 120, 20), standing(300, 120, 20)
PICTURE = encoded(np.full((384, 512, 3), 128, np.uint8))  # as large as the network's input


@pytest.fixture(scope="module")
def client(root, tmp_path_factory):
    settings = Settings(model_dir=proposing_model(root, tmp_path_factory.mktemp("model"), [LEFT, RIGHT]))
    return create_app(settings, load_warm(settings)).test_client()


def test_poses_are_the_proposed_people(client):
    answer = assert_answer(client.post("/v1/poses", json={"picture": PICTURE}), PosesAnswer)
    for found, person in zip(answer["people"], (LEFT, RIGHT), strict=True):
        assert [point["name"] for point in found["keypoints"]] == list(KEYPOINTS)
        points = [(point["x"], point["y"]) for point in found["keypoints"]]
        np.testing.assert_allclose(points, person[:, :2], atol=0.06)


def test_heads_are_fitted_to_skeletons_and_hats_put_on_them(client):
    hat = {"left": 80, "top": 75, "width": 40, "height": 30}
    answer = assert_answer(client.post("/v1/compliance", json={"picture": PICTURE, "hats": [hat]}), ComplianceAnswer)
    assert [person["status"] for person in answer["people"]] == ["helmet", "no_helmet"]
