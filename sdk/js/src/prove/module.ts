import type { WasmSource } from '../types.js';

/** The Wasm, compiled once for this realm and all workers of it. */
export class Module {
  readonly #load: (source: WasmSource | undefined) => Promise<WasmSource>;
  #compiled: Promise<WebAssembly.Module> | undefined;

  /** `load` gives what can be compiled for a source, or for none. */
  constructor(load: (source: WasmSource | undefined) => Promise<WasmSource>) {
    this.#load = load;
  }

  /** Only the first call's source counts. What failed may be tried again. */
  compile(source?: WasmSource): Promise<WebAssembly.Module> {
    this.#compiled ??= this.#load(source)
      .then(compiled)
      .catch((error: unknown) => {
        this.#compiled = undefined;
        throw error;
      });
    return this.#compiled;
  }
}

async function compiled(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof URL || typeof source === 'string') return compiled(await fetch(source));
  if (source instanceof Response) {
    if (!source.ok) throw new Error(`wattproof: ${source.url}: the server answered ${source.status}`);
    // Some servers do not know the type, without which an engine does not compile a stream.
    const streams = source.headers.get('content-type')?.startsWith('application/wasm') === true;
    return streams ? WebAssembly.compileStreaming(source) : WebAssembly.compile(await source.arrayBuffer());
  }
  return WebAssembly.compile(source);
}
