// In the browser, without a bundler: what the tests and the benchmark call.

import * as wattproof from '/pkg/index.js';
import * as inline from '/pkg/inline.js';
import * as l3 from '/pkg/l3/index.js';
import { signed } from './meter.js';
import { misjudged } from '/sdk/js/test/vector-runner.js';

globalThis.misjudged = (entry, cases, files) =>
  misjudged({ wattproof, inline, l3 }[entry], cases, files, undefined, { l3: entry === 'l3' });

globalThis.signed = signed;

/** The same in a worker of its own. */
globalThis.signedInWorker = (job) =>
  new Promise((resolve, reject) => {
    // The page's policy lets only trusted scripts become workers, and knows one name.
    const scripts = trustedTypes.createPolicy('default', { createScriptURL: (url) => url });
    const url = scripts.createScriptURL(new URL('meter.worker.js', import.meta.url).href);
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(job);
  });

/** Times in milliseconds of many warm runs. */
globalThis.measure = async ({ key, profile, bundle, warmUp, runs }) => {
  const loadTimes = [];
  let loaded;
  for (let run = 0; run < 10; run += 1) {
    loaded?.dispose();
    const start = performance.now();
    loaded = await wattproof.loadKey(key, { allowDevKeys: true });
    loadTimes.push(performance.now() - start);
  }
  const verifier = await wattproof.createVerifier({ key: loaded, profile });
  const verifyTimes = [];
  for (let run = -warmUp; run < runs; run += 1) {
    const start = performance.now();
    const { verdict } = verifier.verify(bundle);
    const time = performance.now() - start;
    if (verdict !== 'verified') throw new Error(verdict);
    if (run >= 0) verifyTimes.push(time);
  }
  verifier.dispose();
  loaded.dispose();
  return { loadTimes, verifyTimes };
};

globalThis.ready = true;
