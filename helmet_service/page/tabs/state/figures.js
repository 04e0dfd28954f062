// Figures as people read them; a dash where there is none.
import { measure, number } from "../../shared/words.js";

export const NONE = "–";

export function milliseconds(value) {
  if (value === null) return NONE;
  return value < 1000 ? measure(value, "millisecond", { maximumFractionDigits: 0 }) : measure(value / 1000, "second");
}

export function perSecond(value) {
  return number(value, { maximumFractionDigits: value < 10 ? 2 : 1 });
}

export function megabytes(value) {
  return measure(value, "megabyte", { maximumFractionDigits: 0 });
}
