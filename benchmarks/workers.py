"""Which settings use the cores best: `python -m benchmarks.workers [--rounds N] [--seconds N]`.

It compares services with different `WORKERS`, `INFERENCES` and `INFERENCE_THREADS`. All run the whole time, and wrk
(Debian's package `wrk`) loads one at a time over loopback, with five people in 98 kB.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.crowds import crowd_request
from benchmarks.load import Load, come_to_rest, find_wrk, run
from samples.demo import service

WAYS: Final = ((2, 1, 1), (2, 2, 1), (1, 2, 1), (2, 1, 2), (1, 1, 2), (2, 2, 2))
NAMES: Final = ("WORKERS", "INFERENCES", "INFERENCE_THREADS")
CLIENTS: Final = (1, 2, 4, 8)


def main() -> None:
    """Print a Markdown table with a row for each service: medians of the rounds, and their range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of wrk (default: 3)")
    options = parser.parse_args()
    wrk = find_wrk()
    loads: list[dict[int, list[Load]]] = [{clients: [] for clients in CLIENTS} for _ in WAYS]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as until_done:
        body = Path(folder) / "body.json"
        body.write_bytes(crowd_request(5, 98))
        services = [
            until_done.enter_context(service(**{name: str(value) for name, value in zip(NAMES, way, strict=True)}))
            for way in WAYS
        ]
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            for running, of_way in zip(services, loads, strict=True):
                for clients in CLIENTS:
                    come_to_rest(running)
                    of_way[clients].append(run(wrk, running.address, body, clients, options.seconds))
    columns = [f"{clients} client{'s' * (clients > 1)}: requests/s | p50, ms | p99, ms" for clients in CLIENTS]
    print(f"| {' | '.join((*NAMES, *columns))} |\n{'|---' * (len(NAMES) + 3 * len(CLIENTS))}|")
    for way, of_way in zip(WAYS, loads, strict=True):
        print(f"| {' | '.join([*map(str, way), *(_cells(of_way[clients]) for clients in CLIENTS)])} |")


def _cells(loads: Sequence[Load]) -> str:
    rates = [load.per_second for load in loads]
    p50, p99 = (statistics.median(getattr(load, name) for load in loads) for name in ("p50", "p99"))
    return f"{statistics.median(rates):.1f} ({min(rates):.0f}-{max(rates):.0f}) | {p50:.0f} | {p99:.0f}"


if __name__ == "__main__":
    main()
