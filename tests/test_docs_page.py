"""The docs page as a browser shows it."""

from __future__ import annotations

import subprocess

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=20000", "--dump-dom",
]  # fmt: skip


def test_a_browser_lists_every_route_without_internet(address, chromium, tmp_path):
    offline = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    page = subprocess.run(
        [chromium, *FLAGS, offline, f"--user-data-dir={tmp_path}", f"{address}/docs"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    for route in ("/v1/compliance", "/v1/poses", "/get_head_point_v2", "/get_body_box", "/readyz"):
        assert f'data-path="{route}"' in page.stdout, page.stderr
