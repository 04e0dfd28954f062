// The zones of a camera while they are changed: the picture with the editor over it, their fields, and what saves them.
import { html, nothing } from "../../vendor/lit-html.js";
import { live } from "../../vendor/directives/live.js";
import { problemView } from "../../shared/view.js";
import { percent, t } from "../../shared/words.js";
import { stageView } from "./one_camera.js";
import { LEAST_CORNERS } from "./zone_draft.js";

const RULES = ["helmet", "ignored", "blurred"];
const TALLEST = 0.6; // share of the picture's height that somebody can be asked to have

/**
 * @param {object} camera of v1/cameras
 * @param {import("./zone_editor.js").ZoneEditor} editor
 * @param {{shownWidth: number, saving: object}} state saving: {isBusy, isDone, problem: ServiceError | null}
 * @param {() => void} save
 */
export function zonesFormView(camera, editor, { shownWidth, saving }, save) {
  return html`
    <a class="back" href="#cameras/${camera.id}">← ${camera.name}</a>
    <h1 tabindex="-1">${t("cameras.zones_of", { name: camera.name })}</h1>
    <div class="columns" @keydown=${(event) => keyed(event, editor)}>
      <div class="shown">
        ${stageView(camera, shownWidth, editor.view(shownWidth))}
        ${toolsView(editor)}
      </div>
      <div class="card known">
        ${zoneListView(editor, wrongFields(saving.problem))}
        ${saveView(camera, editor.draft, saving, save)}
        <details><summary>${t("cameras.keyboard")}</summary><p>${t("cameras.zone_keys")}</p></details>
        <p id="zone-keys" hidden>${t("cameras.zone_keys")}</p>
      </div>
    </div>`;
}

/** Zones begin with their first corner; a click of the keyboard cannot go on with that, and puts one into the middle. */
function toolsView(editor) {
  const { draft } = editor;
  const add = (event) => (event.detail === 0 ? editor.addInMiddle() : editor.draw(!draft.drawn));
  return html`
    <div class="row tools">
      <button type="button" id="add-zone" aria-pressed=${draft.drawn !== null} @click=${add}>${t("cameras.add_zone")}</button>
      ${draft.drawn ? html`
        <button type="button" ?disabled=${draft.drawn.length < LEAST_CORNERS} @click=${() => editor.finish()}>${t("cameras.finish_zone")}</button>` : nothing}
      <button type="button" ?disabled=${!draft.canRemoveCorner} @click=${() => editor.removeCorner()}>${t("cameras.remove_corner")}</button>
      <button type="button" ?disabled=${draft.chosen === null} @click=${() => editor.removeZone()}>${t("cameras.remove_zone")}</button>
      <button type="button" ?disabled=${!draft.canUndo} @click=${() => editor.undo()}>${t("cameras.undo")}</button>
    </div>
    <p class="faint hint">${t(`cameras.hint.${hintOf(draft)}`)}</p>`;
}

function hintOf({ drawn, chosen, zones }) {
  if (drawn) return "draw";
  if (chosen !== null) return "bend";
  return zones.length ? "choose" : "begin";
}

function zoneListView(editor, wrong) {
  const { zones, chosen } = editor.draft;
  if (!zones.length) return html`<p>${t("cameras.no_zones")}</p>`;
  return html`
    <ul class="zone-list">
      ${zones.map((zone, index) => html`
        <li data-rule=${zone.rule}>
          <button type="button" aria-expanded=${index === chosen} @click=${() => editor.choose(index === chosen ? null : index)}>
            <strong>${zone.name}</strong> <span>${t(`cameras.rule.${zone.rule}`)}</span>
          </button>
          ${[...wrong].filter((field) => field.startsWith(`${index}.`)).map((field) => html`<p class="wrong" id="wrong-${field}">${wrongText(field)}</p>`)}
          ${index === chosen ? fieldsView(zone, editor, (field) => wrong.has(`${index}.${field}`) && `wrong-${index}.${field}`) : nothing}
        </li>`)}
    </ul>`;
}

/** wrong: the id of what is said of a field that the service refused, or false. */
function fieldsView(zone, editor, wrong) {
  return html`
    <div class="fields">
      <label>${t("cameras.name")}
        <input maxlength="64" autocomplete="off" .value=${live(zone.name)} @input=${(event) => editor.set({ name: event.target.value })}
          aria-invalid=${wrong("name") ? "true" : "false"} aria-describedby=${wrong("name") || nothing}>
      </label>
      <fieldset>
        <legend>${t("cameras.rule")}</legend>
        ${RULES.map((rule) => html`
          <label class="row"><input type="radio" name="rule" .checked=${live(rule === zone.rule)} @change=${() => editor.set({ rule })}>
            <span>${t(`cameras.rule.${rule}`)}<small class="faint">${t(`cameras.rule_hint.${rule}`)}</small></span></label>`)}
      </fieldset>
      ${zone.rule === "helmet" ? sizeView(zone, editor) : nothing}
    </div>`;
}

function sizeView({ min_person: share }, editor) {
  return html`
    <label>${t("cameras.min_person")}
      <input type="range" min="0" max=${Math.max(TALLEST, share)} step="0.01" .value=${live(String(share))} aria-valuetext=${sizeText(share)}
        @input=${(event) => editor.set({ min_person: event.target.valueAsNumber })}>
      <span class="faint">${sizeText(share)}</span>
    </label>`;
}

function sizeText(share) {
  return share ? t("cameras.min_person_is", { share: percent(share) }) : t("cameras.min_person_none");
}

function saveView(camera, draft, { isBusy, isDone, problem }, save) {
  const isOthers = draft.isDirty && !draft.isSavedAs(camera.zones);
  return html`
    ${problem ? problemView(problem, null, problem.status === 422 ? t("cameras.not_saved") : undefined) : nothing}
    ${isOthers ? html`<p class="wrong">${t("cameras.others_saved")}</p>` : nothing}
    <div class="row">
      <button type="button" class="main" ?disabled=${!draft.isDirty || isBusy} @click=${save}>${t("cameras.save")}</button>
      <span role="status">${draft.isDirty ? t("cameras.draft") : isDone ? t("cameras.saved") : nothing}</span>
    </div>`;
}

/** The fields that the service refused, such as `0.name`. */
export function wrongFields(problem) {
  const places = (problem?.problem?.errors ?? []).map(({ field }) => /^zones\[(\d+)\]\.?(\w*)/.exec(field));
  return new Set(places.filter(Boolean).map(([, index, field]) => `${index}.${field}`));
}

function wrongText(field) {
  return t(`cameras.wrong.${field.split(".")[1]}`);
}

function keyed(event, editor) {
  const isText = event.target.matches("input:not([type=range], [type=radio])");
  if (event.key === "Escape") editor.giveUp();
  else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !isText) editor.undo();
  else return;
  event.preventDefault();
}
