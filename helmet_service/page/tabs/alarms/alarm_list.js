// The list: which alarms there are, and what became of each.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { problemView, progress, symbol } from "../../shared/view.js";
import { knows, t } from "../../shared/words.js";
import { cutOut } from "./cut_out.js";
import { lasted, moment, whenText } from "./times.js";

const WHICH = ["all", "open", "unacknowledged"];

/** Where an alarm is: its camera, and its zone where that is not the whole picture. */
export function placeOf({ camera_name: camera, zone }) {
  return zone ? t("alarms.place", { camera, zone }) : camera;
}

/** What is listed. cameras: {id, name} of those that there are. */
export function filterView({ which, camera }, cameras, act) {
  return html`
    <div class="row filter">
      <label>${t("alarms.which")}
        <select @change=${(event) => act.choose({ which: event.target.value })}>
          ${WHICH.map((each) => html`<option value=${each} .selected=${each === which}>${t(`alarms.which.${each}`)}</option>`)}
        </select>
      </label>
      ${cameras.length ? html`
        <label>${t("alarms.camera")}
          <select @change=${(event) => act.choose({ camera: event.target.value })}>
            <option value="" .selected=${!camera}>${t("alarms.all_cameras")}</option>
            ${cameras.map(({ id, name }) => html`<option value=${id} .selected=${id === camera}>${name}</option>`)}
          </select>
        </label>` : nothing}
    </div>`;
}

/** The alarms, or why there are none. list: as `follow` tells it; openedId: of the alarm that is looked at. */
export function listView({ list, listError, filter, site, openedId, isReadingMore }, act) {
  return html`
    <section class="list" aria-labelledby="alarms-list">
      <h2 id="alarms-list" class="unseen" tabindex="-1">${t("alarms.list")}</h2>
      ${listError ? problemView(listError, act.refresh) : nothing}
      ${list || listError ? nothing : progress(null, t("alarms.loading"))}
      ${list?.shown.length === 0 ? emptyView(filter, site, act) : nothing}
      <ul @keydown=${moveAmongAlarms}>
        ${repeat(list?.shown ?? [], ({ id }) => id, (alarm) => alarmRow(alarm, alarm.id === openedId))}
      </ul>
      ${list?.more ? html`<button type="button" class="more" aria-disabled=${isReadingMore} @click=${act.more}>${t("alarms.more")}</button>` : nothing}
    </section>`;
}

function emptyView({ which, camera }, site, act) {
  if (which !== "all" || camera) {
    return html`
      <div class="card empty">
        <p>${t("alarms.none_fits")}</p>
        <button type="button" @click=${() => act.choose({ which: "all", camera: "" })}>${t("alarms.show_all")}</button>
      </div>`;
  }
  return html`
    <div class="card empty">
      <p><strong>${t("alarms.none")}</strong></p>
      <p class="faint">${site?.cameras.length ? t("alarms.none_yet") : html`${t("alarms.no_cameras")} <code>python -m helmet_service watch</code>`}</p>
    </div>`;
}

function alarmRow(alarm, isOpened) {
  return html`
    <li id=${`alarm-${alarm.id}`} ?data-new=${!alarm.acknowledged}>
      <a href=${`#alarms/${alarm.id}`} aria-current=${isOpened}>
        ${cutOut(`v1/alarms/${alarm.id}/picture`, alarm.box, 1)}
        <span class="about">
          <strong>${placeOf(alarm)}</strong>
          <span>${alarm.ended === null ? t("alarms.since", { time: moment(alarm.began) }) : whenText(alarm.began)}</span>
          ${stateView(alarm)}
          ${alarm.acknowledged ? html`<span class="faint">${acknowledgedText(alarm)}</span>` : html`<strong>${acknowledgedText(alarm)}</strong>`}
        </span>
      </a>
    </li>`;
}

/** Whether an alarm goes on, or why it ended; how long it has lasted, and how often it was told again. */
export function stateView(alarm) {
  return html`
    <span class="row">
      ${alarm.ended === null
        ? html`<span class="badge" data-status="no_helmet">${symbol("no_helmet")}${t("alarms.open", { time: lasted(alarm) })}</span>`
        : html`<span>${endText(alarm)}</span>`}
      ${alarm.repeats ? html`<span class="faint">${t("alarms.repeats", { count: alarm.repeats })}</span>` : nothing}
    </span>`;
}

function endText(alarm) {
  const key = `alarms.ended.${alarm.why_ended}`;
  return t("alarms.ended", { time: lasted(alarm), why: knows(key) ? t(key) : alarm.why_ended });
}

/** What somebody said of an alarm, by whom and when. */
export function acknowledgedText({ acknowledged }) {
  if (!acknowledged) return t("alarms.not_acknowledged");
  const { at, by, false_alarm: isFalse, reason } = acknowledged;
  const said = isFalse ? t("alarms.was_false", { reason: t(`alarms.reason.${reason}`) }) : t("alarms.acknowledged");
  return [said, by, whenText(at)].filter(Boolean).join(" · ");
}

/** Arrow keys lead from alarm to alarm. */
function moveAmongAlarms(event) {
  const item = event.target.closest("li");
  const to = { ArrowUp: item.previousElementSibling, ArrowDown: item.nextElementSibling }[event.key];
  if (!to) return;
  event.preventDefault();
  to.querySelector("a").focus();
}
