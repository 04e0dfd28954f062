// Alarms: what the watched cameras saw, its evidence, and what people say of it.
//
// The address says what is open: `#alarms` the list, `#alarms/ID` beside it, or on phones in its place, an alarm.
// `#alarms/camera/gate-3` is the list of what goes on at one camera.
import { html, nothing, render } from "../vendor/lit-html.js";
import { polling } from "../shared/polling.js";
import { ask } from "../shared/service.js";
import { t } from "../shared/words.js";
import { filterView, listView, placeOf } from "./alarms/alarm_list.js";
import { alertsView, mayNotify, notify, sound } from "./alarms/alerts.js";
import { follow } from "./alarms/following.js";
import { openedView } from "./alarms/opened_alarm.js";

const NO_FORM = { isShown: false, isSaving: false, error: null };
const SITE_EACH_MS = 10_000;

const state = {
  site: null, // of v1/cameras: {watching, cameras}; null before it has come
  filter: { which: "all", camera: "" },
  list: null, // as `follow` tells it
  listError: null,
  isReadingMore: false,
  opened: null, // the alarm that is looked at: its id, and what `openedView` takes
  alerts: { sounds: false, notifies: false, isRefused: false },
  said: () => "", // to those who do not see what changes, in the language that is in use then
};

const siteReading = polling(readSite);
const following = follow({ filter: () => state.filter, isWanted, told: listChanged });
let root;
let isOpen = false;
let known = null; // ids of alarms that are no news; null before any were read

export const tab = {
  open(where) {
    root = where;
    isOpen = true;
    narrowAsked();
    siteReading.start();
    following.start();
    openAsked();
  },
  close() {
    isOpen = false;
    siteReading.stop();
    following.stop();
  },
  render() {
    const row = document.activeElement?.closest(".alarms .list li");
    render(view(state), root);
    if (row && document.activeElement === document.body) focusOn(row); // it was moved in the list
    if (isOpen) document.title = titleText();
  },
};

function set(changes) {
  Object.assign(state, changes);
  tab.render();
}

function view({ site, filter, alerts, said, opened, ...rest }) {
  return html`
    <h1>${t("app.alarms")}</h1>
    <div class="columns" ?data-opened=${opened !== null}>
      <div class="listed">
        ${site?.cameras.length && !site.watching ? html`<p class="problem" role="alert">${t("alarms.not_watching")}</p>` : nothing}
        ${filterView(filter, site?.cameras ?? [], { choose })}
        ${alertsView(alerts, { setSounds, setNotifies })}
        ${listView({ ...rest, filter, site, openedId: opened?.id }, { choose, more, refresh: following.refresh })}
      </div>
      ${opened ? openedView(opened, { say, showForm, hideForm, setPlain, pictureLost }) : html`
        <p class="card no-opened faint">${t("alarms.none_opened")}</p>`}
    </div>
    <p class="unseen" role="status">${said()}</p>`;
}

/** The tab's title in the browser: with the number of alarms that go on and of which nobody has said anything. */
function titleText() {
  const count = (state.list?.open ?? []).filter(({ acknowledged }) => !acknowledged).length;
  const title = `${t("app.alarms")} – ${t("app.name")}`;
  return count ? t("alarms.title", { count, title }) : title;
}

async function readSite() {
  try {
    set({ site: await ask("v1/cameras") });
  } catch {
    // The list says what the matter is.
  }
  return SITE_EACH_MS;
}

// The list

function isWanted() {
  return !document.hidden || state.alerts.sounds || state.alerts.notifies;
}

function listChanged(list, listError) {
  set({ list, listError });
  if (!list || listError) return;
  tell(list.open);
  if (state.opened && !state.opened.isGone) readOpened(list);
}

function tell(open) {
  const fresh = known === null ? [] : open.filter(({ id }) => !known.has(id));
  known = new Set([...(known ?? []), ...open.map(({ id }) => id)]);
  if (!fresh.length) return;
  set({ said: () => freshText(fresh) });
  if (state.alerts.sounds) sound();
  if (state.alerts.notifies) for (const alarm of fresh) notify(freshText([alarm]), alarm.id);
}

function freshText(alarms) {
  const [{ camera_name: camera }] = alarms;
  return alarms.length === 1 ? t("alarms.new", { camera }) : t("alarms.new_ones", { count: alarms.length, camera });
}

/** Narrow the list to the camera that the address names; from then on the filter has it, and the address does not. */
function narrowAsked() {
  const [, part, camera] = location.hash.split("/");
  if (part !== "camera") return;
  history.replaceState(null, "", "#alarms");
  choose({ which: "open", camera });
}

function choose(changes) {
  set({ filter: { ...state.filter, ...changes }, list: null });
  following.restart();
}

async function more() {
  if (state.isReadingMore) return;
  set({ isReadingMore: true });
  await following.more();
  set({ isReadingMore: false });
}

async function setSounds(sounds) {
  set({ alerts: { ...state.alerts, sounds } });
  if (sounds) sound(); // as it will be
}

async function setNotifies({ checked }) {
  const notifies = checked && (await mayNotify());
  set({ alerts: { ...state.alerts, notifies, isRefused: checked && !notifies } });
}

// The opened alarm

/** Open the alarm that the address names, or close the one that it names no more. */
function openAsked() {
  const id = location.hash.split("/")[1] || null;
  const { opened: before, list } = state;
  if (id === (before?.id ?? null)) return tab.render();
  const alarm = [...(list?.open ?? []), ...(list?.shown ?? [])].find((each) => each.id === id) ?? null;
  set({ opened: id && { id, alarm, error: null, isGone: false, isPlain: false, isPictureLost: false, form: NO_FORM } });
  if (id) document.getElementById("opened-title").focus();
  else if (document.activeElement === document.body) focusOn(document.getElementById(`alarm-${before.id}`));
}

function setOpened(id, changes) {
  if (state.opened?.id === id) set({ opened: { ...state.opened, ...changes } }); // else another one was opened
}

/** Say of the opened alarm what is true by now. */
async function readOpened(list) {
  const { id } = state.opened;
  try {
    const alarm = [...list.open, ...list.shown].find((each) => each.id === id) ?? (await ask(`v1/alarms/${encodeURIComponent(id)}`));
    setOpened(id, { alarm, error: null });
  } catch (error) {
    setOpened(id, error.status === 404 ? { isGone: true } : { error });
  }
}

/** Put the focus on an alarm of the list, or on the list where it is not there any more. */
function focusOn(row) {
  const isThere = row?.isConnected;
  (isThere ? row.querySelector("a") : document.getElementById("alarms-list")).focus({ preventScroll: !isThere });
}

function setPlain(isPlain) {
  setOpened(state.opened.id, { isPlain });
}

function pictureLost() {
  setOpened(state.opened.id, { isPictureLost: true });
}

// What somebody says of it

function showForm() {
  setForm({ ...NO_FORM, isShown: true });
  root.querySelector(".said input").focus();
}

function hideForm() {
  setForm(NO_FORM);
  root.querySelector(".said .change").focus();
}

function setForm(form) {
  setOpened(state.opened.id, { form });
}

async function say(acknowledgement) {
  const { id, form } = state.opened;
  if (form.isSaving) return;
  setForm({ ...form, isSaving: true, error: null });
  try {
    const alarm = await ask(`v1/alarms/${id}/acknowledgement`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(acknowledgement),
    });
    setOpened(id, { alarm, form: NO_FORM });
    set({ said: () => t("alarms.saved") });
    if (state.opened?.id === id) root.querySelector(".said .change").focus();
    following.refresh();
  } catch (error) {
    setOpened(id, error.status === 404 ? { isGone: true } : { form: { ...form, error } });
  }
}
