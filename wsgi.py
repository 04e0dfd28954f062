"""gunicorn's door."""

from __future__ import annotations

import os

import cv2

from helmet_service import create_app, logs
from helmet_service.rate_limit import PRIVATE, shared_counts
from helmet_service.settings import Settings

# OpenCV's own threads would compete with the network's and the other workers' for the same cores.
cv2.setNumThreads(1)
settings = Settings.from_environment(os.environ)
logs.configure(settings.log_level, settings.log_format)
app = create_app(settings, rate_counts=shared_counts() if settings.rate_limit else PRIVATE)
