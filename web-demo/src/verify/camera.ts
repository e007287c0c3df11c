// A camera looks for a QR code, until one is found or somebody stops it.

import { element } from '../dom.js';
import { read } from '../share/qr.js';

const PAUSE_MS = 150;

/** Shows the camera's picture in `place`; the code's text, or `undefined` if it was stopped. Rejects without a camera. */
export async function watch(place: HTMLElement, hint: string, stop: string): Promise<string | undefined> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 } } });
  let stopped = false;
  const video = element('video', { class: 'camera', playsinline: true, 'aria-label': hint });
  video.muted = true;
  video.srcObject = stream;
  const button = element('button', { type: 'button', class: 'button', id: 'camera-stop', click: () => (stopped = true) }, stop);
  place.replaceChildren(video, element('p', { class: 'hint' }, hint), button);
  try {
    await video.play();
    button.focus();
    while (!stopped && place.isConnected) {
      const text = video.videoWidth > 0 ? read(video, video.videoWidth, video.videoHeight) : undefined;
      if (text !== undefined) return text;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return undefined;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    place.replaceChildren();
  }
}
