// One alarm: its evidence, what is known of it, and what somebody says of it.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { badge, problemView } from "../../shared/view.js";
import { number, percent, t } from "../../shared/words.js";
import { acknowledgementView } from "./acknowledgement.js";
import { placeOf, stateView } from "./alarm_list.js";
import { cutOut } from "./cut_out.js";
import { moment, whenText } from "./times.js";

/**
 * @param {{alarm: object | null, error: Error | null, isGone: boolean, isPlain: boolean, isPictureLost: boolean,
 *   form: object}} opened alarm: null before it has come; form: as `acknowledgement.js` has it
 */
export function openedView(opened, act) {
  const { alarm, error, isGone } = opened;
  return html`
    <section class="card opened" aria-labelledby="opened-title">
      <div class="row head">
        <h2 id="opened-title" tabindex="-1">${alarm ? placeOf(alarm) : t("alarms.one")}</h2>
        <a class="button" href="#alarms">${t("alarms.close")}</a>
      </div>
      ${error ? problemView(error) : nothing}
      ${isGone ? html`<p class="problem" role="alert">${t("alarms.gone")}</p>` : alarm ? alarmView(opened, act) : nothing}
    </section>`;
}

function alarmView(opened, act) {
  return html`
    ${acknowledgementView(opened, act)}
    ${repeat([opened.alarm], ({ id }) => id, () => evidenceView(opened, act))}
    ${factsView(opened.alarm)}`;
}

/** The whole picture, and the person enlarged: one alone does not tell who it is, or where. */
function evidenceView({ alarm, isPlain, isPictureLost }, act) {
  if (isPictureLost) return html`<p class="problem" role="alert">${t("alarms.no_picture")}</p>`;
  const src = `v1/alarms/${alarm.id}/picture${isPlain ? "?plain=1" : ""}`;
  return html`
    <div class="evidence">
      <figure>
        ${cutOut(src, alarm.box, 3 / 4)}
        <figcaption class="faint">${t("alarms.person")}</figcaption>
      </figure>
      <figure>
        <a href=${src} target="_blank"><img src=${src} alt=${t("alarms.picture", { place: placeOf(alarm), time: moment(alarm.told) })} @error=${act.pictureLost}></a>
        <figcaption class="faint">${t("alarms.whole", { time: moment(alarm.told) })}</figcaption>
      </figure>
    </div>
    <label class="row plain"><input type="checkbox" .checked=${isPlain} @change=${(event) => act.setPlain(event.target.checked)}>
      ${t("alarms.plain")}</label>`;
}

function factsView(alarm) {
  const facts = {
    state: stateView(alarm),
    verdict: html`<span class="row">${badge("no_helmet")} ${alarm.confidence === null ? nothing : t("alarms.sure", { share: percent(alarm.confidence) })}</span>`,
    began: whenText(alarm.began),
    told: moment(alarm.told),
    end: alarm.ended === null ? nothing : whenText(alarm.ended),
    camera: html`<a href=${`#cameras/${alarm.camera}`}>${alarm.camera_name}</a> ${alarm.camera === alarm.camera_name ? nothing : html`<code>${alarm.camera}</code>`}`,
    zone: alarm.zone || t("alarms.no_zone"),
    track: `#${number(alarm.track, { useGrouping: false })}`,
  };
  return html`
    <dl>
      ${Object.entries(facts).filter(([, fact]) => fact !== nothing).map(([name, fact]) => html`
        <div><dt>${t(`alarms.fact.${name}`)}</dt><dd>${fact}</dd></div>`)}
    </dl>`;
}
