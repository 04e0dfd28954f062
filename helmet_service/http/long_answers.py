"""Answers that take as long as their client: it may take any number of pieces, but has not forever for each."""

from __future__ import annotations

from typing import Final

LONG: Final = "helmet_service.long_answer"  # in a WSGI environment: seconds to pause after an empty piece of the answer
