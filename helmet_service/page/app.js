// The frame of the page: header, tabs, and which of them is open. Each tab is a module that is loaded when it is opened.
import { html, render } from "./vendor/lit-html.js";
import { KEY_NEEDED } from "./shared/service.js";
import { isSignInNeeded, sessionView, showSignIn, SIGNED_IN, signInForm, startSession } from "./shared/session.js";
import { LANGUAGES, language, setLanguage, startWords, t } from "./shared/words.js";

const TABS = ["picture", "video", "camera", "state"];
const HELP = ["tls"]; // opened by links in the tabs

/** Of the tabs that were opened so far: name -> {tab, root}; their roots stay, and with them what they show. */
const opened = new Map();
let current = null;

function asked() {
  const name = location.hash.slice(1);
  return [...TABS, ...HELP].includes(name) ? name : TABS[0];
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
        <select @change=${(event) => changeLanguage(event.target.value)}>
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

async function changeLanguage(code) {
  await setLanguage(code);
  renderFrame();
  for (const { tab } of opened.values()) tab.render();
}

async function load(name) {
  const root = document.createElement("section");
  root.className = `tab ${name}`;
  root.setAttribute("aria-busy", "true");
  document.getElementById("main").append(root);
  const style = document.createElement("link");
  const styled = new Promise((done) => (style.onload = style.onerror = done));
  Object.assign(style, { rel: "stylesheet", href: `ui/style/${name}.css` });
  document.head.append(style);
  const [{ tab }] = await Promise.all([import(`./tabs/${name}.js`), styled]);
  root.removeAttribute("aria-busy");
  return { tab, root };
}

/** The open tab does nothing more; what it shows stays. */
function closeTab() {
  current?.tab.close();
  current = null;
}

async function openTab() {
  const name = asked();
  renderFrame();
  closeTab();
  for (const { root } of opened.values()) root.hidden = true;
  if (isSignInNeeded() && TABS.includes(name)) return showSignIn();
  if (!opened.has(name)) opened.set(name, await load(name));
  if (asked() !== name) return; // another one was asked for meanwhile
  current = opened.get(name);
  current.root.hidden = false;
  current.tab.open(current.root);
}

await Promise.all([startWords(), startSession(renderFrame)]);
document.querySelector("noscript")?.remove();
addEventListener("hashchange", openTab);
document.addEventListener(KEY_NEEDED, closeTab);
document.addEventListener(SIGNED_IN, openTab);
await openTab();
