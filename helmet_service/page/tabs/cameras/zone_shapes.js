// How zones look over a picture: filled by rule, with their names.
import { nothing, svg } from "../../vendor/lit-html.js";
import { letterSize } from "../../shared/people.js";
import { middleOf } from "./polygons.js";

/** The path of a polygon, in pixels of the picture. */
export function pathOf(points, { width, height }) {
  return `M${points.map(([x, y]) => `${x * width} ${y * height}`).join("L")}z`;
}

/** A zone's outline and name. unit: pixels of the picture in a CSS pixel. */
export function shapeView({ name, points }, picture, unit) {
  const path = pathOf(points, picture);
  return svg`<path class="outline" d=${path} /><path class="line" d=${path} />${nameView(name, points, picture, unit)}`;
}

/** Under the highest corner, towards the middle. */
function nameView(name, points, { width, height }, unit) {
  const [x, y] = points.reduce((highest, point) => (point[1] < highest[1] ? point : highest));
  const isLeft = x < middleOf(points)[0];
  const letters = letterSize(width / unit) * unit;
  return svg`<text x=${x * width + (isLeft ? 0.5 : -0.5) * letters} y=${y * height + 1.4 * letters} text-anchor=${isLeft ? "start" : "end"} font-size=${letters} stroke-width=${letters / 4}>${name}</text>`;
}

/** Somebody as high as the least person that the zone alarms about, standing in its middle; nothing where all count. */
export function ghostView({ points, rule, min_person: share }, { width, height }) {
  if (rule !== "helmet" || !share) return nothing;
  const [x, y] = middleOf(points);
  const tall = share * height;
  const feet = Math.min(height, Math.max(tall, y * height));
  return svg`
    <g class="ghost" transform="translate(${x * width} ${feet - tall}) scale(${tall})">
      <path d=${FIGURE} />
    </g>`;
}

// Of height 1, the head's top at 0 0: a head of an eighth, arms that hang down, legs apart.
const FIGURE = `M0 0a.055 .065 0 1 1 -.001 0z
  M-.09 .15h.18q.05 0 .055 .06l.025 .29h-.055l-.03 -.22v.24l.015 .48h-.075l-.025 -.4l-.025 .4h-.075l.015 -.48v-.24l-.03 .22h-.055l.025 -.29q.005 -.06 .055 -.06z`;
