// The alarms that the tab lists, kept as the service has them: read again every two seconds. After the service was away,
// they come back by themselves.
import { ask } from "../../shared/service.js";

const EACH_MS = 2000;
const AGAIN_MS = 3000;
const PAGE = 25;
const MOST_OPEN = 100;

/** The query of what a filter lets through. filter: {which: "all", "open" or "unacknowledged", camera: an id, or ""}. */
function queryOf({ which, camera }, more = {}) {
  const query = new URLSearchParams({ limit: PAGE, ...more });
  if (which === "open") query.set("state", "open");
  if (which === "unacknowledged") query.set("acknowledged", "false");
  if (camera) query.set("camera", camera);
  return query;
}

/** Whether a filter lets an alarm through. */
function fits(alarm, { which, camera }) {
  return (!camera || alarm.camera === camera) && (which !== "unacknowledged" || !alarm.acknowledged);
}

/**
 * The newest alarms as just read, and behind them the older ones that were read before.
 * @param {{alarms: object[], more: boolean}} before newest first; more: whether there are older ones
 * @param {{alarms: object[], more: boolean}} newest
 */
export function joined(before, newest) {
  const read = new Set(newest.alarms.map(({ id }) => id));
  const reached = before.alarms.findLastIndex(({ id }) => read.has(id));
  const older = newest.more && reached >= 0 ? before.alarms.slice(reached + 1) : []; // else some between are missing
  return { alarms: [...newest.alarms, ...older], more: older.length ? before.more : newest.more };
}

/** The alarms of a list, and before them those that are open, which may be older than all that were read. */
export function openFirst({ alarms }, open, filter) {
  const isOpen = new Set(open.map(({ id }) => id));
  return [...open.filter((alarm) => fits(alarm, filter)), ...alarms.filter(({ id, ended }) => !isOpen.has(id) && ended !== null)];
}

/**
 * @param {object} about
 * @param {() => object} about.filter what is to be listed
 * @param {() => boolean} about.isWanted whether anybody sees or hears what comes
 * @param {(list: {shown: object[], open: object[], more: boolean} | null, error: Error | null) => void} about.told after
 *   each answer. shown: open ones first, then newest first; open: of all cameras. null: nothing came yet. error: why
 *   nothing could be read just now.
 */
export function follow({ filter, isWanted, told }) {
  let isFollowing = false;
  let read = { alarms: [], more: false };
  let list = null;
  let timer = 0;
  let asking = null;

  async function refresh() {
    if (!isFollowing || !isWanted()) return;
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const [{ alarms: open }, newest] = await Promise.all([
        ask(`v1/alarms?state=open&limit=${MOST_OPEN}`, { signal }),
        ask(`v1/alarms?${queryOf(filter())}`, { signal }),
      ]);
      read = joined(read, newest);
      list = { shown: openFirst(read, open, filter()), open, more: read.more };
    } catch (error) {
      if (error.name !== "AbortError") missed(error);
      return;
    }
    timer = setTimeout(refresh, EACH_MS);
    told(list, null);
  }

  function missed(error) {
    // Who has signed in opens the tab again.
    if (error.status !== 401) timer = setTimeout(refresh, Math.max(AGAIN_MS, 1000 * error.retryAfterS));
    told(list, error);
  }

  /** Read older ones. */
  async function more() {
    const [before, wanted] = [read.alarms.at(-1).id, filter()];
    try {
      const older = await ask(`v1/alarms?${queryOf(wanted, { before })}`);
      if (wanted === filter()) read = { alarms: [...read.alarms, ...older.alarms], more: older.more };
    } catch (error) {
      missed(error);
      return;
    }
    await refresh();
  }

  /** The filter has changed: what was listed does not count. */
  function restart() {
    read = { alarms: [], more: false };
    return refresh();
  }

  function start() {
    isFollowing = true;
    document.addEventListener("visibilitychange", refresh);
    refresh();
  }

  function stop() {
    isFollowing = false;
    document.removeEventListener("visibilitychange", refresh);
    clearTimeout(timer);
    asking?.abort();
  }

  return { start, stop, refresh, more, restart };
}
