"""How many cameras a box serves: `python -m benchmarks.sizing [--seconds N]`.

gunicorn runs with the service's default settings at several input heights; wrk (Debian's package `wrk`) keeps it busy
over loopback. The table has answers of 200 a second, a worker's memory, and the seconds from start to ready. A box is
planned at 70 % of its highest rate, so that bursts find room in the queue.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from benchmarks.crowds import crowd_request
from benchmarks.load import come_to_rest, find_wrk, run
from samples.demo import service

HEIGHTS: Final = (256, 320, 384, 512, 640)
CLIENTS: Final = 8
PLANNED: Final = 0.7  # of the highest rate
PICTURES_PER_SECOND: Final = (0.2, 1, 5)  # of a camera


def main() -> None:
    """Print a Markdown table with a row for each input height."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each row (default: 10)")
    seconds = parser.parse_args().seconds
    wrk = find_wrk()
    cores = psutil.cpu_count() or 1
    cameras = " | ".join(f"cameras a core at {rate:g} a second" for rate in PICTURES_PER_SECOND)
    print(f"| INPUT_HEIGHT | requests/s on {cores} cores | {cameras} | memory of a worker, MB | ready after, s |")
    print("|---" * (4 + len(PICTURES_PER_SECOND)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "body.json"
        body.write_bytes(crowd_request(5, 98))
        for height in HEIGHTS:
            started = time.monotonic()
            with service(INPUT_HEIGHT=str(height)) as running:
                ready = time.monotonic() - started
                come_to_rest(running)
                rate = run(wrk, running.address, body, CLIENTS, seconds).per_second
                workers = psutil.Process(running.process.pid).children()
                memory = max(worker.memory_info().rss for worker in workers) / 1e6
            served = " | ".join(f"{PLANNED * rate / cores / each:.1f}" for each in PICTURES_PER_SECOND)
            print(f"| {height} | {rate:.1f} | {served} | {memory:.0f} | {ready:.1f} |", flush=True)


if __name__ == "__main__":
    main()
