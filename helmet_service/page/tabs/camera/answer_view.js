// What an answer of the live socket says. Verdicts are the voted ones, of all frames so far; the frame's own stand beside.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { frameVerdict, peopleView, votedOf } from "../../shared/people.js";
import { badge, symbol, WORST_FIRST } from "../../shared/view.js";
import { t, time } from "../../shared/words.js";

/** Frames a second that votes need at least (docs/api.md, `voted`). */
const VOTES_NEED = 0.5;

/** One sentence for all people, to be read from afar. without: the key of what is said without an answer. */
export function summaryView(answer, without) {
  const worst = WORST_FIRST.find((status) => answer?.people.some(({ voted }) => voted.status === status));
  return html`
    <p class="summary" role="status" data-status=${worst ?? nothing}>
      ${worst ? symbol(worst) : nothing}<span>${answer ? summaryText(answer.people) : t(without)}</span>
    </p>`;
}

function summaryText(people) {
  if (!people.length) return t("camera.nobody");
  const count = (wanted) => people.filter(({ voted }) => voted.status === wanted).length;
  const parts = [["camera.people", people.length], ["camera.bare", count("no_helmet")], ["camera.unclear", count("unknown")]];
  const said = parts.filter(([, count]) => count).map(([key, count]) => t(key, { count }));
  return (said.length > 1 ? said : [...said, t("camera.all_well")]).join(t("camera.comma"));
}

/** The judged frame with the people in it, over the video, which is what is seen while there is no answer. */
export function stageView(answer, { video, judged }) {
  return html`
    <div class="stage" role="img" aria-label=${t(answer ? "camera.judged_picture" : "camera.live_picture")}>
      ${video}
      ${answer ? html`${judged}${peopleView(answer, { shownWidth: video.clientWidth || judged.width, said: votedOf })}` : nothing}
    </div>`;
}

/** Who is there now. since: when the stream began, in ms of Date.now(). judgedPerS: frames; 0 before there are two. */
export function peopleList({ people }, since, judgedPerS) {
  const inOrder = [...people].sort((one, other) => one.track - other.track);
  return html`
    ${judgedPerS && judgedPerS < VOTES_NEED ? html`<p>${t("camera.too_slow")}</p>` : nothing}
    <h2>${t("camera.now")}</h2>
    ${people.length ? nothing : html`<p>${t("camera.nobody")}</p>`}
    <ul class="who">
      ${repeat(inOrder, ({ track }) => track, (person) => personView(person, since))}
    </ul>`;
}

function personView(person, since) {
  const { track, voted } = person;
  const began = time(new Date(since + 1000 * voted.since_s), { timeStyle: "medium" });
  return html`
    <li>
      <div class="row"><strong>${t("camera.person", { track })}</strong>${badge(voted.status)}<span>${t("camera.since", { time: began })}</span></div>
      <div class="faint">${frameVerdict(person)}</div>
    </li>`;
}
