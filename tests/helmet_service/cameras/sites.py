"""Texts of `cameras.yaml`."""

from __future__ import annotations

SECRET = "HunterTwoOfTheGateHunterTwoOfThe"  # base64, as it signs webhooks, too


def one(keys: str) -> str:
    """A file of one camera; keys: further ones of it, as in `{...}`."""
    return f"cameras: [{{id: gate, {keys}}}]"
