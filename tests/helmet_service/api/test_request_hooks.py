from __future__ import annotations

import io

import pytest

from helmet_service import create_app
from helmet_service.settings import Settings
from helmet_service.work.service import EXTENSION
from pose import Estimator
from pose.runtimes import Runtime
from tests.helmet_service.api.checks import LEGACY_CODES, WORK, assert_problem, assert_refused, full


class Sent(io.BytesIO):
    """What a client sends in chunks: the server finds the end of it."""

    def environ(self) -> dict[str, object]:
        return {"wsgi.input": self, "wsgi.input_terminated": True, "CONTENT_TYPE": "application/json"}


def assert_error(response, route, status, field=None):
    if route in LEGACY_CODES:
        assert_refused(response, status, field, code=LEGACY_CODES[route])
    else:
        assert_problem(response, status, *([field] if field else []))


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/v1",
        "/v1/",
        "/v1/compliance/",
        "/get_head_point/",
        "/v1/faces",
        "/v1/videos/",
        "/index.html",
        "/\0\n",
        "/é" * 90,
    ],
)
def test_an_unknown_route_is_a_404(client, path):
    for method in ("GET", "POST"):
        problem = assert_problem(client.open(path, method=method), 404, "path")
        assert len(problem["errors"][0]["got"]) <= 80


@pytest.mark.parametrize("route", WORK)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_a_wrong_method_is_a_405_that_tells_the_right_ones(client, route, method):
    response = client.open(route, method=method)
    assert_error(response, route, 405, "method")
    assert response.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("route", ["/healthz", "/readyz", "/v1/info", "/openapi.json", "/docs"])
def test_what_is_read_only_cannot_be_posted_to(client, route):
    response = client.post(route, json={})
    assert_problem(response, 405, "method")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("route", WORK)
def test_options_tell_the_methods(client, route):
    response = client.options(route)
    assert response.status_code == 200
    assert sorted(response.headers["Allow"].split(", ")) == ["OPTIONS", "POST"]


def test_head_is_get_without_a_body(client):
    assert (client.head("/healthz").status_code, client.head("/healthz").data) == (200, b"")
    assert (client.head("/").status_code, client.head("/").data) == (405, b"")


@pytest.mark.parametrize("route", WORK)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"img=abc", 400),
        (b"\xff\xfe\xff", 400),
        (b'{"img": "\xe9"}', 400),
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (b'{"id": ' + b"7" * 5_000 + b"}", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"1e999", 422),
        (b"NaN", 422),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client, route, body, status):
    assert_error(client.post(route, data=body, content_type="application/json"), route, status, "body")


@pytest.mark.parametrize("route", WORK)
def test_a_body_over_the_limit_is_refused(client_with, route):
    client = client_with(max_body_mb=1)
    declared = io.BytesIO(bytes(1_000_001))
    response = client.post(route, input_stream=declared, content_length=1_000_001, content_type="application/json")
    assert_error(response, route, 413, "body")
    chunked = Sent(bytes(1_500_000))
    assert_error(client.post(route, environ_overrides=chunked.environ()), route, 413, "body")


def test_a_body_in_chunks_is_read(client, blank):
    sent = Sent(f'{{"picture": "{blank}"}}'.encode())
    assert client.post("/v1/poses", environ_overrides=sent.environ()).status_code == 200


@pytest.mark.parametrize("route", WORK)
def test_a_full_queue_is_a_503_that_tells_when_to_come_again_whatever_the_body(client_with, route):
    client = client_with(queue=0, max_body_mb=1)
    service = client.application.extensions[EXTENSION]
    with full(service.admission.queue):
        for size in (0, 1_000_000, 3_000_000):
            sent = Sent(b"{" * size)
            response = client.post(route, environ_overrides=sent.environ())
            assert_error(response, route, 503)
            assert response.headers["Retry-After"] == "1"
            assert sent.tell() == 0
        assert client.get("/healthz").status_code == 200
    assert_error(client.post(route, json=[]), route, 422, "body")


class Broken(Runtime):
    """A runtime that fails at each picture."""

    precision = "f32"

    def run(self, batch):
        return {}["secret"]


@pytest.mark.parametrize("route", WORK)
def test_our_own_fault_is_a_500_that_tells_the_request_id_alone(caplog, estimator, seeing, blank, route):
    client = create_app(
        Settings(), Estimator(estimator.model, Broken(), 384, seeing.headwear, seeing.hands)
    ).test_client()
    body = {"picture": blank} if route.startswith("/v1") else {"img": blank}
    hats = {"/": {"hat_location": []}, "/v1/compliance": {"hats": []}}.get(route, {})
    response = client.post(route, json=body | hats)
    assert_error(response, route, 500)
    request_id = response.headers["X-Request-Id"]
    assert request_id in (response.json.get("detail"), response.json.get("message"))
    assert "secret" not in response.text
    assert request_id in caplog.text
    assert "KeyError" in caplog.text
    assert "helmet_faults_total 1.0" in client.get("/metrics").text


def test_every_answer_has_a_request_id_of_its_own(client):
    paths = ("/healthz", "/healthz", "/nope", "/v1/poses", "/docs")
    assert len({client.get(path).headers["X-Request-Id"] for path in paths}) == len(paths)
