// QR codes: drawn, and read from pictures. Loaded when somebody asks for one.

import { encodeQR } from 'qr';
import { decodeQR } from 'qr/decode.js';

/** A camera's picture or a photograph is made smaller than this, at its longer side: enough for any code, and quick. */
const MOST_PIXELS = 2000;

/** Draws `text` as a QR code; crisp at any size. */
export function draw(text: string, label: string): SVGSVGElement {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 4 });
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  drawing.setAttribute('viewBox', `0 0 ${rows.length} ${rows.length}`);
  drawing.setAttribute('class', 'qr');
  drawing.setAttribute('role', 'img');
  drawing.setAttribute('aria-label', label);
  drawing.setAttribute('shape-rendering', 'crispEdges');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join(''));
  drawing.append(path);
  return drawing;
}

/** The text of the QR code in a picture; `undefined` if none can be read. */
export function read(picture: CanvasImageSource, width: number, height: number): string | undefined {
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return undefined;
  // A picture may be transparent; codes are read on white.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return undefined;
  }
}

/** The text of the QR code in an image file. */
export async function readFile(file: Blob): Promise<string | undefined> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return undefined;
  }
  try {
    return read(picture, picture.width, picture.height);
  } finally {
    picture.close();
  }
}
