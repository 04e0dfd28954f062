"""Keys and limits as they are served: real gunicorn, two workers."""

from __future__ import annotations

import pytest
import requests

from samples.demo import service
from tests.serving.test_slow_clients import statuses
from tests.serving.test_workers import connect

KEYS = ("gate-three-7Yt0pQ2xLw", "yard-nine-4Kd8sV1mRe")
OFFICE = "office-one-2Wq6nB8cZj"


@pytest.mark.slow
def test_two_workers_know_the_same_keys_and_count_together(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("\n".join((*KEYS, OFFICE)))
    folder = tmp_path / "temporary"
    folder.mkdir()
    asked = {"API_KEYS_FILE": str(keys), "RATE_LIMIT": "3", "RATE_PERIOD_S": "3600", "WORKERS": "2"}
    # Finds nobody in the warm-up picture: not ready, at once.
    no_network = {"INPUT_HEIGHT": "32", "PRECISION": "f32", "LOG_LEVEL": "error"}
    with service("/healthz", TMPDIR=str(folder), **asked, **no_network) as running:
        keys.unlink()  # read before the fork
        for key in KEYS:
            answers = [requests.post(running.address, headers={"X-API-Key": key}, timeout=10) for _ in range(9)]
            refused = [answer for answer in answers if answer.status_code == 429]
            assert len(refused) == 6
            assert all(1 <= int(answer.headers["Retry-After"]) <= 3600 for answer in refused)
            assert 401 not in {answer.status_code for answer in answers}
        assert requests.post(running.address, data=b"x" * 400_000, timeout=10).json()["code"] == "401"
        assert_a_cookie_is_its_key(running.address)
        assert requests.get(f"{running.address}/healthz", timeout=10).status_code == 200
        assert len(list(folder.glob("helmet-service-rates-*"))) == 1
    assert list(folder.glob("helmet-service-rates-*")) == []


def assert_a_cookie_is_its_key(address):
    """One that signs in at a worker that can judge nothing has his key's three requests, at any worker."""
    own = {"Origin": address}
    signed_in = requests.post(f"{address}/ui/session", headers=own | {"X-API-Key": OFFICE}, timeout=10)
    assert signed_in.json()["needs_key"]
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())}
    told = [before_its_body(address, headers) for headers in (cookie, cookie | own)]
    assert told == [[403], [503]]
    status = [requests.get(f"{address}/v1/status", headers=cookie, timeout=10).status_code for _ in range(3)]
    assert status == [200, 429, 429]


def before_its_body(address, headers):
    """What an upload is told of which only the head was sent."""
    sent = headers | {"Host": address.partition("//")[2], "Content-Length": "1000000"}
    lines = [f"{name}: {value}" for name, value in sent.items()]
    with connect(address) as connection:
        connection.sendall("\r\n".join(["POST /v1/videos HTTP/1.1", *lines, "", ""]).encode())
        return statuses(connection.recv(1 << 16))
