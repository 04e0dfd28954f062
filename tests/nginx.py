"""A real nginx for tests, with configurations of deploy/."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from samples.demo import wait_for

_MAIN: Final = """
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers; fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused; scgi_temp_path {folder}/unused;
    {http}
}}
"""


@contextmanager
def running_nginx(nginx: str, folder: Path, http: str, awaited: str) -> Iterator[None]:
    """nginx with these directives of its `http`, once the awaited URL answers 200. nginx: its path."""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, http=http))
    process = subprocess.Popen([nginx, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        wait_for(awaited, process)
        yield
    finally:
        process.terminate()
        process.wait()
