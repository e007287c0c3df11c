// A chain of one's own on this machine: anvil, from npm, offline, under the rules of Osaka, so that P256VERIFY is there.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createPublicClient, createWalletClient, http } from 'viem';
import { foundry } from 'viem/chains';

/** The program itself: the package's launcher would leave it running when it is stopped. */
function program() {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const folder = dirname(require.resolve(`@foundry-rs/anvil-${platform}/package.json`));
  return join(folder, 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil');
}

/** Starts it on a free port: `{ url, client, accounts, walletOf, stop }`. The accounts have money and sign by the node. */
export async function startNode() {
  const child = spawn(program(), ['--port', '0', '--hardfork', 'osaka', '--accounts', '4'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code}: ${said}`)));
  });
  const transport = http(url);
  const client = createPublicClient({ chain: foundry, transport, pollingInterval: 50 });
  const walletOf = (account) => createWalletClient({ chain: foundry, transport, account });
  const accounts = await walletOf().getAddresses();
  return { url, client, accounts, walletOf, stop: () => child.kill() };
}
