"""Events to an MQTT broker, with the states of cameras that it keeps, and Home Assistant's discovery."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from paho.mqtt.client import Client, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from helmet_service.alarms.events import Event
from helmet_service.alarms.outbox import pause_s
from helmet_service.outlets.mqtt_messages import OFFLINE, Message, event_messages, greeting
from helmet_service.outlets.outlet import DeliveryError, Outlet, network_words
from helmet_service.outlets.site_state import SiteState, after

_LOG: Final = logging.getLogger(__name__)
_FINE: Final = MQTTErrorCode.MQTT_ERR_SUCCESS
_QOS: Final = 1  # the broker acknowledges each message
_KEEP_ALIVE_S: Final = 30
_WITHIN_S: Final = 10.0
_GOODBYE_S: Final = 0.5


class Mqtt(Outlet):
    """Publishes to a broker, over one connection that is kept.

    name: the outlet's. cameras: ids and names. told: the events that the broker has, in their order: from them follow
    the states that it keeps.
    """

    def __init__(
        self, name: str, options: Mapping[str, Any], cameras: Sequence[tuple[str, str]], told: Iterable[Event]
    ) -> None:
        self._name = name
        self._options = options
        self._topic: str = options["topic"]
        self._cameras = cameras
        self._state = after(SiteState(), told)
        self._connection: _Connection | None = None
        self._failures = 0
        self._next_try_s = 0.0

    def send(self, event: Event, picture: bytes | None) -> None:
        """See Outlet."""
        state = after(self._state, [event])
        self._publish(event_messages(self._topic, event, picture, state))
        self._state = state

    def rest(self) -> None:
        """Keep the connection, or try to connect: receivers see by it that the service is there."""
        if self._connection is None and time.monotonic() < self._next_try_s:
            return
        try:
            self._publish([])
            self._failures = 0
        except DeliveryError as error:
            self._failures += 1
            self._next_try_s = time.monotonic() + pause_s(self._failures)
            _LOG.warning("outlet %s: %s", self._name, error)

    def close(self) -> None:
        """Say goodbye: the broker tells nobody the last will."""
        if self._connection is not None:
            self._connection.close(Message(f"{self._topic}/status", OFFLINE))

    def _publish(self, messages: Sequence[Message]) -> None:
        """Returns when the broker has acknowledged all messages; raises DeliveryError and gives the connection up."""
        try:
            if self._connection is None:
                self._connection = _Connection(self._name, self._options)
                prefix = self._options.get("discovery")
                self._connection.publish(greeting(self._topic, self._cameras, self._state, prefix), _WITHIN_S)
            self._connection.publish(messages, _WITHIN_S)
        except (OSError, DeliveryError) as error:
            if self._connection is not None:
                self._connection.drop()
            self._connection = None
            raise error if isinstance(error, DeliveryError) else DeliveryError(network_words(error)) from None


class _Connection:
    """A connection to the broker, driven by the thread that uses it. Raises OSError or DeliveryError."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._refusal: str | None = None
        self._welcomed = False
        self._client = self._prepared(name, options)
        try:
            self._client.connect(options["host"], options["port"], keepalive=_KEEP_ALIVE_S)
            self._drive(lambda: self._welcomed, _WITHIN_S)
        except (OSError, DeliveryError):
            self.drop()
            raise

    def publish(self, messages: Iterable[Message], within_s: float) -> None:
        """Returns when the broker has acknowledged all messages; none: looks after the connection."""
        sent = [self._client.publish(each.topic, each.payload, _QOS, each.retain) for each in messages]
        self._drive(lambda: all(each.rc == _FINE and each.is_published() for each in sent), within_s)

    def close(self, last: Message) -> None:
        """Publish a last message and disconnect."""
        try:
            self.publish([last], _GOODBYE_S)
            self._client.disconnect()
        except (OSError, DeliveryError):
            self.drop()

    def drop(self) -> None:
        """Close the socket without a word, as the broker may not hear one: it tells the last will."""
        socket = self._client.socket()
        if socket is not None:
            socket.close()

    def _prepared(self, name: str, options: Mapping[str, Any]) -> Client:
        is_5 = options.get("version", "3.1.1") == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            f"{options['topic']}-{name}",  # the same one each time: the broker then ends a connection that is left over
            clean_session=None if is_5 else True,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.will_set(f"{options['topic']}/status", OFFLINE, _QOS, retain=True)
        client.on_connect = lambda _client, _data, _flags, reason, _properties: self._on_connect(reason)
        client.on_publish = self._on_publish
        if options.get("user") is not None:
            client.username_pw_set(options["user"], options["password"])
        if options["tls"]:
            client.tls_set_context(ssl.create_default_context())
        return client

    def _on_connect(self, reason: ReasonCode) -> None:
        self._welcomed = not reason.is_failure
        self._refusal = str(reason) if reason.is_failure else None

    def _on_publish(self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _: Properties | None) -> None:
        self._refusal = str(reason) if reason.is_failure else self._refusal

    def _drive(self, is_done: Callable[[], bool], within_s: float) -> None:
        """Read and write, once at least, until something is so."""
        ends = time.monotonic() + within_s
        wait_s = 0.0
        while True:
            code = self._client.loop(wait_s)
            if self._refusal is not None:
                raise DeliveryError(f"the broker refused: {self._refusal}")
            if code != _FINE:
                raise DeliveryError(error_string(code))
            if is_done():
                return
            if time.monotonic() > ends:
                raise DeliveryError(f"no acknowledgement within {within_s:g} s")
            wait_s = 0.1
