"""Keys and limits as they are served: real gunicorn, two workers."""

from __future__ import annotations

import requests

from samples.demo import service

KEYS = ("gate-three-7Yt0pQ2xLw", "yard-nine-4Kd8sV1mRe")


def test_two_workers_know_the_same_keys_and_count_together(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("\n".join(KEYS))
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
        assert requests.get(f"{running.address}/healthz", timeout=10).status_code == 200
        assert len(list(folder.glob("helmet-service-rates-*"))) == 1
    assert list(folder.glob("helmet-service-rates-*")) == []
