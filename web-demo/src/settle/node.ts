// A way onto a chain: a node on this computer, asked over HTTP, or a wallet in this browser (EIP-1193, found by EIP-6963).

import type { Hex } from 'wattproof/evm';
import { refusalOf, type Refusal } from './abi.js';

/** EIP-1193. */
export interface Provider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

export interface Wallet {
  readonly name: string;
  readonly provider: Provider;
}

/** Why something did not work on a chain. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  constructor(
    /** `reverted`: the contract refused. `declined`: the person did, in the wallet. */
    readonly code: 'not-local' | 'no-node' | 'declined' | 'reverted' | 'node-error' | 'no-account',
    message: string,
    readonly refusal?: Refusal,
  ) {
    super(message);
  }
}

/** What the page's security policy lets this room talk to. */
const LOCAL = /^http:\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?\/?$/;
const PATIENCE_MS = 20_000;

/** A node on this computer. */
export function localNode(address: string): Provider {
  if (!LOCAL.test(address)) throw new ChainError('not-local', address);
  let id = 0;
  return {
    async request({ method, params = [] }) {
      id += 1;
      const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
      let answer: { readonly result?: unknown; readonly error?: unknown };
      try {
        const response = await fetch(address, {
          method: 'POST', headers: { 'content-type': 'application/json' }, body, credentials: 'omit', signal: AbortSignal.timeout(PATIENCE_MS),
        });
        answer = (await response.json()) as typeof answer;
      } catch (cause) {
        throw new ChainError('no-node', cause instanceof Error ? cause.message : String(cause));
      }
      if (answer.error !== undefined) throw answer.error;
      return answer.result;
    },
  };
}

/** The wallets that announce themselves; an older one by its usual place. */
export async function wallets(): Promise<Wallet[]> {
  const found = new Map<string, Wallet>();
  const hear = (event: Event): void => {
    const { info, provider } = (event as CustomEvent<{ info: { uuid: string; name: string }; provider: Provider }>).detail;
    found.set(info.uuid, { name: info.name, provider });
  };
  addEventListener('eip6963:announceProvider', hear);
  dispatchEvent(new Event('eip6963:requestProvider'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  removeEventListener('eip6963:announceProvider', hear);
  const { ethereum } = globalThis as { ethereum?: Provider };
  if (found.size === 0 && ethereum !== undefined) found.set('', { name: '', provider: ethereum });
  return [...found.values()];
}

/** What somebody asks of a chain. */
export interface Transaction {
  readonly from: Hex;
  /** Left out where a contract is made. */
  readonly to?: Hex;
  readonly data: Hex;
}

export interface Receipt {
  readonly hash: Hex;
  readonly ok: boolean;
  readonly gas: bigint;
  readonly contract: Hex | undefined;
}

/** A chain that was reached. */
export class Chain {
  private constructor(
    readonly provider: Provider,
    readonly id: bigint,
    /** That may send; a wallet has one at a time. */
    readonly accounts: readonly Hex[],
    readonly wallet: string | undefined,
  ) {}

  /** Reaches it; a wallet asks the person first. */
  static async reach(provider: Provider, wallet?: string): Promise<Chain> {
    const accounts = await ask<Hex[]>(provider, wallet === undefined ? 'eth_accounts' : 'eth_requestAccounts');
    const id = BigInt(await ask<Hex>(provider, 'eth_chainId'));
    return new Chain(provider, id, accounts, wallet);
  }

  ask<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    return ask<T>(this.provider, method, ...params);
  }

  /** Asks a contract without sending anything. */
  read(to: Hex, data: Hex, from?: Hex): Promise<Hex> {
    return this.ask<Hex>('eth_call', { ...(from === undefined ? {} : { from }), to, data }, 'latest');
  }

  async gas(transaction: Transaction): Promise<bigint> {
    return BigInt(await this.ask<Hex>('eth_estimateGas', transaction));
  }

  /** The chain's time, Unix seconds. */
  async now(): Promise<bigint> {
    const { timestamp } = await this.ask<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false);
    return BigInt(timestamp);
  }

  /** Sends it and waits until it is in a block. */
  async send(transaction: Transaction): Promise<Receipt> {
    const hash = await this.ask<Hex>('eth_sendTransaction', transaction);
    type Found = { status: Hex; gasUsed: Hex; contractAddress: Hex | null } | null;
    for (;;) {
      const found = await this.ask<Found>('eth_getTransactionReceipt', hash);
      if (found !== null) return { hash, ok: BigInt(found.status) === 1n, gas: BigInt(found.gasUsed), contract: found.contractAddress ?? undefined };
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Asks a wallet to go to another chain. */
  async switchTo(id: bigint): Promise<void> {
    await this.ask('wallet_switchEthereumChain', { chainId: `0x${id.toString(16)}` });
  }
}

async function ask<T>(provider: Provider, method: string, ...params: readonly unknown[]): Promise<T> {
  try {
    return (await provider.request({ method, params })) as T;
  } catch (error) {
    throw translated(error);
  }
}

/** Nodes and wallets differ in how deep they put what the contract said. */
function translated(error: unknown): ChainError {
  if (error instanceof ChainError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const words = typeof message === 'string' ? message : String(error);
  if (code === 4001) return new ChainError('declined', words);
  const data = revertData(error, 0);
  return data === undefined ? new ChainError('node-error', words) : new ChainError('reverted', words, refusalOf(data));
}

function revertData(error: unknown, depth: number): Hex | undefined {
  if (typeof error === 'string') return /^0x([0-9a-f]{8}([0-9a-f]{2})*)?$/i.test(error) ? (error as Hex) : undefined;
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  const { data, originalError, error: inner } = error as Record<string, unknown>;
  return revertData(data, depth + 1) ?? revertData(originalError, depth + 1) ?? revertData(inner, depth + 1);
}
