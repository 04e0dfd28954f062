// Where a picture comes from: a file, a drop, the clipboard, a phone's camera, or the samples; and whether it can be sent.
import { html, nothing } from "../../vendor/lit-html.js";
import { ServiceError } from "../../shared/service.js";
import { problemView, progress } from "../../shared/view.js";
import { bytes, knows, number, t } from "../../shared/words.js";

const TYPES = ["image/jpeg", "image/png", "image/bmp", "image/webp"];
const FORM_BYTES = 100_000; // of a request beside its picture: 500 boxes and the form's own lines

/** A file that is not sent, and why: `said()` is the sentence. */
export class NotTaken extends Error {
  constructor(said) {
    super(said());
    this.said = said;
  }
}

/**
 * A file as the tab keeps it: {name, file, url, width, height}, upright as the service sees it, too.
 * @param {File} file
 * @param {object | null} limits of v1/info, where they are known
 * @throws {NotTaken}
 */
export async function readPicture(file, limits) {
  if (file.type && !TYPES.includes(file.type)) throw new NotTaken(() => t("picture.not_taken.type", { type: file.type }));
  const most = limits && limits.body_bytes - FORM_BYTES;
  if (limits && file.size > most) {
    throw new NotTaken(() => t("picture.not_taken.bytes", { size: bytes(file.size), most: bytes(most) }));
  }
  const url = URL.createObjectURL(file);
  try {
    const { width, height } = await sizeOf(url);
    if (limits && width * height > limits.picture_pixels) throw tooManyPixels(width * height, limits.picture_pixels);
    return { name: file.name, file, url, width, height };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
}

function tooManyPixels(pixels, most) {
  const millions = (count) => number(count, { notation: "compact", compactDisplay: "long" });
  return new NotTaken(() => t("picture.not_taken.pixels", { size: millions(pixels), most: millions(most) }));
}

function sizeOf(url) {
  const image = new Image();
  return new Promise((done, fail) => {
    image.onload = () => done({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => fail(new NotTaken(() => t("picture.not_taken.damaged")));
    image.src = url;
  });
}

/** The first picture of what was dropped or pasted, else its first file; undefined without any. */
export function fileOf(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => TYPES.includes(file.type)) ?? files[0];
}

/** The picture in the clipboard, for a button: the browser may ask whether the page may read it. */
export async function pasted() {
  const items = await navigator.clipboard.read().catch((error) => {
    const why = error.name === "NotAllowedError" ? "picture.not_taken.clipboard_refused" : "picture.not_taken.clipboard";
    throw new NotTaken(() => t(why));
  });
  for (const item of items) {
    const type = item.types.find((each) => TYPES.includes(each));
    if (type) return new File([await item.getType(type)], `pasted.${type.split("/")[1]}`, { type });
  }
  throw new NotTaken(() => t("picture.not_taken.clipboard"));
}

/** The samples: name -> {width, height, hats}; none where the service is installed without them. */
export async function sampleScenes() {
  const answer = await asked("scenes.json");
  const scenes = Object.entries(await answer.json());
  return new Map(scenes.map(([name, { width, height, people }]) => [name, { width, height, hats: people.map(({ hat }) => hat) }]));
}

export async function sampleFile(name) {
  const answer = await asked(name);
  return new File([await answer.blob()], name, { type: "image/jpeg" });
}

async function asked(name) {
  const answer = await fetch(`ui/samples/${name}`).catch(() => {
    throw new ServiceError(0);
  });
  if (!answer.ok) throw new ServiceError(answer.status);
  return answer;
}

/**
 * What brings a picture, that one is coming, and why the last one was not taken.
 * @param {{samples: Map<string, object>, picture: object | null, isTaking: boolean, trouble: NotTaken | ServiceError | null}} state
 * @param {{take: (file: File) => void, paste: () => void, sample: (name: string) => void}} act
 */
export function sourceView({ samples, picture, isTaking, trouble }, act) {
  return html`
    <div class="sources" ?data-empty=${!picture}>
      ${picture ? nothing : html`<p>${t("picture.drop_here")}</p>`}
      <div class="row">
        <label class="button main file">
          ${t("picture.choose")}
          <input type="file" accept="image/*" @change=${(event) => chosen(event.target, act.take)}>
        </label>
        ${navigator.clipboard?.read ? html`<button type="button" @click=${act.paste}>${t("picture.paste")}</button>` : nothing}
      </div>
      ${samples.size ? samplesView(samples, act.sample) : nothing}
      ${isTaking ? progress(null, t("picture.taking")) : nothing}
    </div>
    ${trouble ? troubleView(trouble) : nothing}`;
}

function samplesView(samples, take) {
  return html`
    <ul class="samples" aria-label=${t("picture.samples")}>
      ${[...samples].map(([name, { width, height }]) => html`
        <li><button type="button" class="sample" title=${sampleName(name)} @click=${() => take(name)}>
          <img src="ui/samples/thumbnails/${name}" alt=${t("picture.sample", { name: sampleName(name) })} width=${width} height=${height}>
        </button></li>`)}
    </ul>`;
}

function troubleView(trouble) {
  if (trouble.said) return html`<div class="problem" role="alert"><p><strong>${trouble.said()}</strong></p></div>`;
  return problemView(trouble, trouble.again);
}

function sampleName(name) {
  const key = `picture.sample.${name.split(".")[0]}`;
  return knows(key) ? t(key) : name;
}

function chosen(input, take) {
  if (input.files[0]) take(input.files[0]);
  input.value = ""; // so that the same file can be chosen again
}
