"""What one request costs: 50 times samples/compliance.json (a 1280x720 JPEG) over HTTP, one after the other.

`python -m benchmarks.latency` starts the service with its default settings and prints the medians of what the service
says of itself (`timings_ms`) and of the whole request as the client sees it.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Final

from samples.demo import ROOT, post, service

REQUESTS: Final = 50


def main() -> None:
    """Print a Markdown table."""
    request = json.loads((ROOT / "samples" / "compliance.json").read_text(encoding="utf-8"))
    with service() as running:
        url = f"{running.address}/v1/compliance"
        for _ in range(5):  # both workers have seen the picture's width before the clock starts
            post(url, request)
        timings = [_timed(url, request) for _ in range(REQUESTS)]
    print(f"| stage | median of {REQUESTS}, ms |")
    print("|---|---|")
    for stage in timings[0]:
        print(f"| {stage} | {statistics.median(timing[stage] for timing in timings):.1f} |")


def _timed(url: str, request: dict[str, object]) -> dict[str, float]:
    started = time.perf_counter()
    answer = post(url, request)
    return {**answer["timings_ms"], "request, client's clock": 1e3 * (time.perf_counter() - started)}


if __name__ == "__main__":
    main()
