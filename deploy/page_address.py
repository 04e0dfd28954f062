"""What deploy/serve.sh runs to say, in the last line of a start, where the page is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from typing import Final

import psutil

PAUSE_S: Final = 1.0  # each question is a line of the log
# Each worker answers for itself: clients that come together mostly meet different ones, but one may just be starting.
TOGETHER: Final = 2
READY_IN_A_ROW: Final = 2


def main(server: int) -> None:
    """Print the page's address once the service is ready, but not where HOST has only Unix sockets.

    server: the number of gunicorn's process.
    """
    authority = reachable_at(os.environ)
    parent, in_a_row = os.getppid(), 0
    while authority and os.getppid() == parent:
        in_a_row = in_a_row + 1 if listens(server) and is_ready(authority) else 0
        if in_a_row == READY_IN_A_ROW:
            print(f"the page: http://{authority}/ui", flush=True)
            return
        time.sleep(PAUSE_S)


def reachable_at(environment: Mapping[str, str]) -> str | None:
    """Host and port at which a browser on this machine reaches the first address of HOST; None for Unix sockets.

    The variables are read here, as importing the settings loads all of the service.
    """
    hosts = [host.strip() for host in environment.get("HOST", "0.0.0.0").split(",")]  # noqa: S104  nothing listens here
    tcp = [host for host in hosts if not host.startswith("unix:")]
    if not tcp:
        return None
    host = {"0.0.0.0": "127.0.0.1", "::": "localhost", "[::]": "localhost"}.get(tcp[0], tcp[0])  # noqa: S104
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{bracketed}:{environment.get('PORT', '24417')}"


def listens(process: int) -> bool:
    """Whether a process listens for connections. Before it does, another service may answer at its address."""
    try:
        connections = psutil.Process(process).net_connections("tcp")
    except psutil.Error:  # it has ended
        return False
    return any(connection.status == psutil.CONN_LISTEN for connection in connections)


def is_ready(authority: str) -> bool:
    """Whether the workers of the service that are met answer that they are ready."""
    with ExitStack() as until_answered:
        connections = [HTTPConnection(authority, timeout=5) for _ in range(TOGETHER)]
        try:
            for connection in connections:
                until_answered.callback(connection.close)
                connection.request("GET", "/readyz")
            return all(connection.getresponse().status == 200 for connection in connections)
        except (OSError, HTTPException):
            return False


if __name__ == "__main__":
    main(int(sys.argv[1]))
