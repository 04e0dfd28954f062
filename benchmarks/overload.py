"""How overload slows the requests that are admitted: `python -m benchmarks.overload [--seconds N]`.

gunicorn runs with the service's default settings; wrk (Debian's package `wrk`) makes the load over loopback, with a
thread for each client so that it can time answers by status. Full load is 16 clients, about as many as the queues hold
(a few are refused when one worker gets more of them). Then come 64 clients that send the next request as soon as the
last is answered or refused, and 100 clients that together send at three times the full rate, at random times, without
waiting for answers. Meanwhile `/healthz` is asked ten times a second, each time on a new connection.
The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import numpy as np

from benchmarks.crowds import crowd_request
from benchmarks.load import come_to_rest, find_wrk
from samples.demo import service

FULL: Final = 16  # clients
AT_ONCE: Final = 64
AT_RANDOM: Final = 100
OVERLOAD: Final = 3.0
HEALTH_EACH_S: Final = 0.1
PEOPLE: Final = 1
KILOBYTES: Final = 98

# Each thread has a Lua state, a connection and a file of lines "status milliseconds". `delay` keeps a schedule, so that
# requests do not wait for answers.
_SCRIPT: Final = """
local ffi = require("ffi")
ffi.cdef[[typedef struct {{ long s; long us; }} moment; int gettimeofday(moment *now, void *zone);]]
local moment = ffi.new("moment")
local function ms()
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.s) * 1e3 + tonumber(moment.us) / 1e3
end
local threads = 0
function setup(thread) threads = threads + 1; thread:set("id", threads) end
function init(args)
  math.randomseed(id)
  local file = io.open("{body}", "rb")
  wrk.headers["Content-Type"] = "application/json"
  body = wrk.format("POST", "/v1/compliance", nil, file:read("*a"))
  file:close()
  answers = io.open("{folder}/" .. id, "w")
  answers:setvbuf("line")
  due = ms()
end
function request() began = ms(); return body end
function response(status) answers:write(status, " ", ms() - began, "\\n") end
function done(summary)
  local errors = summary.errors
  print("LOST " .. errors.connect + errors.read + errors.write + errors.timeout)
end
"""
_DELAY: Final = """
function delay()
  due = due - {mean_ms} * math.log(1 - math.random())
  return math.max(0, due - ms())
end
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """Times in milliseconds of answers (200), of refusals (503) and of `/healthz`, (N,) each, over `seconds`.

    other: the number of other answers and of lost requests. A `/healthz` without an answer of 200 counts as infinite.
    """

    seconds: float
    accepted: np.ndarray
    refused: np.ndarray
    health: np.ndarray
    other: int

    @property
    def rate(self) -> float:
        """Answers of 200 a second."""
        return len(self.accepted) / self.seconds


def main() -> int:
    """Print two Markdown tables, what was measured and the targets; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="of each load (default: 30)")
    seconds = parser.parse_args().seconds
    wrk = find_wrk()
    with service() as running, tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "body.json"
        body.write_bytes(crowd_request(PEOPLE, KILOBYTES))
        come_to_rest(running)
        full = _answers(wrk, running.address, body, FULL, seconds)
        come_to_rest(running)
        at_once = _answers(wrk, running.address, body, AT_ONCE, seconds)
        come_to_rest(running)
        rate = OVERLOAD * full.rate
        at_random = _answers(wrk, running.address, body, AT_RANDOM, seconds, rate)
    print("| load | answered/s | p50, ms | p99, ms | refused/s | p50, ms | p99, ms | `/healthz` p50, ms | p99, ms |")
    print("|---" * 9 + "|")
    print(_row(f"full: {FULL} clients", full))
    print(_row(f"{AT_ONCE} clients, again at once", at_once))
    print(_row(f"{OVERLOAD:g} times the full rate ({rate:.0f}/s)", at_random))
    print("\n| target | measured | at most | |\n|---|---|---|---|")
    met = [
        _target(f"p99 of answers to {AT_ONCE} clients / at full load", _p(at_once.accepted) / _p(full.accepted), 2),
        _target("p99 of answers at 3 times the rate / at full load", _p(at_random.accepted) / _p(full.accepted), 2),
        _target("p99 of refusals at 3 times the rate, ms", _p(at_random.refused), 50),
        _target(f"p99 of `/healthz` beside {AT_ONCE} clients, ms", _p(at_once.health), 100),
        _target("p99 of `/healthz` at 3 times the rate, ms", _p(at_random.health), 100),
        _target(f"full rate / rate of answers to {AT_ONCE} clients", full.rate / max(at_once.rate, 1e-9), 1.25),
        _target("neither answered nor refused", full.other + at_once.other + at_random.other, 0),
    ]
    return 0 if all(met) else 1


def _target(what: str, measured: float, most: float) -> bool:
    met = measured <= most
    print(f"| {what} | {measured:.2f} | {most:g} | {'met' if met else 'MISSED'} |")
    return met


def _row(load: str, answers: Answers) -> str:
    cells = [
        f"{answers.rate:.1f}", f"{_p(answers.accepted, 50):.0f}", f"{_p(answers.accepted):.0f}",
        f"{len(answers.refused) / answers.seconds:.1f}", f"{_p(answers.refused, 50):.0f}", f"{_p(answers.refused):.0f}",
        f"{_p(answers.health, 50):.0f}", f"{_p(answers.health):.0f}",
    ]  # fmt: skip
    return f"| {load} | {' | '.join(cells)} |".replace("nan", "")


def _p(times: np.ndarray, percentile: float = 99) -> float:
    """A percentile of times; nan without any, which meets no target."""
    return float(np.percentile(times, percentile, method="nearest")) if len(times) else math.nan


def _answers(wrk: str, address: str, body: Path, clients: int, seconds: int, rate: float | None = None) -> Answers:
    """Load the service; rate: requests a second of all clients, None: each sends its next when its last is answered."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        delay = "" if rate is None else _DELAY.format(mean_ms=1000 * clients / rate)
        script.write_text(_SCRIPT.format(body=body, folder=folder) + delay)
        command = [wrk, f"-t{clients}", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script), address]
        with _health(address) as health:
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own command
        lines = np.array(
            [line.split() for path in Path(folder).glob("[0-9]*") for line in path.read_text().splitlines()], float
        ).reshape(-1, 2)
    statuses, times = lines[:, 0], lines[:, 1]
    other = int(np.sum((statuses != 200) & (statuses != 503))) + int(said.split("LOST ")[1])
    return Answers(seconds, times[statuses == 200], times[statuses == 503], np.array(health), other)


@contextmanager
def _health(address: str) -> Iterator[list[float]]:
    """The times of `/healthz` while the block runs, in milliseconds."""
    times: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(HEALTH_EACH_S):
            began = time.monotonic()
            try:
                with urlopen(f"{address}/healthz", timeout=60):  # noqa: S310  our own address
                    times.append(1e3 * (time.monotonic() - began))
            except OSError:
                times.append(math.inf)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield times
    finally:
        done.set()
        asking.join()


if __name__ == "__main__":
    sys.exit(main())
