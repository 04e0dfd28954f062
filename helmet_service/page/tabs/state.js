// State: how the service is, asked again and again while the tab is seen.
import { render } from "../vendor/lit-html.js";
import { polling } from "../shared/polling.js";
import { ask } from "../shared/service.js";
import { stateView } from "./state/view.js";

const EACH_MS = 6000;
const PATIENCE_MS = 10_000;

/**
 * status, points: what the service said last, null before its first answer. answeredAt: the Date of that. error: the
 * ServiceError of the last attempt, null where it succeeded. since: when the page began to ask.
 */
const state = { status: null, points: [], answeredAt: null, error: null, since: null };

let root;
let charts = null; // of Charts, once they are loaded
const asking = polling(refresh);

export const tab = {
  open(where) {
    root = where;
    state.since ??= new Date();
    tab.render();
    asking.start();
  },
  close() {
    asking.stop();
  },
  render() {
    render(stateView(state), root);
    charts?.show(state.points, state.status);
  },
};

async function refresh() {
  Object.assign(state, await answers());
  tab.render();
  if (state.status && !charts) loadCharts();
  return Math.max(EACH_MS, 1000 * (state.error?.retryAfterS ?? 0));
}

async function answers() {
  const options = { signal: AbortSignal.timeout(PATIENCE_MS) };
  try {
    const [status, { points }] = await Promise.all([ask("v1/status", options), ask("v1/status/history", options)]);
    return { status, points, answeredAt: new Date(), error: null };
  } catch (error) {
    return { error };
  }
}

/** They need a library that is larger than the rest of the page, so the figures are shown first. */
async function loadCharts() {
  try {
    const { Charts } = await import("./state/charts.js");
    charts ??= new Charts(root);
  } catch {
    return; // no answer: tried again with the next figures
  }
  tab.render();
}
