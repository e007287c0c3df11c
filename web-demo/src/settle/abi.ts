// As much of the contracts' ABI as this room speaks: calls whose arguments have fixed sizes, their answers, and errors by name.

import { keccak_256 } from '@noble/hashes/sha3';
import { settlementAbi, type Hex } from 'wattproof/evm';

/** A parameter, as compilers describe it. */
interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly components?: readonly Parameter[];
}

interface Entry {
  readonly type: string;
  readonly name?: string;
  readonly inputs?: readonly Parameter[];
}

/** What goes into one word, or into several one after the other. */
export type Value = bigint | number | boolean | Hex | readonly Value[];

/** A contract's refusal. */
export interface Refusal {
  /** Of its typed error, e.g. `AlreadyClaimed`; of no kind that is known: the data itself. */
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
}

/** keccak256 of bytes in hex. */
export function keccak256(data: Hex): Hex {
  const bytes = Uint8Array.from(data.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return toHex(keccak_256(bytes));
}

/** The digest of a text: what topics of events are. */
export const digestOf = (text: string): Hex => toHex(keccak_256(new TextEncoder().encode(text)));

function toHex(bytes: Uint8Array): Hex {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Values as words. */
export function words(value: Value): string {
  if (Array.isArray(value)) return value.map(words).join('');
  if (typeof value === 'string') {
    // Addresses stand at a word's end, 32 bytes fill it.
    return value.slice(2).toLowerCase().padStart(64, '0');
  }
  return BigInt(value as bigint | number | boolean).toString(16).padStart(64, '0');
}

/** A call of `name(types)`. */
export function call(signature: string, ...values: readonly Value[]): Hex {
  return `${digestOf(signature).slice(0, 10)}${words(values)}` as Hex;
}

/** The words of an answer, as numbers. */
export function numbers(answer: Hex): bigint[] {
  return (answer.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));
}

/** A number's last twenty bytes. */
export const addressOf = (word: bigint): Hex => `0x${(word & ((1n << 160n) - 1n)).toString(16).padStart(40, '0')}`;

/** A type as signatures have it. */
function typeOf({ type, components }: Parameter): string {
  return components === undefined ? type : `(${components.map(typeOf).join(',')})${type.slice('tuple'.length)}`;
}

const signatureOf = ({ name, inputs }: Entry): string => `${name}(${(inputs ?? []).map(typeOf).join(',')})`;

/** Of tokens and of the compiler, beside the settlement's own. */
const OTHERS: readonly Entry[] = [
  { type: 'error', name: 'ERC20InsufficientBalance', inputs: [{ name: 'sender', type: 'address' }, { name: 'balance', type: 'uint256' }, { name: 'needed', type: 'uint256' }] },
  { type: 'error', name: 'ERC20InsufficientAllowance', inputs: [{ name: 'spender', type: 'address' }, { name: 'allowance', type: 'uint256' }, { name: 'needed', type: 'uint256' }] },
  { type: 'error', name: 'Panic', inputs: [{ name: 'code', type: 'uint256' }] },
  { type: 'error', name: 'Error', inputs: [{ name: 'message', type: 'string' }] },
];

const ERRORS: ReadonlyMap<string, Entry> = new Map(
  [...(settlementAbi as readonly Entry[]), ...OTHERS]
    .filter(({ type }) => type === 'error')
    .map((entry) => [digestOf(signatureOf(entry)).slice(0, 10), entry] as const),
);

/** What a revert says. */
export function refusalOf(data: Hex): Refusal {
  const entry = ERRORS.get(data.slice(0, 10).toLowerCase());
  if (entry === undefined) return { name: data === '0x' ? '' : data.slice(0, 10), args: {} };
  const found = numbers(`0x${data.slice(10)}`);
  const args = (entry.inputs ?? []).map(({ name, type }, i): [string, string] => [name, shown(type, found, i)]);
  return { name: entry.name ?? '', args: Object.fromEntries(args) };
}

function shown(type: string, all: readonly bigint[], at: number): string {
  const word = all[at] ?? 0n;
  if (type === 'address') return addressOf(word);
  if (type === 'bytes32') return `0x${word.toString(16).padStart(64, '0')}`;
  if (type !== 'string') return word.toString();
  const from = Number(word / 32n);
  const length = Math.min(Number(all[from] ?? 0n), 256);
  const bytes = all.slice(from + 1).map((each) => each.toString(16).padStart(64, '0')).join('');
  return new TextDecoder().decode(Uint8Array.from(bytes.match(/../g)?.slice(0, length) ?? [], (pair) => parseInt(pair, 16)));
}
