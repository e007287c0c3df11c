import { describe, fileText, members, type FileText } from '../input.js';
import { fileOf, MAX_LEDGER_BYTES, MAX_WITNESS_BYTES } from './arguments.js';
import { disclosureOf } from './disclosure.js';
import { glue, start, wasm } from './main.js';
import type { Platform } from './prover.js';
import type { DiscloseInput, Disclosure } from './types.js';

const MOST_BITS = 2 ** 32 - 1;

/** `disclose` on a platform. */
export async function disclose(platform: Platform, input: DiscloseInput): Promise<Disclosure> {
  const given = members('disclose', input, ['witness', 'ledger']);
  const witness = fileText('witness', given['witness'], MAX_WITNESS_BYTES);
  const ledger = fileOf('ledger', given['ledger'], MAX_LEDGER_BYTES);
  await start(await platform.compile());
  return disclosureOf(JSON.parse(wasm.call(() => glue.disclose(witness, ledger))));
}

/** `setBudget` on a platform. */
export async function setBudget(platform: Platform, ledger: FileText | undefined, bits: number | null): Promise<string> {
  const text = fileOf('ledger', ledger, MAX_LEDGER_BYTES);
  if (bits !== null && (!Number.isInteger(bits) || bits < 0 || bits > MOST_BITS)) {
    throw new TypeError(`bits: expected null or a whole number from 0 to ${MOST_BITS}, not ${typeof bits === 'number' ? bits : describe(bits)}`);
  }
  await start(await platform.compile());
  return wasm.call(() => glue.setBudget(text, bits ?? undefined));
}
