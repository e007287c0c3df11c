import * as glue from '../wattproof_l3.js';
import type { Load, Own } from '../instance.js';
import type { WasmSource } from '../types.js';
import { Wasm } from '../wasm.js';

/** The verifier's, with the curves of devices. */
export const wasm = /* @__PURE__ */ new Wasm(glue, 'algorithms');

/** Starts it once; see `Instance.start`. */
export function start(source: WasmSource | undefined, own: () => Own, load?: Load): Promise<void> {
  return wasm.start(source, own, load);
}
