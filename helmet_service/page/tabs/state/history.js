// The last ten minutes: charts, in words, and as a table.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { number, t, time } from "../../shared/words.js";
import { megabytes, milliseconds, NONE, perSecond } from "./figures.js";

/**
 * The charts, and the columns of the table. name: a key of words below `state.chart`. show: writes a value. lines: from
 * a point to its value, which may be null. least: the value that the axis reaches at least.
 */
export const CHARTS = [
  { name: "pictures", show: perSecond, least: 1, lines: [{ of: (point) => point.pictures_per_s }] },
  {
    name: "speed",
    show: milliseconds,
    least: 100,
    lines: [
      { name: "median", of: (point) => point.latency_ms.p50 },
      { name: "p95", of: (point) => point.latency_ms.p95 },
    ],
  },
  { name: "waiting", show: number, least: 4, lines: [{ of: (point) => point.waiting }] },
  { name: "processor", show: number, least: 1, lines: [{ of: (point) => point.cores_used }] },
  { name: "memory", show: megabytes, least: 100, lines: [{ of: (point) => point.memory_mb }] },
];

export function historyView(points) {
  return html`
    <section class="history" aria-labelledby="history-title">
      <h2 id="history-title">${t("state.history")}</h2>
      <div class="charts">${CHARTS.map((chart) => chartView(chart, points))}</div>
      <details class="card">
        <summary>${t("state.as_table")}</summary>
        ${tableView(points)}
      </details>
    </section>`;
}

function chartView(chart, points) {
  const caption = t(`state.chart.${chart.name}`);
  return html`
    <figure class="card">
      <figcaption>
        ${caption}
        ${chart.lines.length > 1 ? html`<span class="legend">${chart.lines.map(legendView)}</span>` : nothing}
      </figcaption>
      <div class="plot" data-chart=${chart.name} role="img" aria-label=${inWords(chart, points)}></div>
    </figure>`;
}

function legendView({ name }) {
  return html`
    <span class="row">
      <svg class="stroke" data-line=${name} viewBox="0 0 24 6" width="24" height="6" aria-hidden="true">${svg`<path d="M0 3H24"/>`}</svg>
      ${t(`state.line.${name}`)}
    </span>`;
}

/** A chart for those who do not see it. */
function inWords(chart, points) {
  const lines = chart.lines.map(({ name, of }) => {
    const values = points.map(of).filter((value) => value !== null);
    const range = values.length
      ? { least: chart.show(Math.min(...values)), most: chart.show(Math.max(...values)), last: chart.show(values.at(-1)) }
      : { least: NONE, most: NONE, last: NONE };
    return t("state.range", { name: name ? t(`state.line.${name}`) : t(`state.chart.${chart.name}`), ...range });
  });
  return lines.join(" ");
}

function tableView(points) {
  const columns = CHARTS.flatMap((chart) => chart.lines.map(({ name, of }) => ({
    title: name ? t(`state.line.${name}`) : t(`state.chart.${chart.name}`),
    show: (point) => (of(point) === null ? NONE : chart.show(of(point))),
  })));
  return html`
    <div class="wide" role="region" aria-label=${t("state.as_table")} tabindex="0">
      <table>
        <thead><tr><th scope="col">${t("state.at")}</th>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
        <tbody>
          ${points.toReversed().map((point) => html`
            <tr>
              <th scope="row">${time(new Date(point.at_s * 1000), { timeStyle: "medium" })}</th>
              ${columns.map(({ show }) => html`<td>${show(point)}</td>`)}
            </tr>`)}
        </tbody>
      </table>
    </div>`;
}
