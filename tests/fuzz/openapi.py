"""Requests made from the OpenAPI document, right ones and wrong ones, against the real service.

What the document calls right must be answered with 200, what it calls wrong refused, and every answer be one that it
describes. By hand, with other requests each time: python -m tests.fuzz.openapi --minutes 10
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from samples.demo import ROOT, service

SETTINGS = Path(__file__).with_name("schemathesis.toml")


def ask(address, *options):
    """Let schemathesis ask the service at this address; returns its exit status, having printed what it found."""
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", SETTINGS, "run", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, f"{address}/openapi.json"], cwd=ROOT, env=environment).returncode


def main():
    """Ask for some minutes; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    with service(LOG_LEVEL="error", WEB_SYSTEM="1") as running:
        return ask(running.address, "--max-time", str(round(60 * minutes)))


if __name__ == "__main__":
    sys.exit(main())
