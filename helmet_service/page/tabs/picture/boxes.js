// Boxes {left, top, width, height} and points {x, y} in pixels of the picture: how they are drawn, moved and resized.

const SMALLEST = 4; // pixels of a side

/** The box between two points, as far as it lies in the picture. */
export function between(a, b, picture) {
  const [left, right] = span(a.x, b.x, picture.width);
  const [top, bottom] = span(a.y, b.y, picture.height);
  return { left, top, width: right - left, height: bottom - top };
}

/** The box moved by so many pixels, but not out of the picture. */
export function moved(box, right, down, picture) {
  return {
    ...box,
    left: within(box.left + right, 0, picture.width - box.width),
    top: within(box.top + down, 0, picture.height - box.height),
  };
}

/** The box after one of its grips (`gripAt`) was pulled by so many pixels; it stays in the picture and keeps a least size. */
export function pulled(box, grip, right, down, picture) {
  if (grip === "move") return moved(box, right, down, picture);
  let [left, top] = [box.left, box.top];
  let [end, bottom] = [left + box.width, top + box.height];
  if (grip.includes("w")) left = within(left + right, 0, end - SMALLEST);
  if (grip.includes("e")) end = within(end + right, left + SMALLEST, picture.width);
  if (grip.includes("n")) top = within(top + down, 0, bottom - SMALLEST);
  if (grip.includes("s")) bottom = within(bottom + down, top + SMALLEST, picture.height);
  return { left, top, width: end - left, height: bottom - top };
}

/**
 * What of a box is at a point: the side or corner that it would pull, as compass points ("n", "se"...); "move" inside;
 * null outside. reach: pixels around the box within which it is still met; inside, a quarter of a side at most pulls.
 */
export function gripAt(box, { x, y }, reach) {
  const [end, bottom] = [box.left + box.width, box.top + box.height];
  if (x < box.left - reach || x > end + reach || y < box.top - reach || y > bottom + reach) return null;
  const [across, down] = [Math.min(reach, box.width / 4), Math.min(reach, box.height / 4)];
  const vertical = y < box.top + down ? "n" : y > bottom - down ? "s" : "";
  const horizontal = x < box.left + across ? "w" : x > end - across ? "e" : "";
  return vertical + horizontal || "move";
}

/** The eight places of a box that pull it, each {x, y}. */
export function gripPlaces({ left, top, width, height }) {
  const places = [0, 0.5, 1].flatMap((across) => [0, 0.5, 1].map((down) => ({ across, down })));
  return places
    .filter(({ across, down }) => across !== 0.5 || down !== 0.5)
    .map(({ across, down }) => ({ x: left + across * width, y: top + down * height }));
}

/** A box in the middle of the picture, to be moved to where it belongs. */
export function inMiddle({ width, height }) {
  const side = Math.max(SMALLEST, Math.min(width, height) / 8);
  return whole({ left: (width - side) / 2, top: (height - side) / 2, width: side, height: side });
}

/** The box in whole pixels. */
export function whole({ left, top, width, height }) {
  return { left: Math.round(left), top: Math.round(top), width: Math.round(width), height: Math.round(height) };
}

/** Two numbers in order within 0 and most, at least `SMALLEST` apart. */
function span(a, b, most) {
  const start = within(Math.min(a, b), 0, most - SMALLEST);
  return [start, within(Math.max(a, b), start + SMALLEST, most)];
}

function within(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
