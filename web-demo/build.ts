// What the build adds: the security policy in the page, an early fetch of the verifier's Wasm, the list for times without a connection.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { cspOf, headersOf } from './csp.js';

/** In the built page only: the development server's own client needs inline styles. */
export const cspMeta: Plugin = {
  name: 'wattproof-csp',
  apply: 'build',
  transformIndexHtml: (_, { path }) => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: cspOf(path) }, injectTo: 'head-prepend' },
  ],
};

/** The preview serves the room for settling with its own headers; those of the configuration are the other rooms'. */
export const settleHeaders: Plugin = {
  name: 'wattproof-settle-headers',
  configurePreviewServer(server) {
    const file = join(server.config.root, server.config.build.outDir, 'settle.html');
    server.middlewares.use((request, response, next) => {
      if (request.url?.split(/[?#]/)[0] !== '/settle.html') return next();
      response.writeHead(200, { ...headersOf('settle.html'), 'Content-Type': 'text/html' }).end(readFileSync(file));
    });
  },
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
