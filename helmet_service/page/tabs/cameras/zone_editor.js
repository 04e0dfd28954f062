// Zones that are drawn, bent, moved and deleted by mouse, touch and keyboard.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { ARROWS, REACH, STILL, keyStep, pointOf, unitOf } from "../../shared/drawing.js";
import { percent, t } from "../../shared/words.js";
import * as polygons from "./polygons.js";
import { ghostView, pathOf, shapeView } from "./zone_shapes.js";

const LEAST_CORNERS = 3;
const GRIP = 7; // CSS pixels, the radius of what is drawn of a grip

export class ZoneEditor {
  /** As the service has them: {name, rule, points, min_person}. */
  zones = [];
  /** The index of the zone that is changed, or null. */
  chosen = null;
  /** The corners so far of a zone that is being drawn, or null. */
  drawn = null;
  #saved = "";
  #picture = null;
  #past = []; // lists of zones, for undo
  #step = null; // what changed them last: the same again is one step of undo
  #corner = null; // of the chosen zone, that the keyboard changes
  #drag = null;

  /**
   * @param {{width: number, height: number}} picture
   * @param {object[]} zones
   * @param {object} told
   * @param {() => void} told.render
   * @param {(text: () => string) => void} told.say for screen readers, in the language by then
   */
  constructor(picture, zones, told) {
    Object.assign(this, { told, zones });
    this.#picture = picture;
    this.saved(zones);
  }

  get isDirty() {
    return JSON.stringify(this.zones) !== this.#saved;
  }

  /** The service has these. */
  saved(zones) {
    this.#saved = JSON.stringify(zones);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRemoveCorner() {
    return this.#corner !== null && this.zones[this.chosen]?.points.length > LEAST_CORNERS;
  }

  undo() {
    if (!this.canUndo || this.#drag) return;
    this.zones = this.#past.pop();
    this.#step = this.#corner = null;
    if (this.chosen >= this.zones.length) this.chosen = null;
    this.told.render();
    if (document.activeElement === document.body) this.#leave(); // what had the focus is gone
  }

  choose(index) {
    if (this.chosen === index) return;
    Object.assign(this, { chosen: index, drawn: null });
    this.#step = this.#corner = null;
    this.told.render();
  }

  /** Change fields of the chosen zone; changes of one field in a row are one step of undo. */
  set(changes) {
    this.#put({ ...this.zones[this.chosen], ...changes }, `field ${Object.keys(changes)}`);
  }

  /** Begin to draw a zone, corner by corner, or give it up. */
  draw(begins) {
    Object.assign(this, { drawn: begins ? [] : null, chosen: null });
    this.told.render();
  }

  /** What was drawn is a zone, if it has enough corners. */
  finish() {
    const points = this.drawn;
    this.drawn = null;
    if (points?.length >= LEAST_CORNERS) this.#add(points);
    else this.told.render();
  }

  addInMiddle() {
    this.#add(polygons.inMiddle());
    this.#focus(`.zone[data-index="${this.chosen}"]`);
  }

  removeChosen() {
    if (this.chosen === null) return;
    const { name } = this.zones[this.chosen];
    const zones = this.zones.toSpliced(this.chosen, 1);
    this.#corner = this.chosen = null;
    this.#replace(zones, null);
    this.told.say(() => t("cameras.zone_removed", { name }));
    this.#leave();
  }

  removeCorner() {
    if (!this.canRemoveCorner) return;
    const index = this.#corner;
    this.#bend(polygons.cornerRemoved(this.#points, index), null);
    this.#focusCorner(Math.min(index, this.#points.length - 1));
  }

  /** Give up what is being done: the drag, the drawing, or what the keyboard changed last. */
  giveUp() {
    if (this.#drag?.hasMoved) this.undoDrag();
    else if (this.#step?.startsWith("key")) this.undo();
    this.drawn = this.#drag = null;
    this.told.render();
  }

  undoDrag() {
    this.zones = this.#past.pop();
  }

  get #points() {
    return this.zones[this.chosen].points;
  }

  #add(points) {
    const taken = new Set(this.zones.map(({ name }) => name));
    let number = this.zones.length + 1;
    while (taken.has(t("cameras.zone_name", { number }))) number += 1;
    const zone = { name: t("cameras.zone_name", { number }), rule: "helmet", points, min_person: 0 };
    this.chosen = this.zones.length;
    this.#corner = null;
    this.#replace([...this.zones, zone], null);
  }

  #bend(points, step) {
    this.#put({ ...this.zones[this.chosen], points }, step);
  }

  #put(zone, step) {
    this.#replace(this.zones.with(this.chosen, zone), step);
  }

  /** Other zones, in a step that can be undone; step: null, or the same as the last one's where it goes on. */
  #replace(zones, step) {
    if (step === null || step !== this.#step) this.#past.push(this.zones);
    this.#step = step;
    this.zones = zones;
    this.told.render();
  }

  // View -------------------------------------------------------------------------------------------------------------

  /** The layer to lie over the picture. */
  view(shownWidth) {
    const { width, height } = this.#picture;
    const unit = width / shownWidth;
    const chosen = this.zones[this.chosen];
    return html`
      <svg class="zones" viewBox="0 0 ${width} ${height}" role="group" aria-label=${t("cameras.zones")} ?data-drawing=${this.drawn}
        @pointerdown=${(event) => this.#down(event)} @touchstart=${(event) => this.#touch(event)} @pointermove=${(event) => this.#move(event)}
        @pointerup=${(event) => this.#up(event)} @pointercancel=${() => this.#cancel()} @keydown=${(event) => this.#key(event)}>
        ${this.zones.map((zone, index) => this.#zoneView(zone, index, unit))}
        ${chosen ? [ghostView(chosen, this.#picture), this.#gripsView(chosen, unit)] : nothing}
        ${this.drawn ? this.#drawnView(unit) : nothing}
      </svg>`;
  }

  #zoneView(zone, index, unit) {
    return svg`
      <g class="zone" data-index=${index} data-rule=${zone.rule} tabindex="0" role="application" aria-label=${zoneText(zone)}
        aria-roledescription=${t("cameras.zone")} aria-describedby="zone-keys" ?data-chosen=${index === this.chosen}
        @focus=${() => this.#focused(index, null)}>${shapeView(zone, this.#picture, unit)}</g>`;
  }

  #gripsView({ points }, unit) {
    const circle = ([x, y], part) => svg`
      <circle cx=${x * this.#picture.width} cy=${y * this.#picture.height} r=${part * GRIP * unit} stroke-width=${1.5 * unit} />`;
    return svg`
      ${polygons.edgeMiddles(points).map((place) => svg`<g class="grip edge">${circle(place, 0.65)}</g>`)}
      <g class="grip whole">${circle(polygons.middleOf(points), 1.3)}</g>
      ${points.map((place, index) => svg`
        <g class="grip corner" data-corner=${index} tabindex="0" role="application" aria-label=${cornerText(points, index)}
          aria-roledescription=${t("cameras.corner_kind")} aria-describedby="zone-keys" ?data-chosen=${index === this.#corner}
          @focus=${() => this.#focused(this.chosen, index)}>${circle(place, 1)}</g>`)}`;
  }

  #drawnView(unit) {
    const { width, height } = this.#picture;
    const path = this.drawn.length ? pathOf(this.drawn, this.#picture).slice(0, -1) : "M0 0";
    return svg`
      <g class="drawn"><path class="outline" d=${path} /><path class="line" d=${path} />
        ${this.drawn.map(([x, y]) => svg`<g class="grip corner"><circle cx=${x * width} cy=${y * height} r=${GRIP * unit} stroke-width=${1.5 * unit} /></g>`)}
      </g>`;
  }

  #focused(index, corner) {
    if (this.chosen === index && this.#corner === corner) return;
    if (this.drawn) return;
    this.chosen = index;
    this.#corner = corner;
    this.#step = null;
    this.told.render();
  }

  #focus(selector) {
    document.querySelector(`svg.zones ${selector}`)?.focus({ preventScroll: true });
  }

  #focusCorner(index) {
    this.#focus(`[data-corner="${index}"]`);
  }

  #leave() {
    document.getElementById("add-zone").focus();
  }

  // Mouse and touch --------------------------------------------------------------------------------------------------

  #down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const layer = event.currentTarget;
    const place = this.#placeOf(event, layer);
    const grip = this.drawn ? null : this.#gripAt(place, event.pointerType, layer);
    this.#drag = { grip, place, last: place, x: event.clientX, y: event.clientY, hasMoved: false };
    if (!grip && event.pointerType === "touch") return; // it may scroll the page
    event.preventDefault();
    layer.setPointerCapture(event.pointerId);
    if (grip?.kind === "corner") this.#focusCorner(grip.index);
  }

  /** A finger on a grip does not scroll the page; `touch-action` does not work within an SVG. */
  #touch(event) {
    if (this.#drag?.grip) event.preventDefault();
  }

  #move(event) {
    const layer = event.currentTarget;
    const drag = this.#drag;
    if (!drag) {
      const met = this.drawn ? null : this.#gripAt(this.#placeOf(event, layer), event.pointerType, layer);
      layer.dataset.grip = met?.kind ?? "";
      return;
    }
    if (!drag.hasMoved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STILL) return;
    if (drag.grip) this.#pull(drag, this.#placeOf(event, layer));
    drag.hasMoved = true;
  }

  #pull(drag, place) {
    const by = place.map((share, axis) => share - drag.last[axis]);
    const { kind, index } = drag.grip;
    if (kind === "edge") {
      this.#bend(polygons.cornerAdded(this.#points, index, place), "drag");
      drag.grip = { kind: "corner", index: index + 1 };
    } else {
      const step = drag.hasMoved ? "drag" : null;
      this.#bend(kind === "corner" ? this.#points.with(index, polygons.inPicture(place)) : polygons.allMoved(this.#points, by), step);
      this.#step = "drag";
    }
    drag.last = place;
  }

  #up(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    this.#step = null;
    if (drag.grip?.kind === "corner" && drag.hasMoved) this.#focusCorner(drag.grip.index);
    else if (this.drawn && !(drag.hasMoved && event.pointerType === "touch")) this.#addCorner(this.#placeOf(event, event.currentTarget), event);
    else if (!drag.hasMoved && drag.grip?.kind !== "corner") this.choose(this.#zoneAt(drag.place));
    this.told.render();
  }

  /** A finger that scrolls the page. */
  #cancel() {
    if (this.#drag?.grip) this.giveUp();
    this.#drag = null;
  }

  #addCorner(place, event) {
    const reach = REACH[event.pointerType] * unitOf(event.currentTarget, this.#picture);
    const closes = this.drawn.length && polygons.nearest([this.drawn[0]], place, reach, this.#distance) !== null;
    if (closes) {
      if (this.drawn.length >= LEAST_CORNERS) this.finish();
      return;
    }
    this.drawn = [...this.drawn, polygons.inPicture(place)];
  }

  /**
   * What of the chosen zone is at a place: {kind: "corner" or "edge", index}; {kind: "whole"} at its middle, and, of a
   * mouse, anywhere in it; null without any.
   */
  #gripAt(place, pointerType, layer) {
    if (this.chosen === null) return null;
    const reach = REACH[pointerType] * unitOf(layer, this.#picture);
    const near = (places) => polygons.nearest(places, place, reach, this.#distance);
    const corner = near(this.#points);
    if (corner !== null) return { kind: "corner", index: corner };
    if (near([polygons.middleOf(this.#points)]) !== null) return { kind: "whole" };
    const edge = near(polygons.edgeMiddles(this.#points));
    if (edge !== null) return { kind: "edge", index: edge };
    return pointerType !== "touch" && this.#zoneAt(place) === this.chosen ? { kind: "whole" } : null;
  }

  /** The zone at a place: of several the smallest one. */
  #zoneAt(place) {
    const inside = [...this.zones.keys()].filter((index) => polygons.isInside(this.zones[index].points, place));
    return inside.sort((a, b) => polygons.areaOf(this.zones[a].points) - polygons.areaOf(this.zones[b].points))[0] ?? null;
  }

  #placeOf(event, layer) {
    const { x, y } = pointOf(event, layer, this.#picture);
    return [x / this.#picture.width, y / this.#picture.height];
  }

  #distance = ([ax, ay], [bx, by]) => Math.hypot((ax - bx) * this.#picture.width, (ay - by) * this.#picture.height);

  // Keyboard ---------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.chosen === null || this.#drag) return;
    const act = this.#keyAct(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #keyAct({ key }) {
    if (key in ARROWS) return () => this.#nudge(ARROWS[key]);
    if (key === "n") return () => this.addInMiddle();
    if (key === "Delete" || key === "Backspace") return () => (this.#corner === null ? this.removeChosen() : this.removeCorner());
    if (key === "Enter" && this.#corner === null) return () => this.#focusCorner(0);
    if (key === "Enter" || key === "Insert") return () => this.#insertCorner();
    return null;
  }

  #insertCorner() {
    const index = this.#corner;
    this.#bend(polygons.cornerAdded(this.#points, index, polygons.edgeMiddles(this.#points)[index]), null);
    this.#focusCorner(index + 1);
  }

  #nudge([right, down]) {
    const step = keyStep(this.#picture);
    const by = [(right * step) / this.#picture.width, (down * step) / this.#picture.height];
    const corner = this.#corner;
    if (corner === null) this.#bend(polygons.allMoved(this.#points, by), `key ${this.chosen}`);
    else this.#bend(polygons.cornerMoved(this.#points, corner, by), `key ${this.chosen} ${corner}`);
    const zone = this.zones[this.chosen];
    this.told.say(() => (corner === null ? zoneText(zone) : cornerText(zone.points, corner)));
  }
}

/** A zone in words: its name, its rule and where its middle is. */
function zoneText({ name, rule, points }) {
  const [x, y] = polygons.middleOf(points);
  return t("cameras.zone_text", { name, rule: t(`cameras.rule.${rule}`), left: percent(x), top: percent(y) });
}

function cornerText(points, index) {
  const [x, y] = points[index];
  return t("cameras.corner_text", { number: index + 1, count: points.length, left: percent(x), top: percent(y) });
}
