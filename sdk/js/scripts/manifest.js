/** The package's Wasm files; `cargo xtask package` builds them. */
export const WASM = ['wattproof_wasm', 'wattproof_meter', 'wattproof_prove'];

/** The modules of the entries, each with its declarations; those of Node have none. */
const MODULES = {
  '.': ['codes', 'errors', 'file-url', 'index', 'inline', 'input', 'instance', 'result', 'types', 'verify', 'wasm', 'zone'],
  './meter': ['calls', 'codes', 'index', 'input', 'result', 'types'],
  './prove': [
    ...['arguments', 'disclosure', 'download', 'index', 'key-file', 'ledger', 'main', 'module', 'platform', 'protocol', 'prover'],
    ...['serve', 'team', 'types', 'worker'],
  ],
  './aggregate': ['index', 'open', 'types'],
};
const NODE_MODULES = ['node.js', 'meter/node.js', 'prove/node.js', 'prove/platform-node.js', 'prove/worker-node.js', 'aggregate/node.js'];

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
      './inline': { types: './inline.d.ts', default: './inline.js' },
      ...Object.fromEntries(
        ['./meter', './prove', './aggregate'].map((entry) => [
          entry,
          { types: `${entry}/index.d.ts`, node: `${entry}/node.js`, default: `${entry}/index.js` },
        ]),
      ),
      ...Object.fromEntries(WASM.map((name) => [`./${name}_bg.wasm`, `./${name}_bg.wasm`])),
      './package.json': './package.json',
    },
    types: './index.d.ts',
    // By name: what wasm-pack or a later step leaves in the folder does not get published.
    files: [
      ...Object.entries(MODULES).flatMap(([entry, names]) => {
        const folder = entry === '.' ? '' : `${entry.slice(2)}/`;
        return names.flatMap((name) => [`${folder}${name}.js`, `${folder}${name}.d.ts`]);
      }),
      ...NODE_MODULES,
      ...WASM.flatMap((name) => [`${name}.js`, `${name}_bg.wasm`]),
      'wattproof_wasm_base64.js',
      'LICENSE*',
    ],
  };
}
