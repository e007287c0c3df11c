// Links node_modules/wattproof to pkg/. npm cannot do it itself: at `npm ci` the package has not been built yet.

import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Makes `import 'wattproof'` find the package as built, from every workspace. */
export function link() {
  const pkg = join(root, 'pkg');
  if (!existsSync(join(pkg, 'package.json'))) {
    throw new Error('pkg/ is not built yet: run `cargo xtask package`, or `npm run build -w sdk/js` after wasm-pack');
  }
  const modules = join(root, 'node_modules');
  const target = join(modules, 'wattproof');
  mkdirSync(modules, { recursive: true });
  if (lstatSync(target, { throwIfNoEntry: false })) rmSync(target, { recursive: true });
  // A junction needs no privilege on Windows; elsewhere the type is ignored.
  symlinkSync(process.platform === 'win32' ? pkg : join('..', 'pkg'), target, 'junction');
}
