// The frame of the page: header, tabs, and which of them is open. Each tab is a module that is loaded when it is opened.
import { html, render } from "./vendor/lit-html.js";
import { fileDrops } from "./shared/file_drops.js";
import { KEY_NEEDED, ServiceError } from "./shared/service.js";
import { isSignInNeeded, sessionView, showSignIn, SIGNED_IN, signInForm, signInNotice, startSession } from "./shared/session.js";
import { problemView } from "./shared/view.js";
import { LANGUAGES, language, setLanguage, startWords, t } from "./shared/words.js";

const TABS = ["alarms", "cameras", "picture", "video", "camera", "state"];
const FIRST = "picture"; // where the address names none
const HELP = ["tls"]; // opened by links in the tabs

/**
 * Of the tabs that were asked for so far: name -> {root, loading, tab}. loading: a promise of its module, null after
 * it failed; tab: null until it was open. Roots stay, and with them what they show.
 */
const opened = new Map();
let current = null;

/** The tab that the address names; what follows a slash, such as a camera in `#cameras/gate-3`, is for the tab itself. */
function asked() {
  const [name] = location.hash.slice(1).split("/");
  return [...TABS, ...HELP].includes(name) ? name : FIRST;
}

function frame() {
  return html`
    <a class="skip" href="#main" @click=${skipToMain}>${t("app.skip")}</a>
    <header class="top">
      <span class="brand"><img src="ui/icon.svg" alt="" width="28" height="28">${t("app.name")}</span>
      <nav aria-label=${t("app.tabs")}>
        ${TABS.map((name) => html`
          <a href=${`#${name}`} aria-current=${asked() === name ? "page" : "false"}>${t(`app.${name}`)}</a>`)}
      </nav>
      <label class="language">
        <span class="unseen">${t("app.language")}</span>
        <select @change=${(event) => changeLanguage(event.target)}>
          ${Object.entries(LANGUAGES).map(([code, name]) => html`
            <option value=${code} lang=${code} ?selected=${code === language()}>${name}</option>`)}
        </select>
      </label>
      ${sessionView()}
    </header>
    <main id="main" tabindex="-1"></main>
    ${signInForm()}`;
}

function skipToMain(event) {
  event.preventDefault(); // the address names the open tab
  document.getElementById("main").focus();
}

function renderFrame() {
  document.title = `${t(`app.${asked()}`)} – ${t("app.name")}`;
  render(frame(), document.body);
}

async function changeLanguage(select) {
  await setLanguage(select.value).catch(() => {}); // the service does not answer
  select.value = language();
  renderFrame();
  for (const { tab } of opened.values()) tab?.render();
  if (!current) await openTab(); // what it said when it could not be loaded
}

/** A tab's module, with its style. Rejects when the service does not answer. */
async function load(name) {
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `ui/style/${name}.css` });
  const styled = new Promise((done, fail) => Object.assign(style, { onload: done, onerror: fail }));
  document.head.append(style);
  try {
    const [{ tab }] = await Promise.all([import(`./tabs/${name}.js`), styled]);
    return tab;
  } catch (error) {
    style.remove();
    throw error;
  }
}

function rootOf(name) {
  const root = document.createElement("section");
  root.className = `tab ${name}`;
  document.getElementById("main").append(root);
  return root;
}

/** Load the tab, unless that has begun; what to do when it fails is shown in its place. */
async function loaded(name, entry) {
  entry.root.setAttribute("aria-busy", "true");
  try {
    return await (entry.loading ??= load(name));
  } catch {
    entry.loading = null;
    render(problemView(new ServiceError(0), openTab), entry.root);
    return null;
  } finally {
    entry.root.removeAttribute("aria-busy");
  }
}

/** The open tab does nothing more; what it shows stays. */
function closeTab() {
  current?.close();
  current = null;
}

/** What the tab showed before, if it was open, stays. */
function askToSignIn(name, { tab, root }) {
  if (!tab) render(html`<h1>${t(`app.${name}`)}</h1>${signInNotice()}`, root);
  showSignIn();
}

async function openTab() {
  const name = asked();
  renderFrame();
  closeTab();
  for (const [each, { root }] of opened) root.hidden = each !== name;
  if (!opened.has(name)) opened.set(name, { root: rootOf(name), loading: null, tab: null });
  const entry = opened.get(name);
  if (isSignInNeeded() && TABS.includes(name)) return askToSignIn(name, entry);
  const tab = await loaded(name, entry);
  if (!tab || asked() !== name || current) return; // another call of this function has opened what is asked for, or will
  current = entry.tab = tab;
  tab.open(entry.root);
}

await Promise.all([startWords(), startSession(renderFrame)]);
document.body.replaceChildren();
fileDrops(() => {}, () => {}).start(); // a file that falls where no tab takes it does not take the page's place
addEventListener("hashchange", openTab);
document.addEventListener(KEY_NEEDED, closeTab);
document.addEventListener(SIGNED_IN, openTab);
await openTab();
