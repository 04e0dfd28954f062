"""Checks the parts of an archive by Ray's workers, on this machine or on a cluster (requirements-ray.txt)."""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from typing import Any, Final

from helmet_service.api.answers import Json
from helmet_service.check.archive import Part, entries
from helmet_service.check.checker import Checker
from helmet_service.settings import Settings

LOCAL: Final = "local"
# Of a local Ray's object store: Ray assumes 128 MiB a task until it has measured some.
_STORE_BYTES_A_WORKER: Final = 1 << 27
_MOST_BLOCKS: Final = 10_000  # each costs Ray an object
_RETRIES: Final = 3  # of a part whose worker died; by default Ray retries without end


def check_on_ray(settings: Settings, parts: Sequence[Part], address: str, workers: int | None) -> Iterator[Json]:
    """The lines of all parts' pictures, in their order, from workers with one core and one network each.

    address: of a running cluster, or `local` to start Ray on this machine. workers: None: one for each core.
    A part whose worker died is checked again. Raises ValueError without Ray, and when a part fails for good.
    """
    ray = _ray()
    try:
        with redirect_stdout(sys.stderr):  # Ray prints messages about dead workers
            for row in _dataset(ray, settings, parts, _begin(ray, address, workers)).iter_rows():
                if row["failure"]:
                    raise ValueError(f"a worker cannot begin: {row['failure']}")
                yield from json.loads(row["answers"])
    except ray.exceptions.RayError as error:
        first_line = str(error).partition("\n")[0]  # tracebacks of other machines follow
        raise ValueError(f"Ray: {type(error).__name__}: {first_line}") from error
    finally:
        ray.shutdown()


def _begin(ray: Any, address: str, workers: int | None) -> int:  # noqa: ANN401  Ray's module
    """Connect to the cluster, or start one; returns the number of workers."""
    if address != LOCAL:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        return workers or int(ray.cluster_resources()["CPU"])
    workers = workers or len(os.sched_getaffinity(0))
    ray.init(
        LOCAL, num_cpus=workers, include_dashboard=False, object_store_memory=(workers + 1) * _STORE_BYTES_A_WORKER,
        log_to_driver=False, logging_level=logging.ERROR,
    )  # fmt: skip
    return workers


class _Worker:
    """Ray makes one in each worker's process, where it loads the model; then it calls it for each row, a part.

    It returns the part's answers as JSON, or why the model could not be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        self._failure = ""
        try:
            self._checker = Checker(settings)
        except Exception as error:  # noqa: BLE001  Ray would make a failed worker again without end
            self._failure = str(error)

    def __call__(self, row: dict[str, Any]) -> dict[str, str]:
        answers: list[Json] = []
        if not self._failure:
            answers += (self._checker(entry) for entry in entries(row["part"], self._checker.most_bytes))
        return {"answers": json.dumps(answers), "failure": self._failure}


def _dataset(ray: Any, settings: Settings, parts: Sequence[Part], workers: int) -> Any:  # noqa: ANN401  Ray's types
    """A row for each part; Ray checks a part when its row is read, a few in advance."""
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # errors are raised here as well
    rows = ray.data.from_items([{"part": part} for part in parts], override_num_blocks=min(len(parts), _MOST_BLOCKS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of max_task_retries, which has no successor yet
        return rows.map(
            _Worker,
            fn_constructor_args=(settings,),
            compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1),
            num_cpus=1,
            max_task_retries=_RETRIES,
        )


def _ray() -> Any:  # noqa: ANN401  an optional package
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry
    try:
        importlib.import_module("ray.data")
        return importlib.import_module("ray")
    except ImportError as error:
        raise ValueError(f"--ray: expected Ray to be installed (requirements-ray.txt), got: {error}") from error
