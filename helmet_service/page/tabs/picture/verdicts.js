// What the answer says, in words: the summary, the people, and the hats that nobody wears.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { badge, symbol, WORST_FIRST } from "../../shared/view.js";
import { knows, measure, percent, sentences, t } from "../../shared/words.js";

/** One sentence about everybody. */
export function summaryText({ people, no_helmet: bare, unknown }) {
  if (people === 0) return t("picture.summary.nobody");
  const judged = people - unknown;
  const said = [];
  if (bare > 0) said.push(t("picture.summary.bare", { count: bare, people: t("picture.people", { count: people }) }));
  else if (judged > 0) said.push(t(unknown ? "picture.summary.rest" : "picture.summary.all", { count: judged }));
  if (unknown > 0) said.push(t("picture.summary.unknown", { count: unknown }));
  return sentences(said);
}

/** The summary, and whether the picture complies: yes, no, or not known. */
export function summaryView({ summary }) {
  const status = { true: "helmet", false: "no_helmet", null: "unknown" }[summary.compliant];
  return html`
    <p class="summary"><span class="sign" data-status=${status}>${symbol(status)}</span>
      <span><strong>${summaryText(summary)}</strong>
      <span class="faint">${t(`picture.compliant.${summary.compliant}`)}</span></span>
    </p>`;
}

/**
 * All of it but the summary.
 * @param {object} answer
 * @param {{selected: number | null, before: Map<number, string>}} state before: what was said, until a moment ago, of
 *   those of whom something else is said now
 * @param {{select: (person: number | null) => void}} act
 */
export function verdictsView(answer, { selected, before }, { select }) {
  return html`
    ${warningsView(answer)}
    ${peopleList(answer, { selected, before, select })}
    ${looseHatsView(answer)}
    ${factsView(answer)}`;
}

/** The people, each a button that stresses its person in the picture; who wears no helmet comes first. */
function peopleList({ people }, { selected, before, select }) {
  const inOrder = [...people].sort((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status));
  return html`
    <ul class="people-list" aria-label=${t("picture.everybody")}>
      ${repeat(inOrder, ({ person }) => person, (each) => html`
        <li ?data-selected=${each.person === selected}>
          <button type="button" data-person=${each.person} aria-pressed=${each.person === selected}
            @click=${() => select(each.person === selected ? null : each.person)}>
            <span class="row">${badge(each.status)} <span>${t("picture.person", { person: each.person })}</span>
              ${each.confidence === null ? nothing : html`<span class="faint">${t("picture.sure", { share: percent(each.confidence) })}</span>`}
            </span>
            ${before.has(each.person) ? html`<span class="was">${wasText(before.get(each.person))}</span>` : nothing}
            <span>${reasonText(each.reason)}</span>
          </button>
          ${todoView(`reason.${each.reason}.todo`)}
        </li>`)}
    </ul>`;
}

/** What changed, for screen readers: one sentence for each person of whom something else is said than before. */
export function changesText({ people }, before) {
  const changed = people.filter(({ person }) => before.has(person));
  const status = (each) => t(`status.${each}`);
  return sentences(changed.map((each) => t("picture.changed", { person: each.person, status: status(each.status), before: status(before.get(each.person)) })));
}

function wasText(status) {
  return t("picture.was", { status: t(`status.${status}`) });
}

/** The hats that nobody wears, and why; nothing when there are none. */
function looseHatsView({ unmatched_hats: hats }) {
  if (hats.length === 0) return nothing;
  return html`
    <h2>${t("picture.loose")}</h2>
    <ul class="hats-list">
      ${hats.map(({ hat, reason }) => html`
        <li><strong>${t("picture.hat", { hat })}</strong> ${looseText(reason)}${todoView(`hat.${reason}.todo`)}</li>`)}
    </ul>`;
}

/** Whose hats decided, how the picture was turned, how long it took, and what the colours mean. */
function factsView({ trust, picture, timings_ms: took }) {
  const { width, height, rotated } = picture;
  const facts = [
    t(`picture.decided.${trust}`),
    t(rotated ? "picture.turned" : "picture.size", { width, height, angle: rotated }),
    t("picture.took", { total: ms(took.total), network: ms(took.network) }),
  ];
  return html`
    <p class="faint">${sentences(facts)}</p>
    <p class="faint">${t("picture.legend")}</p>`;
}

/** Likely mistakes in the request. */
function warningsView({ warnings }) {
  return warnings.map((text) => {
    const key = `picture.warning.${text.replaceAll(" ", "_")}`;
    return html`<p class="warning">${symbol("unknown")} ${knows(key) ? t(key) : text}</p>`;
  });
}

/** A person's reason in plain words; of a newer service it may be one that the page does not know. */
function reasonText(reason) {
  return knows(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
}

function looseText(reason) {
  return knows(`hat.${reason}`) ? t(`hat.${reason}`) : reason;
}

function todoView(key) {
  return knows(key) ? html`<span class="faint todo">${t(key)}</span>` : nothing;
}

function ms(milliseconds) {
  return measure(milliseconds, "millisecond", { maximumFractionDigits: 0 });
}
