// A folder with a policy of an hour and a claim that meets it, and the command line to work on them.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wattproof } from '../../sdk/js/test/cli.js';

const READINGS = 'time,Wh\n2011-03-09 17:00,310\n2011-03-09 17:15,420\n2011-03-09 17:30,530\n2011-03-09 17:45,640\n';
const POLICY = {
  wattproof: 'policy/1',
  geometry: { intervals_per_block: 4, blocks: { min: 1, max: 1 }, aligned: true, value_bits: 16, registry_depth: 2 },
  scope: { authority: 'example-utility', name: 'evening-cap', calendar: { zone: 'America/Los_Angeles', unit: 'hour' } },
  meter: {
    interval_seconds: 900,
    grid_offset_seconds: -28800,
    channels: [{ quantity: 'energy', direction: 'import', unit: 'Wh' }],
  },
  least_level: 'L1',
  conditions: [
    { kind: 'completeness', min_measured_ppm: 1000000 },
    { kind: 'volume', channel: 0, min: '0', max: '8000', reveal: 'exact' },
    { kind: 'limit', channel: 0, bound: 'at-most', value: '2000' },
  ],
};

/** Makes the folder: `policy.json` and `package.json`, for a meter of a registry, or at L3 for a device, whose circuit is smaller. */
export function stage(level = 'L1') {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-interop-'));
  const at = (name) => join(folder, name);
  const json = (name) => JSON.parse(readFileSync(at(name), 'utf8'));
  const run = (line) => wattproof(folder, ...line.split(' '));
  /** Runs a line of commands' words, which must go well. */
  const go = (line) => {
    const { code, out, err } = run(line);
    assert.equal(code, 0, err);
    return out;
  };
  writeFileSync(at('policy.json'), JSON.stringify({ ...POLICY, least_level: level }));
  writeFileSync(at('readings.csv'), READINGS);
  go('import readings.csv --csv-zone America/Los_Angeles -o readings.json');
  let registry = '';
  if (level === 'L3') {
    go('device keygen --serial SN-1 --algorithm p256 -o device.json --public-out public.json');
  } else {
    go('device keygen --serial SN-1 -o device.json');
    go(`device enrol --device device.json --level ${level} --nameplate 5000`
      + ' --valid-from 2011-01-01 --valid-until 2012-01-01 --zone America/Los_Angeles -o enrolment.json');
    go('registry init --depth 2 -o registry.log');
    go(`registry add registry.log --enrolment enrolment.json --level ${level} --nameplate 5000`);
    registry = '--registry registry.log ';
  }
  go(`device sign --device device.json --readings readings.json --policy policy.json --period 2011-03-09T17 ${registry}`
    + `--verifier example-utility --nonce 0x${'ab'.repeat(32)} -o package.json`);
  return {
    at, json, run, go,
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      // snarkjs keeps its workers, and Node with them.
      await globalThis.curve_bn128?.terminate();
    },
  };
}

export const silent = { info() {}, debug() {}, warn() {}, error() {} };
