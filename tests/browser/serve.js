// What the browser tests talk to: the built page through `vite preview`, and the package as plain files.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preview, resolveConfig } from 'vite';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const page = { root: join(root, 'web-demo'), configFile: join(root, 'web-demo/vite.config.ts'), logLevel: 'warn' };

/** Builds the page and serves it on a free port. */
export async function servePage() {
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  execFileSync(program, [...first, 'run', 'build', '-w', 'web-demo'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const server = await preview({ ...page, preview: { host: '127.0.0.1', port: 0 } });
  const { port } = server.httpServer.address();
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };
const SERVED =
  /^\/(pkg\/((l3|meter|prove|aggregate|ceremony|evm)\/)?[\w.-]+|sdk\/js\/test\/vector-runner\.js|web-demo\/public\/icon\.svg|tests\/browser\/(bare|meter(\.worker)?)\.(html|js))$/;

/** Serves pkg/ without a bundler, to a page with the same policy as the built one. */
export async function servePackage() {
  const { preview: options } = await resolveConfig(page, 'serve');
  // Isolation gives the benchmark a fine clock.
  return serveFiles({ ...options.headers, 'Cross-Origin-Embedder-Policy': 'require-corp' });
}

/** Serves pkg/ with these headers, and what `more(path, request)` has besides. */
export async function serveFiles(headers, more = () => undefined) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const other = more(path, request);
    const file = SERVED.test(path) ? readFile(join(root, path)) : Promise.resolve(other ?? Promise.reject(new Error('not served')));
    file.then(
      (bytes) => response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(path)] ?? 'text/plain' }).end(bytes),
      () => response.writeHead(404, headers).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/tests/browser/bare.html`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
