"""The WSGI application that gunicorn loads in each worker."""

from __future__ import annotations

import os
import sqlite3
import sys
import time

import cv2

from helmet_service import create_app
from helmet_service.http.rate_limit import PRIVATE, shared_counts
from helmet_service.observing import logs
from helmet_service.settings import Settings

# OpenCV's own threads would compete with the network's and the other workers' for the same cores.
cv2.setNumThreads(1)
settings = Settings.from_environment(os.environ)
logs.configure(settings.log_level, settings.log_format)
try:
    app = create_app(settings, rate_counts=shared_counts() if settings.rate_limit else PRIVATE)
except (OSError, sqlite3.Error) as error:
    # A full disk. The other workers go on; with a traceback's exit status gunicorn would end them, too. It makes a new
    # worker at once, and that one would find the same.
    print(f"helmet-service: a worker cannot start, another is tried in 1 s: {error}", file=sys.stderr)
    time.sleep(1)
    sys.exit(75)  # EX_TEMPFAIL of sysexits.h
