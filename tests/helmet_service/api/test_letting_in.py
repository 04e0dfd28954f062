from __future__ import annotations

import io
import json
import logging

import pytest

from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import LEGACY_CODES, WORK, assert_problem, assert_refused, full
from tests.helmet_service.keys import GUESS, KEY

FACTS = ["/v1/info", "/v1/status", "/metrics"]
OPEN = ["/healthz", "/readyz", "/openapi.json", "/docs", "/docs/start.js"]


@pytest.fixture(scope="module")
def locked(client_with, keys_file):
    """A client of a service that wants a key."""
    return client_with(api_keys_file=keys_file)


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": GUESS}, {"Authorization": f"Bearer {GUESS}"}])
@pytest.mark.parametrize("route", [*WORK, *FACTS, "/nope", "/v1/faces"])
def test_nothing_is_told_without_a_key(locked, route, headers):
    response = locked.open(route, method="GET" if route in FACTS else "POST", json={}, headers=headers)
    if route in LEGACY_CODES:
        assert_refused(response, 401, "X-API-Key", code=LEGACY_CODES[route])
    else:
        assert_problem(response, 401, "X-API-Key")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert GUESS not in response.text


@pytest.mark.parametrize("headers", [{"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}])
def test_a_key_lets_in(locked, blank, headers):
    assert locked.post("/v1/poses", json={"picture": blank}, headers=headers).status_code == 200
    assert locked.post("/get_body_box", json={"img": blank}, headers=headers).status_code == 200
    for route in FACTS:
        assert locked.get(route, headers=headers).status_code == 200
    assert_problem(locked.get("/nope", headers=headers), 404, "path")


@pytest.mark.parametrize("route", OPEN)
def test_probes_and_the_page_need_no_key_and_no_patience(client_with, keys_file, route):
    client = client_with(api_keys_file=keys_file, rate_limit=1)
    assert [client.get(route).status_code for _ in range(3)] == [200] * 3


def test_keys_and_guesses_are_neither_told_nor_logged(locked, caplog):
    caplog.set_level(logging.DEBUG)
    locked.post("/v1/poses", json={}, headers={"X-API-Key": GUESS})
    told = locked.get("/v1/info", headers={"X-API-Key": KEY}).text
    assert "keys_file" in told
    for text in (told, caplog.text):
        assert KEY not in text
        assert GUESS not in text


def drained(route, client, **headers):
    """The answer to a body far over the limit whose sender waits for it."""
    sent = io.BytesIO(bytes(1_000_001))
    return client.post(route, input_stream=sent, content_length=1_000_001, headers=headers)


def test_a_key_is_asked_for_before_anything_else_is_looked_at(client_with, keys_file):
    client = client_with(api_keys_file=keys_file, max_body_mb=1, queue=0)
    with full(client.application.extensions[EXTENSION].admission.queue):
        assert_problem(drained("/v1/poses", client), 401)
        assert_problem(drained("/v1/poses", client, **{"X-API-Key": KEY}), 503)


def test_a_request_too_many_is_refused_before_anything_else_is_looked_at(client_with):
    client = client_with(rate_limit=1, max_body_mb=1, queue=0)
    with full(client.application.extensions[EXTENSION].admission.queue):
        assert_problem(drained("/v1/poses", client), 503)
        response = drained("/v1/poses", client)
        assert_problem(response, 429, "requests")
        assert 1 <= int(response.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("route", LEGACY_CODES)
def test_the_legacy_surface_tells_its_own_way_that_it_was_too_fast(client_with, route):
    client = client_with(rate_limit=1)
    client.get("/nope")
    response = client.post(route, json={})
    assert_refused(response, 429, "requests", code=LEGACY_CODES[route])
    assert int(response.headers["Retry-After"]) >= 1


def test_each_key_has_a_count_of_its_own_and_guesses_count_for_their_address(client_with, tmp_path):
    keys = [KEY, KEY.swapcase()]
    (tmp_path / "keys").write_text("\n".join(keys))
    client = client_with(api_keys_file=str(tmp_path / "keys"), rate_limit=2)
    guesses = [client.get("/v1/info", headers={"X-API-Key": f"{GUESS}{n}"}).status_code for n in range(3)]
    answers = [client.get("/v1/info", headers={"X-API-Key": key}).status_code for key in (*keys, *keys, *keys)]
    assert guesses == [401, 401, 429]
    assert answers == [200] * 4 + [429] * 2


def test_the_metrics_are_not_counted_but_guesses_for_them_are(client_with, keys_file):
    client = client_with(rate_limit=1)
    assert [client.get("/metrics").status_code for _ in range(3)] == [200] * 3
    locked = client_with(rate_limit=1, api_keys_file=keys_file)
    assert [locked.get("/metrics", headers={"X-API-Key": GUESS}).status_code for _ in range(2)] == [401, 429]
    assert [locked.get("/metrics", headers={"X-API-Key": KEY}).status_code for _ in range(3)] == [200] * 3


def statuses(client, *forwarded):
    """What requests of one proxy get that come for these addresses."""
    return [client.get("/v1/info", headers={"X-Forwarded-For": address}).status_code for address in forwarded]


def test_behind_a_proxy_each_address_has_a_count_of_its_own(client_with):
    client = client_with(rate_limit=1, trusted_proxies=1)
    assert statuses(client, "10.0.0.1", "10.0.0.2", "10.0.0.1") == [200, 200, 429]


def test_what_a_client_writes_before_its_proxy_does_is_not_believed(client_with):
    client = client_with(rate_limit=1, trusted_proxies=1)
    assert statuses(client, "1.1.1.1, 10.0.0.1", "2.2.2.2, 10.0.0.1", "x, y, 10.0.0.1") == [200, 429, 429]


def test_what_is_no_address_is_one_client(client_with):
    client = client_with(rate_limit=1, trusted_proxies=1)
    assert statuses(client, "10.0.0.1:80", "hidden", "unknown") == [200, 429, 429]
    assert statuses(client, '"a, 10.0.0.1', '"b, 10.0.0.1') == [200, 429]  # an open quote hides what follows it


def test_without_a_trusted_proxy_no_forwarded_address_is_believed(client_with):
    assert statuses(client_with(rate_limit=1), "10.0.0.1", "10.0.0.2") == [200, 429]


def test_the_document_tells_of_the_key(client):
    document = json.loads(client.get("/openapi.json").text)
    assert document["components"]["securitySchemes"] == {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    assert document["security"] == [{"key": []}, {}]
    responses = {path: next(iter(routes.values()))["responses"] for path, routes in document["paths"].items()}
    assert {path for path, told in responses.items() if "401" not in told} <= {"/healthz", "/readyz", "/metrics"}
    assert {path for path, told in responses.items() if "429" not in told} <= {"/healthz", "/readyz", "/metrics"}
