// Probe of the verifying entries. It runs inside of each host, so that it imports nothing of Node.

import { misjudged } from './vector-runner.js';

export async function judge(api, { cases, files, least, l3 = false }) {
  const verdicts = new Set(cases.map((vector) => vector.expect.verdict));
  if (verdicts.size < 3) throw new Error(`only ${[...verdicts]}: nothing verified, unconfirmed or refused`);
  const lines = await misjudged(api, cases, files, least, { l3 });
  // After everything refused, the instance is as good as new.
  const good = cases.find((vector) => vector.expect.verdict === 'verified');
  return [...lines, ...(await misjudged(api, [good], files, 1, { l3 }))];
}
