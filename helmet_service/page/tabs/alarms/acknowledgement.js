// What somebody says of an alarm: seen, or why it is false; a note; and who says it.
import { html, nothing } from "../../vendor/lit-html.js";
import { problemView } from "../../shared/view.js";
import { t } from "../../shared/words.js";
import { acknowledgedText } from "./alarm_list.js";

const REASONS = ["wears_helmet", "nobody_there", "not_required", "other"];
const RIGHT = "right"; // a choice beside the reasons: it is no false alarm
const REMEMBERED = "helmet-name";
// Characters; bounds of the service.
const LONGEST_NOTE = 1000;
const LONGEST_NAME = 64;

/** Who said the last thing in this browser; browsers that keep nothing of a page throw an error. */
function rememberedName() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return "";
  }
}

function rememberName(name) {
  try {
    localStorage.setItem(REMEMBERED, name);
  } catch {
    // It is asked for again.
  }
}

/**
 * What was said, and buttons to say something.
 * @param {{alarm: object, form: {isShown: boolean, isSaving: boolean, error: Error | null}}} opened
 */
export function acknowledgementView({ alarm, form }, act) {
  return html`
    <div class="said">
      ${alarm.acknowledged ? html`
        <p>${acknowledgedText(alarm)}</p>
        ${alarm.acknowledged.note ? html`<blockquote>${alarm.acknowledged.note}</blockquote>` : nothing}` : nothing}
      ${form.isShown ? formView(alarm, form, act) : buttonsView(alarm, form, act)}
      ${form.error ? problemView(form.error) : nothing}
    </div>`;
}

function buttonsView({ acknowledged }, { isSaving }, act) {
  if (acknowledged) return html`<button type="button" class="change" @click=${act.showForm}>${t("alarms.change")}</button>`;
  const seen = () => act.say({ false_alarm: false, reason: null, note: "", by: rememberedName() });
  return html`
    <div class="row">
      <button type="button" class="main" aria-disabled=${isSaving} @click=${seen}>${t("alarms.acknowledge")}</button>
      <button type="button" class="change" @click=${act.showForm}>${t("alarms.false_alarm")}</button>
    </div>`;
}

/** The choice is what was said before; nothing where nobody has said anything. */
function formView({ acknowledged }, { isSaving }, act) {
  const said = acknowledged && (acknowledged.false_alarm ? acknowledged.reason : RIGHT);
  return html`
    <form @submit=${(event) => submit(event, act)}>
      <fieldset>
        <legend>${t("alarms.what")}</legend>
        ${[...REASONS, RIGHT].map((each) => html`
          <label><input type="radio" name="what" value=${each} required ?checked=${each === said}> ${t(`alarms.what.${each}`)}</label>`)}
      </fieldset>
      <label>${t("alarms.note")}
        <textarea name="note" rows="2" maxlength=${LONGEST_NOTE} .value=${acknowledged?.note ?? ""}></textarea></label>
      <label>${t("alarms.name")}
        <input name="by" autocomplete="name" maxlength=${LONGEST_NAME} value=${rememberedName()}></label>
      <div class="row">
        <button class="main" aria-disabled=${isSaving}>${t("alarms.save")}</button>
        <button type="button" @click=${act.hideForm}>${t("alarms.cancel")}</button>
      </div>
    </form>`;
}

function submit(event, act) {
  event.preventDefault();
  const { what, ...texts } = Object.fromEntries(new FormData(event.target));
  const [note, by] = [texts.note, texts.by].map((text) => text.replace(/[\p{C}\p{Z}]+/gu, " ").trim()); // of one line, as the service takes it
  rememberName(by);
  act.say({ false_alarm: what !== RIGHT, reason: what === RIGHT ? null : what, note, by });
}
