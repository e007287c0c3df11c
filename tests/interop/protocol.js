// The protocol's hashes, written a second time: plain BigInt over poseidon-lite, as the documents describe them.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as lite from 'poseidon-lite';

/** Domain tags. */
export const TAG = {
  meterId: 1n,
  meterConfig: 2n,
  block: 3n,
  genesis: 4n,
  chain: 5n,
  attest: 6n,
  nullifierKey: 7n,
  nullifier: 8n,
  leaf: 9n,
  policy: 10n,
  scope: 11n,
};

/** Untagged Poseidon; one function for each arity. */
export const poseidon = (inputs) => lite[`poseidon${inputs.length}`](inputs);

const padded = (inputs, length) => [...inputs, ...Array(length - inputs.length).fill(0n)];

/** A tag with a number below 2^32 and one below 2^64 above it. */
export const word = (tag, low = 0n, high = 0n) => tag + (low << 32n) + (high << 64n);

/** A fixed number of elements under a tag word: the smallest of the arities 3, 6 and 9 that holds them. */
export function tagged(tagWord, xs) {
  const inputs = [tagWord, ...xs];
  return poseidon(padded(inputs, [3, 6, 9].find((arity) => inputs.length <= arity)));
}

/** Any number of elements: tag, length and 14 first, then chunks of 15 behind the digest so far. */
export function many(tag, xs) {
  let digest = poseidon(padded([tag, BigInt(xs.length), ...xs.slice(0, 14)], 16));
  for (let i = 14; i < xs.length; i += 15) digest = poseidon(padded([digest, ...xs.slice(i, i + 15)], 16));
  return digest;
}

/** Text as an element: the first 31 bytes of SHA-256 over domain, zero byte and text. */
export function textElement(domain, text) {
  const digest = createHash('sha256').update(domain).update(Buffer.of(0)).update(text).digest();
  return BigInt(`0x${digest.subarray(0, 31).toString('hex')}`);
}

/** Root of a registry: four children a node, zero where nothing is. */
export function registryRoot(depth, leaves) {
  let level = leaves.map((leaf) => (leaf === null ? 0n : tagged(TAG.leaf, leaf)));
  let empty = 0n;
  for (let i = 0; i < depth; i += 1) {
    const next = [];
    for (let at = 0; at < Math.max(level.length, 1); at += 4) {
      next.push(poseidon([0, 1, 2, 3].map((j) => level[at + j] ?? empty)));
    }
    level = next;
    empty = poseidon([empty, empty, empty, empty]);
  }
  return level[0];
}

/** Elements below 2^bits, packed from the lowest on, as many as fit below 252 bits. */
function pack(values, bits) {
  const count = Math.floor(252 / bits);
  const words = [];
  for (let i = 0; i < values.length; i += count) {
    words.push(values.slice(i, i + count).reduce((sum, value, j) => sum + (value << BigInt(bits * j)), 0n));
  }
  return words;
}

/** Values with their quality above them. */
export function packReadings(readings, valueBits) {
  const lanes = readings.map(([value, quality]) => BigInt(value) + (BigInt(quality) << BigInt(valueBits)));
  return pack(lanes, valueBits + 2);
}

function geometryOf(policy) {
  if (typeof policy.geometry !== 'string') return policy.geometry;
  return JSON.parse(readFileSync(new URL(`../../circuits/shapes/${policy.geometry}.json`, import.meta.url), 'utf8'));
}

const KINDS = ['completeness', 'volume', 'limit'];
const BOUNDS = ['at-most', 'at-least'];

function sortedConditions(policy) {
  const order = (c) => [KINDS.indexOf(c.kind), c.channel ?? 0, Math.max(BOUNDS.indexOf(c.bound), 0)];
  return policy.conditions.toSorted((a, b) => {
    const [x, y] = [order(a), order(b)];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
  });
}

/** Compact JSON, members in the order of the documents. */
function shapeText(policy) {
  const { intervals_per_block, blocks, aligned, value_bits, registry_depth } = geometryOf(policy);
  const shapeOf = {
    completeness: () => ({ kind: 'completeness' }),
    volume: ({ channel, reveal }) => ({ kind: 'volume', channel, reveal }),
    limit: ({ channel, bound, schedule }) => ({ kind: 'limit', channel, bound, schedule: schedule !== undefined }),
  };
  return JSON.stringify({
    geometry: { intervals_per_block, blocks: { min: blocks.min, max: blocks.max }, aligned, value_bits, registry_depth },
    channels: policy.meter.channels.length,
    conditions: sortedConditions(policy).map((condition) => shapeOf[condition.kind](condition)),
  });
}

/** Scope of a policy. */
export function scopeOf({ scope }) {
  return many(TAG.scope, [
    textElement('wattproof/authority', scope.authority),
    textElement('wattproof/scope-name', scope.name),
    textElement('wattproof/zone', scope.calendar.zone),
    BigInt(['hour', 'day', 'week', 'month'].indexOf(scope.calendar.unit)),
  ]);
}

/** Grid offset, sizes and channels of a policy's meter, packed. */
export function meterKind(policy) {
  const { intervals_per_block, value_bits } = geometryOf(policy);
  const { grid_offset_seconds, channels } = policy.meter;
  const code = ({ quantity, direction, unit }) =>
    ['energy'].indexOf(quantity) +
    (['import', 'export', 'generation', 'consumption'].indexOf(direction) << 4) +
    (['Wh'].indexOf(unit) << 8);
  const lanes = [
    [grid_offset_seconds + 2 ** 17, 18],
    [intervals_per_block, 11],
    [value_bits, 6],
    [channels.length, 4],
    ...channels.map((channel) => [code(channel), 12]),
  ];
  let shift = 0n;
  let packed = 0n;
  for (const [value, bits] of lanes) {
    packed += BigInt(value) << shift;
    shift += BigInt(bits);
  }
  return packed;
}

function parameters(condition, valueBits) {
  const tolerate = condition.tolerate ?? [];
  const head =
    BigInt(KINDS.indexOf(condition.kind) + 1) +
    (tolerate.includes('estimated') ? 1n << 16n : 0n) +
    (tolerate.includes('missing') ? 1n << 17n : 0n);
  switch (condition.kind) {
    case 'completeness':
      return [head, BigInt(condition.min_measured_ppm)];
    case 'volume':
      return [head, BigInt(condition.min), BigInt(condition.max)];
    default:
      return [head, ...(condition.schedule ? pack(condition.schedule.map(BigInt), valueBits + 2) : [BigInt(condition.value)])];
  }
}

/** Digest of a policy document. */
export function policyDigest(policy) {
  const { value_bits } = geometryOf(policy);
  return many(TAG.policy, [
    textElement('wattproof/shape/1', shapeText(policy)),
    scopeOf(policy),
    BigInt(policy.meter.interval_seconds),
    meterKind(policy),
    BigInt(['L0', 'L1', 'L2'].indexOf(policy.least_level)),
    ...sortedConditions(policy).flatMap((condition) => parameters(condition, value_bits)),
  ]);
}
