import initGlue from './wattproof_wasm.js';
import { fromWasm, WattproofError } from './errors.js';
import type { WasmSource } from './types.js';

let started: Promise<void> | undefined;
let running = false;
let stopped = false;

/** How a platform gets what a URL names. */
export type Load = (url: string) => Promise<Response | BufferSource>;

/**
 * Compiles and starts the Wasm once; a failed start may be tried again.
 *
 * @param source - the caller's, or undefined
 * @param own - what to start without one
 * @param load - the platform's way to a URL
 */
export function start(source: WasmSource | undefined, own: () => WasmSource, load: Load = (url) => fetch(url)): Promise<void> {
  started ??= (async () => {
    try {
      await initGlue({ module_or_path: await compile(source === undefined ? own() : source, load) });
    } catch (cause) {
      throw new TypeError(`source: the Wasm did not start: ${words(cause)}`, { cause });
    }
    running = true;
  })().catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

/** Runs a call into the Wasm and gives its refusals their type. */
export function call<T>(run: () => T): T {
  if (!running) throw new TypeError('wattproof: not started; await init() or loadKey() first');
  if (stopped) throw new Error('wattproof: the Wasm instance stopped earlier; reload the page or restart the process');
  // Until the call comes back in order: after a trap or an exhausted stack the instance's memory may be inconsistent, and it must
  // not answer again. Set before, as a stack that is exhausted can end what comes after, too.
  stopped = true;
  try {
    const result = run();
    stopped = false;
    return result;
  } catch (thrown) {
    const error = fromWasm(thrown);
    if (error instanceof WattproofError) stopped = false;
    throw error;
  }
}

/** Frees something in the Wasm; a stopped instance has nothing left to free. */
export function release(free: () => void): void {
  if (!stopped) call(free);
}

async function compile(source: WasmSource, load: Load): Promise<WebAssembly.Module> {
  const url = typeof source === 'string' ? source : href(source);
  const module = await compiled(url === undefined ? (source as Exclude<WasmSource, string | URL>) : await load(url));
  // The glue keeps whatever it started: a stranger's module would stand in the way of the next attempt.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === 'verifier_verify')) {
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

// A caller's getter or trap may have thrown anything.
function words(thrown: unknown): string {
  try {
    return String((thrown as Error).message);
  } catch {
    return 'what it met cannot be told';
  }
}
