// The last frames of cameras, in images that say whose: <img data-camera="gate-3"> in an element of the class `screen`.
import { refused } from "../../shared/service.js";

const EACH_MS = 1000;
const MOST_PER_S = 8; // of all cameras: a frame of 1280 x 720 has about 150 kB

/** Get the camera's last frame into its image; where there is none, or no newer one, what the image shows stays. */
export async function showFrame(image) {
  const { camera, tag } = image.dataset;
  const answer = await fetch(`v1/cameras/${camera}/frame`, { headers: tag ? { "If-None-Match": tag } : {} }).catch(() => null);
  if (answer?.status === 401) refused(401, "");
  if (!answer?.ok) return;
  image.dataset.tag = answer.headers.get("ETag");
  const url = URL.createObjectURL(await answer.blob());
  image.src = url;
  await image.decode().catch(() => {}); // it has left the page
  URL.revokeObjectURL(url); // the image keeps what it shows
  image.closest(".screen")?.setAttribute("data-shown", "");
}

/** Frames for those images that somebody sees on the screen, about one a second, less often when they are many. */
export class SeenFrames {
  #seen = new Map(); // image -> the symbol of its turn: it may leave and come back while a frame is under way
  #observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#look(entry)));

  /** All images that there are now. */
  observe(images) {
    for (const image of images) this.#observer.observe(image);
  }

  stop() {
    this.#observer.disconnect();
    this.#seen.clear();
  }

  #look({ target, isIntersecting }) {
    if (!isIntersecting) return this.#seen.delete(target);
    if (this.#seen.has(target)) return;
    const turn = Symbol(target.dataset.camera);
    this.#seen.set(target, turn);
    this.#refresh(target, turn);
  }

  async #refresh(image, turn) {
    if (this.#seen.get(image) !== turn) return;
    if (!document.hidden) await showFrame(image);
    setTimeout(() => this.#refresh(image, turn), Math.max(EACH_MS, (1000 * this.#seen.size) / MOST_PER_S));
  }
}
