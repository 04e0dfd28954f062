"""What a service tells of itself while it works, in one process."""

from __future__ import annotations

import os

import pytest
from prometheus_client.parser import text_string_to_metric_families

from helmet_service.api.schemas.status import HistoryAnswer, StatusAnswer
from helmet_service.version import VERSION
from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import assert_answer, assert_problem, full


def metrics_of(client):
    """Value by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def fresh(client_with):
    """A client of a service that nobody has asked anything yet."""
    return client_with()


def test_work_is_counted_by_route_status_people_and_verdicts_and_its_stages_timed(fresh, scene):
    assert fresh.post("/v1/compliance", json=scene).status_code == 200
    assert fresh.post("/", json={"img": scene["picture"], "hat_location": []}).status_code == 200
    told = metrics_of(fresh)
    assert told["helmet_requests_total", "/v1/compliance", "200"] == 1
    assert told["helmet_requests_total", "/", "200"] == 1
    assert (told["helmet_picture_people_count",], told["helmet_picture_people_sum",]) == (2, 4)
    assert told["helmet_judged_pictures_total", "hats"] == 2
    assert told["helmet_verdicts_total", "hat_on_head", "helmet"] == 1
    assert sum(value for name, value in told.items() if name[0] == "helmet_verdicts_total") == 4
    for stage in ("decode", "queue", "network", "grouping", "matching", "total"):
        assert told["helmet_stage_seconds_count", stage] == 2
    assert told["helmet_stage_seconds_sum", "network"] < told["helmet_stage_seconds_sum", "total"]


def test_the_older_rules_verdicts_are_counted_too(client_with, scene):
    client = client_with(compat_matcher="legacy")
    client.post("/", json={"img": scene["picture"], "hat_location": []})
    client.post("/v1/compliance", json={**scene, "hats": [], "matcher": "legacy"})
    assert metrics_of(client)["helmet_verdicts_total", "bare_head", "no_helmet"] >= 2


@pytest.mark.parametrize(
    ("path", "sent", "reason", "route"),
    [
        ("/v1/poses", {"json": {}}, "wrong_field", "/v1/poses"),
        ("/v1/poses", {"data": "{", "content_type": "application/json"}, "malformed", "/v1/poses"),
        ("/get_body_box", {"data": "{"}, "malformed", "/get_body_box"),
        ("/v1/poses", {"data": "x" * 1_000_001, "content_type": "application/json"}, "too_large", "/v1/poses"),
        ("/no/such\nroute", {}, "no_such_route", "other"),
        ("/healthz", {}, "no_such_method", "other"),
    ],
)
def test_refusals_are_counted_by_reason_and_by_routes_that_exist(client_with, path, sent, reason, route):
    client = client_with(max_body_mb=1)
    status = str(client.post(path, **sent).status_code)
    told = metrics_of(client)
    assert told["helmet_rejections_total", reason] == 1
    assert told["helmet_requests_total", *sorted((route, status))] == 1


def test_a_queue_and_bodies_are_told_while_they_last(client_with, blank):
    client = client_with(queue=0)
    service = client.application.extensions[EXTENSION]
    with full(service.admission.queue), service.admission.in_flight.holding(7):
        assert client.post("/v1/poses", json={"picture": blank}).status_code == 503
        told = metrics_of(client)
        assert told["helmet_body_bytes_in_flight",] == 7
        assert told["helmet_rejections_total", "queue_full"] == 1
        assert told["helmet_requests_in_progress",] == 1
    assert metrics_of(client)["helmet_body_bytes_in_flight",] == 0


def test_model_and_version_are_told_by_labels(fresh, estimator):
    model = estimator.model
    labels = sorted((model.name, model.version, estimator.runtime.precision, model.sha256))
    told = metrics_of(fresh)
    assert told["helmet_model_info", *labels] == 1
    assert VERSION in next(name for name in told if name[0] == "helmet_build_info")


def test_a_scraper_that_wants_openmetrics_gets_it(fresh):
    answer = fresh.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.mimetype == "application/openmetrics-text"
    assert answer.text.endswith("# EOF\n")


def test_a_scraper_that_asks_for_nonsense_gets_the_usual_text(fresh):
    answer = fresh.get("/metrics", headers={"Accept": "application/openmetrics-text; version=a.b.c"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")


def test_status_tells_people_the_same(fresh, scene, estimator):
    fresh.post("/v1/compliance", json=scene)
    fresh.post("/v1/poses", json={})
    status = assert_answer(fresh.get("/v1/status"), StatusAnswer)
    assert (status["ready"], status["not_ready"], status["not_ready_reason"]) == (True, None, None)
    assert status["requests"]["by_status"] == {"200": 1, "422": 1}
    assert status["requests"]["in_progress"] == 1
    assert status["rejections"] == {"wrong_field": 1}
    assert status["verdicts"] == {"helmet": 1, "no_helmet": 1, "unknown": 0}
    assert status["pictures"]["people_per_picture"] == 2
    assert status["latency_ms"]["total"]["p50"] > 0
    assert status["workers"]["running"] == status["workers"]["ready"] == 1
    assert status["memory_mb"] > 10
    assert status["workers"]["processes"] == [{"pid": os.getpid(), "memory_mb": status["memory_mb"]}]
    assert status["model"]["sha256"] == estimator.model.sha256


def test_refusals_and_faults_are_told_by_kind_with_the_last_ones_id(fresh, monkeypatch):
    fresh.post("/v1/poses", json={"secret": "s"})
    last = fresh.post("/v1/poses", json={"secret": "s"}).headers["X-Request-Id"]
    unknown = fresh.get("/secret").headers["X-Request-Id"]
    monkeypatch.setattr(fresh.application.extensions[EXTENSION], "check_ready", None)
    fault = fresh.get("/readyz").headers["X-Request-Id"]
    monkeypatch.undo()
    told = assert_answer(fresh.get("/v1/status"), StatusAnswer)["problems"]
    assert [
        tuple(problem[key] for key in ("route", "status", "reason", "count", "request_id")) for problem in told
    ] == [
        ("/readyz", 500, "fault", 1, fault),
        ("other", 404, "no_such_route", 1, unknown),
        ("/v1/poses", 422, "wrong_field", 2, last),
    ]


def test_the_history_has_a_point_for_each_ten_seconds(fresh, scene):
    history = fresh.application.extensions[EXTENSION].history
    history.keep()
    fresh.post("/v1/compliance", json=scene)
    history.keep()
    told = assert_answer(fresh.get("/v1/status/history"), HistoryAnswer)
    (point,) = told["points"]
    assert told["each_s"] == 10
    assert point["pictures_per_s"] > 0
    assert point["latency_ms"]["p95"] > 0


def test_a_service_that_stops_is_not_ready_and_does_what_still_comes(client_with, blank):
    client = client_with()
    client.application.extensions[EXTENSION].stop()
    assert "stopping" in assert_problem(client.get("/readyz"), 503)["detail"]
    assert client.get("/healthz").status_code == 200
    assert client.post("/v1/poses", json={"picture": blank}).status_code == 200
    status = assert_answer(client.get("/v1/status"), StatusAnswer)
    assert (status["ready"], status["workers"]["ready"]) == (False, 0)
    assert "stopping" in status["not_ready"]
    assert status["not_ready_reason"] == "stopping"
