import * as glue from './wattproof_wasm.js';
import { ERROR_CODES } from './codes.js';
import { Instance, type Load, type Own } from './instance.js';
import type { WasmSource } from './types.js';

/** What a Wasm file offers that verifies; those of several entries do. */
export interface Glue {
  /** Of each Wasm with this glue, as `integrity` of `fetch` has it; put there when the package is made. */
  readonly SHA256: readonly string[];
  readonly default: (options: { module_or_path: WebAssembly.Module }) => Promise<unknown>;
  readonly Key: { load(json: string, allowDevKeys: boolean): glue.Key };
  readonly Verifier: new (key: glue.Key, profile: string, ...offsets: [number, number, number, number]) => glue.Verifier;
  readonly checkUnconfirmed: typeof glue.checkUnconfirmed;
  readonly profileZone: typeof glue.profileZone;
  readonly version: typeof glue.version;
}

/** One Wasm file that verifies, and what calls into it. */
export class Wasm extends Instance {
  readonly glue: Glue;

  /** @param mark - a function that this Wasm exports, and no other */
  constructor(glue: Glue, mark: string) {
    super(glue.default, glue.SHA256, mark, new Set(ERROR_CODES));
    this.glue = glue;
  }

  /** The version of its build. */
  version(): string {
    return this.call(() => this.glue.version());
  }
}

/** The verifier's, without curves. */
export const wasm = /* @__PURE__ */ new Wasm(glue, 'verifier_verify');

/** Starts the verifier's Wasm once; see {@link Instance.start}. */
export function start(source: WasmSource | undefined, own: () => Own, load?: Load): Promise<void> {
  return wasm.start(source, own, load);
}
