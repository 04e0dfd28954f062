"""A real nginx in front of a service, with a location of deploy/."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from samples.demo import free_port, wait_for

_CONFIG: Final = """
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers; fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused; scgi_temp_path {folder}/unused;
    server {{ listen 127.0.0.1:{port}; include {folder}/location.conf; }}
}}
"""


@contextmanager
def proxied(nginx: str, folder: Path, location: str) -> Iterator[str]:
    """The address of an nginx with this location, below which is /helmets; folder: where it keeps its files."""
    port = free_port()
    (folder / "location.conf").write_text(location)
    (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, port=port))
    command = [nginx, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/helmets/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
