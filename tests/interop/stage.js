// A folder with a policy of an hour and a claim that meets it, and the command line to work on them.

import { NONCE, policy, Workshop } from '../../sdk/js/test/workshop.js';

/** Makes the folder: `policy.json` and `package.json`, for a meter of a registry, or at L3 for a device, whose circuit is smaller. */
export function stage(level = 'L1') {
  const shop = new Workshop();
  shop.write('policy.json', policy('exact', level));
  const wh = [310, 420, 530, 640];
  if (level === 'L3') {
    shop.element('meter', wh, 'p256');
  } else {
    shop.run('registry init --depth 2 -o registry.log');
    shop.enrol('meter', wh);
  }
  shop.sign('meter', 'example-utility', NONCE, 'package.json');
  return {
    shop,
    at: (name) => shop.path(name),
    json: (name) => JSON.parse(shop.text(name)),
    run: (line) => shop.attempt(line),
    /** Runs a line, which must go well. */
    go: (line) => shop.run(line),
    close: async () => {
      shop.close();
      // snarkjs keeps its workers, and Node with them.
      await globalThis.curve_bn128?.terminate();
    },
  };
}

export const silent = { info() {}, debug() {}, warn() {}, error() {} };
