// Who is signed in: the form for a key, shown when the service wants one, and what the header says of the session.
import { html, nothing } from "../vendor/lit-html.js";
import { problemText } from "./view.js";
import { ask, KEY_NEEDED, ServiceError } from "./service.js";
import { duration, t, time } from "./words.js";

/** Said on `document` when somebody has signed in. */
export const SIGNED_IN = "signedin";

const PATH = "ui/session";
const KEY = /^[!-~]+$/; // visible ASCII; a header could not hold other text
const NO_COOKIE = Symbol("the browser refused the cookie");

const state = {
  needsKey: false,
  client: null, // such as "key ab12cd34"
  endsAt: null, // a Date
  hasEnded: false, // while the page was open
  busy: false,
  failure: null, // of the last attempt to sign in or out: NO_COOKIE or a ServiceError
};
let render; // the frame, which holds the form and what the header says
let ending = 0; // a timer

/** Learn who is signed in. renderFrame: called when what is said of the session has changed. */
export async function startSession(renderFrame) {
  render = renderFrame;
  document.addEventListener(KEY_NEEDED, refused);
  // A service that does not answer says so in the tabs.
  await ask(PATH).then(take, () => {});
}

/** Whether a key is needed, and nobody is signed in. */
export function isSignInNeeded() {
  return state.needsKey && state.client === null;
}

/** Show the form over the page. */
export function showSignIn() {
  const dialog = document.getElementById("sign-in");
  if (dialog.open) return;
  set({ failure: null });
  dialog.showModal();
}

/** What the header says: who is signed in, until when, and a button to change that. */
export function sessionView() {
  if (!state.needsKey) return nothing;
  return html`
    <div class="session row">
      <span role="status">${state.client ? signedInText() : nothing}</span>
      ${state.client
        ? html`<button type="button" @click=${signOut}>${t("keys.sign_out")}</button>`
        : html`<button type="button" @click=${showSignIn}>${t("keys.sign_in")}</button>`}
      ${state.client && state.failure ? html`<span class="wrong" role="alert">${failureText()}</span>` : nothing}
    </div>`;
}

/** What stands in a tab's place until somebody has signed in. */
export function signInNotice() {
  return html`
    <p>${t("keys.needed")}</p>
    <button type="button" class="main" @click=${showSignIn}>${t("keys.sign_in")}</button>`;
}

/** The form, in a dialog that keeps what is on the page under it. Browsers file a password under a name, here a hidden one. */
export function signInForm() {
  return html`
    <dialog id="sign-in" class="card" aria-labelledby="sign-in-title">
      <form @submit=${signIn}>
        <h2 id="sign-in-title">${t("keys.sign_in")}</h2>
        <p>${t(state.hasEnded ? "keys.ended" : "keys.needed")}</p>
        <input type="text" autocomplete="username" value=${location.host} hidden>
        <label for="key">${t("keys.key")}</label>
        <input id="key" type="password" autocomplete="current-password" required autofocus spellcheck="false"
          aria-describedby="key-hint key-wrong" aria-invalid=${state.failure ? "true" : "false"}>
        <p id="key-hint" class="faint">${t("keys.hint")}</p>
        <p id="key-wrong" class="wrong" role="alert">${failureText()}</p>
        <div class="row">
          <button class="main" aria-disabled=${state.busy ? "true" : "false"}>${t(state.busy ? "keys.signing_in" : "keys.sign_in")}</button>
          <button type="button" @click=${(event) => event.target.closest("dialog").close()}>${t("keys.later")}</button>
        </div>
      </form>
    </dialog>`;
}

function signedInText() {
  const name = state.client.replace(/^key /, "");
  return t("keys.signed_in", { name, time: time(state.endsAt, { timeStyle: "short" }) });
}

function failureText() {
  const { failure } = state;
  if (!failure) return "";
  if (failure === NO_COOKIE) return t("keys.no_cookie");
  if (failure.status === 401) return t("keys.wrong");
  if (failure.status === 403) return t("keys.foreign");
  const wait = failure.retryAfterS ? ` ${t("problem.retry_after", { time: duration(failure.retryAfterS) })}` : "";
  return problemText(failure) + wait;
}

function set(changes) {
  Object.assign(state, changes);
  render();
}

/** Take over what the service says of the session. */
function take({ needs_key: needsKey, client, ends_s: endsS }) {
  clearTimeout(ending);
  if (client) ending = setTimeout(over, (endsS + 1) * 1000);
  const endsAt = client ? new Date(Date.now() + endsS * 1000) : null;
  const hasEnded = !client && (state.hasEnded || state.client !== null);
  Object.assign(state, { needsKey, client, endsAt, hasEnded });
}

/** The time is over, unless somebody signed in meanwhile in another window. */
async function over() {
  await ask(PATH).then(take, () => {});
  if (isSignInNeeded()) document.dispatchEvent(new Event(KEY_NEEDED));
  else render();
}

function refused() {
  take({ needs_key: true, client: null, ends_s: null });
  render();
  showSignIn();
}

async function signIn(event) {
  event.preventDefault();
  if (state.busy) return;
  const form = event.target;
  const field = form.querySelector("#key");
  set({ busy: true, failure: null });
  const failure = await failureOf(field.value.trim());
  set({ busy: false, failure });
  if (failure) {
    field.focus();
    field.select();
    return;
  }
  form.reset();
  form.closest("dialog").close();
  document.dispatchEvent(new Event(SIGNED_IN));
}

/** Sign in with a key; null when that succeeds. */
async function failureOf(key) {
  if (!KEY.test(key)) return new ServiceError(401);
  try {
    await ask(PATH, { method: "POST", headers: { "X-API-Key": key } });
    take(await ask(PATH)); // by the cookie
    return isSignInNeeded() ? NO_COOKIE : null;
  } catch (error) {
    return error;
  }
}

async function signOut() {
  try {
    await ask(PATH, { method: "DELETE" });
    location.reload(); // nothing of what was on the page stays
  } catch (failure) {
    set({ failure });
  }
}
