// What several tabs show.
import { html, nothing, svg } from "../vendor/lit-html.js";
import { duration, knows, t } from "./words.js";

// The strokes of pose/pictures/strokes.py: what is said of a head also without colours.
export const SYMBOLS = {
  helmet: svg`<path d="M3.400 12.500 9.600 19.200 20.600 4.800"/>`,
  no_helmet: svg`<path d="M4.800 4.800 19.200 19.200M19.200 4.800 4.800 19.200"/>`,
  unknown: svg`<path d="M6.200 7.700 7.700 4.300 12 2.400 16.300 4.300 17.800 7.700 15.800 11 12 13.400V16.300M12 21.300V21.600"/>`,
};

/** Statuses in the order in which people are listed. */
export const WORST_FIRST = ["no_helmet", "unknown", "helmet"];

/** A status' symbol; beside it stands its word. */
export function symbol(status) {
  return html`<svg class="symbol" data-status=${status} viewBox="0 0 24 24" aria-hidden="true">${SYMBOLS[status]}</svg>`;
}

/** A status with symbol, colour and word. */
export function badge(status) {
  return html`<span class="badge" data-status=${status}>${symbol(status)}${t(`status.${status}`)}</span>`;
}

/**
 * A ServiceError in plain words; what the service said itself (in English) stands in its details.
 * again: what a button does. text: where a tab can say more than the status does.
 */
export function problemView(error, again = null, text = problemText(error)) {
  return html`
    <div class="problem" role="alert">
      <p><strong>${text}</strong></p>
      ${error.retryAfterS ? html`<p>${t("problem.retry_after", { time: duration(error.retryAfterS) })}</p>` : nothing}
      ${again ? html`<button type="button" @click=${again}>${t("problem.again")}</button>` : nothing}
      ${error.problem ? problemDetails(error.problem) : nothing}
    </div>`;
}

/** One sentence for a ServiceError. */
export function problemText(error) {
  return knows(`problem.${error.status}`) ? t(`problem.${error.status}`) : t("problem.other", { status: String(error.status) });
}

function problemDetails(problem) {
  return html`
    <details>
      <summary>${t("problem.details")}</summary>
      <ul lang="en">
        ${(problem.errors ?? []).map((each) => html`<li><code>${each.field}</code>: expected ${each.expected}, got ${each.got}</li>`)}
        <li>${problem.status} ${problem.detail} (<code>${problem.request_id}</code>)</li>
      </ul>
    </details>`;
}

/** A bar: share from 0 to 1, or null when it is unknown how much there is. */
export function progress(share, name) {
  return share === null
    ? html`<progress aria-label=${name}></progress>`
    : html`<progress max="1" value=${share} aria-label=${name}></progress>`;
}
