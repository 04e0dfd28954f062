"""An iterator that another thread runs ahead, so that what makes items and what takes them work at the same time."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Full, Queue
from typing import Final, TypeVar

Item = TypeVar("Item")
_LOOK_UP_S: Final = 0.1


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[Item], most: int) -> Generator[Item, None, None]:
    """The same items, made by a thread of their own; at most `most` of them wait to be taken.

    What `items` raises is raised here. A taker that stops early (`close` of the generator) ends the thread.
    """
    made: Queue[Item | _End] = Queue(most)
    stopped = threading.Event()

    def put(item: Item | _End) -> None:
        is_put = False
        while not (is_put or stopped.is_set()):
            with suppress(Full):
                made.put(item, timeout=_LOOK_UP_S)
                is_put = True

    def make() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
        except BaseException as raised:  # noqa: BLE001  the taker's to handle
            error = raised
        put(_End(error))

    maker = threading.Thread(target=make, name="ahead")
    maker.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        maker.join()
