// Frames of the video: taken when they are due, sent as JPEG, and kept until they are answered.
import { FIRST_PACE, afterAnswer, afterFrame, dueAt } from "./pace.js";

/** Longest side of a frame in pixels: the network sees it smaller still. */
const LONGEST_SIDE = 1280;

export class Frames {
  /** send: of a message's text. It is called only between `begin` and `rest`. */
  constructor(video, send) {
    this._video = video;
    this._send = send;
    this._kept = new Map(); // seq -> canvas
    this._spare = [];
    this._seq = 0;
    this.pace = FIRST_PACE;
  }

  /** Those before have no answers any more: the service counts and judges from the start. */
  renew() {
    this.pace = { ...FIRST_PACE, dropped: this.pace.dropped };
  }

  /** Take frames from now on. */
  begin() {
    this._runs = true;
    this._plan();
  }

  rest() {
    this._runs = false;
    clearTimeout(this._next);
  }

  /** The canvas with the frame that an answer is about, until the next frame is taken; null where it is gone. */
  answered(answer) {
    this.pace = afterAnswer(this.pace, answer, performance.now());
    const frame = this._kept.get(answer.seq) ?? null;
    for (const [seq, canvas] of this._kept) {
      if (seq > answer.seq) continue;
      this._kept.delete(seq);
      this._spare.push(canvas);
    }
    this._plan();
    return frame;
  }

  _plan() {
    clearTimeout(this._next);
    const at = dueAt(this.pace);
    if (!this._runs || this._isTaking || at === null) return;
    this._next = setTimeout(() => this._take(), Math.max(0, at - performance.now()));
  }

  async _take() {
    this._isTaking = true;
    const [at, canvas] = [performance.now(), this._spare.pop() ?? document.createElement("canvas")];
    draw(this._video, canvas);
    const picture = await jpeg(canvas, this.pace.hint.jpeg_quality);
    this._isTaking = false;
    if (this._runs) this._sendFrame(picture, canvas, at);
    else this._spare.push(canvas);
    this._plan();
  }

  _sendFrame(picture, canvas, at) {
    const seq = this._seq++;
    this._kept.set(seq, canvas);
    this.pace = afterFrame(this.pace, seq, at);
    this._send(JSON.stringify({ seq, picture, include: ["keypoints", "head"] }));
  }
}

function draw(video, canvas) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
}

/** A data: URL. Its base64 costs a few milliseconds, and buys keypoints, which binary messages cannot ask for. */
async function jpeg(canvas, quality) {
  const file = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality / 100));
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(file);
  });
}
