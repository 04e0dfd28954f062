"""The option `--peer`, for each command that measures other projects' networks beside ours."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pose.peers import PEERS_DIR


def add_peer_option(parser: argparse.ArgumentParser) -> None:
    """Add `--peer DIR`, whose default is the environment's PEERS_DIR."""
    parser.add_argument(
        "--peer",
        type=Path,
        default=os.environ.get(PEERS_DIR),
        metavar="DIR",
        help=f"folder of networks to measure in the same run (default: {PEERS_DIR} from the environment)",
    )
