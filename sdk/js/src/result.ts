import { ERROR_CODES } from './codes.js';
import { fromWasm, WattproofError } from './errors.js';
import type {
  BatchVerdict,
  ClaimContext,
  Condition,
  KeyInfo,
  Output,
  Period,
  Setup,
  TrustedDevice,
  UnconfirmedClaim,
  VerifiedClaim,
} from './types.js';

// The Wasm's JSON becomes typed values here. It comes from our own build, so that a misfit is a defect and not a
// refusal; it still must never pass for a verdict.

/** A JSON object. */
export type Json = Record<string, unknown>;

const CODES: ReadonlySet<string> = new Set(ERROR_CODES);

/** Reads what `Verifier.verify` returned; `zone` is the profile's. */
export function verifiedClaim(text: string, zone: string): VerifiedClaim {
  return claim(parse(text), zone);
}

/** Reads what `Verifier.verifyBatch` returned for `count` bundles; `zone` is the profile's. */
export function batchVerdicts(text: string, count: number, zone: string): BatchVerdict[] {
  const verdicts: unknown = JSON.parse(text);
  if (!Array.isArray(verdicts) || verdicts.length !== count) throw misfit('verdicts');
  return verdicts.map((verdict: Json): BatchVerdict => {
    if (verdict['claim'] !== undefined) return Object.freeze({ claim: claim(object(verdict, 'claim'), zone) });
    const error = fromWasm(verdict['error'], CODES);
    if (!(error instanceof WattproofError)) throw misfit('error');
    return Object.freeze({ error });
  });
}

function claim(json: Json, zone: string): VerifiedClaim {
  if (json['verdict'] !== 'verified') throw misfit('verdict');
  return deepFreeze({
    verdict: 'verified',
    period: { ...period(json), zone },
    conditions: list(json, 'conditions').map(condition),
    outputs: list(json, 'outputs').map(output),
    level: { least: string(object(json, 'level'), 'least'), text: string(object(json, 'level'), 'text') },
    setup: setup(json),
    uniqueness: {
      status: string(object(json, 'uniqueness'), 'status'),
      text: string(object(json, 'uniqueness'), 'text'),
    },
    nullifier: integer(json, 'nullifier'),
    context: context(object(json, 'context')),
    policyDigest: integer(json, 'policy_digest'),
    circuitId: string(json, 'circuit_id'),
    root: integer(json, 'root'),
    ...(json['device'] === undefined ? {} : { device: device(object(json, 'device')) }),
  });
}

function device(json: Json): TrustedDevice {
  return {
    meter: string(json, 'meter'),
    algorithm: string(json, 'algorithm'),
    publicKey: string(json, 'public_key'),
    validFrom: integer(json, 'valid_from'),
    validUntil: integer(json, 'valid_until'),
  };
}

/** Reads what `checkUnconfirmed` returned. */
export function unconfirmedClaim(text: string): UnconfirmedClaim {
  const json = parse(text);
  if (json['verdict'] !== 'unconfirmed') throw misfit('verdict');
  const statement = object(json, 'statement');
  return deepFreeze({
    verdict: 'unconfirmed',
    text: string(json, 'text'),
    statement: {
      policyDigest: integer(statement, 'policy_digest'),
      period: period(statement),
      context: integer(statement, 'context'),
      anchor: integer(statement, 'anchor'),
      nullifier: integer(statement, 'nullifier'),
      outputs: list(statement, 'outputs').map((value) => integer({ value }, 'value')),
    },
    setup: setup(json),
  });
}

/** Reads what `Key.info` returned. */
export function keyInfo(text: string): KeyInfo {
  const json = parse(text);
  return deepFreeze({
    circuitId: string(json, 'circuit_id'),
    fingerprint: string(json, 'fingerprint'),
    setup: { status: setupStatus(object(json, 'setup')) },
  });
}

/** Reads what `profileZone` returned: where and when a verifier needs four offsets from UTC. */
export function zonedInstants(text: string): { zone: string; instants: bigint[] } {
  const json = parse(text);
  const instants = list(json, 'instants').map((value) => integer({ value }, 'value'));
  if (instants.length !== 4) throw misfit('instants');
  return { zone: string(json, 'zone'), instants };
}

/** One condition in words. */
export function condition(value: unknown): Condition {
  const json = record(value, 'conditions');
  return { kind: string(json, 'kind'), text: string(json, 'text') };
}

/** A figure that is shown. */
export function output(value: unknown): Output {
  const json = record(value, 'outputs');
  const { channel = null, commitment = null } = json;
  if (typeof channel !== 'number' && channel !== null) throw misfit('channel');
  const point = (): [bigint, bigint] => {
    const [x, y] = list(json, 'commitment').map((value) => integer({ commitment: value }, 'commitment'));
    if (x === undefined || y === undefined) throw misfit('commitment');
    return [x, y];
  };
  return {
    name: string(json, 'name'),
    value: commitment === null ? integer(json, 'value') : null,
    unit: string(json, 'unit'),
    text: string(json, 'text'),
    channel,
    commitment: commitment === null ? null : point(),
  };
}

/** What a claim is for. */
export function context(json: Json): ClaimContext {
  switch (json['kind']) {
    case 'challenge':
      return { kind: 'challenge', verifier: string(json, 'verifier'), nonce: string(json, 'nonce') };
    case 'settlement':
      return {
        kind: 'settlement',
        chainId: integer(json, 'chain_id'),
        contract: string(json, 'contract'),
        payee: string(json, 'payee'),
        order: string(json, 'order'),
      };
    default:
      throw misfit('context.kind');
  }
}

function setup(json: Json): Setup {
  const inner = object(json, 'setup');
  return { status: setupStatus(inner), text: string(inner, 'text') };
}

function setupStatus(json: Json): Setup['status'] {
  const status = json['status'];
  if (status !== 'dev' && status !== 'ceremony') throw misfit('setup.status');
  return status;
}

/** A member `period`. */
export function period(json: Json): Period {
  const inner = object(json, 'period');
  return { start: integer(inner, 'start'), end: integer(inner, 'end') };
}

/** A JSON object from the Wasm. */
export function parse(text: string): Json {
  return record(JSON.parse(text), 'result');
}

/** A member that is an object. */
export function object(json: Json, member: string): Json {
  return record(json[member], member);
}

/** A value that is an object; `name` is its member. */
export function record(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(name);
  return value as Json;
}

/** A member that is a list. */
export function list(json: Json, member: string): unknown[] {
  const value = json[member];
  if (!Array.isArray(value)) throw misfit(member);
  return value;
}

/** A member that is text. */
export function string(json: Json, member: string): string {
  const value = json[member];
  if (typeof value !== 'string') throw misfit(member);
  return value;
}

/** A member that is an integer in decimal. */
export function integer(json: Json, member: string): bigint {
  const value = string(json, member);
  if (!/^-?(0|[1-9]\d*)$/.test(value)) throw misfit(member);
  return BigInt(value);
}

/** A member that may be null. */
export function optional<T>(json: Json, member: string, read: (json: Json, member: string) => T): T | null {
  return json[member] === null ? null : read(json, member);
}

/** The Wasm said something else than this package expects. */
export function misfit(member: string): Error {
  return new Error(`wattproof: the Wasm's answer does not fit this package at \`${member}\`; install it afresh`);
}

/** Makes a result unchangeable, all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
