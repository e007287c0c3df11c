// Trusted Types: the one policy of the page. Workers and the service worker are scripts by address, and a worker's address is
// a script sink; this lets through those of the page's own origin and nothing else, and no markup or code at all.

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

/** Allows workers of this origin, by the default policy, so that packages need no knowledge of it. */
export function allowOwnScripts(): void {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  factory?.createPolicy('default', {
    createScriptURL(url) {
      if (new URL(url, document.baseURI).origin === location.origin) return url;
      throw new TypeError(`a script from elsewhere is not loaded: ${url}`);
    },
  });
}
