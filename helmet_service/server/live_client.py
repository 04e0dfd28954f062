"""One live client: its messages are received in one greenlet, and the newest is answered in another."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

import gevent.event  # type: ignore[import-untyped]
import gevent.lock  # type: ignore[import-untyped]
from gevent.threadpool import ThreadPool  # type: ignore[import-untyped]
from wsproto.events import TextMessage
from wsproto.frame_protocol import CloseReason

from helmet_service.api.live_streams import Frame, LiveStream
from helmet_service.server.websocket import Message, WebSocket
from helmet_service.work.pace import Pace
from helmet_service.work.service import Service

_LOG: Final = logging.getLogger(__name__)
_PAUSE_S: Final = 0.05  # until a full queue is looked at again


class LiveWork:
    """What a worker's live clients share: threads, and the network."""

    def __init__(self, service: Service, threads: ThreadPool) -> None:
        self._queue, self._is_admitting = service.admission.queue, service.admission.is_admitting
        self._threads = threads
        self.clients = 0
        self.drop: Callable[[], None] = lambda: service.metrics.live_frame("dropped")

    @cached_property
    def turns(self) -> gevent.lock.BoundedSemaphore:
        """To have a frame answered. One is decoded while others are at the network, and the queue's places are left to
        requests. Made for the first client, when the network is loaded and its slots are known."""
        return gevent.lock.BoundedSemaphore(1 + self._queue.slots)

    def share(self) -> float:
        """Of the network, for each client (`Pace.after`)."""
        return self._queue.slots / max(1, self.clients)

    def wait_for_room(self) -> None:
        """Wait until the queue is not full: requests are refused then, frames only become old."""
        while not self._is_admitting():
            gevent.sleep(_PAUSE_S)

    def answer(self, stream: LiveStream, frame: Frame, about: dict[str, Any]) -> str:
        """A frame's answer; see `LiveStream.answer`."""
        while (answer := self._answer_once(stream, frame, about)) is None:
            gevent.sleep(_PAUSE_S)  # the queue filled up at this moment
        return answer

    def _answer_once(self, stream: LiveStream, frame: Frame, about: dict[str, Any]) -> str | None:
        """None when the queue was full. Ends with the thread's work, even when its client has gone: a worker that found
        no connection open would end its process, and with it the network under the thread."""
        working = self._threads.spawn(stream.answer, frame, about)
        try:
            answer: str | None = working.get()
        finally:
            working.wait()
        return answer


class LiveClient:
    """A client that was let in."""

    def __init__(self, websocket: WebSocket, stream: LiveStream, work: LiveWork) -> None:
        self._websocket, self._stream, self._work = websocket, stream, work
        self._newest: list[tuple[int, Message]] = []  # at most one, and its number
        self._has_come = gevent.event.Event()
        self._dropped = 0
        self._pace = Pace()

    def serve(self) -> None:
        """Until the client has gone."""
        if hello := self._stream.hello():
            self._websocket.send(TextMessage(hello))
        answering = gevent.spawn(self._answer_all)
        try:
            for number, message in enumerate(self._websocket.messages()):
                self._put(number, message)
        finally:
            answering.kill()
            for _, message in self._newest:
                message.release()

    def _put(self, number: int, message: Message) -> None:
        """Let this message be the newest, and drop the one that was."""
        if message.lost:
            self._drop(message)
            return
        if self._newest:
            self._drop(self._newest.pop()[1])
        self._newest.append((number, message))
        self._has_come.set()

    def _drop(self, message: Message) -> None:
        message.release()
        self._dropped += 1
        self._work.drop()

    def _answer_all(self) -> None:
        try:
            while self._has_come.wait():
                with self._work.turns:
                    answer = self._answer_newest()
                self._websocket.send(TextMessage(answer))
        except OSError:  # the client has gone, or takes no answers
            return
        except Exception:  # noqa: BLE001  whatever it is, the client must not wait for answers that will not come
            _LOG.exception("the answers of a live client ended")
            with suppress(OSError):
                self._websocket.close(CloseReason.INTERNAL_ERROR, "a fault of the service")

    def _answer_newest(self) -> str:
        self._work.wait_for_room()
        number, message = self._newest.pop()
        self._has_come.clear()
        begun, transfer_s = time.monotonic(), message.whole_at - message.begun_at
        about, self._dropped = {"dropped": self._dropped, "quality_hint": self._pace.hint()}, 0
        try:
            frame = Frame(number, bytes(message.data), is_text=message.is_text, at_s=message.begun_at)
            answer = self._work.answer(self._stream, frame, about)
        finally:
            message.release()
        self._pace = self._pace.after(time.monotonic() - begun, transfer_s, self._work.share())
        return answer
