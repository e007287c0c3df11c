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

/** The tables of conditions, which Rust publishes: names, parts, ranges and lanes of all members. */
const KINDS = JSON.parse(readFileSync(new URL('../../schemas/conditions.json', import.meta.url), 'utf8'));

const kindOf = ({ kind }) => KINDS.find((table) => table.kind === kind);

const inShape = (member) => member.part !== 'parameter' || member.list !== null;

/** A value as a number: names by their index, letters of a currency as bytes. */
function number(member, value) {
  switch (member.form) {
    case 'choice':
      return BigInt(member.names.indexOf(value));
    case 'flag':
      return value ? 1n : 0n;
    case 'currency':
      return BigInt(`0x${Buffer.from(value, 'ascii').toString('hex')}`);
    default:
      return BigInt(value);
  }
}

/** What a condition's shape has of a member; undefined where it is left out. */
function shapeValue(condition, member) {
  const value = condition[member.name];
  // A condition that is off has its lists' lengths.
  if (member.list !== null) return condition.off ? value : value?.length;
  return value === undefined || number(member, value) === BigInt(member.default ?? -1) ? undefined : value;
}

function sortedConditions(policy) {
  const keys = (condition) =>
    kindOf(condition).members
      .filter((member) => member.part === 'key')
      .map((member) => number(member, condition[member.name] ?? member.default));
  const compare = (x, y) => (x < y ? -1 : x > y ? 1 : 0);
  return policy.conditions.toSorted((a, b) => {
    const [x, y] = [a, b].map((condition) => [kindOf(condition).code, ...keys(condition)]);
    return x.map((value, i) => compare(value, y[i])).find((order) => order !== 0) ?? 0;
  });
}

/** Compact JSON, members in the order of the documents. */
function shapeText(policy) {
  const { intervals_per_block, blocks, aligned, value_bits, registry_depth, look_back, opened } = geometryOf(policy);
  const shapeOf = (condition) =>
    Object.fromEntries([
      ['kind', condition.kind],
      ...kindOf(condition).members.filter(inShape).map((member) => [member.name, shapeValue(condition, member)]),
    ]);
  return JSON.stringify({
    geometry: {
      intervals_per_block, blocks: { min: blocks.min, max: blocks.max }, aligned, value_bits, registry_depth,
      look_back: look_back || undefined,
      opened: opened || undefined,
    },
    channels: policy.meter.channels.length,
    conditions: sortedConditions(policy).map(shapeOf),
    trust: policy.least_level === 'L3' ? 'device' : undefined,
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

const QUANTITIES = [
  'energy', 'register', 'stored', 'power', 'voltage', 'gas', 'water', 'heat', 'data', 'compute', 'distance', 'mark',
];
const DIRECTIONS = ['import', 'export', 'generation', 'consumption', 'charge', 'discharge', 'none'];
const UNITS = ['Wh', 'W', 'dV', 'L', 'B', 'kB', 'MB', 's', 'm', 'count'];

/** Grid offset, sizes and channels of a policy's meter, packed. */
export function meterKind(policy) {
  const { intervals_per_block, value_bits } = geometryOf(policy);
  const { grid_offset_seconds, channels } = policy.meter;
  const code = ({ quantity, direction, unit }) =>
    QUANTITIES.indexOf(quantity) + (DIRECTIONS.indexOf(direction) << 4) + (UNITS.indexOf(unit) << 8);
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

/** A bound of a range, as the tables spell it. */
function bound(text, geometry) {
  const bits = geometry.value_bits + slotsOf(geometry).toString(2).length;
  const power = (name) => 1n << BigInt(name === 'value_bits' ? geometry.value_bits : bits);
  const most = /^2\^(\w+) - 1$/.exec(text);
  const least = /^1 - 2\^(\w+)$/.exec(text);
  return most ? power(most[1]) - 1n : least ? 1n - power(least[1]) : BigInt(text);
}

const slotsOf = ({ intervals_per_block, blocks }) => intervals_per_block * blocks.max;

/** The value of a parameter in a condition that is off. */
function neutral(condition, member, geometry) {
  const [least, most] = [member.least, member.most].map((text) => bound(text, geometry));
  const [, choice] = /^most if (\w+) is/.exec(member.off) ?? [];
  if (choice) {
    const { names } = kindOf(condition).members.find(({ name }) => name === choice);
    return condition[choice] === names[0] ? most : least;
  }
  return { zero: least > 0n ? least : 0n, least, most }[member.off];
}

function parameters(condition, geometry) {
  const { code, tolerates, members } = kindOf(condition);
  const tolerate = condition.off && tolerates ? ['estimated', 'missing'] : (condition.tolerate ?? []);
  const flag = (set, bit) => (set ? 1n << bit : 0n);
  const elements = [
    BigInt(code) + flag(tolerate.includes('estimated'), 16n) + flag(tolerate.includes('missing'), 17n) + flag(condition.off, 18n),
  ];
  for (const member of members.filter(({ part }) => part === 'parameter')) {
    const given = condition[member.name];
    if (member.unless !== null && condition[member.unless] !== undefined) continue;
    if (member.list === null) {
      elements.push(condition.off ? neutral(condition, member, geometry) : number(member, given ?? member.default));
      continue;
    }
    const values = condition.off
      ? Array.from({ length: given ?? 0 }, () => neutral(condition, member, geometry))
      : (given ?? []).map((value) => number(member, value));
    if (member.lane === null) {
      elements.push(...values);
      continue;
    }
    const bits = member.lane === 'value_bits + 2' ? geometry.value_bits + 2 : member.lane;
    const least = bound(member.least, geometry);
    elements.push(...pack(values.map((value) => value - least), bits));
  }
  return elements;
}

/** Digest of a policy document. */
export function policyDigest(policy) {
  const geometry = geometryOf(policy);
  return many(TAG.policy, [
    textElement('wattproof/shape/1', shapeText(policy)),
    scopeOf(policy),
    BigInt(policy.meter.interval_seconds),
    meterKind(policy),
    BigInt(['L0', 'L1', 'L2', 'L3'].indexOf(policy.least_level)),
    ...sortedConditions(policy).flatMap((condition) => parameters(condition, geometry)),
  ]);
}
