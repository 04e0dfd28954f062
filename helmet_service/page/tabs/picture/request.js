// What is asked of the service, and how a program asks the same.
import { html, nothing } from "../../vendor/lit-html.js";
import { ask } from "../../shared/service.js";
import { isKeyNeeded } from "../../shared/session.js";
import { t } from "../../shared/words.js";

const ROUTE = "v1/compliance";

/**
 * The part `request` of the form: what decides, by whose boxes there are.
 * @param {{boxes: object[], trust: "hats" | "model" | "both", looksOnce: boolean, withHands: boolean}} wanted
 * @param {string[]} include
 */
export function requestOf({ boxes, trust, looksOnce, withHands }, include = ["head", "keypoints"]) {
  const hats = boxes.length === 0 && trust === "model" ? {} : { hats: boxes, trust };
  return { ...hats, ...(looksOnce ? { looks: "once" } : {}), include: [...include, ...(withHands ? ["hands"] : [])] };
}

/** Ask for verdicts on the picture; see `ask`. */
export function judge({ picture, request }, signal) {
  const form = new FormData();
  form.append("picture", picture.file, picture.name);
  form.append("request", JSON.stringify(request));
  return ask(ROUTE, { method: "POST", body: form, signal });
}

/** The service's own drawing of the verdicts, a JPEG. */
export async function drawnBy(picture, wanted) {
  const { annotated } = await judge({ picture, request: requestOf(wanted, ["annotated"]) });
  return new Blob([Uint8Array.from(atob(annotated), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
}

/** Save a file to the person's downloads. */
export function save(blob, name) {
  const link = document.createElement("a");
  const url = URL.createObjectURL(blob);
  Object.assign(link, { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may read it a little later
}

/** The command that asks the same, for a shell of POSIX, in the folder where the picture lies. */
function curlOf({ picture, request }) {
  const file = `picture=@"${picture.name.replace(/[\\"]/g, "\\$&")}"`;
  return [
    `curl -s ${quoted(new URL(ROUTE, document.baseURI).href)}`,
    ...(isKeyNeeded() ? [`-H ${quoted("X-API-Key: YOUR_KEY")}`] : []),
    `-F ${quoted(file)}`,
    `-F ${quoted(`request=${JSON.stringify(request)}`)}`,
  ].join(" \\\n  ");
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Request, answer and command, each with a button that copies it; written only while it is open, as answers are long.
 * @param {{isProgramsOpen: boolean, asked: {picture: object, request: object}, answer: object}} state
 * @param {{show: (changes: {isProgramsOpen: boolean}) => void, say: (text: () => string) => void}} act
 */
export function requestView({ isProgramsOpen, asked, answer }, act) {
  const texts = () => ({
    curl: curlOf(asked),
    request: JSON.stringify(asked.request, null, 1),
    answer: JSON.stringify(answer, null, 1),
  });
  return html`
    <details class="card" ?open=${isProgramsOpen} @toggle=${(event) => act.show({ isProgramsOpen: event.target.open })}>
      <summary>${t("picture.programs")}</summary>
      ${isProgramsOpen ? Object.entries(texts()).map(([what, text]) => textView(what, text, act.say)) : nothing}
    </details>`;
}

function textView(what, text, say) {
  return html`
    <div class="row between"><h2>${t(`picture.${what}`)}</h2>
      <button type="button" aria-label=${t("picture.copy_it", { what: t(`picture.${what}`) })}
        @click=${(event) => copy(event.target.closest("div").nextElementSibling, say)}>${t("picture.copy")}</button>
    </div>
    <pre tabindex="0" role="region" aria-label=${t(`picture.${what}`)} data-text=${what}>${text}</pre>`;
}

/** Copy an element's text; where browsers do not let the page do it (without TLS), select it for Ctrl+C. */
async function copy(element, say) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    say(() => t("picture.copied"));
  } catch {
    getSelection().selectAllChildren(element);
    element.focus();
    say(() => t("picture.selected"));
  }
}
