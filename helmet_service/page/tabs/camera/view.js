// What the camera tab shows around the answers: controls, what is wrong, and how fast it goes.
import { html, nothing } from "../../vendor/lit-html.js";
import { live } from "../../vendor/directives/live.js";
import { problemText, problemView } from "../../shared/view.js";
import { duration, knows, measure, number, t } from "../../shared/words.js";
import { peopleList, stageView, summaryView } from "./answer_view.js";
import { hasCameras } from "./device.js";

const HOPEFUL = ["connecting", "open"]; // phases of a link in which a verdict will come

/**
 * @param {object} state of the tab, with figures (of `figures`, or null) and now (performance.now())
 * @param {{video: HTMLVideoElement, judged: HTMLCanvasElement}} pictures
 * @param {{toggle(), choose(id), retry()}} does
 */
export function cameraView(state, pictures, does) {
  return html`
    <h1>${t("app.camera")}</h1>
    ${hasCameras() ? html`${controls(state, does)}${trouble(state)}${running(state, pictures, does)}` : insecure()}`;
}

function insecure() {
  return html`
    <div class="problem" role="alert">
      <p><strong>${t("camera.insecure")}</strong></p>
      <p>${t("camera.insecure_why", { address: location.host })} <a href="#tls">${t("camera.insecure_link")}</a></p>
    </div>`;
}

function controls({ phase, cameras, camera }, does) {
  return html`
    <p class="faint">${t("camera.about")}</p>
    <div class="row">
      <button type="button" class=${phase === "off" ? "main" : ""} @click=${does.toggle}>
        ${t(phase === "off" ? "camera.start" : "camera.stop")}
      </button>
      ${cameras.length > 1 ? choice(cameras, camera, does) : nothing}
      <span role="status">${phase === "starting" ? t("camera.starting") : nothing}</span>
    </div>`;
}

function choice(cameras, chosen, does) {
  return html`
    <label class="row">
      ${t("camera.which")}
      <select @change=${(event) => does.choose(event.target.value)}>
        ${cameras.map((camera, place) => html`
          <option value=${camera.id} .selected=${live(camera.id === chosen)}>${cameraName(camera, place)}</option>`)}
      </select>
    </label>`;
}

function cameraName({ label, facing }, place) {
  const name = label || t("camera.numbered", { number: place + 1 });
  return knows(`camera.facing_${facing}`) ? `${t(`camera.facing_${facing}`)} – ${name}` : name;
}

function trouble({ trouble }) {
  if (!trouble) return nothing;
  return html`
    <div class="problem" role="alert">
      <p><strong>${t(`camera.trouble_${trouble.kind}`)}</strong></p>
      <p>${t(`camera.help_${trouble.kind}`)}</p>
      ${trouble.message ? html`<p class="faint" lang="en">${trouble.message}</p>` : nothing}
    </div>`;
}

function running(state, pictures, does) {
  if (state.phase !== "on") return nothing;
  return html`
    ${state.link ? linkView(state, does) : nothing}
    ${summaryView(state.answer, !state.problem && HOPEFUL.includes(state.link?.phase) ? "camera.waiting" : "camera.not_judged")}
    <div class="columns">
      ${stageView(state.answer, pictures)}
      <div class="card">
        ${state.figures ? figuresView(state.figures) : nothing}
        ${state.problem ? problemView(state.problem) : nothing}
        ${state.answer ? peopleList(state.answer, state.since, state.figures.judgedPerS) : nothing}
      </div>
    </div>`;
}

function linkView({ link, now }, does) {
  if (link.phase === "refused") return problemView(link.refusal, does.retry);
  if (link.phase !== "waiting") return nothing;
  return html`
    <div class="problem">
      <p role="alert"><strong>${endText(link)}</strong></p>
      <p>${t("camera.again_in", { time: duration(Math.max(1, Math.ceil((link.at - now) / 1000))) })}</p>
      <button type="button" @click=${does.retry}>${t("camera.again")}</button>
    </div>`;
}

function endText({ code, refusal }) {
  if (refusal?.status === 429) return problemText(refusal);
  return knows(`camera.ended_${code}`) ? t(`camera.ended_${code}`) : t("camera.ended");
}

function figuresView({ sentPerS, judgedPerS, latencyMs, dropped }) {
  const shown = {
    sent: t("camera.per_s", { rate: sentPerS }),
    judged: t("camera.per_s", { rate: judgedPerS }),
    latency: latencyMs === null ? "–" : measure(latencyMs, "millisecond", { maximumFractionDigits: 0 }),
    dropped: number(dropped),
  };
  return html`
    <dl class="figures">
      ${Object.entries(shown).map(([name, value]) => html`<div><dt>${t(`camera.figure_${name}`)}</dt><dd data-figure=${name}>${value}</dd></div>`)}
    </dl>`;
}
