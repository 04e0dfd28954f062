// Cameras: what the cameras of the site show, and the zones of their pictures.
//
// The address says what is open: `#cameras` the wall, `#cameras/gate-3` a camera, `#cameras/gate-3/zones` its zones.
import { html, render } from "../vendor/lit-html.js";
import { polling } from "../shared/polling.js";
import { ask } from "../shared/service.js";
import { problemView } from "../shared/view.js";
import { t } from "../shared/words.js";
import { SeenFrames, showFrame } from "./cameras/frames.js";
import { oneCameraView, sizeOf } from "./cameras/one_camera.js";
import { wallView } from "./cameras/wall.js";
import { ZoneDraft } from "./cameras/zone_draft.js";
import { ZoneEditor } from "./cameras/zone_editor.js";
import { wrongFields, zonesFormView } from "./cameras/zone_form.js";

const WALL_MS = 2000;
const CAMERA_MS = 1000;
const PATIENCE_MS = 10_000;

/**
 * said: the last answer of v1/cameras, null before it. error: the ServiceError of the last attempt. filter: what names
 * of cameras hold. shownWidth: of the open camera's picture, in CSS pixels. saving: of zones, see zonesFormView.
 */
const state = { said: null, error: null, filter: "", shownWidth: 0, saving: {} };
const editors = new Map(); // camera -> of zones that were changed and not saved
const seen = new SeenFrames();
const asking = polling(refresh);
const size = new ResizeObserver(fit);

let root;
let openBefore = null;
let spoken = () => ""; // for screen readers

export const tab = {
  open(where) {
    root = where;
    state.saving = {};
    addEventListener("beforeunload", keepDrafts);
    size.observe(root);
    tab.render();
    asking.start();
    const { hash } = location;
    if (openBefore !== null && openBefore !== hash) root.querySelector("h1")?.focus(); // what led here is gone
    openBefore = hash;
  },
  close() {
    asking.stop();
    seen.stop();
    size.disconnect();
  },
  render() {
    const focused = document.activeElement;
    render(view(), root);
    if (focused.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true }); // a tile that moved
    if (!place().id) seen.observe(root.querySelectorAll("img[data-camera]"));
  },
};

/** What the address says: a camera's id, null on the wall, and whether its zones are changed. */
function place() {
  const [, id = null, part] = location.hash.split("/");
  return { id, isZones: part === "zones" };
}

async function refresh() {
  const { id } = place();
  const frame = id && root.querySelector("img[data-camera]");
  const before = state.saving;
  const [told] = await Promise.all([cameras(), frame ? showFrame(frame) : null]);
  if (told.error || before === state.saving) Object.assign(state, told); // else zones may be older than what was saved
  tab.render();
  if (id && !frame) fit(); // the first answer
  return Math.max(id ? CAMERA_MS : WALL_MS, 1000 * (state.error?.retryAfterS ?? 0));
}

async function cameras() {
  try {
    return { said: await ask("v1/cameras", { signal: AbortSignal.timeout(PATIENCE_MS) }), error: null };
  } catch (error) {
    return { error };
  }
}

function fit() {
  const columns = root.querySelector(".columns");
  const camera = state.said?.cameras.find(({ id }) => id === place().id);
  if (!columns || !camera) return;
  const { width, height } = sizeOf(camera);
  const room = parseFloat(getComputedStyle(columns).gridTemplateColumns); // of the first column
  const shownWidth = Math.floor(Math.min(room, (0.8 * innerHeight * width) / height));
  if (shownWidth !== state.shownWidth) set({ shownWidth });
}

// Zones --------------------------------------------------------------------------------------------------------------

function hasDraft(id) {
  return editors.get(id)?.draft.isDirty ?? false;
}

/** The editor of a camera's zones: with what was changed before, else with what the service has. */
function editorOf(camera) {
  if (!hasDraft(camera.id) && !editors.get(camera.id)?.draft.isSavedAs(camera.zones)) {
    editors.set(camera.id, new ZoneEditor(sizeOf(camera), new ZoneDraft(camera.zones), { render: tab.render, say }));
  }
  return Object.assign(editors.get(camera.id), { picture: sizeOf(camera) });
}

async function save(id) {
  const { draft } = editors.get(id);
  const { zones } = draft;
  set({ saving: { isBusy: true } });
  try {
    const body = JSON.stringify({ zones });
    await ask(`v1/cameras/${id}/zones`, { method: "PUT", headers: { "Content-Type": "application/json" }, body });
    draft.saved(zones);
    state.said.cameras.find((camera) => camera.id === id).zones = zones;
    set({ saving: { isDone: true } });
  } catch (problem) {
    const [wrong] = wrongFields(problem);
    if (wrong) draft.choose(Number(wrong.split(".")[0]));
    set({ saving: { problem } });
  }
}

/** The browser asks whether zones that are not saved may be lost. */
function keepDrafts(event) {
  if ([...editors.values()].some(({ draft }) => draft.isDirty)) event.preventDefault();
}

// View ---------------------------------------------------------------------------------------------------------------

function set(changes) {
  Object.assign(state, changes);
  tab.render();
}

function say(text) {
  spoken = text;
  tab.render();
}

function view() {
  return html`<div class="unseen" role="status">${spoken()}</div>${openView()}`;
}

function openView() {
  const { id, isZones } = place();
  if (!id || !state.said) return wallView(state, hasDraft, (filter) => set({ filter }));
  const camera = state.said.cameras.find((each) => each.id === id);
  if (!camera) return unknownView(id);
  if (!isZones) return oneCameraView(camera, state, hasDraft(id));
  return zonesFormView(camera, editorOf(camera), state, () => save(id));
}

function unknownView(id) {
  return html`
    <h1 tabindex="-1">${t("app.cameras")}</h1>
    ${state.error ? problemView(state.error) : html`<p>${t("cameras.unknown", { id })}</p>`}
    <a href="#cameras">${t("cameras.all")}</a>`;
}
