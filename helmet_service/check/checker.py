"""A picture of an archive -> its line, on all cores of one machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from helmet_service.api.answers import Json
from helmet_service.api.compliance import answer_compliance
from helmet_service.check.archive import Entry, Part, Request, entries
from helmet_service.http.problems import Problem
from helmet_service.settings import Settings
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages

_DEADLINE_S: Final = 86_400.0  # of a picture: no client waits
_OFF_NETWORK: Final = 4  # pictures that are decoded, judged or written while others are at the network


class Checker:
    """Answers about pictures as the service does with the same settings; it loads the model when it is made.

    drawn: whether each answer has the picture `annotated`.
    """

    def __init__(self, settings: Settings, *, drawn: bool = False) -> None:
        self._drawn = drawn
        self._service = Service(settings, load_warm(settings))
        self.most_bytes = settings.max_body_mb * 1_000_000
        self.at_once = settings.queue

    def __call__(self, entry: Entry) -> Json:
        """The answer of `/v1/compliance` with the picture's name as its `id`, or {"id", "error"}."""
        try:
            with ExitStack() as until:
                request = _with_drawing(entry.request()) if self._drawn else entry.request()
                answer = answer_compliance(self._service, request, Stages(_DEADLINE_S), until)
            return answer | {"id": entry.name}
        except Problem as problem:
            return {"id": entry.name, "error": problem.in_words}
        except Exception as error:  # noqa: BLE001  one picture must not end the check of an archive
            return {"id": entry.name, "error": f"{type(error).__name__}: {error}"}


def _with_drawing(request: Request) -> Request:
    """The request for a drawing too; one whose `include` is no list stays as wrong as it is."""
    include = request.get("include", [])
    return {**request, "include": [*include, "annotated"]} if isinstance(include, list) else request


def settings_for(settings: Settings, cores: int) -> Settings:
    """The service's settings for a check: one run of the network on each core, no keys, no rate limit."""
    at_once = max(cores, settings.batch) + _OFF_NETWORK
    return replace(
        settings,
        model_dir=settings.model_dir.absolute(),  # Ray's workers run in other folders
        inference_threads=1,
        inferences=cores,
        queue=at_once,
        threads=3 * at_once,  # so that Capacity leaves a batch all the slots it can use
        api_keys_file="",
        rate_limit=0,
    )


def check_here(settings: Settings, parts: Sequence[Part], *, drawn: bool) -> Iterator[Json]:
    """The lines of all parts' pictures, in their order, from this machine; drawn: see `Checker`."""
    checker = Checker(settings, drawn=drawn)
    with ThreadPoolExecutor(checker.at_once) as pool:
        begun: deque[Future[Json]] = deque()
        for part in parts:
            for entry in entries(part, checker.most_bytes):
                begun.append(pool.submit(checker, entry))
                if len(begun) == 2 * checker.at_once:
                    yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
