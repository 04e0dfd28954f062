// A video on its way to the service.
import { refused, ServiceError } from "../../shared/service.js";

const SPEED_OVER_MS = 5000;
const LONGEST_NAME = 128; // characters; the service's bound of a request's id

/**
 * Send a form of `POST /v1/videos`; fetch does not tell how much of a body was sent.
 * @param {FormData} form
 * @param {(loaded: number, total: number) => void} told bytes that were sent, of all
 * @returns {{done: Promise<object>, cancel: () => void}} done: the queued job; rejected by a ServiceError, or the
 *   DOMException AbortError after `cancel`
 */
export function send(form, told) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => told(loaded, total);
    request.onload = () => {
      const { status, responseText } = request;
      if (status === 202) resolve(JSON.parse(responseText));
      else reject(refused(status, responseText, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(new ServiceError(0));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
  });
  request.open("POST", "v1/videos");
  request.send(form);
  return { done, cancel: () => request.abort() };
}

/** The form of a video; chosen: {video, hats, trust, every} as `form.js` has them. */
export function formOf({ video, hats, trust, every }) {
  const form = new FormData();
  const request = { id: nameOf(video), every: every || null, trust: hats ? trust : null };
  form.append("request", JSON.stringify(request));
  if (hats) form.append("hats", hats);
  form.append("video", video);
  return form;
}

/** A file's name as the service takes it for the job's: printable, cut at its longest. */
function nameOf(file) {
  const printable = file.name.replace(/\p{C}|[^\P{Z} ]/gu, " ");
  return [...printable].slice(0, LONGEST_NAME).join("") || null;
}

/**
 * Why a video would be refused for its size: {key, values} of a text; null for one that fits.
 * @param {{video: File, hats: File | null}} chosen
 * @param {{video_bytes: number, body_bytes: number}} limits of `/v1/info`
 */
export function tooLarge({ video, hats }, limits) {
  if (hats && hats.size > limits.body_bytes) return { key: "video.hats_too_large", size: hats.size, most: limits.body_bytes };
  const size = video.size + (hats?.size ?? 0);
  return size > limits.video_bytes ? { key: "video.too_large", size, most: limits.video_bytes } : null;
}

/** Points {ms, loaded} of the last seconds, with another one. */
export function withPoint(points, point) {
  return [...points.filter(({ ms }) => ms > point.ms - SPEED_OVER_MS), point];
}

/** Bytes a second over these points; null where they do not tell yet. */
export function speed(points) {
  const [first, last] = [points[0], points.at(-1)];
  return points.length > 1 && last.ms > first.ms ? (1000 * (last.loaded - first.loaded)) / (last.ms - first.ms) : null;
}
