// The socket to /v1/live. It comes again by itself, unless that is of no use.
import { refused } from "../../shared/service.js";

const PAUSES_S = [1, 2, 4, 8, 15, 30]; // before the next try, each after one more in a row that failed
const FULL_PAUSE_S = 10;
/** More than the service's deadline (DEADLINE_S, 20 s), after which it answers in any case. */
const SILENCE_MS = 30_000;
const HOPELESS = [401, 403, 422]; // before something else has changed

/**
 * What follows the end of a socket: after how many seconds to try again, null where that is of no use.
 * @param {number} code with which it closed
 * @param {import("../../shared/service.js").ServiceError | null} refusal why the service did not let the client in
 * @param {number} tries so many in a row failed before
 */
export function pauseAfter(code, refusal, tries) {
  if (HOPELESS.includes(refusal?.status)) return null;
  return code === 1013 ? FULL_PAUSE_S : PAUSES_S[Math.min(tries, PAUSES_S.length - 1)];
}

/**
 * A live client. It tells how its link is, {phase, code, refusal, at}: `connecting`; `open`; `waiting` for the next try at a time of
 * performance.now(), after an end with this code (1013: full); or `refused`, for good.
 */
export class LiveSocket {
  /** told: {link(link): the new one, answer(answer)}; the first link is told at once. */
  constructor(name, told) {
    this._address = new URL(`v1/live/${encodeURIComponent(name)}`, document.baseURI);
    this._address.protocol = this._address.protocol.replace("http", "ws");
    this._told = told;
    this._tries = 0;
    this.retry();
  }

  /** Try now. */
  retry() {
    clearTimeout(this._again);
    this._refusal = null;
    this._told.link({ phase: "connecting" });
    this._socket = new WebSocket(this._address);
    this._socket.onmessage = ({ data }) => this._take(data);
    this._socket.onclose = ({ code }) => this._ended(code);
  }

  send(text) {
    this._socket.send(text);
    this._silence ??= setTimeout(() => this._ended(1006), SILENCE_MS); // a network that is gone tells nobody
  }

  close() {
    this._drop();
    clearTimeout(this._again);
  }

  _take(data) {
    this._heard();
    const message = JSON.parse(data);
    if ("hello" in message) {
      this._tries = 0;
      this._told.link({ phase: "open" });
    } else if ("seq" in message) {
      this._told.answer(message);
    } else {
      this._refusal = refused(message.status, data);
    }
  }

  _ended(code) {
    this._drop();
    const pauseS = pauseAfter(code, this._refusal, this._tries);
    this._tries += 1;
    if (pauseS !== null) this._again = setTimeout(() => this.retry(), 1000 * pauseS);
    const at = pauseS === null ? null : performance.now() + 1000 * pauseS;
    this._told.link({ phase: pauseS === null ? "refused" : "waiting", code, refusal: this._refusal, at });
  }

  _drop() {
    this._heard();
    this._socket.onmessage = this._socket.onclose = null;
    this._socket.close();
  }

  _heard() {
    clearTimeout(this._silence);
    this._silence = undefined;
  }
}
