"""What makes the cameras devices of Home Assistant: its MQTT discovery.

The keys are those of its documentation: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery, and there
`binary_sensor.mqtt` and `image.mqtt`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helmet_service.outlets.event_json import one_line
from helmet_service.version import VERSION


def discovery(prefix: str, topic: str, cameras: Sequence[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Topics and what Home Assistant is to find there: three entities of each camera. cameras: ids and names."""
    for camera, name in cameras:
        entities: Mapping[str, tuple[str, dict[str, Any]]] = {
            "alarm": (
                "binary_sensor",
                {
                    "name": "Helmet missing",
                    "device_class": "safety",
                    "state_topic": f"{topic}/{camera}/alarm",
                    "json_attributes_topic": f"{topic}/{camera}/event",
                },
            ),
            "problem": (
                "binary_sensor",
                {"name": "Trouble", "device_class": "problem", "state_topic": f"{topic}/{camera}/problem"},
            ),
            "picture": ("image", {"name": "Last alarm", "image_topic": f"{topic}/{camera}/picture"}),
        }
        for entity, (component, values) in entities.items():
            unique_id = f"{topic.replace('/', '_')}_{camera}_{entity}"
            yield (
                f"{prefix}/{component}/{unique_id}/config",
                {
                    **values,
                    "unique_id": unique_id,
                    "availability_topic": f"{topic}/status",
                    "device": {
                        "identifiers": [f"{topic.replace('/', '_')}_{camera}"],
                        "name": one_line(name),
                        "manufacturer": "helmet-service",
                        "sw_version": VERSION,
                    },
                    "origin": {"name": "helmet-service", "sw_version": VERSION},
                },
            )
