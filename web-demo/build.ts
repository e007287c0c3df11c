// What the build adds: the security policy in the page, an early fetch of the verifier's Wasm, the list for times without a connection.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { CSP } from './csp.js';

/** In the built page only: the development server's own client needs inline styles. */
export const cspMeta: Plugin = {
  name: 'wattproof-csp',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP }, injectTo: 'head-prepend' },
  ],
};

/** The verifier's Wasm is fetched beside the script and not after it. */
export const preloadWasm: Plugin = {
  name: 'wattproof-preload',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((file) => /wattproof_wasm_bg.*\.wasm$/.test(file))
        .map((file) => ({
          tag: 'link',
          attrs: { rel: 'preload', as: 'fetch', type: 'application/wasm', href: `./${file}`, crossorigin: '' },
          injectTo: 'head',
        })),
  },
};

/** Files that are not kept for times without a connection: keys, which the prover keeps when it has fetched them. */
const NOT_KEPT = /^keys\/.*\.pk$|^sw\.js$/;

/** Tells the service worker which files the page has. */
export const offline: Plugin = {
  name: 'wattproof-offline',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('the build has no sw.js');
      const folder = join(import.meta.dirname, 'public');
      const files = new Map<string, string | Uint8Array>();
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path));
      }
      for (const [name, output] of Object.entries(bundle)) files.set(name, output.type === 'chunk' ? output.code : output.source);
      const digest = createHash('sha256');
      const kept = [...files.keys()].filter((name) => !NOT_KEPT.test(name)).sort();
      for (const name of kept) digest.update(`${name}\0`).update(files.get(name) ?? '').update('\0');
      // Its own code counts too: another worker is another version.
      digest.update(worker.code);
      worker.code = worker.code
        .replaceAll('__FILES__', JSON.stringify(['./', ...kept]))
        .replaceAll('__VERSION__', JSON.stringify(digest.digest('hex').slice(0, 16)));
    },
  },
};
