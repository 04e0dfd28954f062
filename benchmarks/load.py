"""Requests a second and their latency under load: `python -m benchmarks.load [--seconds N]`.

gunicorn runs with the service's default settings; wrk (Debian's package `wrk`) makes the load over loopback, because it
costs little beside the service. Requests a second count answers of 200 alone; latencies include refusals, the 503 of a
full queue.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.crowds import crowd_request
from samples.demo import Running, service

CLIENTS: Final = (1, 2, 4, 8, 16, 64)
PICTURES: Final = ((1, 98), (5, 98), (5, 400), (20, 98), (50, 98))  # people, kB

_REST: Final = 0.05  # processor seconds a second; a server that uses less is at rest

# Counts answers by their status; wrk's own figures do not.
_SCRIPT: Final = """
wrk.method = "POST"
wrk.path = "{path}"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init(args) answered, refused, other = 0, 0, 0 end
function response(status)
  if status == 200 then answered = answered + 1
  elseif status == 503 then refused = refused + 1
  else other = other + 1 end
end
function done(summary, latency, requests)
  local errors = summary.errors
  local a, r, o = 0, 0, errors.connect + errors.read + errors.write + errors.timeout
  for _, thread in ipairs(threads) do
    a = a + thread:get("answered"); r = r + thread:get("refused"); o = o + thread:get("other")
  end
  print(string.format("RESULT %d %d %d %.6f %.3f %.3f", a, r, o, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Numbers of answers (200), refusals (503) and others or lost; answers a second; latencies in milliseconds."""

    answered: int
    refused: int
    other: int
    per_second: float
    p50: float
    p99: float


def find_wrk() -> str:
    """The path of wrk; ends the program with a line when it is missing."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("error: expected the system package wrk, got none")
    return wrk


def main() -> None:
    """Print a Markdown table with a row for each picture and number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each row (default: 10)")
    options = parser.parse_args()
    wrk = find_wrk()
    print(
        "| people | picture, kB | clients | requests/s | p50, ms | p99, ms | refused % |\n|---|---|---|---|---|---|---|"
    )
    with service() as running, tempfile.TemporaryDirectory() as folder:
        for people, kilobytes in PICTURES:
            body = Path(folder) / "body.json"
            body.write_bytes(crowd_request(people, kilobytes))
            for clients in CLIENTS:
                come_to_rest(running)
                load = run(wrk, running.address, body, clients, options.seconds)
                if load.other:
                    sys.exit(f"error: {load.other} requests were neither answered nor refused")
                share = 100 * load.refused / max(1, load.answered + load.refused)
                print(
                    f"| {people} | {kilobytes} | {clients} | {load.per_second:.1f} | {load.p50:.0f} | {load.p99:.0f} | "
                    f"{share:.0f} |",
                    flush=True,
                )


def run(wrk: str, address: str, body: Path, clients: int, seconds: int, path: str = "/v1/compliance") -> Load:
    """Load the address with `clients` clients; each sends its next request when its last one is answered."""
    script = body.with_suffix(".lua")
    script.write_text(_SCRIPT.format(body=body, path=path))
    command = [wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script), address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own command
    result = re.search(r"RESULT (\d+) (\d+) (\d+) (\S+) (\S+) (\S+)", said)
    if result is None:
        raise RuntimeError(f"wrk: expected a result, got {said}")
    answered, refused, other = (int(result[i]) for i in (1, 2, 3))
    duration, p50, p99 = (float(result[i]) for i in (4, 5, 6))
    return Load(answered, refused, other, answered / duration, p50, p99)


def come_to_rest(running: Running) -> None:
    """Wait until a server has finished the requests of earlier clients and the work after its start."""
    server = psutil.Process(running.process.pid)
    used = _used(server)
    while True:
        time.sleep(1)
        before, used = used, _used(server)
        if used - before < _REST:
            return


def _used(server: psutil.Process) -> float:
    """Processor seconds of a server and its workers so far."""
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main()
