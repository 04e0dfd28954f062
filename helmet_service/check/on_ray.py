"""The parts of an archive checked by Ray's workers, on this machine or on a cluster (requirements-ray.txt)."""

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
# Of a local Ray. Names and answers take far less, but Ray reckons with 128 MiB a task until it has seen some.
_STORE_BYTES_A_WORKER: Final = 1 << 27
_MOST_BLOCKS: Final = 10_000  # each is an object of its own to Ray
_TRIES_MORE: Final = 3  # for a part whose worker died; Ray itself would try for ever


def check_on_ray(settings: Settings, parts: Sequence[Part], address: str, workers: int | None) -> Iterator[Json]:
    """Check the pictures of all parts, in their order, by workers of one core and one network each.

    address: of a running cluster, or `local` for a Ray of this run's own. workers: None: one for each core there is.
    A part whose worker dies is begun anew. Raises ValueError without Ray and when a part fails for good.
    """
    ray = _ray()
    try:
        with redirect_stdout(sys.stderr):  # where Ray tells of workers that died
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
    """Be connected with a cluster; how many workers it is to have."""
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
    """What Ray makes once in each worker's process: a model must not be loaded before a fork.

    A row that comes back has the answers of its part as JSON, or the reason why the worker has no model.
    """

    def __init__(self, settings: Settings) -> None:
        self._failure = ""
        try:
            self._checker = Checker(settings)
        except Exception as error:  # noqa: BLE001  Ray would make the worker again and again
            self._failure = str(error)

    def __call__(self, row: dict[str, Any]) -> dict[str, str]:
        answers: list[Json] = []
        if not self._failure:
            answers += (self._checker(entry) for entry in entries(row["part"], self._checker.most_bytes))
        return {"answers": json.dumps(answers), "failure": self._failure}


def _dataset(ray: Any, settings: Settings, parts: Sequence[Part], workers: int) -> Any:  # noqa: ANN401  Ray's types
    """A row for each part, checked as it is asked for, few at a time."""
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # errors are raised here as well
    rows = ray.data.from_items([{"part": part} for part in parts], override_num_blocks=min(len(parts), _MOST_BLOCKS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # max_task_retries has no successor yet
        return rows.map(
            _Worker,
            fn_constructor_args=(settings,),
            compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1),
            num_cpus=1,
            max_task_retries=_TRIES_MORE,
        )


def _ray() -> Any:  # noqa: ANN401  an optional package
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a local Ray would report to its makers
    try:
        importlib.import_module("ray.data")
        return importlib.import_module("ray")
    except ImportError as error:
        raise ValueError(f"--ray: expected Ray to be installed (requirements-ray.txt), got: {error}") from error
