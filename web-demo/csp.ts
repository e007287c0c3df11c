/** What a document may do: its own files, Wasm, and nothing else but to `connect` where that says. */
const policy = (connect: string): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "worker-src 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');

/** The Content Security Policy of the rooms that see readings. `connect-src 'self'` is what makes "nothing leaves this page" more than a promise. */
export const CSP = policy("'self'");

/**
 * That of the room for settling, a document of its own: a node on this computer besides, at any port. Further than that only wallets
 * reach, which are programs of their own. Other nodes would need other sites in here, and a page that can talk to any site can tell any site.
 */
export const SETTLE_CSP = policy("'self' http://127.0.0.1:* http://localhost:*");

/** The policy of a document of the page. */
export const cspOf = (path: string): string => (/(^|\/)settle\.html$/.test(path) ? SETTLE_CSP : CSP);

/** Response headers for whoever serves a document of the page; framing can only be forbidden here. */
export const headersOf = (path: string) => ({
  'Content-Security-Policy': `${cspOf(path)}; frame-ancestors 'none'`,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
});
