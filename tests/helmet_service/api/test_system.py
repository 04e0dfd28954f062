from __future__ import annotations

import tomllib
from dataclasses import fields

import pytest

from helmet_service.api.schemas.status import InfoAnswer, StateAnswer
from helmet_service.settings import Settings
from helmet_service.version import VERSION
from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import assert_answer, assert_problem, assert_refused, full


def test_the_process_answers(client):
    assert assert_answer(client.get("/healthz"), StateAnswer) == {"status": "ok"}


def test_a_warm_service_is_ready(client):
    assert assert_answer(client.get("/readyz"), StateAnswer) == {"status": "ready"}


def assert_busy(client, response, picture):
    """Work is refused on both surfaces and told when to come again; health and facts are told."""
    assert_problem(response, 503)
    assert response.headers["Retry-After"] == "1"
    assert_refused(client.post("/get_body_box", json={"img": picture}), 503, code=int)
    for route in ("/healthz", "/readyz", "/v1/info"):
        assert client.get(route).status_code == 200


def test_a_full_queue_refuses_work_but_not_health(client_with, blank):
    client = client_with(queue=0)
    with full(client.application.extensions[EXTENSION].admission.queue):
        response = client.post("/v1/poses", json={"picture": blank})
        assert_busy(client, response, blank)
    assert client.post("/v1/poses", json={"picture": blank}).status_code == 200


def test_a_queue_that_stays_full_is_not_ready(client_with, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    client = client_with(queue=0)
    with full(client.application.extensions[EXTENSION].admission.queue):
        now[0] += 9
        assert client.get("/readyz").status_code == 200
        now[0] += 1
        assert "full" in assert_problem(client.get("/readyz"), 503)["detail"]
    assert client.get("/readyz").status_code == 200


def test_info_tells_model_limits_and_settings(client, estimator):
    info = assert_answer(client.get("/v1/info"), InfoAnswer)
    assert info["service"] == {"name": "helmet-service", "version": VERSION}
    assert info["model"]["sha256"] == estimator.model.sha256
    assert info["limits"]["hats"] == 500
    assert list(info["settings"]) == [entry.name for entry in fields(Settings)]


@pytest.mark.parametrize(
    ("settings", "share", "at_720"),
    [
        ({"min_head_px": 8.0}, 0.0208, 15.0),
        ({"min_head_px": 16.0, "input_height": 768}, 0.0208, 15.0),
        ({"min_head_px": 24.0}, 0.0625, 45.0),
    ],
)
def test_info_tells_what_the_smallest_head_means_in_pictures(client_with, settings, share, at_720):
    smallest = client_with(**settings).get("/v1/info").json["smallest_head"]
    assert smallest["share_of_picture_height"] == share
    assert smallest["picture_px_by_picture_height"]["720"] == at_720


def test_the_version_is_that_of_the_project(root):
    assert tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"] == VERSION
