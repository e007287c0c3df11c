import { fromWasm } from './errors.js';
import type { WasmSource } from './types.js';

/** A Wasm file's instance in this realm. */
export interface Instance {
  /** Compiles and starts the Wasm once; a failed start may be tried again. */
  start(source: () => WasmSource | Promise<WasmSource>): Promise<void>;
  /** Runs a call into the Wasm and gives its refusals their type. */
  call<T>(run: () => T): T;
}

/** An instance that is started by wasm-bindgen's `initGlue`; `hint` says what to await first. */
export function instance(initGlue: (input: { module_or_path: WasmSource }) => Promise<unknown>, hint: string): Instance {
  let started: Promise<void> | undefined;
  let running = false;
  let trapped = false;
  return {
    start(source) {
      started ??= (async () => {
        await initGlue({ module_or_path: await source() });
        running = true;
      })().catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    call(run) {
      if (!running) throw new TypeError(`wattproof: not started; await ${hint} first`);
      if (trapped) throw new Error('wattproof: the Wasm instance stopped earlier; reload the page or restart the process');
      try {
        return run();
      } catch (thrown) {
        // After a trap the instance's memory may be inconsistent: it must not answer again.
        if (thrown instanceof WebAssembly.RuntimeError) trapped = true;
        throw fromWasm(thrown);
      }
    },
  };
}
