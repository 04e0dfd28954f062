"""The docs page as a browser shows it, from the service itself and below a path of a real nginx; live streams there."""

from __future__ import annotations

import re
import subprocess
from urllib.parse import urljoin

import pytest
import requests

from samples.live_connection import live

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=20000", "--dump-dom",
]  # fmt: skip


@pytest.mark.parametrize("where", ["address", pytest.param("below_a_path", marks=pytest.mark.slow)])
def test_a_browser_lists_every_route_without_internet(request, where, chromium, tmp_path):
    address = request.getfixturevalue(where)
    offline = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    page = subprocess.run(
        [chromium, *FLAGS, offline, f"--user-data-dir={tmp_path}", f"{address}/docs"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    for route in ("/v1/compliance", "/v1/poses", "/get_head_point_v2", "/get_body_box", "/readyz"):
        assert f'data-path="{route}"' in page.stdout, page.stderr


@pytest.mark.slow
def test_all_that_the_page_names_is_below_its_path(below_a_path):
    page = requests.get(f"{below_a_path}/docs/", timeout=10)  # the slash too many leads back to the page
    assert page.url == f"{below_a_path}/docs"
    links = [urljoin(page.url, link) for link in re.findall(r'(?:src|href)="([^"]*)"', page.text)]
    assert {requests.get(link, timeout=10).status_code for link in links} == {200}
    (start,) = [link for link in links if link.endswith("/start.js")]
    [url] = re.findall(r'url: "([^"]*)"', requests.get(start, timeout=10).text)
    told = requests.get(urljoin(page.url, url), timeout=10)
    [server] = told.json()["servers"]
    assert urljoin(told.url, server["url"]) == below_a_path
    assert requests.post(f"{below_a_path}/v1/poses", json={}, timeout=10).status_code == 422


@pytest.mark.slow
def test_a_live_stream_passes_the_proxy(below_a_path, root):
    with live(below_a_path, "gate-3", Origin=below_a_path.removesuffix("/helmets")) as stream:
        assert stream.receive()["hello"] == "gate-3"
        stream.send((root / "samples" / "site_two.jpg").read_bytes())
        assert stream.receive(60)["summary"]["people"] == 2
