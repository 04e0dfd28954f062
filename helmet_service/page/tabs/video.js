// Videos: send one, watch its job, and look at what it shows.
import { html, render } from "../vendor/lit-html.js";
import { fileDrops } from "../shared/file_drops.js";
import { ask, ServiceError } from "../shared/service.js";
import { t } from "../shared/words.js";
import { confirmed } from "./video/confirm.js";
import { follow, isFinished } from "./video/following.js";
import { formView } from "./video/form.js";
import { jobsView, nameOf } from "./video/job_list.js";
import { resultView, sentence } from "./video/result.js";
import { formOf, send, tooLarge, withPoint } from "./video/sending.js";

const STALLED_MS = 10_000; // a consumer takes a job that is next within a second or two
// Before an upload that was refused for want of a place is tried again, each time twice as long.
const SHORTEST_PAUSE_S = 5;
const LONGEST_PAUSE_S = 60;

const state = {
  info: null, // of the service
  chosen: { video: null, hats: null, trust: "hats", every: null },
  sending: null, // {name, loaded, total, points, cancel}
  refusal: null, // a ServiceError, or what `tooLarge` says
  retryS: null, // until a refused upload is tried again
  pauseS: SHORTEST_PAUSE_S,
  jobs: null, // newest first; null before they have come
  listError: null,
  removeError: null,
  nextSince: new Map(), // a queued job that is next -> since when, by performance.now()
  result: null, // what is shown: {job, timeline, error, isUnplayable}
  isDropping: false, // a file is dragged over the page
  said: () => "", // to those who do not see what changes, in the language that is in use then
};

const drops = fileDrops(drop, dropped);
let root;
let following;
let retrying = 0;

export const tab = {
  open(where) {
    root = where;
    drops.start();
    tab.render();
    following = follow(listChanged);
    following.refresh();
    readInfo();
  },
  close() {
    drops.stop();
    following.stop(); // an upload goes on
  },
  render() {
    render(view(state), root);
  },
};

function set(changes) {
  Object.assign(state, changes);
  tab.render();
}

function view({ isDropping, said, result, ...rest }) {
  return html`
    <h1>${t("app.video")}</h1>
    <div class="columns ${isDropping ? "dropping" : ""}">
      ${formView(rest, { chooseVideo, chooseHats, set: choose, send: start, cancelSending, stopWaiting })}
      ${result ? resultView(result, { close: closeResult, load: () => show(result.job), failed, play }) : html`
        <p class="card no-result faint">${t("video.no_result")}</p>`}
      ${jobsView({ ...rest, shown: result?.job.id, stalled: stalled() }, { show: showAndFocus, remove, refresh: following?.refresh })}
    </div>
    <p class="unseen" role="status">${said()}</p>`;
}

async function readInfo() {
  if (state.info) return;
  try {
    const info = await ask("v1/info");
    if (info.settings.trust === "both") choose({ trust: "both" });
    set({ info });
  } catch {
    // The list says what the matter is. Without limits, an upload says what it is refused for.
  }
}

// A new video

/** Change the card of the new video, in which the focus stays though the control that had it may go. */
function setNew(changes) {
  const had = root.querySelector(".new").contains(document.activeElement);
  set(changes);
  if (had && document.activeElement === document.body) root.querySelector(".new :is(button, input)").focus({ preventScroll: true });
}

function choose(changes) {
  set({ chosen: { ...state.chosen, ...changes } });
}

function chooseVideo(video) {
  stopWaiting();
  set({ refusal: null, pauseS: SHORTEST_PAUSE_S });
  choose({ video });
}

function chooseHats(hats) {
  choose({ hats });
}

function drop(isDropping) {
  set({ isDropping });
}

function dropped({ files: [video] }) {
  if (video && !state.sending) chooseVideo(video);
}

async function start() {
  stopWaiting();
  const { chosen, info } = state;
  const refusal = info && tooLarge(chosen, info.limits);
  if (refusal) return set({ refusal });
  const { done, cancel } = send(formOf(chosen), sent);
  setNew({ refusal: null, sending: { name: chosen.video.name, loaded: 0, total: 0, points: [], cancel } });
  addEventListener("beforeunload", warn);
  try {
    await done;
    setNew({ sending: null, chosen: { ...chosen, video: null, hats: null }, said: () => t("video.said.sent", { name: chosen.video.name }) });
    following.refresh();
  } catch (error) {
    setNew({ sending: null, refusal: error.name === "AbortError" ? null : error });
    if (mayPass(error)) wait(Math.max(state.pauseS, error.retryAfterS));
  } finally {
    removeEventListener("beforeunload", warn);
  }
}

function sent(loaded, total) {
  const points = withPoint(state.sending.points, { ms: performance.now(), loaded });
  set({ sending: { ...state.sending, loaded, total, points } });
}

function warn(event) {
  event.preventDefault(); // the browser asks whether the page, and with it the upload, is to be left
}

async function cancelSending() {
  const { cancel, name } = state.sending;
  const question = t("video.confirm.sending", { name });
  if (await confirmed({ question, yes: t("video.cancel_sending"), no: t("video.confirm.go_on") })) cancel();
}

function mayPass(error) {
  return error instanceof ServiceError && [429, 503].includes(error.status) && error.retryAfterS !== null;
}

function wait(leftS) {
  set({ retryS: leftS, pauseS: Math.min(LONGEST_PAUSE_S, 2 * state.pauseS) });
  retrying = setInterval(() => (state.retryS > 1 ? set({ retryS: state.retryS - 1 }) : start()), 1000);
}

function stopWaiting() {
  clearInterval(retrying);
  set({ retryS: null });
}

// Jobs

function listChanged(jobs, listError) {
  if (state.listError && !listError) readInfo(); // it may not have answered before
  const before = new Map((state.jobs ?? []).map((job) => [job.id, job.state]));
  set({ jobs, listError, nextSince: waitingSince(jobs ?? []) });
  for (const job of jobs ?? []) if (before.has(job.id) && before.get(job.id) !== job.state) tell(job);
}

function waitingSince(jobs) {
  const next = jobs.filter((job) => job.state === "queued" && !job.ahead);
  return new Map(next.map(({ id }) => [id, state.nextSince.get(id) ?? performance.now()]));
}

function stalled() {
  const late = [...state.nextSince].filter(([, sinceMs]) => performance.now() - sinceMs > STALLED_MS);
  return new Set(late.map(([id]) => id));
}

function tell(job) {
  set({ said: () => t("video.said.state", { name: nameOf(job), state: t(`video.state.${job.state}`) }) });
  if (job.state === "done" && !state.result) show(job);
}

async function remove(job) {
  const name = nameOf(job);
  const kind = isFinished(job) ? "delete" : "cancel";
  if (!(await confirmed({ question: t(`video.confirm.${kind}`, { name }), yes: t(`video.${kind}`), no: t("video.confirm.keep") }))) return;
  try {
    await ask(`v1/videos/${job.id}`, { method: "DELETE" });
  } catch (error) {
    if (![404, 410].includes(error.status)) return set({ removeError: error });
  }
  if (state.result?.job.id === job.id) set({ result: null });
  set({ removeError: null, jobs: state.jobs.filter(({ id }) => id !== job.id), said: () => t("video.said.removed", { name }) });
  document.getElementById("jobs-title").focus();
  following.refresh();
}

// A result

async function show(job) {
  set({ result: { job, timeline: null, error: null, isUnplayable: false } });
  let read;
  try {
    read = { timeline: await ask(`v1/videos/${job.id}/timeline`), error: null };
  } catch (error) {
    read = { timeline: null, error };
  }
  if (state.result?.job.id !== job.id) return; // another one was opened meanwhile
  set({ result: { ...state.result, ...read } });
  if (read.timeline) set({ said: () => `${nameOf(job)}: ${sentence(job.summary, read.timeline.tracks)}` });
}

async function showAndFocus(job) {
  const shown = show(job);
  document.getElementById("result-title").focus();
  await shown;
}

function failed() {
  if (state.result) set({ result: { ...state.result, isUnplayable: true } });
}

/** Load the video once more, after the browser could not. */
function play() {
  root.querySelector(".result video").load();
  set({ result: { ...state.result, isUnplayable: false } });
}

function closeResult() {
  const { id } = state.result.job;
  set({ result: null });
  (document.querySelector(`#job-${id} .show`) ?? document.getElementById("jobs-title")).focus();
}
