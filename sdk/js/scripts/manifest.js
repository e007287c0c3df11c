/** The package's Wasm files with glue of their own; `cargo xtask package` builds them. */
export const GLUED = ['wattproof_wasm', 'wattproof_l3', 'wattproof_meter', 'wattproof_prove'];
/** Those that have the glue of another. */
export const TWINS = { wattproof_prove: ['wattproof_prove_fused'] };
const WASM = [...GLUED, ...Object.values(TWINS).flat()].map((name) => `${name}_bg.wasm`);

/** What is there before the TypeScript is compiled. */
export const GLUE = [...GLUED.flatMap((name) => [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm.d.ts`]), ...WASM];

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
      '.': { types: './index.d.ts', workerd: './workerd.js', node: './node.js', default: './index.js' },
      './l3': { types: './l3/index.d.ts', workerd: './l3/workerd.js', node: './l3/node.js', default: './l3/index.js' },
      './meter': { types: './meter.d.ts', workerd: './meter-workerd.js', node: './meter-node.js', default: './meter.js' },
      './inline': { types: './inline.d.ts', default: './inline.js' },
      ...Object.fromEntries(
        ['./prove', './aggregate', './ceremony'].map((entry) => [
          entry,
          { types: `${entry}/index.d.ts`, node: `${entry}/node.js`, default: `${entry}/index.js` },
        ]),
      ),
      './evm': { types: './evm/index.d.ts', default: './evm/index.js' },
      ...Object.fromEntries(WASM.map((file) => [`./${file}`, `./${file}`])),
      './package.json': './package.json',
    },
    types: './index.d.ts',
    // Only `wattproof/evm` is for use with them, one or the other; it imports neither.
    peerDependencies: { ethers: '^6.13.0', viem: '^2.21.0' },
    peerDependenciesMeta: { ethers: { optional: true }, viem: { optional: true } },
    // By name: what wasm-pack or a later step leaves in the folder does not get published.
    files: [
      ...['codes', 'errors', 'index', 'inline', 'input', 'types', 'verify'].map((name) => `${name}.d.ts`),
      ...['codes', 'errors', 'handles', 'index', 'inline', 'input', 'node', 'result', 'verify', 'wasm', 'workerd', 'zone'].map((name) => `${name}.js`),
      'l3/index.d.ts',
      ...['index', 'node', 'wasm', 'workerd'].map((name) => `l3/${name}.js`),
      ...['meter', 'meter/codes', 'meter/formats', 'meter/types'].map((name) => `${name}.d.ts`),
      ...['file-url', 'instance', 'meter', 'meter-node', 'meter-workerd'].map((name) => `${name}.js`),
      ...['calls', 'codes', 'formats', 'input', 'result'].map((name) => `meter/${name}.js`),
      ...['prove', 'aggregate', 'ceremony'].flatMap((entry) => ['index', 'types'].map((name) => `${entry}/${name}.d.ts`)),
      ...['arguments', 'disclosure', 'download', 'fused', 'index', 'key-file', 'ledger', 'main', 'module', 'node'].map((name) => `prove/${name}.js`),
      ...['platform', 'platform-node', 'prover', 'serve', 'team', 'worker', 'worker-node'].map((name) => `prove/${name}.js`),
      ...['index', 'node', 'open'].map((name) => `aggregate/${name}.js`),
      ...['contribute', 'index', 'node', 'signing'].map((name) => `ceremony/${name}.js`),
      ...['abi', 'index', 'proof', 'types'].map((name) => `evm/${name}.d.ts`),
      ...['abi', 'bundle', 'field', 'index', 'input', 'proof', 'refusal', 'types', 'words'].map((name) => `evm/${name}.js`),
      ...GLUED.map((name) => `${name}.js`),
      ...WASM,
      'wattproof_wasm_base64.js',
      'LICENSE*',
      // From the package's root: a bare name would match in every folder.
    ].map((file) => `/${file}`),
  };
}
