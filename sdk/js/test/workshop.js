// Files for the tests, made by the command line tool itself: a small circuit, signed readings, keys.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wattproof } from './cli.js';

export const NONCE = `0x${'ab'.repeat(32)}`;
/** The hour that is claimed, as typed. */
export const HOUR = '2011-03-09T17';

/** A folder to work in, and the program run in it, one line at a time. */
export class Workshop {
  folder = mkdtempSync(join(tmpdir(), 'wattproof-sdk-'));

  run(line) {
    const { code, out, err } = wattproof(this.folder, ...line.trim().split(/\s+/));
    if (code !== 0) throw new Error(`${line}: ${err}`);
    return out;
  }

  json(line) {
    return JSON.parse(this.run(`--json ${line}`));
  }

  path(name) {
    return join(this.folder, name);
  }

  text(name) {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name, text) {
    writeFileSync(this.path(name), text);
  }

  copy(from, to) {
    copyFileSync(this.path(from), this.path(to));
  }

  /** A meter of this name with readings, in the registry. */
  enrol(name, wh) {
    const rows = wh.map((value, i) => `2011-03-09 17:${String(i * 15).padStart(2, '0')},${value}`);
    this.write(`${name}.csv`, `time,Wh\n${rows.join('\n')}\n`);
    this.run(`import ${name}.csv --csv-zone America/Los_Angeles -o ${name}.readings.json`);
    this.run(`device keygen --serial ${name} -o ${name}.device.json`);
    this.run(
      `device enrol --device ${name}.device.json --level L1 --nameplate 5000
       --valid-from 2011-01-01 --valid-until 2012-01-01 --zone America/Los_Angeles -o ${name}.enrolment.json`,
    );
    this.run(`registry add registry.log --enrolment ${name}.enrolment.json --level L1 --nameplate 5000`);
  }

  sign(name, verifier, nonce, out) {
    this.run(
      `device sign --device ${name}.device.json --readings ${name}.readings.json --policy policy.json --period ${HOUR}
       --registry registry.log --verifier ${verifier} --nonce ${nonce} -o ${out}`,
    );
  }

  /** Keys for `policy.json`: `key.vk.json` and `key.pk`. */
  setup() {
    const { verifying_key: key } = this.json('setup --policy policy.json -o keys');
    this.copy(key, 'key.vk.json');
    this.copy(key.replace(/\.vk\.json$/, '.pk'), 'key.pk');
  }

  profile(verifier, nonce, out) {
    this.run(
      `profile new --policy policy.json --key key.vk.json --registry registry.log --period ${HOUR}
       --verifier ${verifier} --nonce ${nonce} -o ${out}`,
    );
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An hour of quarters with a total and a cap; `reveal` is `exact` or `hidden`. */
export function policy(reveal) {
  return JSON.stringify({
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
      { kind: 'volume', channel: 0, min: '0', max: '8000', reveal },
      { kind: 'limit', channel: 0, bound: 'at-most', value: '2000' },
    ],
  });
}
