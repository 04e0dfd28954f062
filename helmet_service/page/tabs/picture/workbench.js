// The picture with people and boxes over it, the summary above, and the tools below.
import { html, nothing } from "../../vendor/lit-html.js";
import { peopleView } from "../../shared/people.js";
import { problemView, progress } from "../../shared/view.js";
import { duration, t } from "../../shared/words.js";
import { summaryView } from "./verdicts.js";

const REFUSED = new Set([413, 422]); // what the same request is answered with again

/** The summary, and that the picture is being judged. */
export function saidView(answer, asking) {
  return html`
    ${answer ? summaryView(answer) : html`<p class="summary faint">${t(asking.error ? "picture.not_judged" : "picture.judging")}</p>`}
    <div class="busy">${asking.busy ? progress(null, t("picture.judging")) : nothing}</div>`;
}

/** Why the picture is not judged; nothing when it is. */
export function errorView({ error, againInS }, hasAnswer, again) {
  if (!error) return nothing;
  const { status, problem } = error;
  const isPicture = status === 422 && problem?.errors?.some(({ field }) => field === "picture");
  return html`
    <div class="refusal">
      ${isPicture ? html`<p><strong>${t("picture.refused")}</strong></p>` : nothing}
      ${problemView({ status, problem }, REFUSED.has(status) ? null : again)}
      ${againInS === null ? nothing : html`<p>${t("picture.again_in", { time: duration(againInS) })}
        ${hasAnswer ? t("picture.older") : nothing}</p>`}
    </div>`;
}

/** The picture; what is drawn over it has the size that it is shown in. */
export function stageView({ picture, answer, asked, shownWidth, selected }, asking, editor) {
  const worn = new Set(answer?.people.map(({ hat }) => hat));
  return html`
    <div class="stage" aria-busy=${asking.busy}>
      <img src=${picture.url} alt=${t("picture.alt", { name: picture.name })} width=${shownWidth} decoding="async">
      ${answer && shownWidth ? peopleView(answer, { shownWidth, sent: asked.request.hats, selected }) : nothing}
      ${shownWidth ? editor.view(shownWidth, worn) : nothing}
    </div>`;
}

/** Buttons for the boxes. */
export function boxToolsView(editor) {
  return html`
    <div class="row">
      <button type="button" id="draw-box" aria-pressed=${editor.armed} @click=${(event) => draw(event, editor)}>${t("picture.draw")}</button>
      <button type="button" ?disabled=${editor.chosen === null} @click=${() => editor.removeChosen()}>${t("picture.remove")}</button>
      <button type="button" ?disabled=${!editor.canUndo} @click=${() => editor.undo()}>${t("picture.undo")}</button>
    </div>
    <p class="faint">${t(editor.armed ? "picture.draw_hint" : "picture.mouse_hint")}</p>`;
}

/** What decides, the download, and what keys do. */
export function optionsView({ answer, info, trust, looksOnce, withHands, isDrawing, notDrawn }, act) {
  return html`
    <div class="row">
      ${(info?.model.sees_hats ?? true) ? trustView(trust, act.set) : nothing}
      <label><input type="checkbox" .checked=${looksOnce} @change=${(event) => act.set({ looksOnce: event.target.checked })}>
        <span>${t("picture.looks_once")}</span></label>
      ${info?.model.finds_hands ? html`
        <label><input type="checkbox" .checked=${withHands} @change=${(event) => act.set({ withHands: event.target.checked })}>
          <span>${t("picture.with_hands")}</span></label>` : nothing}
    </div>
    <button type="button" ?disabled=${!answer || isDrawing} @click=${act.download}>${t("picture.download")}</button>
    ${notDrawn ? problemView(notDrawn, act.download) : nothing}
    <details>
      <summary>${t("picture.keyboard")}</summary>
      <p>${t("picture.box_hint")}</p>
    </details>
    <p id="box-hint" hidden>${t("picture.box_hint")}</p>`; // of each box; what is folded up describes nothing
}

/** A click of the keyboard or of a screen reader cannot go on with a drag: the box is put into the middle. */
function draw(event, editor) {
  if (event.detail === 0) editor.addInMiddle();
  else editor.arm(!editor.armed);
  document.querySelector(".picture .stage").scrollIntoView({ block: "nearest" });
}

function trustView(trust, set) {
  return html`
    <label>${t("picture.trust")}
      <select @change=${(event) => set({ trust: event.target.value })}>
        ${["hats", "model", "both"].map((each) => html`
          <option value=${each} .selected=${each === trust}>${t(`picture.trust.${each}`)}</option>`)}
      </select>
    </label>`;
}
