// The one sentence that says how the service is.
import { problemText } from "../../shared/view.js";
import { ago, duration, knows, number, t, time } from "../../shared/words.js";
import { milliseconds } from "./figures.js";

const FAULT_TOLD_S = 600;
const NO_ANSWER = [0, 502, 504]; // 502 and 504: of a proxy that does not reach the service

/**
 * What is said first, as {kind, text, more}. kind: `good`, `warning` or `bad`, or `asking` before the first answer. more:
 * a second sentence, or null.
 */
export function headline({ status, error, answeredAt, since }) {
  if (error) return NO_ANSWER.includes(error.status) ? noAnswer(answeredAt, since) : refused(error, answeredAt);
  if (!status) return { kind: "asking", text: t("state.asking"), more: null };
  if (!status.ready) return notReady(status);
  return trouble(status) ?? { kind: "good", text: t("state.works"), more: pace(status) };
}

function noAnswer(answeredAt, since) {
  const now = new Date();
  const from = answeredAt ?? since;
  const values = { time: time(from, { timeStyle: "medium" }), duration: duration((now - from) / 1000) };
  return { kind: "bad", text: t("state.gone"), more: t(answeredAt ? "state.gone_since" : "state.gone_always", values) };
}

function refused(error, answeredAt) {
  const more = answeredAt && t("state.figures_of", { time: time(answeredAt, { timeStyle: "medium" }) });
  return { kind: "warning", text: problemText(error), more };
}

function notReady({ not_ready: detail, not_ready_reason: reason }) {
  const key = `state.not_ready.${reason}`;
  const text = knows(key) ? t(key) : t("state.not_ready", { detail });
  return { kind: "bad", text, more: knows(`state.advice.${reason}`) ? t(`state.advice.${reason}`) : null };
}

/** What a service that works is worth a look for, null where there is nothing. */
function trouble({ queue, workers, problems, at_s: now }) {
  const fault = problems.find((problem) => problem.status === 500 && now - problem.last_s < FAULT_TOLD_S);
  if (isBusy(queue)) return warning("state.busy", "state.busy_more", { count: queue.waiting });
  if (workers.ready < workers.running) return warning("state.partly", "state.partly_more", workers);
  return fault ? warning("state.fault", "state.advice.fault", { ago: ago(now - fault.last_s) }) : null;
}

/** A few requests that come together wait for a moment: that is no sign of too many. */
function isBusy({ waiting, places }) {
  return waiting > 0 && waiting >= places / 4;
}

function warning(text, more, values) {
  return { kind: "warning", text: t(text, values), more: t(more) };
}

function pace({ pictures, latency_ms: latency }) {
  if (!pictures.per_s) return t("state.idle");
  return t("state.pace", { rate: number(pictures.per_s), time: milliseconds(latency.total.p50) });
}
