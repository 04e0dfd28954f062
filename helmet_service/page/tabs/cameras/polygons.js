// Polygons of a picture: lists of corners [x, y] in shares of its width and height. Nothing of them leaves the picture.

const EDGE = 10; // CSS pixels: a corner so near to the picture's edge is meant to be on it
const DIGITS = 10_000; // a share is kept to a tenth of a thousandth: less than a pixel

/** The middle of the corners: where a polygon is held, and where its figure stands. */
export function middleOf(points) {
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}

/** For each corner, the middle of the edge to the next one. */
export function edgeMiddles(points) {
  return points.map((point, index) => middleOf([point, points[(index + 1) % points.length]]));
}

/** Whether a place is inside: a ray from it crosses the edges an odd number of times. */
export function isInside(points, [x, y]) {
  return points.reduce((inside, [ax, ay], index) => {
    const [bx, by] = points[(index + 1) % points.length];
    const crosses = ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax;
    return crosses ? !inside : inside;
  }, false);
}

export function areaOf(points) {
  const twice = points.reduce((sum, [ax, ay], index) => {
    const [bx, by] = points[(index + 1) % points.length];
    return sum + ax * by - bx * ay;
  }, 0);
  return Math.abs(twice) / 2;
}

/** One corner moved. */
export function cornerMoved(points, index, [right, down]) {
  const [x, y] = points[index];
  return points.with(index, inPicture([x + right, y + down]));
}

/** All of it moved, as far as it stays in the picture. */
export function allMoved(points, by) {
  const [right, down] = by.map((move, axis) => {
    const places = points.map((point) => point[axis]);
    return within(move, -Math.min(...places), 1 - Math.max(...places));
  });
  return points.map(([x, y]) => inPicture([x + right, y + down]));
}

/** A new corner after another one. */
export function cornerAdded(points, index, place) {
  return points.toSpliced(index + 1, 0, inPicture(place));
}

export function cornerRemoved(points, index) {
  return points.toSpliced(index, 1);
}

/** A quarter of the picture, in its middle. */
export function inMiddle() {
  return [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]];
}

/** The nearest place in the picture. */
export function inPicture(place) {
  return place.map((share) => Math.round(within(share, 0, 1) * DIGITS) / DIGITS);
}

/**
 * Where a pointer sets a corner: on the picture's edge when that is near, as people stand there whom it cuts off.
 * @param {number} unit pixels of the picture in a CSS pixel
 */
export function cornerPlace(place, { width, height }, unit) {
  const reach = [(EDGE * unit) / width, (EDGE * unit) / height];
  return inPicture(place.map((share, axis) => (share < reach[axis] ? 0 : share > 1 - reach[axis] ? 1 : share)));
}

/** The index of the nearest of these places that is within reach; null without any. distance: of two places, in pixels. */
export function nearest(places, place, reach, distance) {
  const near = places.map((each, index) => ({ index, far: distance(each, place) })).filter(({ far }) => far <= reach);
  return near.sort((a, b) => a.far - b.far)[0]?.index ?? null;
}

function within(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
