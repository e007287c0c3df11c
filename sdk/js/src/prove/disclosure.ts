import { condition, context, deepFreeze, integer, list, misfit, object, output, period, record, string } from '../result.js';
import type { Disclosure } from './types.js';

/** Reads the Wasm's words on what a claim tells. */
export function disclosureOf(value: unknown): Disclosure {
  const json = record(value, 'disclosure');
  const step = (value: unknown): Disclosure['steps'][number] => {
    const step = record(value, 'steps');
    return { text: string(step, 'text'), millibits: number(step, 'millibits') };
  };
  const level = object(json, 'level');
  return deepFreeze({
    period: { ...period(json), zone: string(json, 'zone') },
    context: context(object(json, 'context')),
    policyDigest: integer(json, 'policy_digest'),
    conditions: list(json, 'conditions').map(condition),
    revealed: list(json, 'revealed').map(output),
    level: { least: string(level, 'least'), text: string(level, 'text') },
    root: integer(json, 'root'),
    nullifier: integer(json, 'nullifier'),
    steps: list(json, 'steps').map(step),
    earlier: number(json, 'earlier'),
    addsMillibits: integer(json, 'adds_millibits'),
    accountMillibits: integer(json, 'account_millibits'),
    budgetBits: json['budget_bits'] === null ? null : number(json, 'budget_bits'),
  });
}

function number(json: Record<string, unknown>, member: string): number {
  const value = json[member];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw misfit(member);
  return value;
}
