// The room in which claims become money, in Chromium and against a real node: a trade, the second claim, and what is no claim at all.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeFunctionData, padHex } from 'viem';
import { settlementAbi } from 'wattproof/evm';
import { startNode } from '../chain/node.js';
import { ESCROW, PRICE, Trade } from '../chain/trade.js';
import { Workshop } from '../../sdk/js/test/workshop.js';
import { audit, file, fits, reach, shoot, startDesk } from './desk.js';

const DUE = (6_000n * PRICE) / 1_000n;
const KWH = 1_000n;

let desk;
let shop;
let node;
let trade;
/** Two orders for one hour, each with a proof by the same meter. */
let pairs;

before(async () => {
  desk = await startDesk();
  shop = new Workshop();
  node = await startNode();
  trade = new Trade(shop, node);
  trade.household();
  await trade.market();
  pairs = [];
  for (const salt of [undefined, padHex('0x02', { size: 32 })]) {
    const order = await trade.open(salt);
    pairs.push({ order, file: trade.offerFile(order), bundle: trade.prove(order, 'bundle.json') });
  }
});

after(async () => {
  node?.stop();
  shop?.close();
  await desk?.close();
});

const open = (use, options = {}) => desk.open(use, { path: 'settle.html', nodes: [node.url], ...options });
const state = (page, name) => page.locator(`.banner[data-state="${name}"]`).waitFor({ timeout: 60_000 });
const error = (page) => page.locator('.reason').getAttribute('data-error');
/** Waits until that was announced, which is a frame after it shows. */
const said = (page, words) => page.locator('#announcement').filter({ hasText: words }).waitFor({ state: 'attached' });
const put = (page, slot, text) => page.locator(`#${slot}-file`).setInputFiles(file(`${slot}.json`, text));
const standing = (page, check) => page.locator(`[data-check="${check}"]`).getAttribute('data-standing');

async function connect(page, address = node.url) {
  await page.locator('#node').fill(address);
  await page.locator('#connect').click();
}

async function bring(page, { file: offer, bundle }) {
  await put(page, 'offer', offer);
  await put(page, 'bundle', bundle);
}

/** A node of its own, so that what was paid elsewhere is not known. */
async function snapshot(run) {
  const id = await node.client.request({ method: 'evm_snapshot' });
  try {
    await run();
  } finally {
    await node.client.request({ method: 'evm_revert', params: [id] });
  }
}

test('a trade is played whole: meter file, escrow, proof, money; and the hour is not sold twice', async () => {
  await snapshot(() => open(async (page) => {
    await state(page, 'empty');
    await shoot(page, 'settle-start');
    assert.equal(await page.locator('#play').isDisabled(), true);
    await connect(page);
    await page.locator('#play').click();
    await state(page, 'payable');
    await shoot(page, 'settle-payable');
    assert.match(await page.locator('.banner').innerText(), /1,500,000/);
    assert.match(await page.locator('.banner').innerText(), /development key/);
    assert.match(await page.locator('#terms').innerText(), /1\.5 kWh/);
    for (const check of ['open', 'root', 'fresh', 'proof']) assert.equal(await standing(page, check), 'holds', check);
    const gas = /expects ([\d,]+) gas/.exec(await page.locator('#gas').innerText())[1].replaceAll(',', '');
    assert.ok(BigInt(gas) < 350_000n, gas);
    await page.locator('#claim').click();
    await state(page, 'paid');
    await said(page, /1,500,000/);
    const used = await page.locator('[data-step="claim"] small').innerText();
    assert.ok(BigInt(used.replace(/\D/g, '')) < 350_000n, used);
    await shoot(page, 'settle-paid');
    await page.locator('#again').click();
    await state(page, 'refused');
    assert.equal(await error(page), 'OrderNotOpen');
    await page.locator('#sell-again').click();
    await page.locator('[data-error="AlreadyClaimed"]').waitFor();
    assert.match(await page.locator('.reason').innerText(), /one-use tag/);
    await said(page, /sold twice/);
    assert.equal(await standing(page, 'fresh'), 'fails');
    assert.equal(await standing(page, 'open'), 'holds');
    await shoot(page, 'settle-twice');
    await audit(page, 'twice');
  }));
});

test('an order and a proof from elsewhere: paid once; a second, honest proof of the hour is refused', async () => {
  await snapshot(() => open(async (page) => {
    await bring(page, pairs[0]);
    await state(page, 'paper');
    await connect(page);
    await state(page, 'payable');
    const before = await trade.balance(trade.seller);
    await page.locator('#claim').click();
    await state(page, 'paid');
    assert.equal(await trade.balance(trade.seller), before + DUE);
    await bring(page, pairs[1]);
    await state(page, 'refused');
    assert.equal(await error(page), 'AlreadyClaimed');
    assert.equal(await standing(page, 'proof'), 'holds');
    assert.equal(await trade.balance(trade.seller), before + DUE);
    assert.equal(await trade.balance(trade.settlement.address), 2n * ESCROW - DUE);
  }));
});

test('without a node: the calldata is what viem makes of it, and nothing is claimed to be known', async () => {
  await open(async (page) => {
    await bring(page, pairs[0]);
    await state(page, 'paper');
    const { functionName, args } = trade.call(pairs[0].order, pairs[0].bundle);
    assert.equal(await page.locator('#calldata').inputValue(), encodeFunctionData({ abi: settlementAbi, functionName, args }));
    assert.equal(await standing(page, 'fresh'), 'unknown');
    assert.equal(await standing(page, 'payee'), 'holds');
    await shoot(page, 'settle-paper');
    await page.locator('#offer-forget').click();
    await state(page, 'empty');
  });
});

test('a bundle that is none, is for another order, or was changed', async () => {
  await open(async (page) => {
    await connect(page);
    await put(page, 'offer', pairs[0].file);
    const refused = async (text, code) => {
      await put(page, 'bundle', text);
      await page.locator(`[data-state="misfit"] [data-code="${code}"]`).waitFor();
    };
    await refused('{}', 'unknown-version');
    await refused('no bundle', 'malformed');
    await refused(pairs[1].bundle, 'wrong-context');
    await page.locator('[data-line="context"].differs').waitFor();
    const more = JSON.parse(pairs[0].bundle);
    more.statement.outputs = [String(BigInt(more.statement.outputs[0]) + KWH)];
    await put(page, 'bundle', JSON.stringify(more));
    await state(page, 'refused');
    assert.equal(await error(page), 'ProofInvalid');
    assert.equal(await standing(page, 'proof'), 'fails');
    await put(page, 'offer', '{"order": {}}');
    await page.locator('[data-card="offer"][data-state="refused"]').waitFor();
    assert.match(await page.locator('#offer-state').innerText(), /order\.kind/);
  });
});

test('another chain, no contract, no node', async () => {
  await open(async (page) => {
    await connect(page);
    await page.locator('#chain-forget').waitFor();
    const offer = JSON.parse(pairs[0].file);
    await put(page, 'offer', JSON.stringify({ ...offer, chain_id: '1' }));
    await state(page, 'elsewhere');
    assert.match(await page.locator('.banner').innerText(), /chain 1.*chain 31337/);
    await put(page, 'offer', JSON.stringify({ ...offer, contract: trade.seller }));
    await state(page, 'nowhere');
    await page.locator('#chain-forget').click();
    await connect(page, 'http://127.0.0.1:9');
    await page.locator('#chain-state [data-code="no-node"]').waitFor();
    await said(page, /Nothing answers/);
    await connect(page, 'https://example.org');
    await page.locator('#chain-state [data-code="not-local"]').waitFor();
  }, { nodes: [node.url, 'http://127.0.0.1:9'], tolerated: /ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED/ });
});

test('with a wallet: it asks the person, may be on another chain, and may decline', async () => {
  await snapshot(() => open(async (page) => {
    const asked = [];
    let chain = '0x1';
    let declines = true;
    await page.exposeFunction('walletRequest', async ({ method, params }) => {
      asked.push(method);
      if (method === 'eth_requestAccounts') return { result: [trade.relayer] };
      if (method === 'eth_chainId') return { result: chain };
      if (method === 'wallet_switchEthereumChain') {
        chain = params[0].chainId;
        return { result: null };
      }
      if (method === 'eth_sendTransaction' && declines) return { error: { code: 4001, message: 'User rejected the request.' } };
      return node.client.request({ method, params }).then((result) => ({ result }), ({ cause }) => ({ error: { code: -32_603, message: 'inner', data: { originalError: { data: cause?.data } } } }));
    });
    await page.reload();
    await page.locator('#wallet-0').click();
    await bring(page, pairs[0]);
    await state(page, 'elsewhere');
    await page.locator('#switch').click();
    await state(page, 'payable');
    await page.locator('#claim').click();
    await state(page, 'failed');
    assert.equal(await page.locator('.banner .problem').getAttribute('data-code'), 'declined');
    declines = false;
    await page.locator('#chain-forget').click();
    await page.locator('#wallet-0').click();
    await state(page, 'payable');
    await page.locator('#claim').click();
    await state(page, 'paid');
    await page.locator('#again').click();
    await state(page, 'refused');
    assert.equal(await error(page), 'OrderNotOpen');
    assert.ok(asked.includes('wallet_switchEthereumChain'));
  }, { before: announceWallet }));
});

/** Runs in the page: a wallet as extensions put it there. */
function announceWallet() {
  const provider = {
    async request(call) {
      const { result, error: refused } = await globalThis.walletRequest(JSON.parse(JSON.stringify(call)));
      if (refused) throw refused;
      return result;
    },
  };
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { info: { uuid: 'test', name: 'Test wallet' }, provider } }));
  addEventListener('eip6963:requestProvider', announce);
  announce();
}

test('a proof comes by link; everything is reached by keyboard', async () => {
  await open(async (page) => {
    await page.locator('#bundle-forget').waitFor();
    await reach(page, 'node');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(node.url);
    await page.keyboard.press('Enter');
    await page.locator('#chain-forget').waitFor();
    await reach(page, 'offer-file');
    await put(page, 'offer', pairs[0].file);
    await state(page, 'payable');
    await reach(page, 'claim');
  }, { hash: `#bundle=${Buffer.from(pairs[0].bundle).toString('base64url')}` });
});

test('only this document may talk to a node, and only to one of this computer', async () => {
  const policy = async (path) => {
    const response = await fetch(desk.url + path);
    const meta = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(await response.text())?.[1].replaceAll('&#39;', "'");
    const connect = (text) => /connect-src ([^;]*)/.exec(text)[1];
    const header = response.headers.get('content-security-policy');
    assert.equal(connect(header), connect(meta));
    assert.match(header, /frame-ancestors 'none'/);
    return connect(header);
  };
  assert.equal(await policy(''), "'self'");
  assert.equal(await policy('settle.html'), "'self' http://127.0.0.1:* http://localhost:*");
});

for (const [colorScheme, language, width] of [['light', 'de', 360], ['dark', 'en', 1280], ['dark', 'de', 360]]) {
  test(`axe finds nothing to object to and nothing scrolls sideways: ${colorScheme}, ${language}, ${width} px`, async () => {
    await open(async (page) => {
      await page.locator(`#language-${language}`).click();
      const judge = async (name) => {
        await state(page, name);
        await audit(page, name);
        await fits(page);
      };
      await judge('empty');
      await bring(page, pairs[0]);
      await judge('paper');
      await connect(page);
      await judge('payable');
      await shoot(page, `settle-${colorScheme}-${language}-${width}`);
      await put(page, 'bundle', '{}');
      await judge('misfit');
    }, { colorScheme, viewport: { width, height: 800 } });
  });
}
