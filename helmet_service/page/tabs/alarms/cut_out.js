// A person, cut out of the picture of an alarm: in wide pictures people are small.
import { html } from "../../vendor/lit-html.js";

const MARGIN = 0.25; // of the person's height, on each side
const WHOLE = { left: 0, top: 0, width: 1, height: 1 };
const LEAST_SHARE = 0.08; // of the picture's height: what is cut out of it is not enlarged without bounds

/**
 * The part of a picture around a box, in shares of its width and height like the box.
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {number} pictureAspect its width by its height
 * @param {number} aspect of the part
 */
export function partAround(box, pictureAspect, aspect) {
  const margin = MARGIN * box.height;
  const needed = Math.max(box.height + 2 * margin, (box.width * pictureAspect + 2 * margin) / aspect, LEAST_SHARE);
  const height = Math.min(1, needed, pictureAspect / aspect);
  const width = (height * aspect) / pictureAspect;
  const within = (least, size) => Math.max(0, Math.min(least, 1 - size));
  return {
    left: within(box.left + box.width / 2 - width / 2, width),
    top: within(box.top + box.height / 2 - height / 2, height),
    width,
    height,
  };
}

/**
 * The part of a picture around a box, or its middle without one; aspect: of its width by its height. It has no text: what
 * stands beside it says what it shows.
 */
export function cutOut(src, box, aspect) {
  return html`
    <span class="cut-out" .style=${`aspect-ratio: ${aspect}`}>
      <img src=${src} alt="" loading="lazy" decoding="async" @load=${({ target }) => place(target, box ?? WHOLE, aspect)}>
    </span>`;
}

function place(image, box, aspect) {
  const part = partAround(box, image.naturalWidth / image.naturalHeight, aspect);
  Object.assign(image.style, {
    width: `${100 / part.width}%`,
    height: `${100 / part.height}%`,
    left: `${(-100 * part.left) / part.width}%`,
    top: `${(-100 * part.top) / part.height}%`,
  });
}
