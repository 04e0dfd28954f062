// The figures of now, and of since the service began.
import { html } from "../../vendor/lit-html.js";
import { symbol } from "../../shared/view.js";
import { duration, number, t, time } from "../../shared/words.js";
import { megabytes, milliseconds, NONE, perSecond } from "./figures.js";

export function cardsView(status) {
  const cards = [pictures, speed, waiting, people, cameras, videos, model, memory, processor, uptime];
  return html`<ul class="cards">${cards.map((card) => html`<li class=${`card ${card.name}`}>${card(status)}</li>`)}</ul>`;
}

/** name: a key of words. figure: the one that is seen first. lines: the rest. */
function cardOf(name, figure, lines) {
  return html`
    <h2>${t(name)}</h2>
    <p class="figure">${figure}</p>
    ${lines.map((line) => html`<p class="line">${line}</p>`)}`;
}

function pictures({ pictures }) {
  return cardOf("state.pictures", perSecond(pictures.per_s), [t("state.since_start", { count: pictures.total })]);
}

function speed({ latency_ms: { total } }) {
  const lines = total.p50 === null
    ? [t("state.no_times")]
    : [t("state.within_95", { time: milliseconds(total.p95) }), t("state.within_99", { time: milliseconds(total.p99) })];
  return cardOf("state.speed", milliseconds(total.p50), lines);
}

function waiting({ queue }) {
  return cardOf("state.waiting", number(queue.waiting), [t("state.places", { count: queue.places })]);
}

function people({ verdicts }) {
  const judged = Object.values(verdicts).reduce((sum, count) => sum + count, 0); // fewer than were found
  const counts = Object.entries(verdicts).map(([status, count]) => html`${symbol(status)} ${number(count)} ${t(`status.${status}`)}`);
  return cardOf("state.people", number(judged), [...counts, t("state.since_start_all")]);
}

function cameras({ live }) {
  return cardOf("state.cameras", number(live.clients), [
    t("state.frames_per_s", { rate: perSecond(live.frames_per_s) }),
    t("state.frames_dropped", { count: live.frames.dropped }),
  ]);
}

function videos({ videos }) {
  return cardOf("state.videos", number(videos.running), [
    t("state.videos_queued", { count: videos.queued }),
    t("state.videos_done", { count: videos.done }),
    html`<span class=${videos.failed ? "wrong" : ""}>${t("state.videos_failed", { count: videos.failed })}</span>`,
  ]);
}

function model({ model }) {
  if (!model) return cardOf("state.model", NONE, [t("state.no_model")]);
  return cardOf("state.model", html`<code lang="en">${model.name} ${model.version}</code>`, [
    html`<code lang="en">${model.precision}</code>`,
  ]);
}

function memory({ memory_mb: all, workers }) {
  const each = workers.processes.map(({ pid, memory_mb: size }) =>
    t("state.worker_memory", { pid: String(pid), size: megabytes(size) }));
  return cardOf("state.memory", megabytes(all), each);
}

function processor({ cpu, workers }) {
  return cardOf("state.processor", number(cpu.cores_used), [
    t("state.cores", { count: cpu.cores }),
    t("state.workers_ready", { ready: workers.ready, count: workers.running }),
  ]);
}

function uptime({ uptime_s: seconds, at_s: now, service }) {
  return cardOf("state.uptime", duration(seconds), [
    t("state.started", { time: time(new Date((now - seconds) * 1000)) }),
    t("state.version", { version: service.version }),
  ]);
}
