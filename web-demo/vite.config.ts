import { defineConfig, type Plugin } from 'vite';
import { CSP, HEADERS } from './csp.js';

// In the built page only: the development server's own client needs inline styles.
const cspMeta: Plugin = {
  name: 'wattproof-csp',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP }, injectTo: 'head-prepend' },
  ],
};

export default defineConfig({
  // The built page works in any folder of any server.
  base: './',
  plugins: [cspMeta],
  build: {
    target: 'es2022',
    // A data: URL is no 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The package finds its Wasm beside itself; pre-bundling would part them.
  optimizeDeps: { exclude: ['wattproof'] },
  preview: { headers: HEADERS },
});
