// Figures as people read them; a dash where there is none.
import { measure, number } from "../../shared/words.js";

export const NONE = "–";

export function milliseconds(value) {
  if (value === null) return NONE;
  const [shown, unit, digits] = value < 1000 ? [value, "millisecond", 0] : [value / 1000, "second", 1];
  return measure(shown, unit, { unitDisplay: "narrow", maximumFractionDigits: digits });
}

export function perSecond(value) {
  return number(value, { maximumFractionDigits: value < 10 ? 2 : 1 });
}

export function megabytes(value) {
  return measure(value, "megabyte", { maximumFractionDigits: 0 });
}
