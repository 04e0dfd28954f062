// Who wore what when: a row for each person, whose spans lead to their moment of the video.
import { html } from "../../vendor/lit-html.js";
import { clock, percent, t } from "../../shared/words.js";
import { symbol } from "../../shared/view.js";

const TICKS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const MOST_TICKS = 5;
const TELLING_FIRST = ["no_helmet", "helmet", "unknown"]; // what a row's symbol says

/**
 * @param {{track: number, spans: {from_s: number, to_s: number, status: string, confidence: number | null}[]}[]} tracks
 * @param {number | null} durationS of the video, null where it is unknown
 */
export function timelineView(tracks, durationS) {
  const lengthS = Math.max(durationS ?? 0, ...tracks.flatMap(({ spans }) => spans.map((span) => span.to_s)));
  if (!tracks.length) return "";
  return html`
    <div class="timeline" role="group" aria-label=${t("video.timeline")} aria-describedby="timeline-keys">
      <div class="names" aria-hidden="true">${tracks.map((track) => html`<span>${symbol(mostTelling(track))}#${track.track}</span>`)}</div>
      <div class="lanes" @keydown=${moveAmongSpans}>
        ${tracks.map((track, row) => laneView(track, lengthS, row === 0))}
        <div class="playhead" data-length=${lengthS}></div>
      </div>
      <div class="axis" aria-hidden="true">${ticks(lengthS).map((at) => html`<span .style=${`left: ${(100 * at) / lengthS}%`}>${clock(at, at % 1 ? 1 : 0)}</span>`)}</div>
    </div>
    <p id="timeline-keys" class="faint">${t("video.keys")}</p>`;
}

function laneView({ track, spans }, lengthS, isFirst) {
  return html`
    <div class="lane" role="group" aria-label=${t("video.person", { track: `#${track}` })}>
      ${spans.map((span, place) => spanView(track, span, lengthS, isFirst && place === 0))}
    </div>`;
}

/** A span's button; one alone of a timeline is a stop of the Tab key, the arrow keys lead to the others. */
function spanView(track, span, lengthS, isStop) {
  const name = spanText(track, span);
  const place = `left: ${(100 * span.from_s) / lengthS}%; width: ${(100 * (span.to_s - span.from_s)) / lengthS}%`;
  return html`
    <button type="button" class="span" data-status=${span.status} data-from=${span.from_s} tabindex=${isStop ? 0 : -1}
      .style=${place} title=${name} aria-label=${name} @click=${seek}>${symbol(span.status)}</button>`;
}

/** Person #1: no helmet from 0:05.9 to 0:11.8, 99 %. */
function spanText(track, { status, from_s, to_s, confidence }) {
  const values = { track: `#${track}`, status: t(`video.status.${status}`), from: clock(from_s, 1), to: clock(to_s, 1) };
  return confidence === null ? t("video.span", values) : t("video.span_sure", { ...values, share: percent(confidence) });
}

function mostTelling({ spans }) {
  return TELLING_FIRST.find((status) => spans.some((span) => span.status === status)) ?? "unknown";
}

/** Seconds to write below the timeline; none at its very end, where it would have no room. */
function ticks(lengthS) {
  const step = TICKS_S.find((each) => lengthS / each <= MOST_TICKS) ?? TICKS_S.at(-1);
  return Array.from({ length: Math.ceil((0.97 * lengthS) / step) }, (_, number) => number * step);
}

function seek(event) {
  const video = event.currentTarget.closest(".result").querySelector("video");
  video.currentTime = Number(event.currentTarget.dataset.from);
}

function moveAmongSpans(event) {
  const target = neighbour(event.target.closest(".span"), event.key);
  if (!target) return;
  event.preventDefault();
  event.currentTarget.querySelector('.span[tabindex="0"]').tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

/** Where a key leads from a span: in its row, or to that span of the row above or below which begins nearest to it. */
function neighbour(span, key) {
  const lane = span?.parentElement;
  const within = { ArrowLeft: span?.previousElementSibling, ArrowRight: span?.nextElementSibling, Home: lane?.firstElementChild, End: lane?.lastElementChild };
  if (key in within) return within[key];
  const other = { ArrowUp: lane?.previousElementSibling, ArrowDown: lane?.nextElementSibling }[key];
  const far = (each) => Math.abs(Number(each.dataset.from) - Number(span.dataset.from));
  return [...(other?.querySelectorAll(".span") ?? [])].sort((a, b) => far(a) - far(b))[0];
}

/** Put the playhead of a result's card where its video is. */
export function placePlayhead(video) {
  const head = video.closest(".result")?.querySelector(".playhead");
  if (head) head.style.left = `${Math.min(100, (100 * video.currentTime) / Number(head.dataset.length))}%`;
}

/** Let the playhead follow its video until that pauses. */
export function followVideo(video) {
  placePlayhead(video);
  if (!video.paused) requestAnimationFrame(() => followVideo(video));
}
