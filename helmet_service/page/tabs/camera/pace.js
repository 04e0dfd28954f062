// When the next frame is due, and how fast the stream is. Times are milliseconds of performance.now().

/** The service has one frame of a client in work and one that waits: of a third, one would be thrown away. */
const MOST_UNANSWERED = 2;
const SHOWN_MS = 5000;
const TRIPS = 15;

/** A stream that begins; until the service says how fast it may be, it is slow. */
export const FIRST_PACE = {
  hint: { rate: 1, jpeg_quality: 80 },
  unanswered: [], // {seq, at: when it was taken}, oldest first
  sent: [], // when the last frames were taken
  judged: [], // when the last answers about people came
  trips: [], // how long the last TRIPS answers took, from the frame on
  dropped: 0,
};

/** When the next frame may be taken; null: not before an answer has come. */
export function dueAt(pace) {
  if (pace.unanswered.length >= MOST_UNANSWERED) return null;
  return pace.sent.length ? pace.sent.at(-1) + 1000 / pace.hint.rate : 0;
}

export function afterFrame(pace, seq, at) {
  return { ...pace, unanswered: [...pace.unanswered, { seq, at }], sent: recent([...pace.sent, at], at) };
}

/** answer: of /v1/live, also a problem. Frames before it have no answer any more. */
export function afterAnswer(pace, answer, now) {
  const asked = pace.unanswered.find(({ seq }) => seq === answer.seq);
  return {
    ...pace,
    hint: answer.quality_hint,
    unanswered: pace.unanswered.filter(({ seq }) => seq > answer.seq),
    judged: answer.people ? recent([...pace.judged, now], now) : pace.judged,
    trips: asked ? [...pace.trips, now - asked.at].slice(-TRIPS) : pace.trips,
    dropped: pace.dropped + answer.dropped,
  };
}

/** What a person sees of it: frames a second, the median round trip in ms (null before the first), frames dropped so far. */
export function figures(pace, now) {
  return {
    sentPerS: perSecond(pace.sent, now),
    judgedPerS: perSecond(pace.judged, now),
    latencyMs: median(pace.trips),
    dropped: pace.dropped,
  };
}

/** Those of the last SHOWN_MS, and in any case the last two. */
function recent(times, now) {
  return times.filter((time, place) => time >= now - SHOWN_MS || place >= times.length - 2);
}

/** By the intervals between times in order, and by the one since the last where that is longer. */
function perSecond(times, now) {
  if (times.length < 2) return 0;
  const interval = (times.at(-1) - times[0]) / (times.length - 1);
  return 1000 / Math.max(interval, now - times.at(-1));
}

function median(values) {
  return values.length ? [...values].sort((one, other) => one - other)[values.length >> 1] : null;
}
