// People and their verdicts, drawn over a picture as helmet_service/pictures/drawing.py draws them.
//
//   peopleView(answer, { shownWidth, said, sent, selected }) -> a template: an <svg class="people">
//
// It lies over the picture: put both into an element of the picture's size with `position: relative`, and render it again
// when the picture is shown in another size. Lines and text have the same size on the screen whatever the picture's pixels
// are. It takes no clicks: `personAt` says who is where. It brings its own style.
import { html, nothing, svg } from "../vendor/lit-html.js";
import { placeLabels } from "./labels.js";
import { SYMBOLS } from "./view.js";
import { knows, percent, t } from "./words.js";

document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "ui/style/people.css" }));

// pose/skeleton.py
const LIMBS = [
  ["neck", "right_shoulder"], ["neck", "left_shoulder"],
  ["right_shoulder", "right_elbow"], ["right_elbow", "right_wrist"],
  ["left_shoulder", "left_elbow"], ["left_elbow", "left_wrist"],
  ["neck", "right_hip"], ["right_hip", "right_knee"], ["right_knee", "right_ankle"],
  ["neck", "left_hip"], ["left_hip", "left_knee"], ["left_knee", "left_ankle"],
  ["neck", "nose"],
  ["nose", "right_eye"], ["right_eye", "right_ear"], ["nose", "left_eye"], ["left_eye", "left_ear"],
  ["right_shoulder", "right_ear"], ["left_shoulder", "left_ear"],
];
const FINGERS = ["thumb", "index", "middle", "ring", "little"]; // four keypoints each, after the wrist: pose/hands.py
const HEAD_BREADTH = 0.75; // of its height; for drawing only
const SMALL_HEAD = 28; // CSS pixels: smaller heads, and their people, have thin lines, which leave them to be seen
const SMALL_HAND = 80; // the same of hands

/**
 * The people of an answer of v1/compliance or of a live stream, their hands, and the hats that the model saw itself.
 * @param {object} answer its people should have `head` and `keypoints` (`include`); what is missing is not drawn
 * @param {object} options
 * @param {number} options.shownWidth of the picture, in CSS pixels
 * @param {(person: object) => {name: string, status: string, confidence: number | null}} [options.said] of each person;
 *   by default its number and the verdict of this picture. A live stream says the track and its vote
 * @param {{left: number, top: number, width: number, height: number}[]} [options.sent] the request's hats: the page
 *   draws them itself, and labels do not cover them
 * @param {number | null} [options.selected] the number of a person to stress
 */
export function peopleView(answer, { shownWidth, said = ownVerdict, sent = [], selected = null }) {
  const { picture, people } = answer;
  const unit = picture.width / shownWidth; // pixels of the picture in a CSS pixel
  const own = (answer.hats ?? []).slice(sent.length);
  const worn = new Set(people.map((person) => person.hat));
  return html`
    <svg class="people" viewBox="0 0 ${picture.width} ${picture.height}" aria-hidden="true">
      ${people.map((person) => personView(person, said(person).status, unit, person.person === selected))}
      ${(answer.hands ?? []).map((hand) => handView(hand, unit))}
      ${own.map((hat, index) => hatView(hat, worn.has(sent.length + index), unit))}
      ${labelViews(answer, { shownWidth, said, sent, unit })}
    </svg>`;
}

/** `said` of a moving picture: the track, and what all its frames so far say. */
export function votedOf({ track, voted }) {
  return { name: String(track), status: voted.status, confidence: voted.confidence };
}

/** What one frame of a moving picture says of a person, which need not be what is voted, in a sentence. */
export function frameVerdict({ status, reason, confidence }) {
  const parts = [t(`status.${status}`), ...(confidence === null ? [] : [percent(confidence)])];
  const why = knows(`reason.${reason}`) ? t(`reason.${reason}`) : "";
  return t("camera.in_frame", { verdict: parts.join(t("camera.comma")), reason: why });
}

/** The person at a point of the picture: of several, the one with the smallest box; undefined without any. */
export function personAt(answer, x, y) {
  const area = ({ box }) => box.width * box.height;
  return answer.people
    .filter(({ box }) => x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height)
    .sort((a, b) => area(a) - area(b))[0];
}

function ownVerdict({ person, status, confidence }) {
  return { name: String(person), status, confidence };
}

function personView({ box, head, keypoints = [] }, status, unit, isSelected) {
  const isSmall = (head?.size ?? box.height / 4) / unit < SMALL_HEAD;
  return svg`
    <g class="person" data-status=${status} ?data-selected=${isSelected} ?data-small=${isSmall}>
      ${skeletonView(keypoints)}
      ${outlined(boxPath(box), "frame")}
      ${head ? outlined(headPath(head), "frame") : nothing}
    </g>`;
}

function skeletonView(keypoints) {
  const places = new Map(keypoints.map(({ name, x, y }) => [name, `${x} ${y}`]));
  const limbs = LIMBS.filter((ends) => ends.every((name) => places.has(name)));
  const paths = { middle: "", right: "", left: "" };
  for (const [from, to] of limbs) paths[sideOf(from, to)] += `M${places.get(from)}L${places.get(to)}`;
  for (const [name, place] of places) paths[sideOf(name, name)] += `M${place}h0`;
  return svg`
    <path class="outline" d=${Object.values(paths).join("")} />
    ${Object.entries(paths).map(([side, path]) => svg`<path class="limb ${side}" d=${path} />`)}`;
}

function sideOf(from, to) {
  return ["right", "left"].find((side) => from.startsWith(side) || to.startsWith(side)) ?? "middle";
}

function handView({ box, keypoints }, unit) {
  const places = keypoints.map(({ x, y }) => `${x} ${y}`);
  const paths = FINGERS.map((_, index) => `M${[places[0], ...places.slice(1 + 4 * index, 5 + 4 * index)].join("L")}`);
  return svg`
    <g class="hand" ?data-small=${Math.max(box.width, box.height) / unit < SMALL_HAND}>
      <path class="outline" d=${paths.join("")} />
      ${paths.map((path, index) => svg`<path class="finger ${FINGERS[index]}" d=${path} />`)}
    </g>`;
}

/** An ellipse from chin to crown, and a line from the crown upwards. */
function headPath({ x, y, size, up }) {
  const half = size / 2;
  const at = (reach) => `${x + up[0] * reach} ${y + up[1] * reach}`;
  const turn = (Math.atan2(up[1], up[0]) * 180) / Math.PI;
  const arc = `A${half} ${half * HEAD_BREADTH} ${turn} 1 1`;
  return `M${at(half)}${arc} ${at(-half)}${arc} ${at(half)}L${at(1.5 * half)}`;
}

function hatView(hat, isWorn, unit) {
  return svg`<g ?data-small=${hat.height / unit < SMALL_HEAD}>${outlined(boxPath(hat), isWorn ? "own-hat" : "own-hat loose")}</g>`;
}

function outlined(path, name) {
  return svg`<path class="outline ${name}" d=${path} /><path class=${name} d=${path} />`;
}

function boxPath({ left, top, width, height }) {
  return `M${left} ${top}h${width}v${height}h${-width}z`;
}

// Labels -------------------------------------------------------------------------------------------------------------

function labelViews(answer, { shownWidth, said, sent, unit }) {
  const { people, picture } = answer;
  const letters = letterSize(shownWidth);
  const hats = [...sent, ...(answer.hats ?? []).slice(sent.length)].map(edgesOf);
  const heads = people.filter(({ head }) => head).map(({ head }) => headEdges(head));
  const labels = people.map((person) => labelOf(person, said(person), hats[person.hat], letters, unit));
  const placed = placeLabels(labels, [...heads, ...hats], people.map(({ box }) => edgesOf(box)), picture);
  return people.map((person, index) => (placed[index] ? labelView(placed[index], said(person).status, letters, unit) : nothing));
}

/** The size of letters over a picture in CSS pixels: that of small text, and a little less on small pictures. */
export function letterSize(shownWidth) {
  const text = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.min(Math.max(0.7 * text, shownWidth / 50), 0.85 * text);
}

function labelOf(person, { name, status, confidence }, hat, letters, unit) {
  const words = `${name} ${t(`status.${status}`)}`;
  const texts = confidence === null ? [words, name] : [`${words} ${percent(confidence)}`, words, name];
  const about = edgesOf(person.box);
  about[1] = Math.min(about[1], ...(hat ? [hat[1]] : []), ...(person.head ? [headEdges(person.head)[1]] : []));
  return {
    texts: texts.map((text) => ({ text, width: (textWidth(text, letters) + 2 * letters) * unit })),
    height: 1.5 * letters * unit,
    about,
  };
}

function labelView({ text, edges: [left, top, right, bottom] }, status, letters, unit) {
  const [width, height] = [(right - left) / unit, (bottom - top) / unit];
  return svg`
    <g class="label" data-status=${status} transform="translate(${left} ${top}) scale(${unit})">
      <rect width=${width} height=${height} />
      <g class="strokes" transform="translate(${0.25 * letters} ${0.25 * letters}) scale(${letters / 24})">${SYMBOLS[status]}</g>
      <text x=${1.6 * letters} y=${1.1 * letters} font-size=${letters}>${text}</text>
    </g>`;
}

const measuring = document.createElement("canvas").getContext("2d");

function textWidth(text, letters) {
  measuring.font = `600 ${letters}px ${getComputedStyle(document.documentElement).fontFamily}`;
  return measuring.measureText(text).width;
}

function edgesOf({ left, top, width, height }) {
  return [left, top, left + width, top + height];
}

function headEdges({ x, y, size }) {
  return [x - size / 2, y - size / 2, x + size / 2, y + size / 2];
}
