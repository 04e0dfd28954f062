// Drawing over a picture by mouse, finger and keyboard: what is the same for boxes and zones.

/** CSS pixels around a thing within which it is met: by a mouse, and by a finger, which covers what it touches. */
export const REACH = { mouse: 8, pen: 8, touch: 22 };
/** CSS pixels: what moves less is a click. */
export const STILL = 4;
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const STEPS = 120; // of the keyboard, across the picture's longer side

/** How far an arrow key moves a thing, in pixels of the picture. */
export function keyStep({ width, height }) {
  return Math.max(1, Math.round(Math.max(width, height) / STEPS));
}

/** Pixels of the picture in a CSS pixel of a layer that lies over it. */
export function unitOf(layer, picture) {
  return picture.width / layer.getBoundingClientRect().width;
}

/** Where a pointer is, in pixels of the picture. */
export function pointOf({ clientX, clientY }, layer, picture) {
  const { left, top } = layer.getBoundingClientRect();
  const unit = unitOf(layer, picture);
  return { x: (clientX - left) * unit, y: (clientY - top) * unit };
}
