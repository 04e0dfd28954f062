"""Shortens PyTorch's errors about files that it cannot read, without its advice to load them unsafely."""

from __future__ import annotations

import re
from typing import Final

_CUT: Final = re.compile(
    r"Weights only load failed.*?WeightsUnpickler error:\s*"
    r"| was not an allowed global by default.*"
    r"|\s*Check the documentation of torch\.load.*"
    r"| In PyTorch 2\.6, we changed.*"
    r"| This is an internal miniz error.*",
    re.DOTALL,
)


def reason(error: Exception) -> str:
    """The reason in an error of `torch.load`, as one line."""
    return (_CUT.sub("", str(error)).strip() or type(error).__name__).splitlines()[0]
