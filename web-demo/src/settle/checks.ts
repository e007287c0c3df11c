// What the contract checks, in its order, and how each stands as far as the chain was asked. The contract's own answer is what counts.

import { verifyArguments } from 'wattproof/evm';
import type { Facts } from './contract.js';
import type { Offer } from './offer.js';

export type Standing = 'holds' | 'fails' | 'unknown';

export interface Check {
  readonly name: 'running' | 'open' | 'over' | 'early' | 'policy' | 'root' | 'device' | 'fresh' | 'payee' | 'proof' | 'money';
  readonly standing: Standing;
}

const NOBODY = `0x${'0'.repeat(40)}`;
const judged = (holds: boolean | undefined): Standing => (holds === undefined ? 'unknown' : holds ? 'holds' : 'fails');

/** All of them. */
export function checks(offer: Offer, bundle: string | undefined, facts: Facts | undefined): Check[] {
  const { order, payee } = offer;
  const about = facts?.bundle;
  return [
    { name: 'running', standing: judged(facts && !facts.paused) },
    { name: 'open', standing: judged(facts && facts.order.status === 'open') },
    { name: 'over', standing: judged(facts && facts.now >= order.end) },
    { name: 'early', standing: judged(facts && facts.now < order.deadline) },
    { name: 'policy', standing: judged(facts && (facts.policy.status === 'active' || facts.policy.status === 'retired')) },
    facts?.policy.byDevice === true
      // Key and signature are the contract's to judge.
      ? { name: 'device', standing: 'unknown' }
      : { name: 'root', standing: judged(facts && about && rootHolds(about, order.end)) },
    { name: 'fresh', standing: judged(about && !about.claimed) },
    { name: 'payee', standing: judged(order.payee === NOBODY || order.payee === payee) },
    { name: 'proof', standing: judged(facts && about && about.proofHolds === true && isAbout(facts, offer, bundle)) },
    { name: 'money', standing: judged(facts && facts.order.funds > 0n) },
  ];
}

function rootHolds({ root }: NonNullable<Facts['bundle']>, end: bigint): boolean {
  if (!root.fresh) return false;
  return root.status === 'present' || (root.status === 'replaced' && end <= root.replacedAt);
}

/** Whether the bundle speaks of this policy, period and context. */
function isAbout(facts: Facts, { order }: Offer, bundle: string | undefined): boolean {
  if (bundle === undefined) return false;
  const [digest, period, context] = verifyArguments(bundle).inputs;
  return digest === facts.policy.digest && period === order.start + (order.end << 64n) && context === facts.context;
}
