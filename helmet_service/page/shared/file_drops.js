// Files that are dragged over the page and dropped on it, wherever that is.

/**
 * From `start` to `stop`, files may be dropped; browsers would open them in the page's place.
 * @param {(isOver: boolean) => void} over when files have come over the page, and when they have left it
 * @param {(transfer: DataTransfer) => void} dropped what was dropped
 * @returns {{start: () => void, stop: () => void}}
 */
export function fileDrops(over, dropped) {
  let isOver = false;

  function set(now) {
    if (now === isOver) return;
    isOver = now;
    over(isOver);
  }

  const listeners = {
    dragover(event) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      set(true);
    },
    dragleave(event) {
      if (!event.relatedTarget) set(false); // they left the window
    },
    drop(event) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      set(false);
      dropped(event.dataTransfer);
    },
  };
  return {
    start: () => Object.entries(listeners).forEach(([name, listener]) => document.addEventListener(name, listener)),
    stop: () => Object.entries(listeners).forEach(([name, listener]) => document.removeEventListener(name, listener)),
  };
}

/** Texts and links can be dragged, too. */
function hasFiles({ dataTransfer }) {
  return dataTransfer.types.includes("Files");
}
