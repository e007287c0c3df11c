// From a meter file to a signed claim; runs in pages and in workers.

import { importMeter, openWitness, periods, selfSign } from '/pkg/meter.js';

/** What came of it, in a few words. */
export async function signed({ file, policy, context }) {
  const { readings, series } = await importMeter(file);
  const names = (await periods({ policy, readings })).map(({ name }) => name);
  const { witness } = await selfSign({ readings, policy, period: names[0], context });
  const { check, level } = await openWitness(witness);
  return { count: series[0].values.length, names, meets: check.meets, level };
}
