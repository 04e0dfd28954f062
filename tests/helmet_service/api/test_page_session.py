"""`/ui/session`, and what its cookie opens."""

from __future__ import annotations

import base64
import hashlib
from http.cookies import SimpleCookie

import pytest

from helmet_service.http.page_session import COOKIE, new_cookie
from tests.helmet_service.api.checks import WORK, assert_problem
from tests.helmet_service.server.test_live_sockets import HANDSHAKE

KEY = "gate-three-7Yt0pQ2xLw"
GUESS = "gate-three-7Yt0pQ2xLv"
NAME = f"key {hashlib.sha256(KEY.encode()).hexdigest()[:8]}"
OWN = {"Origin": "http://localhost"}
SESSION = "/ui/session"
# Of a call, by what it was made: whose page it is.
FOREIGN = [
    {},
    {"Origin": "null"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "https://page.example"},
    {"Origin": "http://localhost.page.example"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
]


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "keys"
    path.write_text(KEY)
    return str(path)


@pytest.fixture(scope="module")
def locked(client_with, keys_file):
    """A client of a service that wants a key. It keeps no cookies, and the pages of CORS_ORIGINS are no pages of it."""
    return client_with(api_keys_file=keys_file, cors_origins="https://page.example").application.test_client(False)


@pytest.fixture(scope="module")
def cookie():
    """A header."""
    return {"Cookie": f"{COOKIE}={new_cookie(hashlib.sha256(KEY.encode()).digest())}"}


def test_who_shows_a_key_is_signed_in_until_he_signs_out(client_with, keys_file):
    browser = client_with(api_keys_file=keys_file)
    nobody = {"needs_key": True, "client": None, "ends_s": None}
    somebody = {"needs_key": True, "client": NAME, "ends_s": 28800}
    assert browser.get(SESSION).json == nobody
    assert browser.get("/v1/info").status_code == 401
    assert browser.post(SESSION, headers=OWN | {"X-API-Key": KEY}).json == somebody
    assert browser.get(SESSION).json | {"ends_s": 28800} == somebody
    assert browser.get("/v1/info").status_code == 200
    assert browser.delete(SESSION, headers=OWN).json == nobody
    assert browser.get(SESSION).json == nobody
    assert browser.get("/v1/info").status_code == 401


@pytest.mark.parametrize(
    ("origin", "prefix", "attributes"),
    [
        ("http://localhost", "", {"path": "/", "secure": ""}),
        ("https://localhost", "", {"path": "/", "secure": True}),
        ("https://localhost", "/helmets", {"path": "/helmets", "secure": True}),
    ],
)
def test_the_cookie_is_for_browsers_at_this_service_alone(client_with, keys_file, origin, prefix, attributes):
    behind = client_with(api_keys_file=keys_file, trusted_proxies=1)
    headers = {"Origin": origin, "X-API-Key": KEY, "X-Forwarded-Prefix": prefix}
    for answer, lasts in (
        (behind.post(SESSION, headers=headers), "28800"),
        (behind.delete(SESSION, headers=headers), "0"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
        expected = attributes | {"httponly": True, "samesite": "Strict", "max-age": lasts, "domain": ""}
        assert {name: cookie[name] for name in expected} == expected
        assert KEY not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("key", [GUESS, ""])
def test_a_wrong_key_signs_nobody_in_and_is_not_repeated(locked, key):
    answer = locked.post(SESSION, headers=OWN | {"X-API-Key": key})
    assert_problem(answer, 401, "X-API-Key")
    assert GUESS not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_attempts_to_sign_in_are_counted_for_their_address(client_with, keys_file):
    client = client_with(api_keys_file=keys_file, rate_limit=2)
    tries = [client.post(SESSION, headers=OWN | {"X-API-Key": key}) for key in (GUESS, KEY, KEY)]
    assert [answer.status_code for answer in tries] == [401, 200, 429]
    assert int(tries[2].headers["Retry-After"]) >= 1
    assert [client.get(SESSION).status_code for _ in range(3)] == [200] * 3


def test_without_keys_nobody_needs_to_sign_in(client):
    told = {"needs_key": False, "client": None, "ends_s": None}
    assert client.get(SESSION).json == told
    answer = client.post(SESSION, headers=OWN | {"X-API-Key": KEY})
    assert (answer.json, "Set-Cookie" in answer.headers) == (told, False)


@pytest.mark.parametrize("page", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_no_other_page_signs_anybody_in_or_out(locked, method, page):
    answer = locked.open(SESSION, method=method, headers=page | {"X-API-Key": KEY})
    assert_problem(answer, 403, "Origin")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("page", FOREIGN)
@pytest.mark.parametrize("route", [*WORK, "/v1/videos", "DELETE /v1/videos/x", "GET /v1/live/gate-3"])
def test_no_other_page_changes_anything_by_cookie(locked, cookie, route, page):
    method, _, path = route.rpartition(" ")
    handshake = {name: value for name, value in HANDSHAKE.items() if name != "Host"} if method == "GET" else {}
    answer = locked.open(path, method=method or "POST", headers=handshake | cookie | page)
    assert answer.status_code == 403
    assert "Origin" in answer.text


@pytest.mark.parametrize("page", [OWN, OWN | {"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://LOCALHOST"}])
def test_the_own_page_does_by_cookie_what_its_key_may(locked, cookie, blank, page):
    headers = cookie | page
    assert locked.post("/v1/poses", json={"picture": blank}, headers=headers).status_code == 200
    assert locked.post("/get_body_box", json={"img": blank}, headers=headers).status_code == 200
    assert_problem(locked.delete("/v1/videos/x", headers=headers), 404, "job_id")
    assert_problem(locked.get("/v1/live/gate-3", headers=headers | {"Upgrade": "h2c"}), 426, "Upgrade")


@pytest.mark.parametrize("page", FOREIGN)
def test_reading_by_cookie_needs_no_origin_which_browsers_do_not_send_then(locked, cookie, page):
    answer = locked.get("/v1/info", headers=cookie | page)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Credentials" not in answer.headers  # without it no other page may read
    assert answer.headers["Cache-Control"] == "private"


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({"X-API-Key": GUESS}, 401),
        ({"Authorization": f"Bearer {GUESS}"}, 401),
        ({"Sec-WebSocket-Protocol": f"helmet, key.{base64.urlsafe_b64encode(GUESS.encode()).decode()}"}, 401),
        ({"X-API-Key": KEY}, 422),  # and then it takes no page's origin
        ({"X-API-Key": ""}, 403),
        ({"Authorization": "Basic Z2F0ZTp0aHJlZQ=="}, 403),
    ],
)
def test_a_key_counts_before_a_cookie(locked, cookie, shown, status):
    assert locked.post("/v1/poses", json={}, headers=cookie | shown).status_code == status


@pytest.mark.parametrize(
    "value",
    ["", "x", "{}", KEY, f"{hashlib.sha256(KEY.encode()).hexdigest()[:8]}.aSivXw.{'A' * 43}", "\xff\x00", "x{}"],
)
def test_what_is_no_session_is_no_key(locked, cookie, value):
    good = cookie["Cookie"].partition("=")[2]
    sent = {"Cookie": f"{COOKIE}={value.format(good[:-1])}"}
    assert_problem(locked.post("/v1/poses", json={}, headers=sent | OWN), 401, "X-API-Key")
    assert locked.get(SESSION, headers=sent).json["client"] is None


def test_requests_by_cookie_are_counted_for_its_key(client_with, keys_file, cookie):
    client = client_with(api_keys_file=keys_file, rate_limit=2).application.test_client(False)
    by_cookie, by_key = (client.get("/v1/info", headers=shown) for shown in (cookie, {"X-API-Key": KEY}))
    assert [by_cookie.status_code, by_key.status_code] == [200, 200]
    assert client.get("/v1/info", headers=cookie).status_code == 429
