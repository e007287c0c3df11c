// Proving keys: those that were built into the page's folder, by circuit, and those that somebody loads.

import type { Prover, ProveOptions } from './engine.js';

interface Listed {
  /** Name of the circuit in the catalogue. */
  readonly circuit: string;
  readonly verifyingKey: string;
  readonly provingKey: string;
  /** Length of the proving key. */
  readonly bytes: number;
}

/** Both keys of a circuit. */
export interface Keys {
  readonly verifyingKey: string | Uint8Array;
  readonly provingKey: URL | Blob;
  readonly bytes: number;
}

let listed: Promise<readonly Listed[]> | undefined;
let prover: { readonly keys: Keys; readonly ready: Promise<Prover> } | undefined;

/** The keys for a circuit of the catalogue; `undefined` if the page has none. */
export async function keysFor(circuit: string | null): Promise<Keys | undefined> {
  listed ??= fetch('./keys/index.json').then((response) => (response.ok ? (response.json() as Promise<Listed[]>) : []));
  const found = (await listed).find((each) => each.circuit === circuit);
  if (found === undefined) return undefined;
  const response = await fetch(`./keys/${found.verifyingKey}`);
  if (!response.ok) throw new Error(`keys/${found.verifyingKey}: HTTP ${response.status}`);
  return {
    verifyingKey: await response.text(),
    provingKey: new URL(`./keys/${found.provingKey}`, document.baseURI),
    bytes: found.bytes,
  };
}

/** A prover with these keys, kept for the next proof with the same. */
export async function proverFor(keys: Keys, options: ProveOptions): Promise<Prover> {
  if (prover?.keys === keys) return prover.ready;
  const earlier = prover;
  const { createProver } = await import('wattproof/prove');
  const ready = createProver({ ...keysOnly(keys), allowDevKeys: true, ...options });
  prover = { keys, ready };
  // One that was stopped or failed is not kept.
  ready.catch(() => (prover = prover?.ready === ready ? undefined : prover));
  void earlier?.ready.then((old) => old.dispose(), () => {});
  return ready;
}

const keysOnly = ({ verifyingKey, provingKey }: Keys) => ({ verifyingKey, provingKey });
