// The trade on a real node, through the bindings; and what they encode against viem's and ethers' own encoders.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Interface, keccak256 as ethersKeccak } from 'ethers';
import { encodeAbiParameters, encodeFunctionData, keccak256, padHex } from 'viem';
import { encodeClaim, orderId, settlementAbi, verifierAbi, verifyArguments, WattproofError } from 'wattproof/evm';
import { Workshop } from '../../sdk/js/test/workshop.js';
import { startNode } from './node.js';
import { ESCROW, PRICE, refusalOf, Trade } from './trade.js';

/** 6 kWh were delivered. */
const DUE = (6_000n * PRICE) / 1_000n;
const SALT = padHex('0x01', { size: 32 });

let shop;
let node;
let trade;
let order;
let bundle;

before(async () => {
  shop = new Workshop();
  node = await startNode();
  trade = new Trade(shop, node);
  trade.household();
  await trade.market();
  order = await trade.open();
  bundle = trade.prove(order, 'bundle.json');
});

after(() => {
  node?.stop();
  shop?.close();
});

const input = () => ({ bundle, order, keccak256, ...trade.place() });
const refusedAs = (code) => (error) => error instanceof WattproofError && error.code === code;

test('ids are those of the contract and of viem', async () => {
  const { inputs } = settlementAbi.find(({ name }) => name === 'orderId');
  const id = orderId(order, keccak256);
  assert.equal(id, keccak256(encodeAbiParameters(inputs, [order])));
  assert.equal(id, await trade.ask('orderId', [order]));
  assert.equal(id, orderId(order, ethersKeccak));
});

test('calldata is that of viem and of ethers', () => {
  const data = encodeClaim(input());
  const { abi, functionName, args } = trade.call(order, bundle);
  assert.equal(functionName, 'claim');
  assert.equal(data, encodeFunctionData({ abi, functionName, args }));
  assert.equal(data, new Interface(settlementAbi).encodeFunctionData(functionName, args));
  assert.equal(encodeClaim({ ...input(), keccak256: ethersKeccak }), data);
});

test('a bundle for somebody else is refused before anybody pays for it', () => {
  const call = (changes) => () => encodeClaim({ ...input(), ...changes });
  assert.throws(call({ payee: trade.buyer }), refusedAs('wrong-context'));
  assert.throws(call({ chainId: 1n }), refusedAs('wrong-context'));
  assert.throws(call({ contract: trade.token.address }), refusedAs('wrong-context'));
  assert.throws(call({ order: { ...order, salt: SALT } }), refusedAs('wrong-context'));
  assert.throws(call({ order: { ...order, end: order.end + 1n } }), refusedAs('wrong-period'));
});

test('the verifier on the chain says what the proof is worth', async () => {
  const verify = ({ proof, inputs }) =>
    node.client.readContract({ address: trade.verifier.address, abi: verifierAbi, functionName: 'verify', args: [proof, inputs] });
  const args = verifyArguments(bundle);
  assert.equal(await verify(args), true);
  for (const i of args.inputs.keys()) {
    const inputs = args.inputs.with(i, args.inputs[i] + 1n);
    assert.equal(await verify({ ...args, inputs }), false, `input ${i}`);
  }
});

test('the trade is settled once, and the rest goes back', async () => {
  const before = await trade.balance(trade.buyer);
  const { gasUsed } = await trade.claim(order, bundle);
  console.log(`gas of the claim on the node: ${gasUsed}`);
  assert.ok(gasUsed <= 350_000n, `${gasUsed}`);
  assert.equal(await trade.balance(trade.seller), DUE);
  assert.equal(await refusalOf(trade.claim(order, bundle)), 'OrderNotOpen');
  await trade.send(trade.relayer, 'refund', [order]);
  assert.equal(await trade.balance(trade.buyer), before + ESCROW - DUE);
});

test('the same hour is not sold twice', async () => {
  const again = await trade.open(SALT);
  const doubled = trade.prove(again, 'again.json');
  assert.notEqual(JSON.parse(doubled).proof, JSON.parse(bundle).proof);
  assert.equal(await refusalOf(trade.claim(again, doubled)), 'AlreadyClaimed');
  assert.equal(await trade.balance(trade.seller), DUE);
});

test('with ethers', async () => {
  const { JsonRpcProvider, Contract } = await import('ethers');
  const provider = new JsonRpcProvider(node.url);
  const contract = new Contract(trade.settlement.address, settlementAbi, await provider.getSigner(trade.relayer));
  const { functionName, args } = trade.call(order, bundle);
  await assert.rejects(contract[functionName].staticCall(...args), (error) => error.revert?.name === 'OrderNotOpen');
  provider.destroy();
});
