// How a camera does, in one word with its symbol, and who is before it now.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { symbol, WORST_FIRST } from "../../shared/view.js";
import { t, time } from "../../shared/words.js";

const STROKES = {
  live: svg`<path d="M4 12.500 9.600 18.500 20 5.500"/>`,
  connecting: svg`<path d="M5 12V12.100M12 12V12.100M19 12V12.100"/>`,
  unreachable: svg`<path d="M5.500 5.500 18.500 18.500M18.500 5.500 5.500 18.500"/>`,
  frozen: svg`<path d="M8 5V19M16 5V19"/>`,
  black: svg`<path d="M5 5H19V19H5Z"/>`,
  turned: svg`<path d="M4 12H19M13 5.500 19.500 12 13 18.500"/>`,
  off: svg`<path d="M12 3.500A8.500 8.500 0 1 1 11.900 3.500M12 8V12.500L15 14.500"/>`,
  ended: svg`<path d="M7 7H17V17H7Z"/>`,
  unwatched: svg`<path d="M12 4V14M12 19.400V19.600"/>`,
};
const TROUBLES = ["unreachable", "frozen", "black", "turned", "connecting"];

/**
 * `live`, `connecting`, `ended` or `off` as its source is; a trouble; or `unwatched`, where nobody looks at present.
 * @param {object} camera of v1/cameras
 * @param {boolean} watching whether the watch runs
 */
export function conditionOf(camera, watching) {
  if (!watching) return "unwatched";
  return camera.trouble ?? camera.state ?? "connecting";
}

/** Those with alarms first, then those in trouble, then by name. */
export function inOrder(cameras, watching) {
  const names = new Intl.Collator(undefined, { numeric: true });
  const rank = (camera) => (camera.open_alarms.length ? 0 : isInTrouble(camera, watching) ? 1 : 2);
  return [...cameras].sort((a, b) => rank(a) - rank(b) || names.compare(a.name, b.name));
}

export function isInTrouble(camera, watching) {
  return TROUBLES.includes(conditionOf(camera, watching));
}

/** Symbol and word. */
export function conditionView(camera, watching) {
  const condition = conditionOf(camera, watching);
  return html`
    <span class="badge" data-condition=${condition} ?data-trouble=${isInTrouble(camera, watching)}>
      <svg class="symbol" viewBox="0 0 24 24" aria-hidden="true">${STROKES[condition]}</svg>${t(`cameras.is.${condition}`)}
    </span>`;
}

/** Since when it does not show what is there, and why, in the watch's own words; nothing for a camera that is watched. */
export function sinceView(camera, watching) {
  if (camera.since === null || ["live", "unwatched"].includes(conditionOf(camera, watching))) return nothing;
  return html`
    <p class="why faint">${sinceText(camera.since)}${camera.why ? html`<br><span lang="en">${camera.why}</span>` : nothing}</p>`;
}

/** The open alarms, with a link to them. */
export function alarmsLink({ id, open_alarms: alarms }) {
  if (!alarms.length) return nothing;
  return html`<a class="alarm-link" href="#alarms/camera/${id}">${t("cameras.alarms", { count: alarms.length })}</a>`;
}

/** How many people of each status; those who are part of the place do not count. */
export function crowdView({ people }) {
  const counted = people.filter(({ still }) => !still);
  if (!counted.length) return html`<span class="faint">${t("cameras.nobody")}</span>`;
  return WORST_FIRST.map((status) => {
    const count = counted.filter((person) => person.voted.status === status).length;
    return count ? html`<span class="badge" data-status=${status}>${symbol(status)}${count} ${t(`status.${status}`)}</span>` : nothing;
  });
}

/** Today's times without the day. */
function sinceText(at_s) {
  const at = new Date(1000 * at_s);
  const isToday = at.toDateString() === new Date().toDateString();
  return t("cameras.since", { time: time(at, isToday ? { timeStyle: "short" } : undefined) });
}
