// What the tab shows: the sentence, cards, charts and problems.
import { html, nothing } from "../../vendor/lit-html.js";
import { t, time } from "../../shared/words.js";
import { cardsView } from "./cards.js";
import { headline } from "./headline.js";
import { historyView } from "./history.js";
import { problemsView } from "./problems.js";

const MARKS = {
  good: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 12.500 9.600 18.500 20 5.500"/></svg>`,
  warning: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4V14M12 19.400V19.600"/></svg>`,
  bad: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5.500 5.500 18.500 18.500M18.500 5.500 5.500 18.500"/></svg>`,
  asking: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12V12.100M12 12V12.100M19 12V12.100"/></svg>`,
};

export function stateView(state) {
  const { kind, text, more } = headline(state);
  return html`
    <h1>${t("app.state")}</h1>
    <div class="headline card" data-kind=${kind}>
      ${MARKS[kind]}
      <div>
        <p class="sentence" role="status">${text}</p>
        ${more ? html`<p>${more}</p>` : nothing}
      </div>
    </div>
    ${state.status ? figuresView(state) : nothing}`;
}

function figuresView({ status, points, answeredAt, error }) {
  const now = status.at_s + (Date.now() - answeredAt) / 1000; // by the service's clock
  return html`
    <div class=${error ? "figures old" : "figures"}>
      ${cardsView(status)}
      ${historyView(points)}
      ${problemsView(status.problems, now)}
      <p class="faint">${t("state.figures_of", { time: time(answeredAt, { timeStyle: "medium" }) })}</p>
    </div>`;
}
