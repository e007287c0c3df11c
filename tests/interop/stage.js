// A folder with a policy and a claim that meets it, and the command line to work on them.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wattproof } from '../../sdk/js/test/cli.js';

const ZONE = 'America/Los_Angeles';
const NONCE = `0x${'ab'.repeat(32)}`;

/** Quarters of an hour from the beginning of a period on, each with a figure of its own. */
function readings(from, count) {
  const begin = Date.parse(`${from}Z`);
  const line = (_, i) => `${new Date(begin + i * 900_000).toISOString().slice(0, 16).replace('T', ' ')},${310 + 7 * i}`;
  return `time,Wh\n${Array.from({ length: count }, line).join('\n')}\n`;
}

/** What is proved: over which period, at which level, and how much of the volume is told (`exact`, `none`, `hidden`). */
export const SHAPES = {
  'an hour at L1': { level: 'L1', unit: 'hour', reveal: 'exact' },
  'an hour at L3': { level: 'L3', unit: 'hour', reveal: 'exact' },
  'an hour that tells nothing': { level: 'L3', unit: 'hour', reveal: 'none' },
  'an hour whose volume is hidden': { level: 'L3', unit: 'hour', reveal: 'hidden' },
  'a plain day': { level: 'L3', unit: 'day', reveal: 'none' },
};

const PERIOD = { hour: '2011-03-09T17', day: '2011-03-09' };
const QUARTERS = { hour: 4, day: 96 };

function policy({ level, unit, reveal }) {
  const geometry = { intervals_per_block: QUARTERS[unit], blocks: { min: 1, max: 1 }, aligned: true, value_bits: 16, registry_depth: 2 };
  return {
    wattproof: 'policy/1',
    geometry,
    scope: { authority: 'example-utility', name: 'evening-cap', calendar: { zone: ZONE, unit } },
    meter: {
      interval_seconds: 900,
      grid_offset_seconds: -28800,
      channels: [{ quantity: 'energy', direction: 'import', unit: 'Wh' }],
    },
    least_level: level,
    conditions: [
      { kind: 'completeness', min_measured_ppm: 1000000 },
      { kind: 'volume', channel: 0, min: '0', max: '80000', reveal },
      { kind: 'limit', channel: 0, bound: 'at-most', value: '2000' },
    ],
  };
}

/** Makes the folder: `policy.json` and `package.json`, for a meter of a registry, or at L3 for a device, whose circuit is smaller. */
export function stage(name = 'an hour at L3') {
  const { level, unit, reveal } = SHAPES[name];
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-interop-'));
  const at = (file) => join(folder, file);
  const json = (file) => JSON.parse(readFileSync(at(file), 'utf8'));
  const run = (line) => wattproof(folder, ...line.split(' '));
  /** Runs a line of commands' words, which must go well. */
  const go = (line) => {
    const { code, out, err } = run(line);
    assert.equal(code, 0, err);
    return out;
  };
  const period = PERIOD[unit];
  writeFileSync(at('policy.json'), JSON.stringify(policy(SHAPES[name])));
  writeFileSync(at('readings.csv'), readings(unit === 'hour' ? `${period}:00` : `${period}T00:00`, QUARTERS[unit]));
  go(`import readings.csv --csv-zone ${ZONE} -o readings.json`);
  let registry = '';
  if (level === 'L3') {
    go('device keygen --serial SN-1 --algorithm p256 -o device.json --public-out public.json');
  } else {
    go('device keygen --serial SN-1 -o device.json');
    go(`device enrol --device device.json --level ${level} --nameplate 5000`
      + ` --valid-from 2011-01-01 --valid-until 2012-01-01 --zone ${ZONE} -o enrolment.json`);
    go('registry init --depth 2 -o registry.log');
    go(`registry add registry.log --enrolment enrolment.json --level ${level} --nameplate 5000`);
    registry = '--registry registry.log ';
  }
  go(`device sign --device device.json --readings readings.json --policy policy.json --period ${period} ${registry}`
    + `--verifier example-utility --nonce ${NONCE} -o package.json`);
  if (reveal === 'hidden') {
    // As a household in a sum would; whose sum it is, is no matter here.
    const { blindings: _, ...bare } = json('package.json');
    writeFileSync(at('package.json'), JSON.stringify({ ...bare, blindings: ['123456789'] }));
  }
  return {
    at, json, run, go, period, nonce: NONCE,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** snarkjs keeps its workers, and Node with them. */
export const stop = async () => { await globalThis.curve_bn128?.terminate(); };

export const silent = { info() {}, debug() {}, warn() {}, error() {} };
