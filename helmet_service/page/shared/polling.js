// Work that is done again and again while its tab is open and the page is seen.

/**
 * From `start` to `stop`, the work is done at once and again after each pause.
 * @param {() => Promise<number>} work resolves to the milliseconds until it is due again, and never rejects
 * @returns {{start: () => void, stop: () => void}}
 */
export function polling(work) {
  let isSeen = false;
  let isWorking = false;
  let timer;

  async function go() {
    isWorking = true;
    const pauseMs = await work();
    isWorking = false;
    if (isSeen) timer = setTimeout(go, pauseMs);
  }

  function look() {
    rest();
    isSeen = !document.hidden;
    if (isSeen && !isWorking) go();
  }

  function rest() {
    isSeen = false;
    clearTimeout(timer);
  }

  return {
    start() {
      document.addEventListener("visibilitychange", look);
      look();
    },
    stop() {
      document.removeEventListener("visibilitychange", look);
      rest();
    },
  };
}
