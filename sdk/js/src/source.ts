import type { WasmSource } from './types.js';

/** How a platform gets what a URL names. */
export type Load = (url: string) => Promise<Response | BufferSource>;

/**
 * Compiles one of the package's Wasm files.
 *
 * @param source - where it is
 * @param load - the platform's way to a URL
 * @param mark - the name of an export that only this file has
 */
export async function compile(source: WasmSource, load: Load, mark: string): Promise<WebAssembly.Module> {
  const url = typeof source === 'string' ? source : href(source);
  const module = await compiled(url === undefined ? (source as Exclude<WasmSource, string | URL>) : await load(url));
  // The glue keeps whatever it started: a stranger's module would stand in the way of the next attempt.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === mark)) {
    throw new TypeError('this is not the Wasm of wattproof');
  }
  return module;
}

async function compiled(source: Response | BufferSource | WebAssembly.Module): Promise<WebAssembly.Module> {
  if (isModule(source)) return source as WebAssembly.Module;
  if (typeof Response === 'function' && source instanceof Response) {
    if (!source.ok) throw new TypeError(`${source.url} answered with status ${source.status}`);
    // Streaming insists on the media type, which not every server knows.
    const isTyped = source.headers.get('Content-Type') === 'application/wasm';
    return isTyped ? WebAssembly.compileStreaming(source) : WebAssembly.compile(await source.arrayBuffer());
  }
  return WebAssembly.compile(source as BufferSource);
}

// Not `instanceof`: a runtime may hand over a module or a URL that was made outside of this realm.
function isModule(value: unknown): boolean {
  try {
    return WebAssembly.Module.exports(value as WebAssembly.Module) !== undefined;
  } catch {
    return false;
  }
}

function href(value: unknown): string | undefined {
  try {
    return Object.getOwnPropertyDescriptor(URL.prototype, 'href')?.get?.call(value) as string;
  } catch {
    return undefined;
  }
}
