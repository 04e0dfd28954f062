// Where the labels of people go in a picture, as helmet_service/pictures/labels.py places them. Edges are arrays of
// left, top, right and bottom, in pixels of the picture.

const NEAR = 4; // rows of labels by which a short one may stand above or below its best place

/**
 * A place for each label. First, everybody's shortest text gets one: above the person, or near that where it would cover
 * a head, a hat or another label. Then it grows as long as it covers none of these, and nobody.
 * @param {{texts: {text: string, width: number}[], height: number, about: number[]}[]} labels texts: longest first;
 *   about: the edges of what it is about
 * @param {number[][]} heads edges that no label covers where room is: heads and hats
 * @param {number[][]} bodies edges that only the shortest texts cover
 * @param {{width: number, height: number}} picture
 * @returns {({text: string, edges: number[]} | null)[]} in the labels' order; null for one that has no room at all
 */
export function placeLabels(labels, heads, bodies, picture) {
  const taken = [...heads];
  const shortest = labels.map((label) => {
    const places = placesOf(label, label.texts.at(-1), picture, NEAR);
    const edges = firstFree(places, taken) ?? places[0];
    if (edges) taken.push(edges);
    return edges;
  });
  return labels.map((label, index) => {
    if (!shortest[index]) return null;
    taken.splice(taken.indexOf(shortest[index]), 1);
    const grown = longestFree(label, [...taken, ...bodies], picture);
    const placed = grown ?? { text: label.texts.at(-1).text, edges: shortest[index] };
    taken.push(placed.edges);
    return placed;
  });
}

function longestFree(label, taken, picture) {
  for (const each of label.texts) {
    const edges = firstFree(placesOf(label, each, picture), taken);
    if (edges) return { text: each.text, edges };
  }
  return null;
}

/** Edges of a text's places, the best first: on top of what it is about, right and left of it, so many rows up and down. */
function placesOf({ about, height }, { width }, picture, near = 0) {
  const [right, bottom] = [picture.width - width, picture.height - height];
  const left = Math.max(0, Math.min(about[0], right));
  const above = Math.max(0, Math.min(about[1] - height, bottom));
  const beside = Math.max(0, Math.min(about[1], bottom));
  const rows = Array.from({ length: 2 * near }, (_, index) => (index % 2 ? 1 : -1) * Math.ceil((index + 1) / 2));
  return [[left, above], [about[2], beside], [about[0] - width, beside], ...rows.map((row) => [left, above + row * height])]
    .filter(([x, y]) => x >= 0 && x <= right && y >= 0 && y <= bottom)
    .map(([x, y]) => [x, y, x + width, y + height]);
}

function firstFree(places, taken) {
  return places.find((place) => !taken.some((other) => meet(place, other)));
}

function meet(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
