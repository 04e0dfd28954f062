// Draws the charts with uPlot.
import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { time } from "../../shared/words.js";
import { CHARTS } from "./history.js";

const SHOWN_S = 600;
const GAP_S = 25; // between two points that are no neighbours: nobody kept one, as the service was down
const HEIGHT = 9; // all sizes in rem
const AXIS = { font: 0.75, letter: 0.45, height: 1.75, gap: 0.5, apart: 5 };
const DASHES = [[], [6, 4]];
const DOT = 5; // CSS pixels

/** The charts of the elements `.plot` in a root. */
export class Charts {
  #root;
  #drawn = new Map(); // name -> uPlot
  #shown = [SHOWN_S, 0]; // seconds since 1970
  #resized = new ResizeObserver((entries) => entries.forEach(({ target }) => this.#resize(target)));

  constructor(root) {
    this.#root = root;
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "ui/vendor/uplot/uPlot.min.css" });
    document.head.append(style);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
  }

  /** Show the points of the history, up to the time of the status. */
  show(points, status) {
    this.#shown = [status.at_s - SHOWN_S, status.at_s];
    for (const chart of CHARTS) {
      const data = dataOf(chart, points);
      if (this.#drawn.has(chart.name)) this.#drawn.get(chart.name).setData(data);
      else this.#draw(chart, data);
    }
  }

  #draw(chart, data) {
    const place = this.#root.querySelector(`[data-chart=${chart.name}]`);
    this.#drawn.set(chart.name, new uPlot(this.#options(chart, place), data, place));
    this.#resized.observe(place);
  }

  #redraw() {
    for (const plot of this.#drawn.values()) plot.redraw(false, true);
  }

  #resize(place) {
    if (place.clientWidth) this.#drawn.get(place.dataset.chart).setSize({ width: place.clientWidth, height: HEIGHT * rem() });
  }

  #options(chart, place) {
    const axis = {
      stroke: () => colour("--faint"),
      grid: { stroke: () => colour("--line"), width: 1 },
      ticks: { show: false },
      font: `${AXIS.font * rem()}px system-ui`,
    };
    return {
      width: place.clientWidth,
      height: HEIGHT * rem(),
      padding: [rem() / 2, rem(), 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: () => this.#shown }, y: { range: (_, __, most) => [0, Math.max(most ?? 0, chart.least) * 1.1] } },
      axes: [
        { ...axis, size: AXIS.height * rem(), gap: AXIS.gap * rem(), space: AXIS.apart * rem(), values: (_, times) => times.map(clock) },
        { ...axis, size: (_, values) => widthOf(values) * rem(), space: 2 * rem(), values: (_, values) => values.map((value) => chart.show(value)) },
      ],
      series: [{}, ...chart.lines.map((_, index) => this.#line(DASHES[index]))],
    };
  }

  /** What a value alone between two empty ones has no line to show, a dot shows. */
  #line(dash) {
    const accent = () => colour("--accent");
    return { stroke: accent, width: 2, dash, points: { size: DOT, fill: accent, filter: (plot, line) => lonely(plot.data[line]) } };
  }
}

/** Times and values as uPlot takes them; where points are missing, an empty one stands for them. */
function dataOf(chart, points) {
  const columns = [[], ...chart.lines.map(() => [])];
  points.forEach((point, index) => {
    const before = points[index - 1]?.at_s;
    if (point.at_s - before > GAP_S) columns.forEach((column, number) => column.push(number ? null : before + 1));
    columns[0].push(point.at_s);
    chart.lines.forEach(({ of }, number) => columns[number + 1].push(of(point)));
  });
  return columns;
}

/** The places of values without a neighbour. */
function lonely(values) {
  return [...values.keys()].filter((at) => values[at] !== null && (values[at - 1] ?? values[at + 1] ?? null) === null);
}

/** Room for the longest of the values; uPlot asks before there are any, too. */
function widthOf(values) {
  return 1 + AXIS.letter * Math.max(0, ...(values ?? []).map((value) => value.length));
}

function clock(seconds) {
  return time(new Date(seconds * 1000), { timeStyle: "short" });
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}
