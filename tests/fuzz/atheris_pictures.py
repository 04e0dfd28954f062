"""The process in which atheris fuzzes: it imports, and follows, what decodes. tests/fuzz/pictures.py starts it."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["pose.pictures.headers", "pose.pictures.decoding", "PIL"]):
    from tests.fuzz.pictures import decode_or_refuse


def one(data):
    """What these bytes are does not matter, only that nothing else is raised."""
    decode_or_refuse(data)


# libFuzzer ends the process when it has done.
atheris.Setup(sys.argv, one)
atheris.Fuzz()
