"""One worker's parts, put together: settings, keys, rate limit, metrics, network, and the bounds of its work."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import pose
from helmet_service.http.access import read_keys
from helmet_service.http.problems import overloaded, refusal
from helmet_service.http.rate_limit import PRIVATE, RateLimit
from helmet_service.observing.history import History
from helmet_service.observing.metrics import Metrics
from helmet_service.observing.recent_problems import RecentProblems
from helmet_service.observing.shared_records import folder_of_counts
from helmet_service.observing.status import point_json
from helmet_service.settings import Settings
from helmet_service.verdicts.case import MATCHERS, TRUSTS, Case, JudgedCase, Matcher, Trust, judge_case
from helmet_service.verdicts.hat_fit import HatBoxes
from helmet_service.verdicts.rules import Rules
from helmet_service.work.admission import Admission
from helmet_service.work.capacity import Capacity
from helmet_service.work.looking import Looker
from helmet_service.work.network import Network
from helmet_service.work.stages import Stages

EXTENSION: Final = "helmet_service"  # the app's, under which it holds its service
_LOG: Final = logging.getLogger(__name__)
_FULL_TOO_LONG_S: Final = 10.0


class Service:
    """One worker's parts; `create_app` makes one, and `check` makes one without clients.

    estimator: a loaded one; None: `begin` loads it. rate_counts: see `RateLimit`.
    """

    def __init__(self, settings: Settings, estimator: pose.Estimator | None, rate_counts: str = PRIVATE) -> None:
        self.settings = settings
        self.capacity = Capacity.of(settings)
        self.keys = read_keys(settings.api_keys_file)
        self.rate_limit = RateLimit(settings.rate_limit, settings.rate_period_s, rate_counts)
        self.rules = Rules(min_head_px=settings.min_head_px, min_alarm_confidence=settings.min_alarm_confidence)
        self.problems = RecentProblems(folder_of_counts())  # first: without room for it, metrics leave no files
        self.metrics = Metrics()
        self.history = History(self.metrics.samples, point_json, folder_of_counts())
        self.network = Network(settings, self._when_loaded)
        self.admission = Admission(self.capacity, self.network, self.metrics)
        self.looker = Looker(settings, self.network, self.admission.queue, self.metrics)
        self._is_stopping = False
        if estimator is not None:
            self.network.use(estimator)

    @property
    def sees_hats(self) -> bool:
        """Whether the model sees hats itself; Problem 503 while there is none."""
        return self.network.estimator.headwear is not None

    @property
    def finds_hands(self) -> bool:
        """Whether the model finds hands; Problem 503 while there is none."""
        return self.network.estimator.hands is not None

    def asks_for_hands(self, include: Sequence[str]) -> bool:
        """Whether a request's `include` asks for hands; Problem 422 where the model finds none."""
        if "hands" in include and not self.finds_hands:
            raise refusal(422, "include", "parts without hands: this model finds none", "hands")
        return "hands" in include

    def begin(self) -> None:
        """Start to load the model and to keep the metrics' history, each in a thread."""
        self.network.load_in_background()
        self.history.keep_in_background()

    def stop(self) -> None:
        """Be not ready from now on; requests that still come are answered."""
        self._is_stopping = True
        self.network.stop()
        self.history.stop()
        self.metrics.worker_ready.set(0)

    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._is_stopping

    def check_stays(self) -> None:
        """Problem 503 while the service stops."""
        if self._is_stopping:
            raise overloaded("stopping", "a service that stays", "one that is stopping")

    def check_ready(self) -> None:
        """Problem 503 while the service stops or loads, or when loading failed, the network server does not answer or
        the queue has been full for 10 s."""
        self.check_stays()
        self.network.check()
        if self.admission.queue.full_for_s() >= _FULL_TOO_LONG_S:
            got = f"a queue that has been full for {_FULL_TOO_LONG_S:g} s"
            raise overloaded("queue_full", "a free place in the queue", got)

    def judge(
        self,
        case: Case,
        stages: Stages,
        matcher: Matcher = MATCHERS[0],
        hat_boxes: HatBoxes = "auto",
        trust: Trust = TRUSTS[0],
    ) -> JudgedCase:
        """Judge a picture's people (`judge_case`), with time and verdicts in the metrics."""
        with stages.stage("matching"):
            judged = judge_case(case, self.rules, matcher, hat_boxes, trust)
        self.metrics.judged(trust, ((verdict.status, verdict.reason) for verdict in judged.judgement.people))
        return judged

    def _when_loaded(self, estimator: pose.Estimator) -> None:
        self.looker.widen(min(estimator.runtime.callers, self.capacity.slots))
        model, precision = estimator.model, estimator.runtime.precision
        self.metrics.loaded(name=model.name, version=model.version, precision=precision, sha256=model.sha256)
        if self.settings.trust != "hats" and not self.sees_hats:
            _LOG.warning("TRUST=%s: the model sees no hats itself, so those of requests decide", self.settings.trust)
