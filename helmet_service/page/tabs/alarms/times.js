// When something happened, and for how long, as people say it.
import { ago, duration, t, time } from "../../shared/words.js";

/** Seconds since 1970 as the local time, with its day where that is not today. */
export function moment(seconds) {
  const date = new Date(1000 * seconds);
  const isToday = date.toDateString() === new Date().toDateString();
  return time(date, isToday ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
}

/** How long an alarm has lasted. */
export function lasted({ began, ended }) {
  return duration(Math.max(1, (ended ?? Date.now() / 1000) - began));
}

/** When it was, and how long ago. */
export function whenText(seconds) {
  return t("alarms.when", { time: moment(seconds), ago: ago(Date.now() / 1000 - seconds) });
}
