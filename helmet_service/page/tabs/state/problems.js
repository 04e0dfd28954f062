// The last refusals and faults, in plain words.
import { html } from "../../vendor/lit-html.js";
import { problemText } from "../../shared/view.js";
import { ago, knows, t, time } from "../../shared/words.js";

/** problems: of the status. now: seconds since 1970, by the service's clock. */
export function problemsView(problems, now) {
  return html`
    <section class="card problems" aria-labelledby="problems-title">
      <h2 id="problems-title">${t("state.problems")}</h2>
      ${problems.length ? tableView(problems, now) : html`<p>${t("state.no_problems")}</p>`}
    </section>`;
}

/** The roles are those of the elements; narrow screens show cells as blocks, and browsers would drop them. */
function tableView(problems, now) {
  return html`
    <p class="faint">${t("state.problems_more")}</p>
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader">${t("state.what")}</th>
          <th role="columnheader">${t("state.how_often")}</th>
          <th role="columnheader">${t("state.last_time")}</th>
        </tr>
      </thead>
      <tbody role="rowgroup">${problems.map((problem) => rowView(problem, now))}</tbody>
    </table>`;
}

function rowView({ route, status, reason, count, last_s: last, request_id: id }, now) {
  return html`
    <tr role="row">
      <td role="cell">
        <strong>${inWords(reason, status)}</strong> ${adviceOn(reason)}
        <code class="faint" lang="en">${route} ${status} ${reason} ${id}</code>
      </td>
      <td role="cell">${t("state.times", { count })}</td>
      <td role="cell">${ago(now - last)} <span class="faint">${whenView(last)}</span></td>
    </tr>`;
}

function inWords(reason, status) {
  const key = `state.reason.${reason}`;
  return knows(key) ? t(key) : problemText({ status });
}

function adviceOn(reason) {
  const key = `state.advice.${reason}`;
  return knows(key) ? t(key) : "";
}

function whenView(seconds) {
  return time(new Date(seconds * 1000), { dateStyle: "short", timeStyle: "medium" });
}
