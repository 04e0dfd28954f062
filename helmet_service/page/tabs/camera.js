// Camera: frames of the browser's camera go to the live socket, and the judged ones are shown with their verdicts.
import { render } from "../vendor/lit-html.js";
import { ServiceError } from "../shared/service.js";
import { CameraError, cameraOf, closeCamera, listCameras, openCamera } from "./camera/device.js";
import { Frames } from "./camera/frames.js";
import { LiveSocket } from "./camera/live_socket.js";
import { figures } from "./camera/pace.js";
import { cameraView } from "./camera/view.js";

const NAME = "page"; // of the stream: the service uses it for nothing

/**
 * phase: `off`, `starting` or `on`. camera: its id, null before the first start. trouble: a CameraError. link: of
 * LiveSocket. since: when the stream began, in ms of Date.now(). answer: the newest about people. problem: the
 * ServiceError of the newest frame, where that could not be judged.
 */
const state = { phase: "off", cameras: [], camera: null, trouble: null, link: null, since: 0, answer: null, problem: null };
const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true, playsInline: true });
const judged = document.createElement("canvas"); // over the video: the frame that the answer is about

let root;
let run = null; // since the start: {media, frames, socket, clock}

const does = {
  toggle: () => (state.phase === "off" ? start() : stop()),
  choose(id) {
    state.camera = id;
    stop();
    start();
  },
  retry: () => run.socket.retry(),
};

export const tab = {
  open(where) {
    root = where;
    document.addEventListener("visibilitychange", visibilityChanged);
    tab.render();
  },
  close() {
    document.removeEventListener("visibilitychange", visibilityChanged);
    stop();
  },
  render() {
    const now = performance.now();
    const shown = run?.frames ? figures(run.frames.pace, now) : null;
    render(cameraView({ ...state, figures: shown, now }, { video, judged }, does), root);
  },
};

function set(changes) {
  Object.assign(state, changes);
  tab.render();
}

async function start() {
  const mine = (run = {});
  set({ phase: "starting", trouble: null });
  try {
    mine.media = await openCamera(state.camera);
  } catch (trouble) {
    if (run !== mine) return;
    state.camera = null; // the chosen one may be gone
    return stop(trouble);
  }
  if (run === mine) await judge(mine);
  else closeCamera(mine.media); // stopped meanwhile
}

async function judge(mine) {
  mine.media.getVideoTracks()[0].onended = () => stop(new CameraError("lost"));
  const begins = new Promise((done) => (video.onloadeddata = done));
  video.srcObject = mine.media;
  const [cameras] = await Promise.all([listCameras(), begins]);
  if (run !== mine) return;
  set({ phase: "on", cameras, camera: cameraOf(mine.media) });
  mine.frames = new Frames(video, (text) => mine.socket.send(text));
  mine.socket = new LiveSocket(NAME, { link, answer });
  mine.clock = setInterval(tab.render, 1000);
  stayAwake(mine);
}

/** trouble: a CameraError, where that is why. */
function stop(trouble = null) {
  const { media, frames, socket, clock, lock } = run ?? {};
  run = null;
  frames?.rest();
  socket?.close();
  clearInterval(clock);
  lock?.release();
  if (media) closeCamera(media);
  video.srcObject = null;
  set({ phase: "off", trouble, link: null, answer: null, problem: null });
}

function link(link) {
  if (link.phase === "open") {
    run.frames.renew();
    if (!document.hidden) run.frames.begin();
    set({ link, since: Date.now() });
  } else {
    run.frames.rest();
    set({ link, answer: null, problem: null }); // of now is only what the camera shows
  }
}

/** A judged frame is shown itself, with its verdicts: drawn over the video they would lie beside people who move. */
function answer(answer) {
  const frame = run.frames.answered(answer);
  if (!answer.people) return set({ problem: new ServiceError(answer.status, answer), answer: null });
  if (frame) draw(frame);
  set({ answer, problem: null });
}

function draw(frame) {
  Object.assign(judged, { width: frame.width, height: frame.height });
  judged.getContext("2d").drawImage(frame, 0, 0);
}

function visibilityChanged() {
  if (!run?.socket) return;
  if (document.hidden) return run.frames.rest();
  stayAwake(run);
  if (state.link.phase === "open") run.frames.begin();
  if (state.link.phase === "waiting") run.socket.retry();
}

/** The screen stays on, where the browser can do that; a page that is hidden loses it. */
async function stayAwake(mine) {
  mine.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (run !== mine) mine.lock?.release();
}
