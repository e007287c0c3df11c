import { WattproofError } from '../errors.js';

/** Remedies of the codes that are raised here, where no Wasm is; same sentences as in Rust. */
export const EVM_REMEDIES = {
  malformed: 'Get the file again from whoever made it.',
  'unknown-version': 'Use a build of Wattproof that knows this version, or the right file.',
  'field-range': 'Get the bundle again; field elements are canonical decimal strings.',
  'bad-point': 'Get the file again from whoever made it.',
  'bad-signature': "Sign again with the device's key.",
  'wrong-period': 'Ask for a proof over the period in your profile.',
  'wrong-context': 'Ask for a proof made for your context.',
} as const;

/** A bundle that no contract would take. */
export function refuse(code: keyof typeof EVM_REMEDIES, message: string): WattproofError {
  return new WattproofError(code, message, EVM_REMEDIES[code]);
}
