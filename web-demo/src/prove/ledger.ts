// The owner's ledger of disclosures, kept in this browser: what all proofs told together, and the budget.

import { setBudget } from 'wattproof/prove';
import { keep, recall } from '../store.js';

const NAME = 'owner.ledger';

/** The ledger's file; `undefined` before the first proof and budget. */
export async function ledger(): Promise<string | undefined> {
  const kept = await recall(NAME);
  return typeof kept === 'string' ? kept : undefined;
}

/** Runs `spend` with the ledger, and keeps the one it gives before anything else of it is seen; no two tabs at a time. */
export async function spending<T extends { readonly ledger: string }>(spend: (ledger: string | undefined) => Promise<T>): Promise<T> {
  return navigator.locks.request(NAME, async () => {
    const made = await spend(await ledger());
    await keep(NAME, made.ledger);
    return made;
  });
}

/** Sets the most bits that may be told about one period; `null` for no limit. */
export async function limit(bits: number | null): Promise<void> {
  await navigator.locks.request(NAME, async () => keep(NAME, await setBudget(await ledger(), bits)));
}

/** The same ledger as if there were no limit, to see what is past it. */
export async function withoutBudget(file: string | undefined): Promise<string> {
  return setBudget(file, null);
}

/** What the ledger says of itself; `undefined` if it is damaged. The page reads these two members and no more; the package judges. */
export function summary(file: string | undefined): { budget: number | null; proofs: number } | undefined {
  try {
    const { budget_bits = null, proofs = [] } = JSON.parse(file ?? '{}') as { budget_bits?: number | null; proofs?: unknown[] };
    return { budget: budget_bits, proofs: proofs.length };
  } catch {
    return undefined;
  }
}
