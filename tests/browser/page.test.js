// The page as a whole, in Chromium: its security policy, and life without a connection. Also that the watch is awake.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk, verdict } from './desk.js';

let desk;

before(async () => (desk = await startDesk()));
after(() => desk?.close());

test('the policy is on the page and in the headers', async () => {
  const response = await fetch(desk.url);
  const header = response.headers.get('content-security-policy');
  const meta = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(await response.text())?.[1].replaceAll('&#39;', "'");
  for (const policy of [header, meta]) {
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.match(policy, /trusted-types default(;|$)/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
  }
});

test('what the tests watch for is noticed', async () => {
  const breach = (run) => assert.rejects(desk.open((page) => page.evaluate(run)), /policy violation|console error|foreign request/);
  await breach(() => document.body.setAttribute('style', 'color: red'));
  await breach(() => { try { document.body.innerHTML = '<b>markup</b>'; } catch { /* refused, as it should be */ } });
  await breach(() => fetch('http://127.0.0.1:9/').catch(() => {}));
  await breach(() => console.error('something went wrong'));
});

test('a script from elsewhere cannot become a worker', async () => {
  await desk.open(async (page) => {
    const answer = (url) => page.evaluate((address) => { try { new Worker(address).terminate(); return 'started'; } catch (error) { return error.name; } }, url);
    assert.equal(await answer('http://127.0.0.1:9/x.js'), 'TypeError');
    assert.equal(await answer('data:text/javascript,0'), 'TypeError');
  });
});

test('after a first visit the page works without a connection', async () => {
  await desk.open(async (page) => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
    });
    await page.context().setOffline(true);
    try {
      await page.reload();
      await page.getByRole('button', { name: 'See a real example' }).click();
      await verdict(page, 'verified');
      await page.locator('#language-de').click();
      await page.getByText('Bestätigt').first().waitFor();
    } finally {
      await page.context().setOffline(false);
    }
  });
});
