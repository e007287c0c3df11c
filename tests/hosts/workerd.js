// Runs a bundled probe in workerd, the runtime of Cloudflare Workers.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * What the probe in `folder` says; undefined, with the reason told to the test `t`, where workerd has no build for this machine.
 *
 * @param files - all files of the folder: one script with the probe, and Wasm
 */
export async function servesWith(folder, files, t) {
  const program = findProgram();
  if (program === undefined) {
    t.skip(`NOT TESTED: workerd has no build for ${process.platform} ${process.arch}`);
    return undefined;
  }
  const script = files.find((name) => name.endsWith('.js'));
  writeFileSync(
    join(folder, 'worker.mjs'),
    `import { probe } from './${script}';
     export default { fetch: async () => Response.json(await probe('itself')) };`,
  );
  const port = await freePort();
  const modules = [
    `(name = "worker.mjs", esModule = embed "worker.mjs")`,
    ...files.map((name) => `(name = "${name}", ${name.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${name}")`),
  ];
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [(name = "main", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-01-01"))],
       sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
     );`,
  );
  const child = spawn(program, ['serve', 'config.capnp'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  try {
    return await ask(`http://127.0.0.1:${port}/`, child, () => said);
  } finally {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function ask(url, child, said) {
  for (const end = Date.now() + 20_000; ;) {
    try {
      const response = await fetch(url);
      if (response.ok) return await response.json();
      throw Object.assign(new Error(`workerd answered ${response.status}: ${said()}`), { final: true });
    } catch (error) {
      if (error.final || child.exitCode !== null || Date.now() > end)
        throw new Error(`${error.message} ${said()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function findProgram() {
  const machine = {
    'linux x64': 'linux-64',
    'linux arm64': 'linux-arm64',
    'darwin x64': 'darwin-64',
    'darwin arm64': 'darwin-arm64',
  };
  const name = machine[`${process.platform} ${process.arch}`];
  try {
    const workerd = createRequire(import.meta.url).resolve('workerd/package.json');
    const program = createRequire(workerd).resolve(`@cloudflare/workerd-${name}/bin/workerd`);
    accessSync(program, constants.X_OK);
    return program;
  } catch {
    return undefined;
  }
}
