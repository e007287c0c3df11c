// Packs pkg/ once per test process and installs it as a stranger would, without a network.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const pkg = join(root, 'pkg');

/** An empty folder, removed when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-packaging-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs npm, whichever way this process was started. */
export function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  const [program, first] = cli ? [process.execPath, [cli]] : ['npm', []];
  // What npm tells its scripts about the workspace must not reach an npm in another project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!execpath)/i.test(name)));
  return execFileSync(program, [...first, ...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Packs pkg/, or another build of it, into `folder`: the tarball's path, its SHA-256 and the names of the files in it. */
export function pack(folder, built = pkg) {
  mkdirSync(folder, { recursive: true });
  const [report] = JSON.parse(npm(['pack', built, '--json', '--pack-destination', folder], root));
  const tarball = join(folder, report.filename);
  const sha256 = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  return { tarball, sha256, files: report.files.map((file) => file.path) };
}

/** A project that has nothing but the packed package. */
export function project() {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n');
  const { tarball } = pack(join(folder, 'tarball'));
  npm(['install', '--offline', '--no-audit', '--no-fund', tarball], folder);
  return folder;
}
