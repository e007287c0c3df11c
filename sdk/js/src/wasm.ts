import initGlue from './wattproof_wasm.js';
import { fromWasm } from './errors.js';
import type { WasmSource } from './types.js';

let started: Promise<void> | undefined;
let running = false;
let trapped = false;

/** Compiles and starts the Wasm once; a failed start may be tried again. */
export function start(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  started ??= (async () => {
    await initGlue({ module_or_path: await source() });
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
  if (trapped) throw new Error('wattproof: the Wasm instance stopped earlier; reload the page or restart the process');
  try {
    return run();
  } catch (thrown) {
    // After a trap the instance's memory may be inconsistent: it must not answer again.
    if (thrown instanceof WebAssembly.RuntimeError) trapped = true;
    throw fromWasm(thrown);
  }
}
