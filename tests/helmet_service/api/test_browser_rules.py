from __future__ import annotations

import pytest

GATE = "https://gate.example:8443"


@pytest.fixture(scope="module")
def client_of_pages(client_with, tmp_path_factory):
    """A client of a service that wants a key and whose answers pages of two origins may read."""
    path = tmp_path_factory.mktemp("keys") / "keys"
    path.write_text("gate-three-7Yt0pQ2xLw")
    return client_with(api_keys_file=str(path), cors_origins=f"{GATE}, http://localhost")


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/info", "/docs", "/docs/", "/docs/start.js", "/nope"])
def test_every_answer_has_the_headers(client, path, method):
    headers = client.open(path, method=method).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src" in headers["Content-Security-Policy"]


def test_the_page_may_load_what_it_needs_and_an_answer_nothing(client):
    assert "default-src 'self'" in client.get("/docs").headers["Content-Security-Policy"]
    assert "default-src 'none'" in client.get("/v1/info").headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_by_default_no_page_may_read_anything(client, method):
    headers = client.open("/v1/info", method=method, headers={"Origin": GATE}).headers
    assert [name for name, _ in headers if name.startswith("Access-Control")] == []


@pytest.mark.parametrize("origin", [GATE, "http://localhost"])
def test_pages_of_the_listed_origins_may_ask_and_read(client_of_pages, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    first = client_of_pages.options("/v1/compliance", headers=asked)
    assert first.status_code == 200
    assert first.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in first.headers["Access-Control-Allow-Methods"]
    assert "X-API-Key" in first.headers["Access-Control-Allow-Headers"]
    refused = client_of_pages.post("/v1/compliance", headers={"Origin": origin})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in refused.headers


@pytest.mark.parametrize("origin", ["https://gate.example", f"{GATE}.evil.example", "null", "*", None])
def test_other_pages_may_not_and_caches_are_told_so(client_of_pages, origin):
    headers = client_of_pages.options("/v1/compliance", headers={"Origin": origin} if origin else {}).headers
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Vary"] == "Origin"
