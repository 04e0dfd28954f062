// One camera: its last frame with people, zones and places that never move over it, and what there is to know of it.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { frameVerdict, peopleView, votedOf } from "../../shared/people.js";
import { badge, problemView } from "../../shared/view.js";
import { duration, measure, number, t, time } from "../../shared/words.js";
import { alarmsLink, conditionOf, conditionView, sinceView } from "./condition.js";
import { placeListView, placeShapesView } from "./still_places.js";
import { watchView } from "./wall.js";
import { shapeView } from "./zone_shapes.js";

const UNSEEN = { width: 1600, height: 900 }; // of a camera of which nothing was judged yet

/** The size of a camera's picture, or one to stand for it. */
export function sizeOf(camera) {
  return camera.picture ?? UNSEEN;
}

/**
 * @param {object} camera of v1/cameras
 * @param {{said: object, error: object | null, shownWidth: number}} state
 * @param {boolean} hasDraft whether its zones were changed and not saved
 */
export function oneCameraView(camera, { said, error, shownWidth }, hasDraft) {
  return html`
    <a class="back" href="#cameras">← ${t("cameras.all")}</a>
    <h1 tabindex="-1">${camera.name}</h1>
    ${error ? problemView(error) : watchView(said)}
    <div class="row">${alarmsLink(camera)}${conditionView(camera, said.watching)}</div>
    ${sinceView(camera, said.watching)}
    <div class="columns">
      <div class="shown">
        ${stageView(camera, shownWidth, overlayView(camera, said.watching, shownWidth))}
        ${legendView(camera)}
        <div class="row">
          <a class="button main" href="#cameras/${camera.id}/zones">${t(camera.zones.length ? "cameras.change_zones" : "cameras.draw_zones")}</a>
          ${hasDraft ? html`<strong>${t("cameras.draft")}</strong>` : nothing}
        </div>
      </div>
      <div class="card known">
        ${conditionOf(camera, said.watching) === "live" ? peopleListView(camera) : nothing}
        ${placeListView(camera.still)}
        ${factsView(camera)}
      </div>
    </div>`;
}

/** The last frame in the size that it is shown in, and what lies over it. */
export function stageView(camera, shownWidth, over) {
  const { width, height } = sizeOf(camera);
  return html`
    <div class="stage screen" .style=${`width: ${shownWidth}px; aspect-ratio: ${width} / ${height}`}>
      <span class="no-frame">${t("cameras.no_frame")}</span>
      ${camera.picture ? html`<img data-camera=${camera.id} alt=${t("cameras.frame_alt", { name: camera.name })}>` : nothing}
      ${shownWidth ? over : nothing}
    </div>`;
}

function overlayView(camera, watching, shownWidth) {
  const picture = sizeOf(camera);
  const unit = picture.width / shownWidth;
  return html`
    <svg class="zones" viewBox="0 0 ${picture.width} ${picture.height}" aria-hidden="true">
      ${camera.zones.map((zone) => svg`<g class="zone" data-rule=${zone.rule}>${shapeView(zone, picture, unit)}</g>`)}
      ${placeShapesView(camera.still, picture, unit)}
    </svg>
    ${conditionOf(camera, watching) === "live" && camera.picture ? peopleView({ picture, people: camera.people.filter(({ still }) => !still) }, { shownWidth, said: votedOf }) : nothing}`;
}

/** What zones and dashed boxes mean, and which zones are of which rule. */
function legendView({ zones, still }) {
  const rules = Map.groupBy(zones, ({ rule }) => rule);
  return html`
    ${zones.length ? nothing : html`<p class="faint">${t("cameras.no_zones")}</p>`}
    <ul class="legend row">
      ${[...rules].map(([rule, of]) => html`
        <li data-rule=${rule}>${t("cameras.legend", { rule: t(`cameras.rule.${rule}`), names: of.map(({ name }) => name).join(t("camera.comma")) })}</li>`)}
      ${still.length ? html`<li class="still">${t("cameras.still_legend")}</li>` : nothing}
    </ul>`;
}

function peopleListView({ people }) {
  const inOrder = [...people].sort((a, b) => a.track - b.track);
  return html`
    <h2>${t("camera.now")}</h2>
    ${people.length ? nothing : html`<p>${t("cameras.nobody")}</p>`}
    <ul class="who">${inOrder.map(personView)}</ul>`;
}

function personView(person) {
  const { track, voted, still, alarm } = person;
  const began = time(new Date(1000 * voted.since_s), { timeStyle: "medium" });
  return html`
    <li>
      <div class="row"><strong>${t("camera.person", { track })}</strong>${badge(voted.status)}<span>${t("camera.since", { time: began })}</span>${alarm ? html`<a href="#alarms/${alarm}">${t("cameras.has_alarm")}</a>` : nothing}</div>
      <div class="faint">${still ? t("cameras.person_still") : frameVerdict(person)}</div>
    </li>`;
}

function factsView(camera) {
  const { delay_s: delayS, judged_per_s: perS, at, picture } = camera;
  const facts = {
    pace: t("cameras.pace", { rate: number(perS), most: number(camera.rate) }),
    delay: delayS === null ? "–" : delayS < 1 ? measure(1000 * delayS, "millisecond", { maximumFractionDigits: 0 }) : duration(delayS),
    judged: t("cameras.judged_of", { judged: camera.judged, frames: camera.frames }),
    reconnects: number(camera.reconnects),
    size: picture ? `${number(picture.width, { useGrouping: false })} × ${number(picture.height, { useGrouping: false })}` : "–",
    kind: t(`cameras.kind.${camera.kind}`),
    address: html`<code>${camera.address || "–"}</code>`,
    schedule: html`<span lang="en">${camera.schedule}</span>`,
    at: at === null ? "–" : time(new Date(1000 * at), { dateStyle: "medium", timeStyle: "medium" }),
  };
  return html`
    <h2>${t("cameras.facts")}</h2>
    <dl class="facts">${Object.entries(facts).map(([name, value]) => html`<dt>${t(`cameras.fact.${name}`)}</dt><dd>${value}</dd>`)}</dl>`;
}
