"""`python -m pose.video.probe FILE`: the facts of a video as JSON, found out in a process with little memory and time.

A file may be made to exhaust or to crash a decoder, so that a server examines it in this process, not in its own. It
prints one object: `VideoFacts`, or {"error": {"field", "expected", "got"}} with exit status 1. A process that the
limits or a crash end has another status and may print nothing: the file is to be refused like any other.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pose.video.reading import EXPECTED, MOST_PIXELS, VideoError, open_video

_MOST_BYTES: Final = 2 << 30  # of address space beyond what Python and its packages take: frames of 8 MP on 4 threads
_MOST_CPU_S: Final = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the file is; 1 when it is refused."""
    (path,) = sys.argv[1:] if arguments is None else arguments
    _limit()
    found = probe(Path(path))
    print(json.dumps(found))
    return 1 if "error" in found else 0


def probe(path: Path) -> dict[str, Any]:
    """The facts of a file, or its error."""
    try:
        with open_video(path, MOST_PIXELS) as video:
            return asdict(video.facts)
    except VideoError as error:
        return {"error": {"field": error.field, "expected": error.expected, "got": error.got}}
    except MemoryError:
        return {"error": {"field": "video", "expected": EXPECTED, "got": f"one that needs over {_MOST_BYTES} bytes"}}
    except OSError as error:  # its text has the path, which a client must not see
        return {"error": {"field": "video", "expected": "a file that can be read", "got": error.strerror}}


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most_bytes = pages * resource.getpagesize() + _MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))


if __name__ == "__main__":
    sys.exit(main())
