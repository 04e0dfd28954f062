// What the page says, in the person's language, and numbers, times and sizes as that language writes them.

export const LANGUAGES = { en: "English", zh: "中文" };
const REMEMBERED = "helmet-language";

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

let words = {};
let code = "en";
let wantedLast = null;

/** The language in use: a key of LANGUAGES. */
export function language() {
  return code;
}

/** How numbers and times are written: the browser's own way where it has the page's language, else the language's. */
function locale() {
  return navigator.languages.find((each) => each.split("-")[0] === code) ?? code;
}

/** Load the words of the language that was chosen before, or of the first of the browser's that there is. */
export async function startWords() {
  const wanted = [remembered(), ...navigator.languages.map((each) => each.split("-")[0])];
  await use(wanted.find((each) => each in LANGUAGES) ?? "en");
}

/** Use another language from now on, and at the next visit. What is on the page has to be rendered again. */
export async function setLanguage(wanted) {
  await use(wanted);
  remember(code);
}

/** Load a language's words and use them, unless another one was wanted meanwhile. */
async function use(wanted) {
  wantedLast = wanted;
  const answer = await fetch(new URL(`../words/${wanted}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`expected words/${wanted}.json, got HTTP ${answer.status}`);
  const read = await answer.json();
  if (wanted !== wantedLast) return;
  words = read;
  code = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-Hans" : wanted;
}

// Browsers that keep nothing of a page throw an error at any use of their storage.

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(chosen) {
  try {
    localStorage.setItem(REMEMBERED, chosen);
  } catch {
    // It holds for this visit.
  }
}

/** The text of a key, with values put into its {braces}; numbers are written by locale, `count` chooses the plural. */
export function t(key, values = {}) {
  let text = words[key];
  if (text === undefined) throw new Error(`expected a text for ${key} in words/${code}.json`);
  if (typeof text === "object") text = text[new Intl.PluralRules(code).select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number(values[name]) : values[name]));
}

/** Whether there is a text for a key, for words that come from the service and of which newer ones may come. */
export function knows(key) {
  return key in words;
}

export function number(value, options = {}) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1, ...options }).format(value);
}

/** A share from 0 to 1 in percent. */
export function percent(share) {
  return number(share, { style: "percent", maximumFractionDigits: 0 });
}

/** A number of a unit that Intl knows: `millisecond`, `second`, `megabyte`, `kilobyte-per-second`... */
export function measure(value, unit, options = {}) {
  return number(value, { style: "unit", unit, unitDisplay: "short", ...options });
}

/** Bytes in the unit that fits. */
export function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(count, 1)) / 3));
  return measure(count / 1000 ** power, units[power], { maximumFractionDigits: power > 1 ? 1 : 0 });
}

/** A Date, by default day and time to the minute. */
export function time(date, options = { dateStyle: "medium", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(locale(), options).format(date);
}

/** Seconds as a clock shows them, 1:05.9 or 2:00:07. */
export function clock(seconds, digits = 0) {
  const shown = Math.floor(seconds * 10 ** digits + 1e-6) / 10 ** digits; // never further than it has come
  const two = (value, decimals = 0) =>
    number(value, { minimumIntegerDigits: 2, minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const [hours, minutes] = [Math.floor(shown / 3600), Math.floor(shown / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(shown % 60, digits)}`;
}

/** So many seconds ago, in words: 5 minutes ago, now. */
export function ago(seconds) {
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-Math.max(0, Math.floor(seconds / size)), unit);
}

/** Seconds in words, as the largest unit that fits: 2 hours, 5 minutes. */
export function duration(seconds) {
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? UNITS.at(-1);
  return measure(seconds / size, unit, { unitDisplay: "long", maximumFractionDigits: size > 60 ? 1 : 0 });
}
