// Places that never move, such as a pipe that is taken for a person: nobody there alarms.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { letterSize } from "../../shared/people.js";
import { duration, t } from "../../shared/words.js";

/** Dashed boxes over the picture, with the numbers of the list. places: {box, known_s}, boxes in shares. */
export function placeShapesView(places, { width, height }, unit) {
  const letters = letterSize(width / unit) * unit;
  return places.map(({ box }, index) => {
    const [x, y] = [box.left * width, box.top * height];
    const path = `M${x} ${y}h${box.width * width}v${box.height * height}h${-box.width * width}z`;
    return svg`
      <g class="still"><path class="outline" d=${path} /><path class="line" d=${path} />
        <text x=${x} y=${y - letters / 3} font-size=${letters} stroke-width=${letters / 4}>${index + 1}</text></g>`;
  });
}

/** The same in words. */
export function placeListView(places) {
  if (!places.length) return nothing;
  return html`
    <section class="still-places">
      <h2>${t("cameras.still")}</h2>
      <p class="faint">${t("cameras.still_why")}</p>
      <ol>${places.map(({ known_s: knownS, taught }) => html`
        <li>${taught ? t("cameras.still_taught") : t("cameras.still_for", { time: duration(knownS) })}</li>`)}</ol>
    </section>`;
}
