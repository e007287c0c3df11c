import { defineConfig } from 'vite';
import { cspMeta, offline, preloadWasm, settleHeaders } from './build.js';
import { headersOf } from './csp.js';

export default defineConfig({
  // The built page works in any folder of any server.
  base: './',
  plugins: [cspMeta, settleHeaders, preloadWasm, offline],
  build: {
    target: 'es2022',
    // What `light-dark()` needs.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: URL is no 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', settle: 'settle.html', sw: 'src/sw.ts' },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
  // The package finds its Wasm beside itself; pre-bundling would part them.
  optimizeDeps: { exclude: ['wattproof', 'wattproof/evm', 'wattproof/meter', 'wattproof/prove'] },
  preview: { headers: headersOf('index.html') },
});
