import { fileText, MAX_BUNDLE_BYTES, type FileText } from '../input.js';
import { proofWords, type ProofWords } from './proof.js';
import { refuse } from './refusal.js';
import type { Hex } from './types.js';

/** The scalar field's order: public inputs are below it. */
const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** What a bundle says, as numbers. Nothing of it is checked but its form: contracts verify. */
export interface BundleNumbers {
  readonly policyDigest: bigint;
  readonly start: bigint;
  readonly end: bigint;
  readonly context: bigint;
  readonly anchor: bigint;
  readonly nullifier: bigint;
  readonly outputs: readonly bigint[];
  readonly proof: ProofWords;
  /** At L3. */
  readonly device?: { readonly algorithm: string; readonly x: Hex; readonly y: Hex; readonly r: Hex; readonly s: Hex };
}

type Json = Record<string, unknown>;

/** Reads the bundle. */
export function bundleNumbers(bundle: FileText): BundleNumbers {
  const json = parse(fileText('bundle', bundle, MAX_BUNDLE_BYTES));
  if (json['wattproof'] !== 'bundle/1') throw refuse('unknown-version', 'bundle: `wattproof` is not "bundle/1"');
  const statement = object(json, 'statement');
  const period = object(statement, 'period');
  const outputs = statement['outputs'];
  if (!Array.isArray(outputs)) throw refuse('malformed', 'bundle: statement.outputs is not an array');
  return {
    policyDigest: number(statement['policy_digest'], 'statement.policy_digest'),
    start: number(period['start'], 'statement.period.start', 1n << 40n),
    end: number(period['end'], 'statement.period.end', 1n << 40n),
    context: number(statement['context'], 'statement.context'),
    anchor: number(statement['anchor'], 'statement.anchor'),
    nullifier: number(statement['nullifier'], 'statement.nullifier'),
    outputs: outputs.map((output, i) => number(output, `statement.outputs[${i}]`)),
    proof: proofWords(json['proof']),
    ...(json['device'] === undefined ? {} : { device: device(object(json, 'device')) }),
  };
}

function parse(text: string): Json {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse('malformed', `bundle: not JSON (${String((cause as Error).message)})`);
  }
  return object({ bundle: json }, 'bundle');
}

function object(json: Json, name: string): Json {
  const value = json[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('malformed', `bundle: ${name} is not an object`);
  return value as Json;
}

/** A decimal string below `limit`. */
function number(value: unknown, name: string, limit = R): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,77})$/.test(value)) throw refuse('malformed', `bundle: ${name} is not a decimal string`);
  const number = BigInt(value);
  if (number >= limit) throw refuse('field-range', `bundle: ${name} is too great`);
  return number;
}

function device(json: Json): NonNullable<BundleNumbers['device']> {
  const { algorithm } = json;
  if (typeof algorithm !== 'string') throw refuse('malformed', 'bundle: device.algorithm is not a string');
  const [x, y] = halves(json['public_key'], algorithm === 'ed25519' ? 32 : 64, 'device.public_key');
  const [r, s] = halves(json['signature'], 64, 'device.signature');
  return { algorithm, x, y, r, s };
}

function halves(value: unknown, bytes: number, name: string): [Hex, Hex] {
  if (typeof value !== 'string' || value.length !== 2 * bytes || !/^[0-9a-f]+$/.test(value)) {
    throw refuse('malformed', `bundle: ${name} is not ${2 * bytes} hex digits`);
  }
  return [`0x${value.slice(0, bytes)}`, `0x${value.slice(bytes)}`];
}
