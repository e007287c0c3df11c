// Files for the tests, made by the command line tool itself: a small circuit, signed readings, keys.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wattproof } from './cli.js';

export const NONCE = `0x${'ab'.repeat(32)}`;
/** The hour that is claimed, as typed. */
export const HOUR = '2011-03-09T17';

const VALID = '--valid-from 2011-01-01 --valid-until 2012-01-01';

/** A folder to work in, and the program run in it, one line at a time. */
export class Workshop {
  folder = mkdtempSync(join(tmpdir(), 'wattproof-sdk-'));
  /** What is measured from its begin on, and claimed: the hour, or a day. */
  period = HOUR;
  /** Devices of level L3, which are in no registry. */
  #elements = new Set();

  /** Runs a line, however it ends. */
  attempt(line) {
    return wattproof(this.folder, ...line.trim().split(/\s+/));
  }

  run(line) {
    const { code, out, err } = this.attempt(line);
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

  #measure(name, wh) {
    const begin = Date.parse(this.period.includes('T') ? `${this.period}:00Z` : this.period);
    const time = (i) => new Date(begin + i * 900_000).toISOString().slice(0, 16).replace('T', ' ');
    const rows = wh.map((value, i) => `${time(i)},${value}`);
    this.write(`${name}.csv`, `time,Wh\n${rows.join('\n')}\n`);
    this.run(`import ${name}.csv --csv-zone America/Los_Angeles -o ${name}.readings.json`);
  }

  /** A meter of this name with readings, in the registry. */
  enrol(name, wh) {
    this.#measure(name, wh);
    this.run(`device keygen --serial ${name} -o ${name}.device.json`);
    this.run(
      `device enrol --device ${name}.device.json --level L1 --nameplate 5000 ${VALID} --zone America/Los_Angeles
       -o ${name}.enrolment.json`,
    );
    this.run(`registry add registry.log --enrolment ${name}.enrolment.json --level L1 --nameplate 5000`);
  }

  /** A device of level L3 with readings; `NAME.public.json` is what verifiers get of it. */
  element(name, wh, algorithm) {
    this.#measure(name, wh);
    this.run(`device keygen --serial ${name} --algorithm ${algorithm} -o ${name}.device.json --public-out ${name}.public.json`);
    this.#elements.add(name);
  }

  sign(name, verifier, nonce, out) {
    const registry = this.#elements.has(name) ? '' : '--registry registry.log';
    this.run(
      `device sign --device ${name}.device.json --readings ${name}.readings.json --policy policy.json --period ${this.period}
       ${registry} --verifier ${verifier} --nonce ${nonce} -o ${out}`,
    );
  }

  /** Keys for `policy.json`: `key.vk.json` and `key.pk`. */
  setup() {
    const { verifying_key: key } = this.json('setup --policy policy.json -o keys');
    this.copy(key, 'key.vk.json');
    this.copy(key.replace(/\.vk\.json$/, '.pk'), 'key.pk');
  }

  /** A verifier's terms for the meters of the registry, or for one device of level L3. */
  profile(verifier, nonce, out, { element, key = 'key.vk.json' } = {}) {
    const whose = element === undefined ? '--registry registry.log' : `--device ${element}.public.json ${VALID}`;
    this.run(
      `profile new --policy policy.json --key ${key} ${whose} --period ${this.period} --verifier ${verifier} --nonce ${nonce}
       -o ${out}`,
    );
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An hour of quarters, or a day, with a total and a cap; `reveal` is `exact`, `hidden` or `none`. */
export function policy(reveal, level = 'L1', unit = 'hour') {
  const [quarters, max] = unit === 'day' ? [96, '80000'] : [4, '8000'];
  return JSON.stringify({
    wattproof: 'policy/1',
    geometry: { intervals_per_block: quarters, blocks: { min: 1, max: 1 }, aligned: true, value_bits: 16, registry_depth: 2 },
    scope: { authority: 'example-utility', name: 'evening-cap', calendar: { zone: 'America/Los_Angeles', unit } },
    meter: {
      interval_seconds: 900,
      grid_offset_seconds: -28800,
      channels: [{ quantity: 'energy', direction: 'import', unit: 'Wh' }],
    },
    least_level: level,
    conditions: [
      { kind: 'completeness', min_measured_ppm: 1000000 },
      { kind: 'volume', channel: 0, min: '0', max, reveal },
      { kind: 'limit', channel: 0, bound: 'at-most', value: '2000' },
    ],
  });
}
