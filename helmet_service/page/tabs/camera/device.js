// The cameras of this device, as far as the browser lets the page have them.

const KINDS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** There are no pictures of a camera. kind: `insecure`, `denied`, `none`, `busy`, `lost` or `other`. */
export class CameraError extends Error {
  constructor(kind, message = "") {
    super(message);
    this.kind = kind;
  }
}

/** Browsers give cameras only to pages that came by TLS or from the same machine. */
export function hasCameras() {
  return isSecureContext && navigator.mediaDevices !== undefined;
}

/**
 * A camera's MediaStream; the browser asks the person whether it may.
 * @param {string | null} id of `listCameras`; null: a phone's back camera, or the only one
 * @throws {CameraError}
 */
export async function openCamera(id) {
  if (!hasCameras()) throw new CameraError("insecure");
  const which = id === null ? { facingMode: "environment" } : { deviceId: { exact: id } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (error) {
    throw new CameraError(KINDS[error.name] ?? "other", `${error.name}: ${error.message}`);
  }
}

/** All cameras: {id, label, facing: "environment", "user" or undefined}. Only after one was opened do they have names. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind }) => kind === "videoinput")
    .map((device) => ({ id: device.deviceId, label: device.label, facing: device.getCapabilities?.().facingMode?.[0] }));
}

/** Which of them a MediaStream shows. */
export function cameraOf(media) {
  return media.getVideoTracks()[0].getSettings().deviceId;
}

export function closeCamera(media) {
  for (const track of media.getTracks()) track.stop();
}
