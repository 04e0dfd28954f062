// The wall: a tile for each camera.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { problemView } from "../../shared/view.js";
import { ago, sentences, t } from "../../shared/words.js";
import { alarmsLink, conditionOf, conditionView, crowdView, inOrder, isInTrouble, sinceView } from "./condition.js";

const MANY = 12; // cameras: more are filtered by text
const WATCH = "python -m helmet_service watch";
const FIRST = `cameras:
  - id: gate-3
    source: rtsp://10.0.0.7/stream1`;

/**
 * @param {{said: object | null, error: object | null, filter: string}} state said: the answer of v1/cameras
 * @param {(camera: string) => boolean} hasDraft whether zones of a camera were changed and not saved
 * @param {(filter: string) => void} setFilter
 */
export function wallView({ said, error, filter }, hasDraft, setFilter) {
  return html`
    <h1 tabindex="-1">${t("app.cameras")}</h1>
    ${error ? problemView(error) : nothing}
    ${said || error ? nothing : html`<p>${t("cameras.asking")}</p>`}
    ${said?.cameras.length === 0 ? firstCameraView() : nothing}
    ${said?.cameras.length ? camerasView(said, filter, hasDraft, setFilter) : nothing}`;
}

/** That the watch does not run, since when, and what to do; nothing where it runs. */
export function watchView({ watching, watched_s: watchedS }) {
  if (watching) return nothing;
  return html`
    <div class="problem" role="alert">
      <p><strong>${t("cameras.not_watched")}</strong> ${watchedS === null ? nothing : t("cameras.watched_last", { ago: ago(watchedS) })}</p>
      <p>${t("cameras.start_watch")} <code>${WATCH}</code></p>
    </div>`;
}

function firstCameraView() {
  return html`
    <div class="card">
      <h2>${t("cameras.none")}</h2>
      <p id="first-file">${t("cameras.first_file")} <code>cameras.yaml</code>:</p>
      <pre tabindex="0" role="region" aria-labelledby="first-file">${FIRST}</pre>
      <p>${t("cameras.first_start")} <code>CAMERAS_FILE=cameras.yaml ${WATCH}</code></p>
      <p>${t("cameras.first_more")} <code>docs/cameras.md</code></p>
    </div>`;
}

function camerasView(said, filter, hasDraft, setFilter) {
  const wanted = filter.trim().toLowerCase();
  const shown = said.cameras.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted));
  return html`
    ${watchView(said)}
    <div class="row above">
      <p role="status">${summaryText(said)}</p>
      ${said.cameras.length > MANY ? html`
        <input type="search" aria-label=${t("cameras.filter")} placeholder=${t("cameras.filter")} .value=${filter} @input=${(event) => setFilter(event.target.value)}>` : nothing}
    </div>
    ${shown.length ? nothing : html`<p>${t("cameras.none_so_called")}</p>`}
    <ul class="wall" data-size=${said.cameras.length === 1 ? "one" : said.cameras.length <= 4 ? "few" : "many"}>
      ${repeat(inOrder(shown, said.watching), ({ id }) => id, (camera) => tileView(camera, said.watching, hasDraft(camera.id)))}
    </ul>`;
}

function summaryText({ cameras, watching }) {
  const alarmed = cameras.filter(({ open_alarms: alarms }) => alarms.length).length;
  const troubled = cameras.filter((camera) => isInTrouble(camera, watching)).length;
  const parts = [t("cameras.count", { count: cameras.length })];
  if (alarmed) parts.push(t("cameras.alarmed", { count: alarmed }));
  if (troubled) parts.push(t("cameras.troubled", { count: troubled }));
  return sentences(parts);
}

function tileView(camera, watching, hasDraft) {
  const isLive = conditionOf(camera, watching) === "live";
  return html`
    <li class="card tile" data-id=${camera.id} ?data-alarm=${camera.open_alarms.length > 0} ?data-live=${isLive}>
      <a class="look" href="#cameras/${camera.id}">
        ${screenView(camera)}
        <strong>${camera.name}</strong>
      </a>
      <div class="row">
        ${alarmsLink(camera)}
        ${conditionView(camera, watching)}
        ${isLive ? crowdView(camera) : nothing}
      </div>
      ${sinceView(camera, watching)}
      ${hasDraft ? html`<a href="#cameras/${camera.id}/zones">${t("cameras.draft")}</a>` : nothing}
    </li>`;
}

/** The last frame, and what stands there before there is one. */
function screenView({ id, picture }) {
  return html`
    <span class="screen">
      <span class="no-frame">${t("cameras.no_frame")}</span>
      ${picture ? html`<img data-camera=${id} alt="" width=${picture.width} height=${picture.height}>` : nothing}
    </span>`;
}
