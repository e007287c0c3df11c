// Opens pages and notes everything that a clean page must not do.

import assert from 'node:assert/strict';

/** Opens `url`, runs `use(page)`, and fails on console errors, policy violations and foreign requests. */
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
    if (['error', 'warning'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:') && new URL(request.url()).origin !== new URL(url).origin) {
      faults.push(`foreign request: ${request.url()}`);
    }
  });
  page.setDefaultTimeout(20_000);
  try {
    if (options.colorScheme) await page.emulateMedia({ colorScheme: options.colorScheme });
    if (options.viewport) await page.setViewportSize(options.viewport);
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
