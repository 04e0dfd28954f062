// Asks the service about the newest state only: one request is under way, and the next one is of what holds by then.

const AGAIN = new Set([0, 429, 502, 503]); // it may work a little later: asked again without anybody's doing
const AGAIN_S = 3;

export class Asking {
  busy = false;
  /** The ServiceError of the last request, until one is answered. */
  error = null;
  /** Seconds until it is asked again; null when it is not. */
  againInS = null;
  #newest = null;
  #stopping = null;
  #clock = null;

  /**
   * @param {(wanted: object, signal: AbortSignal) => Promise<object>} send
   * @param {(answer: object, wanted: object) => void} answered
   * @param {() => void} changed after any change of this object's fields
   */
  constructor(send, answered, changed) {
    Object.assign(this, { send, answered, changed });
  }

  /** Ask about this, as soon as what is under way is answered and a wait that the service wanted is over. */
  ask(wanted) {
    this.#newest = wanted;
    if (!this.busy && this.againInS === null) this.#work();
  }

  /** Ask again now what has failed, or was paused. */
  again() {
    this.#stopWaiting();
    if (this.#newest) this.ask(this.#newest);
  }

  /** Do nothing until `again`. */
  pause() {
    this.#stopping?.abort();
    this.#stopWaiting();
  }

  /** Forget what was asked. */
  stop() {
    this.#newest = this.error = null;
    this.pause();
  }

  #stopWaiting() {
    clearInterval(this.#clock);
    this.againInS = null;
  }

  async #work() {
    const wanted = this.#newest;
    this.busy = true;
    this.#stopping = new AbortController();
    this.changed();
    try {
      const answer = await this.send(wanted, this.#stopping.signal);
      if (this.#newest === wanted) this.#newest = null;
      this.error = null;
      this.answered(answer, wanted);
    } catch (error) {
      if (error.name !== "AbortError") this.#fail(error);
    } finally {
      this.busy = false;
    }
    if (this.#newest && this.#newest !== wanted) this.ask(this.#newest);
    this.changed();
  }

  #fail(error) {
    if (error.status === undefined) throw error; // our own mistake
    this.error = error;
    if (!AGAIN.has(error.status)) return;
    this.againInS = error.retryAfterS ?? AGAIN_S;
    this.#clock = setInterval(() => {
      this.againInS -= 1;
      if (this.againInS <= 0) this.again();
      else this.changed();
    }, 1000);
  }
}
