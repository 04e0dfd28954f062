"""gunicorn's door."""

from __future__ import annotations

import logging
import os

from helmet_service import create_app
from helmet_service.settings import Settings

settings = Settings.from_environment(os.environ)
logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
app = create_app(settings)
