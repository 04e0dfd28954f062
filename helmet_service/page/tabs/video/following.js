// The list of video jobs, kept as the service has it: read again now and then, and by streams of events for those that
// are next. After the service was away, both come back by themselves.
import { ask } from "../../shared/service.js";

const STREAMS = 2; // a browser has six connections for all that it does with a service
const EACH_MS = 10_000; // places in the queue change without an event
const AGAIN_MS = 3000;

export const isFinished = (job) => !["queued", "running"].includes(job.state);

/**
 * @param {(jobs: object[] | null, error: Error | null) => void} told after each change: the jobs, newest first, as they
 *   are or were last; null before the first answer. error: why they could not be read just now.
 */
export function follow(told) {
  const streams = new Map(); // a job's id -> its EventSource
  let jobs = null;
  let timer = 0;
  let asking = null;
  let isStopped = false;

  async function refresh() {
    if (isStopped) return;
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    try {
      ({ jobs } = await ask("v1/videos", { signal: asking.signal }));
    } catch (error) {
      if (error.name !== "AbortError") missed(error);
      return;
    }
    listen();
    if (!jobs.every(isFinished)) timer = setTimeout(refresh, EACH_MS);
    told(jobs, null);
  }

  function missed(error) {
    closeStreams();
    // Who has signed in opens the tab again.
    if (error.status !== 401) timer = setTimeout(refresh, Math.max(AGAIN_MS, 1000 * error.retryAfterS));
    told(jobs, error);
  }

  function listen() {
    const next = jobs.filter((job) => !isFinished(job)).slice(-STREAMS).map((job) => job.id);
    for (const [id, stream] of streams) if (!next.includes(id)) close(id, stream);
    for (const id of next) if (!streams.has(id)) streams.set(id, opened(id));
  }

  function opened(id) {
    const stream = new EventSource(`v1/videos/${id}/events`);
    stream.onmessage = ({ data }) => changed(JSON.parse(data));
    stream.onerror = () => {
      close(id, stream);
      clearTimeout(timer);
      timer = setTimeout(refresh, AGAIN_MS);
    };
    return stream;
  }

  function changed(job) {
    const before = jobs.find(({ id }) => id === job.id);
    jobs = jobs.map((each) => (each === before ? { ...each, ...job } : each));
    if (isFinished(job)) close(job.id, streams.get(job.id)); // else the browser asks again and again
    told(jobs, null);
    if (before?.state !== job.state) refresh();
  }

  function close(id, stream) {
    stream?.close();
    streams.delete(id);
  }

  function closeStreams() {
    for (const [id, stream] of streams) close(id, stream);
  }

  function stop() {
    isStopped = true;
    clearTimeout(timer);
    asking?.abort();
    closeStreams();
  }

  return { refresh, stop };
}
