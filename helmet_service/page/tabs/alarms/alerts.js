// Telling of new alarms by sound and by the browser's notifications; both are off until somebody wants them.
import { html, nothing } from "../../vendor/lit-html.js";
import { live } from "../../vendor/directives/live.js";
import { t } from "../../shared/words.js";

const TONES_HZ = [880, 660];
const TONE_S = 0.25;
const LOUDNESS = 0.3;

let audio = null; // an AudioContext; browsers let one sound after a click

/** Sound the alarm, if it is wanted; a click has to come first. */
export function sound() {
  audio ??= new AudioContext();
  TONES_HZ.forEach((frequency, place) => {
    const tone = new OscillatorNode(audio, { frequency });
    tone.connect(new GainNode(audio, { gain: LOUDNESS })).connect(audio.destination);
    tone.start(audio.currentTime + place * TONE_S);
    tone.stop(audio.currentTime + (place + 1) * TONE_S);
  });
}

/** Ask the person whether the browser may show notifications; whether it may. */
export async function mayNotify() {
  return (await Notification.requestPermission()) === "granted";
}

/** Show a notification of an alarm, which opens it when it is clicked. Browsers of phones have none for pages like this one. */
export function notify(text, id) {
  try {
    const shown = new Notification(text, { tag: id, icon: "ui/icon.svg" });
    shown.onclick = () => {
      window.focus();
      shown.close();
      location.hash = `alarms/${id}`;
    };
  } catch {
    // The list has it.
  }
}

/** The choices. alerts: {sounds, notifies, isRefused}: isRefused: the browser may show no notifications. */
export function alertsView({ sounds, notifies, isRefused }, act) {
  const canNotify = isSecureContext && "Notification" in window;
  return html`
    <details class="alerts">
      <summary>${t("alarms.alerts")}</summary>
      <label><input type="checkbox" .checked=${sounds} @change=${(event) => act.setSounds(event.target.checked)}> ${t("alarms.sound")}</label>
      ${canNotify ? html`
        <label><input type="checkbox" .checked=${live(notifies)} @change=${(event) => act.setNotifies(event.target)}> ${t("alarms.notify")}</label>` : nothing}
      ${isRefused ? html`<p role="alert" class="wrong">${t("alarms.notify_refused")}</p>` : nothing}
      <p class="faint">${t("alarms.alerts_hint")}</p>
    </details>`;
}
