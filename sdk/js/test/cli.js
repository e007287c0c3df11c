// The command line, to compare with: WATTPROOF_CLI names a binary, else it is built as by `cargo test`.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let binary = process.env.WATTPROOF_CLI;

/** Where it is. */
export function program() {
  if (binary === undefined) {
    const args = ['build', '--locked', '--package', 'wattproof-cli', '--message-format', 'json'];
    const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] };
    const lines = execFileSync(process.env.CARGO ?? 'cargo', args, options).trim().split('\n');
    binary = lines.map((line) => JSON.parse(line).executable).findLast((file) => file);
  }
  return binary;
}

/** Runs a command line in `folder`; gives its exit code and what it wrote. */
export function wattproof(folder, ...args) {
  const { status, stdout, stderr } = spawnSync(program(), args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: status, out: stdout, err: stderr };
}

/** Starts a command line in `folder`, to be killed after so many milliseconds; gives the signal that ended it, or null if none did. */
export function killed(folder, milliseconds, ...args) {
  const child = spawn(program(), args, { cwd: folder, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (_, signal) => {
      clearTimeout(timer);
      resolve(signal);
    });
  });
}
