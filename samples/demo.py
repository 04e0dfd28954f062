"""`make demo`: starts the service, posts input.json, prints the verdicts as a table, writes demo.jpg and stops.

The table shows the answer of `POST /`; the picture is the annotated one of `/v1/compliance`, for the same picture and
hats (samples/compliance.json).
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PATIENCE_S: Final = 120


@dataclass(frozen=True, slots=True)
class Running:
    """A running service: its address, and gunicorn's master process."""

    address: str
    process: subprocess.Popen[bytes]


def main() -> int:
    """Run the demonstration; returns the exit status."""
    with service(WORKERS="1") as running:
        rows = post(f"{running.address}/", json.loads((ROOT / "input.json").read_text(encoding="utf-8")))["data"]
        request = json.loads((ROOT / "samples" / "compliance.json").read_text(encoding="utf-8"))
        compliance = post(f"{running.address}/v1/compliance", {**request, "include": ["annotated"]})
    print(table(rows))
    (ROOT / "demo.jpg").write_bytes(base64.b64decode(compliance["annotated"]))
    print(f"wrote {ROOT / 'demo.jpg'}")
    return 0


@contextmanager
def service(awaited: str = "/readyz", output: int | IO[bytes] | None = None, **settings: str) -> Iterator[Running]:
    """Run the service with these settings, by default on a free port, once the awaited route answers 200.

    It stops without waiting for a balancer (DRAIN_S), as it has none. output: see `server`.
    """
    own = {"LOG_LEVEL": "warning", "HOST": "127.0.0.1", "DRAIN_S": "0", "PORT": str(free_port())}
    environment = own | settings
    command = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
    with server(command, int(environment["PORT"]), awaited, environment, output) as running:
        yield running


@contextmanager
def consumer(**settings: str) -> Iterator[None]:
    """Run a consumer of video jobs with these settings."""
    command = [sys.executable, "-m", "helmet_service", "work"]
    process = subprocess.Popen(  # noqa: S603  our own command
        command, cwd=ROOT, env={**os.environ, "LOG_LEVEL": "warning", **settings}
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def server(
    command: Sequence[str],
    port: int,
    awaited: str,
    environment: Mapping[str, str],
    output: int | IO[bytes] | None = None,
) -> Iterator[Running]:
    """Run `python -m` with this command, and end it at the end; yields once the awaited route answers 200 on the port.

    environment: added to this process's own. output: its stdout and stderr, as subprocess takes them.
    """
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=output,
        stderr=output,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}{awaited}", process)
        yield Running(address, process)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the URL answers 200; RuntimeError when the service ends or takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"expected {url} to answer 200 within {PATIENCE_S} s")


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post JSON; returns the answer's JSON."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  our own address
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
        answer: dict[str, Any] = json.load(response)
    return answer


def table(rows: list[dict[str, Any]]) -> str:
    """The rows of `POST /` as text, with a line for each person."""
    lines = [f"{'person':>6}  {'x1':>5} {'y1':>5} {'x2':>5} {'y2':>5}  {'% of picture':>12}  helmet"]
    lines += [
        f"{number:>6}  {row['x1']:>5} {row['y1']:>5} {row['x2']:>5} {row['y2']:>5}  {row['rate']:>12.3f}  "
        + ("yes" if row["flag"] else "NO")
        for number, row in enumerate(rows)
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
