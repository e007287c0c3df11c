// Finds the system's Chromium and starts it with a profile of its own.

import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a headless Chromium, with an unpacked `extension` and more `flags` if named; `close()` also removes its profile. */
export async function startChromium({ extension, flags = [] } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'wattproof-chromium-'));
  const program = findChromium();
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    headless: true,
    args: extension ? [...FLAGS, ...flags, `--disable-extensions-except=${extension}`, `--load-extension=${extension}`] : [...FLAGS, ...flags],
    // An option of playwright's own, which the extension could not live with.
    ignoreDefaultArgs: extension ? ['--disable-extensions'] : [],
    viewport: { width: 1280, height: 900 },
  });
  return {
    browser,
    program,
    /** The extension's background worker. */
    background: async () => browser.serviceWorkers()[0] ?? browser.waitForEvent('serviceworker', { timeout: 20_000 }),
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function findChromium() {
  const named = process.env.WATTPROOF_CHROMIUM;
  if (named) return named;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  throw new Error(`no Chromium on PATH (${NAMES.join(', ')}); install one, or name it in WATTPROOF_CHROMIUM`);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
