// The tab "Picture": a picture is judged at once, and again whenever a box changes.
import { html, nothing, render } from "../vendor/lit-html.js";
import { personAt } from "../shared/people.js";
import { ask, ServiceError } from "../shared/service.js";
import { t } from "../shared/words.js";
import { Asking } from "./picture/asking.js";
import { BoxEditor } from "./picture/editor.js";
import { drawnBy, judge, requestOf, requestView, save } from "./picture/request.js";
import { NotTaken, fileOf, pasted, readPicture, sampleFile, sampleScenes, sourceView } from "./picture/source.js";
import { changesText, summaryText, verdictsView } from "./picture/verdicts.js";
import { boxToolsView, errorView, optionsView, saidView, stageView } from "./picture/workbench.js";

const WAS_SHOWN_MS = 8000;

const state = {
  info: null, // of v1/info: limits, and whether the model sees hats
  needsKey: false,
  samples: new Map(),
  turn: 0, // how many pictures were brought
  picture: null, // see readPicture
  trust: null, // whose hats decide, once the person chose it
  looksOnce: false,
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
const stageSize = new ResizeObserver(fitPicture);

export const tab = {
  open(where) {
    root = where;
    document.addEventListener("paste", paste);
    for (const name of Object.keys(DRAGS)) document.addEventListener(name, DRAGS[name]);
    tab.render();
    stageSize.observe(root.querySelector(".shown"));
    asking.again();
    learn();
  },
  close() {
    document.removeEventListener("paste", paste);
    for (const name of Object.keys(DRAGS)) document.removeEventListener(name, DRAGS[name]);
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

/** Learn the service's limits, its samples, and whether programs need a key; the tab works without all that, too. */
async function learn() {
  const known = [ask("v1/info"), sampleScenes(), ask("ui/session")].map((each) => each.catch(() => null));
  const [info, samples, session] = await Promise.all(known);
  Object.assign(state, {
    info: info ?? state.info,
    samples: samples ?? state.samples,
    needsKey: session?.needs_key ?? state.needsKey,
  });
  renderTab();
}

// Pictures -----------------------------------------------------------------------------------------------------------

const DRAGS = {
  dragover(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (!state.isDropping) drop(true);
  },
  dragleave(event) {
    if (!event.relatedTarget) drop(false); // it left the window
  },
  drop(event) {
    if (!state.isDropping) return;
    event.preventDefault();
    drop(false);
    const file = fileOf(event.dataTransfer);
    if (file) take(() => file);
  },
};

function drop(isDropping) {
  state.isDropping = isDropping;
  renderTab();
}

function paste(event) {
  const file = fileOf(event.clipboardData);
  if (!file) return;
  event.preventDefault();
  take(() => file);
}

/** Show and judge a picture. file: a function that brings it; hats: boxes that come with it. */
async function take(file, hats = []) {
  const turn = (state.turn += 1);
  try {
    const picture = await readPicture(await file(), state.info?.limits);
    if (turn !== state.turn) return; // another one was taken meanwhile
    if (state.picture) URL.revokeObjectURL(state.picture.url);
    asking.stop();
    editor.start(picture, hats);
    Object.assign(state, { picture, trust: null, answer: null, asked: null, selected: null, trouble: null, notDrawn: null });
    state.before.clear();
    fitPicture();
    judgeAgain();
  } catch (error) {
    if (!(error instanceof NotTaken || error instanceof ServiceError)) throw error;
    state.trouble = Object.assign(error, { again: () => take(file, hats) });
    renderTab();
  }
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
  return { boxes: editor.boxes, trust, looksOnce: state.looksOnce };
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
  told = () => `${changesText(now, before)} ${summaryText(now.summary)}`;
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
  Object.assign(state, { isDrawing: true, notDrawn: null });
  renderTab();
  try {
    save(await drawnBy(state.picture, wanted()), `${state.picture.name.replace(/\.[^.]*$/, "")}-verdicts.jpg`);
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
