"""One POST to a receiver, and what its answer means for a delivery."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import requests

from helmet_service.outlets.outlet import DeliveryError, RefusalError, network_words

# Its lines of level DEBUG hold paths, which may be secret.
logging.getLogger("urllib3").setLevel(logging.INFO)

_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 10.0
# Too early, too many, too slow: the receiver may take the same request later.
_LATER: Final = {408, 425, 429}


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Returns when the receiver answered 2xx; raises DeliveryError or RefusalError. Redirects are not followed."""
    try:
        with requests.post(
            url, data=body, headers=headers, timeout=(_CONNECT_S, _ANSWER_S), allow_redirects=False, stream=True
        ) as answer:
            status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
    except requests.RequestException as error:
        raise DeliveryError(network_words(error)) from None
    judge(status, retry_after)


def judge(status: int, retry_after: str) -> None:
    """What an answer means. retry_after: the header, in seconds; a date is taken as none."""
    if 200 <= status < 300:
        return
    why = f"answered {status}, expected 2xx"
    if 400 <= status < 500 and status not in _LATER:
        raise RefusalError(why)
    raise DeliveryError(why, float(retry_after) if retry_after.isdecimal() else None, only_it=status == 500)
