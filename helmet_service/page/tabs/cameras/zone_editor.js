// Zones over a picture that are drawn, bent, moved and deleted by mouse, touch and keyboard.
import { html, nothing, svg } from "../../vendor/lit-html.js";
import { ARROWS, REACH, STILL, keyStep, pointOf, unitOf } from "../../shared/drawing.js";
import { percent, t } from "../../shared/words.js";
import * as polygons from "./polygons.js";
import { LEAST_CORNERS } from "./zone_draft.js";
import { ghostView, pathOf, shapeView } from "./zone_shapes.js";

const GRIP = 7; // CSS pixels, the radius of what is drawn of a corner

export class ZoneEditor {
  #drag = null;

  /**
   * @param {{width: number, height: number}} picture
   * @param {import("./zone_draft.js").ZoneDraft} draft
   * @param {object} told
   * @param {() => void} told.render
   * @param {(text: () => string) => void} told.say for screen readers, in the language by then
   */
  constructor(picture, draft, told) {
    Object.assign(this, { picture, draft, told });
  }

  choose(index) {
    this.draft.choose(index);
    this.told.render();
  }

  set(changes) {
    this.draft.set(changes, `field ${Object.keys(changes)}`);
    this.told.render();
  }

  undo() {
    if (!this.draft.canUndo || this.#drag) return;
    this.draft.undo();
    this.told.render();
    if (document.activeElement === document.body) leave(); // what had the focus is gone
  }

  /** Begin to draw a zone, corner by corner, or give it up. */
  draw(begins) {
    this.draft.choose(null);
    this.draft.drawn = begins ? [] : null;
    this.told.render();
  }

  /** What was drawn is a zone, if it has enough corners. */
  finish() {
    const points = this.draft.drawn;
    this.draft.drawn = null;
    if (points.length >= LEAST_CORNERS) this.draft.add(points, numbered);
    this.told.render();
  }

  addInMiddle() {
    this.draft.add(polygons.inMiddle(), numbered);
    this.told.render();
    focus(`.zone[data-index="${this.draft.chosen}"]`);
  }

  removeZone() {
    const { name } = this.draft.zones[this.draft.chosen];
    this.draft.remove();
    this.told.say(() => t("cameras.zone_removed", { name }));
    leave();
  }

  removeCorner() {
    if (!this.draft.canRemoveCorner) return;
    this.draft.removeCorner();
    this.#showCorner();
  }

  /** Give up what is being done: the drag, the drawing, or what the keyboard changed last. */
  giveUp() {
    if (this.#drag?.hasMoved && this.#drag.grip) this.draft.undo();
    else this.draft.undoKeys();
    this.draft.drawn = this.#drag = null;
    this.told.render();
  }

  #showCorner() {
    this.told.render();
    focus(`[data-corner="${this.draft.corner}"]`);
  }

  // View -------------------------------------------------------------------------------------------------------------

  /** The layer to lie over the picture. */
  view(shownWidth) {
    const { width, height } = this.picture;
    const { zones, chosen, drawn } = this.draft;
    const unit = width / shownWidth;
    return html`
      <svg class="zones" viewBox="0 0 ${width} ${height}" role="group" aria-label=${t("cameras.zones")} ?data-drawing=${drawn}
        @pointerdown=${(event) => this.#down(event)} @touchstart=${(event) => this.#touch(event)} @pointermove=${(event) => this.#move(event)}
        @pointerup=${(event) => this.#up(event)} @pointercancel=${() => this.#cancel()} @keydown=${(event) => this.#key(event)}>
        ${zones.map((zone, index) => this.#zoneView(zone, index, unit))}
        ${chosen === null ? nothing : [ghostView(zones[chosen], this.picture), this.#gripsView(zones[chosen], unit)]}
        ${drawn ? this.#drawnView(drawn, unit) : nothing}
      </svg>`;
  }

  #zoneView(zone, index, unit) {
    return svg`
      <g class="zone" data-index=${index} data-rule=${zone.rule} tabindex="0" role="application" aria-label=${zoneText(zone)}
        aria-roledescription=${t("cameras.zone")} aria-describedby="zone-keys" ?data-chosen=${index === this.draft.chosen}
        @focus=${() => this.#focused(index, null)}>${shapeView(zone, this.picture, unit)}</g>`;
  }

  #gripsView({ points }, unit) {
    return svg`
      ${polygons.edgeMiddles(points).map((place) => svg`<g class="grip edge">${this.#circle(place, 0.65 * unit)}</g>`)}
      <g class="grip whole">${this.#circle(polygons.middleOf(points), 1.3 * unit)}</g>
      ${points.map((place, index) => svg`
        <g class="grip corner" data-corner=${index} tabindex="0" role="application" aria-label=${cornerText(points, index)}
          aria-roledescription=${t("cameras.corner_kind")} aria-describedby="zone-keys" ?data-chosen=${index === this.draft.corner}
          @focus=${() => this.#focused(this.draft.chosen, index)}>${this.#circle(place, unit)}</g>`)}`;
  }

  #drawnView(points, unit) {
    const path = points.length ? pathOf(points, this.picture).slice(0, -1) : "M0 0"; // not closed yet
    return svg`
      <path class="outline" d=${path} /><path class="line" d=${path} />
      ${points.map((place) => svg`<g class="grip corner">${this.#circle(place, unit)}</g>`)}`;
  }

  #circle([x, y], size) {
    return svg`<circle cx=${x * this.picture.width} cy=${y * this.picture.height} r=${GRIP * size} stroke-width=${1.5 * size} />`;
  }

  #focused(index, corner) {
    const { draft } = this;
    if (draft.drawn || (draft.chosen === index && draft.corner === corner)) return;
    draft.choose(index, corner);
    this.told.render();
  }

  // Mouse and touch --------------------------------------------------------------------------------------------------

  #down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const layer = event.currentTarget;
    const place = this.#placeOf(event, layer);
    const grip = this.#gripAt(place, event.pointerType, layer);
    this.#drag = { grip, place, x: event.clientX, y: event.clientY, hasMoved: false };
    if (!grip && event.pointerType === "touch") return; // it may scroll the page
    event.preventDefault();
    layer.setPointerCapture(event.pointerId);
    if (grip?.kind === "corner") focus(`[data-corner="${grip.index}"]`);
  }

  /** A finger on a grip does not scroll the page; `touch-action` does not work within an SVG. */
  #touch(event) {
    if (this.#drag?.grip) event.preventDefault();
  }

  #move(event) {
    const layer = event.currentTarget;
    const drag = this.#drag;
    const place = this.#placeOf(event, layer);
    if (!drag) {
      layer.dataset.grip = this.#gripAt(place, event.pointerType, layer)?.kind ?? "";
      return;
    }
    if (!drag.hasMoved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STILL) return;
    if (drag.grip) this.#pull(drag, place, unitOf(layer, this.picture));
    Object.assign(drag, { place, hasMoved: true });
    this.told.render();
  }

  #pull({ grip, place: before }, place, unit) {
    const { draft } = this;
    const corner = polygons.cornerPlace(place, this.picture, unit);
    if (grip.kind === "edge") {
      draft.bend(polygons.cornerAdded(draft.points, grip.index, corner), "drag");
      Object.assign(grip, { kind: "corner", index: grip.index + 1 });
    } else if (grip.kind === "corner") {
      draft.bend(draft.points.with(grip.index, corner), "drag");
    } else {
      draft.bend(polygons.allMoved(draft.points, place.map((share, axis) => share - before[axis])), "drag");
    }
  }

  #up(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    this.draft.endStep();
    if (this.draft.drawn) this.#addCorner(this.#placeOf(event, event.currentTarget), event);
    else if (!drag.hasMoved && drag.grip?.kind !== "corner") this.draft.choose(this.#zoneAt(drag.place));
    this.told.render();
    if (drag.hasMoved && drag.grip?.kind === "corner") focus(`[data-corner="${drag.grip.index}"]`);
  }

  /** A finger scrolls the page. */
  #cancel() {
    if (this.#drag?.grip) this.giveUp();
    this.#drag = null;
  }

  #addCorner(place, { pointerType, currentTarget }) {
    const { drawn } = this.draft;
    const unit = unitOf(currentTarget, this.picture);
    const closes = polygons.nearest(drawn.slice(0, 1), place, REACH[pointerType] * unit, this.#distance) !== null;
    if (!closes) this.draft.drawn = [...drawn, polygons.cornerPlace(place, this.picture, unit)];
    else if (drawn.length >= LEAST_CORNERS) this.finish();
  }

  /**
   * What of the chosen zone is at a place: {kind: "corner" or "edge", index}; {kind: "whole"} at its middle, and, of a
   * mouse, anywhere in it; null without any.
   */
  #gripAt(place, pointerType, layer) {
    if (this.draft.chosen === null) return null;
    const { points } = this.draft;
    const reach = REACH[pointerType] * unitOf(layer, this.picture);
    const near = (places) => polygons.nearest(places, place, reach, this.#distance);
    const [corner, edge] = [near(points), near(polygons.edgeMiddles(points))];
    if (corner !== null) return { kind: "corner", index: corner };
    if (near([polygons.middleOf(points)]) !== null) return { kind: "whole" };
    if (edge !== null) return { kind: "edge", index: edge };
    return pointerType !== "touch" && this.#zoneAt(place) === this.draft.chosen ? { kind: "whole" } : null;
  }

  /** The zone at a place: of several the smallest one. */
  #zoneAt(place) {
    const { zones } = this.draft;
    const inside = [...zones.keys()].filter((index) => polygons.isInside(zones[index].points, place));
    return inside.sort((a, b) => polygons.areaOf(zones[a].points) - polygons.areaOf(zones[b].points))[0] ?? null;
  }

  #placeOf(event, layer) {
    const { x, y } = pointOf(event, layer, this.picture);
    return [x / this.picture.width, y / this.picture.height];
  }

  #distance = ([ax, ay], [bx, by]) => Math.hypot((ax - bx) * this.picture.width, (ay - by) * this.picture.height);

  // Keyboard ---------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.draft.chosen === null || this.#drag) return;
    const act = this.#actOf(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #actOf(key) {
    const isCorner = this.draft.corner !== null;
    if (key in ARROWS) return () => this.#nudge(ARROWS[key]);
    if (key === "n") return () => this.addInMiddle();
    if (key === "Delete" || key === "Backspace") return () => (isCorner ? this.removeCorner() : this.removeZone());
    if (key === "Enter" && !isCorner) return () => focus('[data-corner="0"]');
    if ((key === "Enter" || key === "Insert") && isCorner) return () => this.#insertCorner();
    return null;
  }

  #insertCorner() {
    this.draft.insertCorner();
    this.#showCorner();
  }

  #nudge(arrow) {
    const { draft, picture } = this;
    const by = [(arrow[0] * keyStep(picture)) / picture.width, (arrow[1] * keyStep(picture)) / picture.height];
    const { chosen, corner, points } = draft;
    draft.bend(corner === null ? polygons.allMoved(points, by) : polygons.cornerMoved(points, corner, by), `key ${chosen} ${corner}`);
    const zone = draft.zones[chosen];
    this.told.say(() => (corner === null ? zoneText(zone) : cornerText(zone.points, corner)));
  }
}

/** A new zone's name. */
function numbered(number) {
  return t("cameras.zone_name", { number });
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

function focus(selector) {
  document.querySelector(`svg.zones ${selector}`)?.focus({ preventScroll: true });
}

function leave() {
  document.getElementById("add-zone").focus();
}
