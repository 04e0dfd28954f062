"""The folder of a run; a killed process leaves no incomplete file.

configuration.yaml  the merged configuration, which `-c` reads back
sessions.jsonl      a line per start or resumption: git commit, versions, machine, configuration
curves.jsonl        a line per `log_steps` steps and one per evaluation
state.pt            the state from which the run continues
checkpoint-*.pt     the newest checkpoints; best.pt the best
nonfinite-*.pt      the step at which a run stopped, for `python -m pose replay`
events.*            TensorBoard
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import torch
import yaml

from pose.errors import PoseError
from pose.train.configuration import changes, write_configuration
from pose.train.unpickling import reason

LIBRARIES: Final = ("torch", "numpy", "opencv-python-headless")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder; methods that write expect it to exist."""

    path: Path

    @property
    def state_file(self) -> Path:
        """The state from which the run continues."""
        return self.path / "state.pt"

    @property
    def configuration(self) -> Path:
        """The latest session's configuration."""
        return self.path / "configuration.yaml"

    @property
    def curves(self) -> Path:
        """The curves, a JSON object per line."""
        return self.path / "curves.jsonl"

    @property
    def best(self) -> Path:
        """The checkpoint with the best score so far."""
        return self.path / "best.pt"

    def checkpoint(self, step: int) -> Path:
        """The checkpoint after `step` steps."""
        return self.path / f"checkpoint-{step:08d}.pt"

    def changes(self, configuration: Mapping[str, Any]) -> list[str]:
        """`key: old -> new` for each value that differs from the latest session's; empty without one."""
        if not self.configuration.exists():
            return []
        return changes(yaml.safe_load(self.configuration.read_text(encoding="utf-8")), configuration)

    def open_session(self, configuration: Mapping[str, Any], step: int) -> None:
        """Make the folder, record the session that starts at `step`, and drop rows of the curves after it."""
        self.path.mkdir(parents=True, exist_ok=True)
        replace(self.configuration, lambda path: write_configuration(configuration, path))
        session = {**_circumstances(), "from_step": step, "configuration": configuration}
        with (self.path / "sessions.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(session) + "\n")
        kept = [row for row in self.read_curves() if row["step"] <= step]
        text = "".join(json.dumps(row) + "\n" for row in kept)
        replace(self.curves, lambda path: path.write_text(text, encoding="utf-8"))

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Append a row to the curves."""
        with self.curves.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def read_curves(self) -> list[dict[str, Any]]:
        """The rows of the curves, without an incomplete last line."""
        if not self.curves.exists():
            return []
        lines = self.curves.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def write_state(self, state: dict[str, Any]) -> None:
        """Replace the state; a killed process leaves the old one."""
        replace(self.state_file, lambda path: torch.save(state, path))

    def read_state(self) -> dict[str, Any] | None:
        """The state that `write_state` wrote, None in a new run; PoseError for another file."""
        if not self.state_file.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.state_file, map_location="cpu", weights_only=True)
        except Exception as error:
            raise PoseError(f"{self.state_file}: expected the state of a training run, got {reason(error)}") from error
        return state

    def prune(self, keep: int) -> None:
        """Delete all but the newest `keep` checkpoints."""
        for old in sorted(self.path.glob("checkpoint-*.pt"))[:-keep]:
            old.unlink()


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file beside `path`, then rename it to `path`: readers see the old file or the new one."""
    temporary = path.with_name(f".{path.name}")
    write(temporary)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def _circumstances() -> dict[str, Any]:
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "git_commit": _git("rev-parse", "HEAD"),
        "git_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "versions": {name: version(name) for name in LIBRARIES},
    }


def _git(*arguments: str) -> str | None:
    """Git's answer about the checkout of this file; None without git or a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # constant arguments
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
