"""gunicorn's door."""

from __future__ import annotations

import logging
import os

import cv2

from helmet_service import create_app
from helmet_service.settings import Settings

# OpenCV's own threads would compete with the network's and the other workers' for the same cores.
cv2.setNumThreads(1)
settings = Settings.from_environment(os.environ)
logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
app = create_app(settings)
