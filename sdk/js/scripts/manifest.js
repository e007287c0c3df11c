/** The package's Wasm files; `cargo xtask package` builds them. */
export const WASM = ['wattproof_wasm', 'wattproof_meter', 'wattproof_prove'];

/** The package.json of the npm package. */
export function manifest(version) {
  return {
    name: 'wattproof',
    version,
    description: 'Check proofs that energy readings meet a contract’s conditions, without seeing the readings.',
    keywords: ['energy', 'zero-knowledge', 'groth16', 'verifier', 'wasm'],
    license: 'MIT OR Apache-2.0',
    repository: { type: 'git', url: 'git+https://github.com/wattproof/wattproof.git', directory: 'sdk/js' },
    type: 'module',
    engines: { node: '>=20' },
    sideEffects: false,
    exports: {
      '.': { types: './index.d.ts', node: './node.js', default: './index.js' },
      './meter': { types: './meter/index.d.ts', node: './meter/node.js', default: './meter/index.js' },
      './inline': { types: './inline.d.ts', default: './inline.js' },
      ...Object.fromEntries(WASM.map((name) => [`./${name}_bg.wasm`, `./${name}_bg.wasm`])),
      './package.json': './package.json',
    },
    types: './index.d.ts',
    // By name: what wasm-pack or a later step leaves in the folder does not get published.
    files: [
      ...['codes', 'errors', 'index', 'inline', 'input', 'types', 'verify'].map((name) => `${name}.d.ts`),
      ...['codes', 'errors', 'index', 'inline', 'input', 'node', 'result', 'verify', 'wasm', 'zone'].map((name) => `${name}.js`),
      ...['file-url', 'instance'].map((name) => `${name}.js`),
      ...['codes', 'index', 'types'].map((name) => `meter/${name}.d.ts`),
      ...['calls', 'codes', 'index', 'input', 'node', 'result'].map((name) => `meter/${name}.js`),
      ...WASM.flatMap((name) => [`${name}.js`, `${name}_bg.wasm`]),
      'wattproof_wasm_base64.js',
      'LICENSE*',
    ],
  };
}
