// The zones of a picture while somebody changes them: the chosen one and its corner, steps that can be undone, and
// whether the service has them so. Nothing here is drawn.
import * as polygons from "./polygons.js";

export const LEAST_CORNERS = 3;

export class ZoneDraft {
  /** As the service has them: {name, rule, points, min_person}. */
  zones;
  /** The index of the zone that is changed, and of its corner that the keyboard changes; or null. */
  chosen = null;
  corner = null;
  /** The corners so far of a zone that is being drawn, or null. */
  drawn = null;
  #saved;
  #past = []; // lists of zones
  #step = null; // what changed them last

  constructor(zones) {
    this.zones = zones;
    this.saved(zones);
  }

  get isDirty() {
    return !this.isSavedAs(this.zones);
  }

  /** Whether the service had these when it was last asked or told. */
  isSavedAs(zones) {
    return textOf(zones) === this.#saved;
  }

  /** The service has these. */
  saved(zones) {
    this.#saved = textOf(zones);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  /** The chosen zone's corners. */
  get points() {
    return this.zones[this.chosen].points;
  }

  get canRemoveCorner() {
    return this.corner !== null && this.points.length > LEAST_CORNERS;
  }

  undo() {
    this.zones = this.#past.pop();
    this.#step = this.corner = null;
    if (this.chosen >= this.zones.length) this.chosen = null;
  }

  /** Take back what the keyboard changed last. */
  undoKeys() {
    if (this.#step?.startsWith("key")) this.undo();
  }

  /** Choose a zone, or one of its corners; what is changed from now on is a step of its own. */
  choose(index, corner = null) {
    Object.assign(this, { chosen: index, corner });
    this.endStep();
  }

  endStep() {
    this.#step = null;
  }

  /** Change fields of the chosen zone; changes with the name of the last step are one step with it. */
  set(changes, step = null) {
    this.#replace(this.zones.with(this.chosen, { ...this.zones[this.chosen], ...changes }), step);
  }

  bend(points, step = null) {
    this.set({ points }, step);
  }

  /** Add a zone, and choose it. name: of a number. */
  add(points, name) {
    const taken = new Set(this.zones.map((zone) => zone.name));
    let number = this.zones.length + 1;
    while (taken.has(name(number))) number += 1;
    const zones = [...this.zones, { name: name(number), rule: "helmet", points, min_person: 0 }];
    this.#replace(zones);
    this.choose(zones.length - 1);
  }

  remove() {
    const zones = this.zones.toSpliced(this.chosen, 1);
    this.choose(null);
    this.#replace(zones);
  }

  insertCorner() {
    this.bend(polygons.cornerAdded(this.points, this.corner, polygons.edgeMiddles(this.points)[this.corner]));
    this.corner += 1;
  }

  removeCorner() {
    this.bend(polygons.cornerRemoved(this.points, this.corner));
    this.corner = Math.min(this.corner, this.points.length - 1);
  }

  #replace(zones, step = null) {
    if (step === null || step !== this.#step) this.#past.push(this.zones);
    this.#step = step;
    this.zones = zones;
  }
}

function textOf(zones) {
  return JSON.stringify(zones.map(({ name, rule, points, min_person: least }) => [name, rule, points, least]));
}
