// The tab "Picture": a picture is judged at once, and again whenever a box changes.
import { html, nothing, render } from "../vendor/lit-html.js";
import { fileDrops } from "../shared/file_drops.js";
import { personAt } from "../shared/people.js";
import { ask, ServiceError } from "../shared/service.js";
import { sentences, t } from "../shared/words.js";
import { Asking } from "./picture/asking.js";
import { BoxEditor } from "./picture/editor.js";
import { drawnBy, judge, requestOf, requestView, save } from "./picture/request.js";
import { NotTaken, fileOf, pasted, readPicture, sampleFile, sampleScenes, sourceView } from "./picture/source.js";
import { changesText, summaryText, verdictsView } from "./picture/verdicts.js";
import { boxToolsView, errorView, optionsView, saidView, stageView } from "./picture/workbench.js";

const WAS_SHOWN_MS = 8000;

const state = {
  info: null, // of v1/info: limits, and whether the model sees hats and finds hands
  samples: new Map(),
  turn: 0, // how many pictures were brought
  isTaking: false, // the newest of them is on its way
  picture: null, // see readPicture
  trust: null, // whose hats decide, once the person chose it
  looksOnce: false,
  withHands: false,
  shownWidth: 0, // of the picture, in CSS pixels
  answer: null,
  asked: null, // {picture, request} of the answer
  before: new Map(), // person -> the status that it had a moment ago
  selected: null, // the number of a person
  trouble: null, // why the last picture was not taken: NotTaken or ServiceError
  isProgramsOpen: false,
  isDrawing: false, // the service draws the picture to be downloaded
  notDrawn: null, // the ServiceError, where it did not
  isDropping: false,
};

let root;
let said = () => ""; // for screen readers: what a button or a key did
let told = () => ""; // for screen readers: verdicts
let forgetting;

const asking = new Asking(judge, answered, renderTab);
const editor = new BoxEditor({ render: renderTab, changed: judgeAgain, say, clicked: selectAt });
const drops = fileDrops(drop, dropped);
const stageSize = new ResizeObserver(fitPicture);

export const tab = {
  open(where) {
    root = where;
    document.addEventListener("paste", paste);
    drops.start();
    tab.render();
    stageSize.observe(root.querySelector(".shown"));
    asking.again();
    learn();
  },
  close() {
    document.removeEventListener("paste", paste);
    drops.stop();
    stageSize.disconnect();
    asking.pause();
  },
  render() {
    render(view(), root);
  },
};

function renderTab() {
  tab.render();
}

function say(text) {
  said = text;
  renderTab();
}

/** Learn the service's limits and its samples; the tab works without them, too. */
async function learn() {
  const known = [ask("v1/info"), sampleScenes()].map((each) => each.catch(() => null));
  const [info, samples] = await Promise.all(known);
  Object.assign(state, { info: info ?? state.info, samples: samples ?? state.samples });
  renderTab();
}

// Pictures -----------------------------------------------------------------------------------------------------------

function drop(isDropping) {
  state.isDropping = isDropping;
  renderTab();
}

function dropped(transfer) {
  const file = fileOf(transfer);
  if (file) take(() => file);
}

function paste(event) {
  const file = fileOf(event.clipboardData);
  if (!file) return;
  event.preventDefault();
  take(() => file);
}

/** Bring a picture, show it and judge it. file: a function that gets it; hats: boxes that come with it. */
async function take(file, hats = []) {
  const turn = (state.turn += 1);
  const isNewest = () => turn === state.turn; // else another one was taken meanwhile
  state.isTaking = true;
  renderTab();
  try {
    const picture = await readPicture(await file(), state.info?.limits);
    if (isNewest()) begin(picture, hats);
    else URL.revokeObjectURL(picture.url);
  } catch (error) {
    if (!(error instanceof NotTaken || error instanceof ServiceError)) throw error;
    if (isNewest()) state.trouble = Object.assign(error, { again: () => take(file, hats) });
  } finally {
    if (isNewest()) state.isTaking = false;
    renderTab();
  }
}

function begin(picture, hats) {
  if (state.picture) URL.revokeObjectURL(state.picture.url);
  asking.stop();
  editor.start(picture, hats);
  Object.assign(state, { picture, trust: null, answer: null, asked: null, selected: null, trouble: null, notDrawn: null });
  state.before.clear();
  fitPicture();
  judgeAgain();
}

function fitPicture() {
  const { width } = root.querySelector(".shown").getBoundingClientRect();
  if (!state.picture || !width) return;
  const { width: pixels, height } = state.picture;
  state.shownWidth = Math.floor(Math.min(width, (0.8 * innerHeight * pixels) / height, 4 * pixels));
  renderTab();
}

// Verdicts -----------------------------------------------------------------------------------------------------------

function wanted() {
  const seesHats = state.info?.model.sees_hats ?? true;
  const trust = !seesHats ? "hats" : (state.trust ?? (editor.boxes.length ? "hats" : "model"));
  return { boxes: editor.boxes, trust, looksOnce: state.looksOnce, withHands: state.withHands };
}

function judgeAgain() {
  if (state.picture) asking.ask({ picture: state.picture, request: requestOf(wanted()) });
  renderTab();
}

function answered(answer, asked) {
  if (!state.info) learn(); // the service did not answer when the tab was opened
  if (state.answer) compare(state.answer, answer);
  else told = () => summaryText(answer.summary);
  Object.assign(state, { answer, asked });
}

/** Note whose status has changed; the picture is the same, and so are its people's numbers. */
function compare(old, now) {
  const statuses = new Map(old.people.map(({ person, status }) => [person, status]));
  const changed = now.people.filter(({ person, status }) => statuses.has(person) && statuses.get(person) !== status);
  if (changed.length === 0) return;
  for (const { person } of changed) state.before.set(person, statuses.get(person));
  const before = new Map(state.before);
  told = () => sentences([changesText(now, before), summaryText(now.summary)]);
  clearTimeout(forgetting);
  forgetting = setTimeout(() => {
    state.before.clear();
    renderTab();
  }, WAS_SHOWN_MS);
}

function select(person) {
  state.selected = person;
  renderTab();
}

function selectAt({ x, y }) {
  const person = state.answer && personAt(state.answer, x, y)?.person;
  select(person ?? null);
  root.querySelector(`[data-person="${person}"]`)?.focus();
}

async function download() {
  const { picture } = state;
  Object.assign(state, { isDrawing: true, notDrawn: null });
  renderTab();
  try {
    save(await drawnBy(picture, wanted()), `${picture.name.replace(/\.[^.]*$/, "")}-verdicts.jpg`);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    state.notDrawn = error;
  } finally {
    state.isDrawing = false;
    renderTab();
  }
}

// View ---------------------------------------------------------------------------------------------------------------

const act = {
  take: (file) => take(() => file),
  paste: () => take(pasted),
  sample: (name) => take(() => sampleFile(name), state.samples.get(name).hats),
  again: () => asking.again(),
  select,
  say,
  download,
  set(changes) {
    Object.assign(state, changes);
    judgeAgain();
  },
  show(changes) {
    Object.assign(state, changes);
    renderTab();
  },
};

function view() {
  const { picture, answer } = state;
  return html`
    <h1>${t("app.picture")}</h1>
    <div class="unseen" role="status">${told()}</div>
    <div class="unseen" role="status">${said()}</div>
    ${sourceView(state, act)}
    <div class="bench" @keydown=${keyed}>
      <div class="said">${picture ? saidView(answer, asking) : nothing}</div>
      <div class="shown">${picture ? [stageView(state, asking, editor), errorView(asking, answer !== null, act.again), boxToolsView(editor)] : nothing}</div>
      <div class="verdicts">${answer ? verdictsView(answer, state, act) : nothing}</div>
      <div class="options">${picture ? optionsView({ ...state, ...wanted() }, act) : nothing}</div>
      <div class="programs">${answer ? requestView(state, act) : nothing}</div>
    </div>
    <div class="dropping" ?hidden=${!state.isDropping} aria-hidden="true">${t("picture.drop_now")}</div>`;
}

function keyed(event) {
  if (event.key === "Escape") editor.giveUp();
  else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) editor.undo();
  else return;
  event.preventDefault();
}
