// Programs of ours that make files for tests. WATTPROOF_TOOLS names a folder that has them built, else Cargo builds them.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs one of them, which must go well. */
export function tool(name, ...args) {
  const folder = process.env.WATTPROOF_TOOLS;
  const words = ['run', '--quiet', '--locked', '-p', 'wattproof-tests', '--bin', name, '--'];
  const [program, before] = folder ? [join(folder, name), []] : [process.env.CARGO ?? 'cargo', words];
  execFileSync(program, [...before, ...args], { cwd: root, stdio: 'inherit' });
}
