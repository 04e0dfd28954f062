"""Why PyTorch did not read a file, without its advice to read it in a way that runs code from the file."""

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
    """What an error of `torch.load` says of the file, in a line."""
    return (_CUT.sub("", str(error)).strip() or type(error).__name__).splitlines()[0]
