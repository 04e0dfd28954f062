// Asks the service. Paths are relative, as a proxy may serve all of it below a path.

/** An answer other than 2xx, or none. */
export class ServiceError extends Error {
  /**
   * @param {number} status of HTTP; 0 when the service did not answer
   * @param {object | null} problem the body (RFC 9457), where it is one
   * @param {number | null} retryAfterS seconds after which it may be asked again, where it says so
   */
  constructor(status, problem = null, retryAfterS = null) {
    super(problem?.detail ?? `HTTP ${status}`);
    Object.assign(this, { status, problem, retryAfterS });
  }
}

/** Said on `document` when the service wants a key: 401. */
export const KEY_NEEDED = "keyneeded";

/**
 * Ask, and return the answer's JSON (null for an answer without a body).
 * @param {string} path such as "v1/status"
 * @param {RequestInit} options of fetch
 * @throws {ServiceError}; the DOMException AbortError when options.signal stops it
 */
export async function ask(path, options = {}) {
  try {
    const answer = await fetch(path, options);
    const body = await answer.text();
    if (!answer.ok) throw refused(answer.status, body, answer.headers.get("Retry-After"));
    return body ? JSON.parse(body) : null; // what is no JSON came from something before the service
  } catch (error) {
    throw error instanceof ServiceError || error.name === "AbortError" ? error : new ServiceError(0);
  }
}

/** The error of a refusal, by status, body and the header Retry-After; it also says that a key is needed. */
export function refused(status, body, retryAfter = null) {
  if (status === 401) document.dispatchEvent(new Event(KEY_NEEDED));
  const retryAfterS = retryAfter === null ? NaN : Number(retryAfter); // proxies may send a date
  return new ServiceError(status, problemOf(body), Number.isFinite(retryAfterS) ? retryAfterS : null);
}

function problemOf(body) {
  try {
    const problem = JSON.parse(body);
    return typeof problem?.detail === "string" ? problem : null;
  } catch {
    return null; // a proxy's page
  }
}
