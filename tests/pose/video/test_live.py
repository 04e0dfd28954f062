"""Streams over HTTP, from a server in this process that sends a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pose.video.live import Live
from pose.video.reading import VideoError
from tests.pose.video.videos import HEIGHT, WIDTH, picture, write


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_frames_come_until_the_stream_ends_and_those_that_nobody_takes_are_dropped(tmp_path: Path, address: str):
    write(tmp_path / "a.mkv", map(picture, range(50)), options={"g": "8"})
    told: list[str] = []
    with Live(f"{address}/a.mkv", "a", told.append) as live:
        assert (live.facts.codec, live.facts.width, live.facts.height, live.facts.rate) == ("h264", WIDTH, HEIGHT, 10)
        live._reader.join()  # all have come
        (last,) = live.frames()
        assert last.number == 49
        assert last.pixels.shape == (HEIGHT, WIDTH, 3)
        assert (live.damage, told) == (None, [])


@pytest.mark.parametrize(
    ("name", "got"),
    [("none.mkv", "Server returned 404 Not Found"), ("text.mkv", "Invalid data found when processing input")],
)
def test_what_is_no_stream_is_refused_at_once(tmp_path: Path, address: str, name: str, got: str):
    (tmp_path / "text.mkv").write_text("no video")
    with pytest.raises(VideoError) as caught:
        Live(f"{address}/{name}", "the gate", print)
    assert str(caught.value) == f"the gate: expected a camera or a stream, got {got}"
