// A folder with a policy and a claim that meets it, and the command line to work on them.

import { NONCE, policy, Workshop } from '../../sdk/js/test/workshop.js';

/** What is proved: over which period, at which level, and how much of the volume is told (`exact`, `none`, `hidden`). */
export const SHAPES = {
  'an hour at L1': { level: 'L1', unit: 'hour', reveal: 'exact' },
  'an hour at L3': { level: 'L3', unit: 'hour', reveal: 'exact' },
  'an hour that tells nothing': { level: 'L3', unit: 'hour', reveal: 'none' },
  'an hour whose volume is hidden': { level: 'L3', unit: 'hour', reveal: 'hidden' },
  'a plain day': { level: 'L3', unit: 'day', reveal: 'none' },
};

/** Makes the folder: `policy.json` and `package.json`, for a meter of a registry, or at L3 for a device, whose circuit is smaller. */
export function stage(name = 'an hour at L3') {
  const { level, unit, reveal } = SHAPES[name];
  const shop = new Workshop();
  if (unit === 'day') shop.period = '2011-03-09';
  shop.write('policy.json', policy(reveal, level, unit));
  const wh = Array.from({ length: unit === 'day' ? 96 : 4 }, (_, i) => 310 + 7 * i);
  if (level === 'L3') {
    shop.element('meter', wh, 'p256');
  } else {
    shop.run('registry init --depth 2 -o registry.log');
    shop.enrol('meter', wh);
  }
  shop.sign('meter', 'example-utility', NONCE, 'package.json');
  const json = (file) => JSON.parse(shop.text(file));
  if (reveal === 'hidden') {
    // As a household in a sum would; whose sum it is, is no matter here.
    const { blindings: _, ...bare } = json('package.json');
    shop.write('package.json', JSON.stringify({ ...bare, blindings: ['123456789'] }));
  }
  return {
    shop,
    json,
    at: (file) => shop.path(file),
    run: (line) => shop.attempt(line),
    /** Runs a line, which must go well. */
    go: (line) => shop.run(line),
    close: () => shop.close(),
  };
}

/** snarkjs keeps its workers, and Node with them. */
export const stop = async () => {
  await globalThis.curve_bn128?.terminate();
};

export const silent = { info() {}, debug() {}, warn() {}, error() {} };
