// Opens pages and notes everything that a clean page must not do.

import assert from 'node:assert/strict';

/**
 * Opens `url`, runs `use(page)`, and fails on console errors, policy violations and foreign requests; but for those to `options.nodes`, and
 * for errors that are `options.tolerated`. `options.before` runs in the page before its own scripts.
 */
export async function withPage(browser, url, use, options = {}) {
  const page = await browser.newPage();
  const faults = [];
  await page.exposeFunction('reportViolation', (text) => faults.push(`policy violation: ${text}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      globalThis.reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !options.tolerated?.test(message.text())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    const allowed = [new URL(url).origin, ...(options.nodes ?? [])];
    if (!request.url().startsWith('data:') && !allowed.includes(origin)) {
      faults.push(`foreign request: ${request.url()}`);
    }
  });
  page.setDefaultTimeout(20_000);
  try {
    if (options.colorScheme) await page.emulateMedia({ colorScheme: options.colorScheme });
    if (options.viewport) await page.setViewportSize(options.viewport);
    if (options.before) await page.addInitScript(options.before);
    if (options.script) await page.addInitScript({ path: options.script });
    await page.goto(url);
    await use(page);
    // A violation is reported a task after it happened.
    await page.waitForTimeout(50);
    assert.deepEqual(faults, []);
  } finally {
    await page.close();
  }
}
