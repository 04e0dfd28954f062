// Hat boxes that are drawn, moved, resized and deleted by mouse, touch and keyboard.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { ARROWS, REACH, STILL, keyStep, pointOf, unitOf } from "../../shared/drawing.js";
import { t } from "../../shared/words.js";
import { between, gripAt, gripPlaces, inMiddle, moved, pulled, whole } from "./boxes.js";

export class BoxEditor {
  /** In whole pixels of the picture. */
  boxes = [];
  /** The index of the box that the keyboard and the buttons change, or null. */
  chosen = null;
  /** Whether the next drag draws a box, also that of a finger. */
  armed = false;
  #picture = null;
  #past = []; // lists of boxes, for undo
  #drag = null;
  #keyed = null; // the boxes before the keyboard began to change one

  /**
   * @param {object} told
   * @param {() => void} told.render
   * @param {() => void} told.changed the boxes are others now; it renders, too
   * @param {(text: () => string) => void} told.say for screen readers, in the language by then
   * @param {(point: {x: number, y: number}) => void} told.clicked a place where there is no box
   */
  constructor(told) {
    this.told = told;
  }

  /** Begin with these boxes on another picture {width, height}. */
  start(picture, boxes) {
    this.#picture = picture;
    Object.assign(this, { boxes: boxes.map(whole), chosen: null, armed: false });
    this.#past = [];
    this.#drag = this.#keyed = null;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  undo() {
    if (!this.canUndo || this.#drag) return;
    this.boxes = this.#past.pop();
    this.chosen = this.#keyed = null;
    this.told.changed();
    if (document.activeElement === document.body) this.#leaveBoxes(); // the box that had the focus is gone
  }

  /** Let the next drag draw a box, or not. */
  arm(armed) {
    this.armed = armed;
    this.told.render();
  }

  addInMiddle() {
    this.#replace([...this.boxes, inMiddle(this.#picture)]);
    this.#focus(this.boxes.length - 1);
  }

  removeChosen() {
    if (this.chosen === null) return;
    const index = this.chosen;
    this.chosen = null;
    this.#replace(this.boxes.filter((_, each) => each !== index));
    this.told.say(() => t("picture.box.removed", { index }));
    if (this.boxes.length > 0) this.#focus(Math.min(index, this.boxes.length - 1));
    else this.#leaveBoxes();
  }

  /** The layer to lie over the picture. worn: the indices of boxes that somebody wears; the others are dashed. */
  view(shownWidth, worn) {
    const { width, height } = this.#picture;
    const unit = width / shownWidth;
    return html`
      <svg class="boxes" viewBox="0 0 ${width} ${height}" role="group" aria-label=${t("picture.boxes")} ?data-armed=${this.armed}
        @pointerdown=${(event) => this.#down(event)} @touchstart=${(event) => this.#touch(event)} @pointermove=${(event) => this.#move(event)}
        @pointerup=${() => this.#up()} @pointercancel=${() => this.giveUp()} @keydown=${(event) => this.#key(event)}>
        ${this.boxes.map((box, index) => this.#boxView(box, index, unit, worn.has(index)))}
      </svg>`;
  }

  #boxView(box, index, unit, isWorn) {
    const { left, top, width, height } = box;
    const path = `M${left} ${top}h${width}v${height}h${-width}z`;
    const reach = REACH.touch * unit;
    const side = Math.min(width, height);
    const letters = Math.min(12 * unit, side / 2);
    return svg`
      <g class="box" data-index=${index} tabindex="0" role="application" aria-label=${boxText(box, index)}
        aria-roledescription=${t("picture.box.kind")} aria-describedby="box-hint"
        ?data-chosen=${index === this.chosen} ?data-loose=${!isWorn} @focus=${() => this.#choose(index)}>
        <rect class="reach" x=${left - reach} y=${top - reach} width=${width + 2 * reach} height=${height + 2 * reach} />
        <path class="outline" d=${path} /><path class="line" d=${path} />
        <text x=${left + letters / 4} y=${top + height - letters / 3} font-size=${letters} stroke-width=${letters / 4}>${index}</text>
        ${index === this.chosen ? gripPlaces(box).map((place) => gripView(place, Math.min(8 * unit, side / 4), unit)) : nothing}
      </g>`;
  }

  #choose(index) {
    if (this.chosen === index) return;
    this.chosen = index;
    this.#keyed = null;
    this.told.render();
  }

  #focus(index) {
    this.#choose(index);
    document.querySelector(`.boxes [data-index="${index}"]`)?.focus({ preventScroll: true });
  }

  #leaveBoxes() {
    document.getElementById("draw-box").focus();
  }

  /** Other boxes, in a step that can be undone. */
  #replace(boxes) {
    this.#past.push(this.boxes);
    this.#keyed = null;
    this.boxes = boxes;
    this.told.changed();
  }

  #put(index, box) {
    const put = whole(box);
    if (Object.keys(put).every((side) => put[side] === this.boxes[index][side])) return;
    this.boxes = this.boxes.with(index, put);
    this.told.changed();
  }

  // Mouse and touch --------------------------------------------------------------------------------------------------

  #down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const layer = event.currentTarget;
    const start = pointOf(event, layer, this.#picture);
    const met = this.armed ? null : this.#boxAt(start, event.pointerType, layer);
    const draws = this.armed || event.pointerType !== "touch"; // a finger elsewhere scrolls the page
    const { clientX, clientY } = event; // what is above the picture may grow meanwhile, and shift it
    this.#drag = { start, clientX, clientY, before: this.boxes, hasMoved: false, draws, ...met };
    if (!met && !draws) return;
    event.preventDefault();
    layer.setPointerCapture(event.pointerId);
    if (met) this.#focus(met.index);
  }

  /** A finger on a box, or one that draws, does not scroll the page; `touch-action` does not work within an SVG. */
  #touch(event) {
    if (this.#drag?.grip || this.#drag?.draws) event.preventDefault();
  }

  #move(event) {
    const layer = event.currentTarget;
    if (!this.#drag) {
      const met = this.armed ? null : this.#boxAt(pointOf(event, layer, this.#picture), event.pointerType, layer);
      layer.dataset.grip = met?.grip ?? "";
      return;
    }
    const drag = this.#drag;
    const unit = unitOf(layer, this.#picture);
    const [right, down] = [(event.clientX - drag.clientX) * unit, (event.clientY - drag.clientY) * unit];
    if (!drag.hasMoved && Math.hypot(right, down) < STILL * unit) return;
    drag.hasMoved = true;
    const end = { x: drag.start.x + right, y: drag.start.y + down };
    if (drag.grip) this.#put(drag.index, pulled(drag.before[drag.index], drag.grip, right, down, this.#picture));
    else if (drag.draws) this.#draw(between(drag.start, end, this.#picture));
  }

  #draw(box) {
    this.boxes = [...this.#drag.before, whole(box)];
    this.chosen = this.boxes.length - 1;
    this.told.changed();
  }

  #up() {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    if (!drag.hasMoved && !drag.grip) this.told.clicked(drag.start);
    if (drag.hasMoved && drag.before !== this.boxes) {
      this.#past.push(drag.before);
      this.#keyed = null;
      this.armed = false;
      this.#focus(this.chosen);
    }
    this.told.render();
  }

  /** Give up what is being done: the drag, the drawing, or what the keyboard changed since it came to the box. */
  giveUp() {
    const before = this.#drag?.before ?? this.#keyed;
    if (this.#keyed && !this.#drag) this.#past.pop();
    this.#drag = this.#keyed = null;
    this.armed = false;
    if (!before || before === this.boxes) return this.told.render();
    this.boxes = before;
    if (this.chosen >= before.length) this.chosen = null;
    this.told.changed();
  }

  /** The box and its grip at a point: the chosen one's first, then the last drawn one's; null without any. */
  #boxAt(point, pointerType, layer) {
    const reach = REACH[pointerType] * unitOf(layer, this.#picture);
    const order = [...this.boxes.keys()].sort((a, b) => (b === this.chosen) - (a === this.chosen) || b - a);
    const met = order.map((index) => ({ index, grip: gripAt(this.boxes[index], point, reach) }));
    return met.find(({ grip }) => grip) ?? null;
  }

  // Keyboard ---------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.chosen === null || this.#drag) return;
    const act = {
      Delete: () => this.removeChosen(),
      Backspace: () => this.removeChosen(),
      Enter: () => this.addInMiddle(),
      n: () => this.addInMiddle(),
    }[event.key] ?? (event.key in ARROWS && (() => this.#step(ARROWS[event.key], event.shiftKey)));
    if (!act) return;
    event.preventDefault();
    act();
  }

  #step([right, down], resizes) {
    if (!this.#keyed) this.#past.push((this.#keyed = this.boxes));
    const step = keyStep(this.#picture);
    const box = this.boxes[this.chosen];
    const change = resizes ? pulled(box, "se", right * step, down * step, this.#picture) : moved(box, right * step, down * step, this.#picture);
    this.#put(this.chosen, change);
    const [put, index] = [this.boxes[this.chosen], this.chosen];
    this.told.say(() => boxText(put, index));
  }
}

/** A box in words: its number and its edges. */
function boxText(box, index) {
  return t("picture.box", { index, ...box });
}

function gripView({ x, y }, side, unit) {
  return svg`<rect class="grip" x=${x - side / 2} y=${y - side / 2} width=${side} height=${side} stroke-width=${unit} />`;
}
