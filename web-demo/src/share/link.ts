// A bundle in a link's fragment, which browsers do not send to servers: `#bundle=` and base64url of its bytes, as they are or
// deflated (zlib), whichever is shorter. JSON begins with `{` or white space, zlib with 0x78, so that no mark is needed.

const NAME = 'bundle=';
const ZLIB = 0x78;
/** Most bytes of a bundle, as the package has it, and one more: so that the package refuses it, and not a cut copy. */
const MOST_BYTES = 65_537;

/** The fragment that carries `bundle`, with its `#`. */
export async function fragment(bundle: string): Promise<string> {
  const plain = new TextEncoder().encode(bundle);
  const packed = await pipe(plain, new CompressionStream('deflate'), Infinity);
  return `#${NAME}${encode(packed.length < plain.length ? packed : plain)}`;
}

/** Whether a fragment carries a bundle. */
export function carries(hash: string): boolean {
  return hash.startsWith(`#${NAME}`);
}

/** The bundle in a link or fragment; `undefined` if there is none, or it is damaged. */
export async function extract(link: string): Promise<Uint8Array | undefined> {
  const at = link.indexOf(`#${NAME}`);
  if (at < 0) return undefined;
  try {
    const bytes = decode(link.slice(at + 1 + NAME.length));
    return bytes[0] === ZLIB ? await pipe(bytes, new DecompressionStream('deflate'), MOST_BYTES) : bytes;
  } catch {
    return undefined;
  }
}

/** Runs bytes through a stream, and stops reading at `most`: a small link can inflate to very much. */
async function pipe(bytes: Uint8Array<ArrayBuffer>, through: GenericTransformStream, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = (new Blob([bytes]).stream().pipeThrough(through) as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < most) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  // What is left unread is dropped; a stream that ended does not mind.
  await reader.cancel();
  return new Uint8Array(await new Blob(parts).slice(0, most).arrayBuffer());
}

function encode(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw new Error('not base64url');
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}
