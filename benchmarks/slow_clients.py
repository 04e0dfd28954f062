"""What honest clients get beside slow ones: `python -m benchmarks.slow_clients [--seconds N]`.

gunicorn with the service's default settings, over loopback. SLOW connections send a part of a request and then nothing:
of a body whose length they told, of a body in chunks, of a head, of a frame of a live stream. Beside them one client
asks for verdicts on `samples/compliance.json` and for `/healthz` in turn, each on a new connection.
"""

from __future__ import annotations

import argparse
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import numpy as np

from benchmarks.load import come_to_rest
from samples.demo import ROOT, service

SLOW: Final = 150
_TO: Final = "POST /v1/compliance HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
KINDS: Final = {
    "nobody": None,
    "silent uploads": _TO + "Content-Length: 100000\r\n\r\n{",
    "silent uploads in chunks": _TO + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "half-sent heads": _TO,
    "live streams with half a frame": "\x82\xfe\xff\xffmask and a part",  # of 65,535 bytes
}
_HANDSHAKE: Final = (
    "GET /v1/live/slow HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def main() -> None:
    """Print a Markdown table, a row a kind of slow clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each row (default: 6)")
    seconds = parser.parse_args().seconds
    body = (ROOT / "samples" / "compliance.json").read_bytes()
    print(
        "| beside | verdicts | not answered | p50, ms | most, ms | `/healthz` p50, ms | most, ms |\n" + "|---" * 7 + "|"
    )
    with service(LIVE_MAX=str(SLOW)) as running:
        for kind, sent in KINDS.items():
            come_to_rest(running)
            with _stalled(running.address, sent):
                print(f"| {kind if sent is None else f'{SLOW} {kind}'} | {_row(running.address, body, seconds)} |")


@contextmanager
def _stalled(address: str, sent: str | None) -> Iterator[None]:
    parts = urlsplit(address)
    with ExitStack() as until_done:
        for _ in range(0 if sent is None else SLOW):
            connection = until_done.enter_context(socket.create_connection((parts.hostname, parts.port)))
            if sent == KINDS["live streams with half a frame"]:
                connection.sendall(_HANDSHAKE.encode())
                connection.recv(4096)
            connection.sendall((sent or "").encode("latin-1"))
        yield


def _row(address: str, body: bytes, seconds: float) -> str:
    verdicts, health = [], []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        verdicts.append(asked(Request(f"{address}/v1/compliance", body, {"Content-Type": "application/json"})))  # noqa: S310
        health.append(asked(Request(f"{address}/healthz")))  # noqa: S310  our own address
    lost = sum(np.isinf([*verdicts, *health]))
    cells = (np.median(verdicts), np.max(verdicts), np.median(health), np.max(health))
    return " | ".join([str(len(verdicts)), str(lost), *(f"{cell:.0f}" for cell in cells)])


def asked(request: Request) -> float:
    """Milliseconds until the answer; infinite without one."""
    began = time.monotonic()
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310  our own address
            answer.read()
    except OSError:
        return float("inf")
    return 1e3 * (time.monotonic() - began)


if __name__ == "__main__":
    main()
