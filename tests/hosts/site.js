// A server for the stranger's project: every file of it, each folder, or page, under a policy of its own.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

/** The least that a page with the package needs: own scripts, Wasm, and its own server to fetch it from; the image is the browser's favicon. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'";
/** Nor may the page make script of any text. */
export const TRUSTED = `${POLICY}; require-trusted-types-for 'script'; trusted-types 'none'`;
/** The entry with the Wasm inside fetches nothing. */
export const SILENT = TRUSTED.replace("connect-src 'self'", "connect-src 'none'");
/** For pages that start workers of their own. */
export const WORKERS = `${POLICY}; worker-src 'self'`;

/**
 * Serves `folder` on a free port; `policies`: a path, or the first folder of it -> its Content-Security-Policy; `change`: what becomes of
 * a file's bytes on their way.
 */
export async function serve(folder, policies, change = (path, bytes) => bytes) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const [, ...names] = path.split(sep);
    const policy = policies[names.join('/')] ?? policies[names[0]] ?? POLICY;
    const headers = { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' };
    if (path === '/favicon.ico') return response.writeHead(204, headers).end();
    readFile(join(folder, path)).then(
      (bytes) => response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(path)] ?? 'text/plain' }).end(change(path, bytes)),
      () => response.writeHead(404, headers).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
