// What a person says of a new video, and how far it is on its way.
import { html, nothing } from "../../vendor/lit-html.js";
import { bytes, duration, t } from "../../shared/words.js";
import { problemView, progress } from "../../shared/view.js";
import { ServiceError } from "../../shared/service.js";
import { speed } from "./sending.js";

const KINDS = ".mp4,.m4v,.mov,.mkv,.webm,.avi,video/*";
// What is full, by the reason of a 503.
const FULL = { no_disk: "video.disk_full", uploads_full: "video.uploads_full" };

/** The card for a new video; do: what the controls do. */
export function formView({ info, chosen, refusal, sending, retryS }, act) {
  return html`
    <section class="card new" aria-labelledby="new-title">
      <h2 id="new-title">${t("video.new")}</h2>
      ${info && !info.takes_videos ? html`<p class="problem">${t("video.not_taken")}</p>` : html`
        ${sending ? sendingView(sending, act) : choosing(info, chosen, act)}
        ${refusal ? refusalView(refusal) : nothing}
        ${retryS === null ? nothing : waitingView(retryS, act)}`}
    </section>`;
}

function choosing(info, chosen, act) {
  return html`
    <div class="drop">
      ${filePicker({ name: chosen.video ? t("video.choose_other") : t("video.choose"), main: !chosen.video, kinds: KINDS, picked: act.chooseVideo })}
      <span class="faint">${t("video.or_drop")}</span>
      ${info ? html`<small class="faint">${t("video.limits", { size: bytes(info.limits.video_bytes), time: duration(info.limits.video_s) })}</small>` : nothing}
    </div>
    ${chosen.video ? ready(chosen, act) : nothing}`;
}

function ready(chosen, act) {
  return html`
    <p class="chosen"><strong>${chosen.video.name}</strong> <span class="faint">${bytes(chosen.video.size)}</span></p>
    <details class="options">
      <summary>${t("video.options")}</summary>
      ${everyView(chosen, act)}
      ${hatsView(chosen, act)}
    </details>
    <button type="button" class="main" @click=${act.send}>${t("video.send")}</button>`;
}

function everyView(chosen, act) {
  return html`
    <p>
      <label for="every">${t("video.every")}</label>
      <input id="every" type="number" min="1" max="10000" step="1" inputmode="numeric" aria-describedby="every-hint"
        .value=${chosen.every ? String(chosen.every) : ""} @change=${(event) => act.set({ every: wholeNumber(event.target) })}>
      <small id="every-hint" class="faint">${t("video.every_hint")}</small>
    </p>`;
}

function wholeNumber(input) {
  return input.checkValidity() && input.value ? Number(input.value) : null;
}

function hatsView(chosen, act) {
  return html`
    <p>${t("video.hats_hint")} <code>{"frame": 12, "hats": [{"left": 100, "top": 50, "width": 40, "height": 30, "score": 0.9}]}</code></p>
    <div class="row">
      ${filePicker({ name: t("video.choose_hats"), kinds: ".jsonl,.ndjson,.json,.txt", picked: act.chooseHats })}
      ${chosen.hats ? html`<span>${chosen.hats.name}</span>
        <button type="button" @click=${() => act.set({ hats: null })}>${t("video.no_hats")}</button>` : nothing}
    </div>
    ${chosen.hats ? trustView(chosen, act) : nothing}`;
}

function trustView(chosen, act) {
  return html`
    <p>
      <label for="trust">${t("video.trust")}</label>
      <select id="trust" @change=${(event) => act.set({ trust: event.target.value })}>
        ${["hats", "both"].map((each) => html`<option value=${each} ?selected=${each === chosen.trust}>${t(`video.trust.${each}`)}</option>`)}
      </select>
    </p>`;
}

/** A button that opens the browser's choice of a file: the browser's own one says more, in a language of its own. */
function filePicker({ name, main = false, kinds, picked }) {
  const take = (event) => {
    const [file] = event.target.files;
    event.target.value = ""; // or the same file cannot be chosen again
    if (file) picked(file);
  };
  return html`<label class="button picker ${main ? "main" : ""}">${name}<input class="unseen" type="file" accept=${kinds} @change=${take}></label>`;
}

function sendingView({ name, loaded, total, points }, act) {
  const isThere = total > 0 && loaded === total;
  return html`
    <p class="chosen"><strong>${name}</strong></p>
    ${progress(isThere || !total ? null : loaded / total, t("video.sending", { name }))}
    <p class="faint">${isThere ? t("video.examining") : sentText(loaded, total, speed(points))}</p>
    <button type="button" @click=${act.cancelSending}>${t("video.cancel_sending")}</button>`;
}

function sentText(loaded, total, perS) {
  const sent = t("video.sent", { loaded: bytes(loaded), total: bytes(total) });
  return perS ? `${sent} · ${t("video.speed", { speed: bytes(perS), time: duration(Math.ceil((total - loaded) / perS)) })}` : sent;
}

function refusalView(refusal) {
  if (refusal.key) {
    const values = { size: bytes(refusal.size), most: bytes(refusal.most) };
    return html`<div class="problem" role="alert"><p><strong>${t(refusal.key, values)}</strong></p></div>`;
  }
  return problemView(new ServiceError(refusal.status, refusal.problem), null, textFor(refusal));
}

/** More than its status tells of a refused upload. */
function textFor({ status, problem }) {
  const [error] = problem?.errors ?? [];
  if (status === 0) return t("video.broke_off");
  if (status === 422 && error?.field === "video") return t("video.no_video");
  if ([413, 422].includes(status) && error?.field.startsWith("hats")) return t("video.wrong_hats");
  return problem?.reason in FULL ? t(FULL[problem.reason]) : undefined;
}

function waitingView(leftS, act) {
  return html`
    <div class="row waiting">
      <span>${t("video.next_try", { time: duration(leftS) })}</span>
      <button type="button" @click=${act.send}>${t("video.try_now")}</button>
      <button type="button" @click=${act.stopWaiting}>${t("video.stop_waiting")}</button>
    </div>`;
}
