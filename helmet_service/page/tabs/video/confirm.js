// A question before what cannot be undone.
import { html, render } from "../../vendor/lit-html.js";

/**
 * Ask in a dialog, which Escape answers with no; the focus then returns to where it was.
 * @param {{question: string, yes: string, no: string}} words
 * @returns {Promise<boolean>} whether the person said yes
 */
export function confirmed({ question, yes, no }) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  dialog.setAttribute("aria-labelledby", "confirm-question");
  render(html`
    <form method="dialog">
      <p id="confirm-question">${question}</p>
      <div class="row">
        <button autofocus value="no">${no}</button>
        <button class="main" value="yes">${yes}</button>
      </div>
    </form>`, dialog);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
