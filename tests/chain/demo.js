// `cargo xtask demo --chain`: two households, an escrow, a meter file, a proof, money; and what does not work.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keccak256, padHex } from 'viem';
import { encodeClaim } from 'wattproof/evm';
import { Workshop } from '../../sdk/js/test/workshop.js';
import { startNode } from './node.js';
import { ESCROW, HOUR, PRICE, refusalOf, Trade } from './trade.js';

const say = (...words) => console.log(...words);
const count = (number) => Number(number).toLocaleString('en-GB');
const chapter = (text) => say(`\n${text}\n`);

/** The command line, each line shown as it is run. */
class Shown extends Workshop {
  run(line) {
    say(`  $ wattproof ${line.trim().replace(/\s+/g, ' ')}`);
    return super.run(line);
  }
}

async function refused(what, promise, expected) {
  const error = await refusalOf(promise);
  if (error !== expected) throw new Error(`${what}: ${error} instead of ${expected}`);
  say(`  ${what}\n    -> REFUSED [${error}]`);
}

async function play(trade) {
  const { seller, buyer } = trade;
  chapter('1. Ann has panels on her roof, and a meter file of her market (NEM12, an example whose values are all substituted)');
  trade.household();

  chapter('2. A market on a chain: a verifier made of the key, a settlement, a token');
  await trade.market();
  say(`  verifier ${trade.verifier.address}, settlement ${trade.settlement.address}`);
  say('  The key is a DEVELOPMENT key, whose maker could forge; this settlement was told to allow such keys, and says so to everybody.');

  chapter('3. Bob, next door, offers to buy what Ann feeds into the grid in one hour');
  const order = await trade.open();
  say(`  ${HOUR}:00 to 13:00 in Brisbane; ${count(PRICE)} for each kWh, at least 1.5 kWh; ${count(ESCROW)} in escrow`);
  await balances(trade);

  chapter('4. Ann\'s meter signs for this order and nothing else; her gateway proves');
  const bundle = trade.prove(order, 'bundle.json');
  const { nullifier, outputs } = JSON.parse(bundle).statement;
  say(`  The bundle has ${bundle.length} bytes. It shows ${count(outputs[0])} Wh and a one-use tag, ${nullifier.slice(0, 12)}...;`);
  say('  not the quarters of the hour, nor which meter of the registry it was.');

  chapter('5. Anybody may hand it in; Ann is paid');
  const calldata = (encodeClaim({ bundle, order, keccak256, ...trade.place() }).length - 2) / 2;
  const { gasUsed } = await trade.claim(order, bundle);
  say(`  claim(order, bundle): ${calldata} bytes of calldata, ${count(gasUsed)} gas, all checks and the transfer included`);
  await trade.send(trade.relayer, 'refund', [order]);
  say('  refund(order): the rest of the escrow is Bob\'s again');
  await balances(trade);

  chapter('6. What does not work');
  await refused('The same claim again', trade.claim(order, bundle), 'OrderNotOpen');
  const again = await trade.open(padHex('0x02', { size: 32 }));
  const doubled = trade.prove(again, 'again.json');
  await refused('The same hour sold to a second order, freshly signed and proved', trade.claim(again, doubled), 'AlreadyClaimed');
  const thief = { ...trade.call(again, doubled), account: trade.relayer };
  const [terms, claim] = thief.args;
  const changed = (changes) => trade.node.client.simulateContract({ ...thief, args: [terms, { ...claim, ...changes }] });
  const fresh = { nullifier: claim.nullifier + 1n };
  await refused('With another tag, which the proof does not have', changed(fresh), 'ProofInvalid');
  await refused('For another payee', changed({ ...fresh, payee: buyer }), 'WrongPayee');
  await refused('With a kWh more', changed({ ...fresh, outputs: [claim.outputs[0] + 1000n] }), 'ProofInvalid');
  await refused('Bob, before the deadline, wants his escrow back', trade.simulate(buyer, 'refund', [again]), 'TooEarlyToRefund');
  await trade.send(seller, 'release', [again]);
  say('  Ann lets the second order go, and Bob has his escrow back.');
  await balances(trade);
  say('\nThe same steps, asserted: npm test -w tests/chain');
}

/** Up to the claims, which are for the page's room: the node stays, and the files are in `folder`. */
async function stay(trade, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  trade.household();
  await trade.market();
  const salts = [undefined, padHex('0x02', { size: 32 })];
  for (const [i, name] of ['first', 'second'].entries()) {
    const order = await trade.open(salts[i]);
    writeFileSync(join(folder, `${name}-order.json`), trade.offerFile(order));
    writeFileSync(join(folder, `${name}-bundle.json`), trade.prove(order, `${name}.json`));
  }
  say(`\nThe node is at ${trade.node.url}, and stays until Ctrl-C. Two orders for the same hour are open, each with a proof by Ann's meter.`);
  say(`In the page (\`cargo xtask web\`), room "Settle": connect that address, then drop the files of ${folder}: first-order.json and`);
  say('first-bundle.json, claim, and then the second pair, which the contract refuses.');
  await new Promise((resolve) => process.once('SIGINT', resolve));
}

async function balances(trade) {
  const { seller, buyer, settlement } = trade;
  const [ann, bob, escrow] = await Promise.all([seller, buyer, settlement.address].map((of) => trade.balance(of)));
  say(`  balances: Ann ${count(ann)}, Bob ${count(bob)}, in escrow ${count(escrow)}`);
}

const shop = new Shown();
const node = await startNode();
try {
  const trade = new Trade(shop, node);
  const folder = process.env.WATTPROOF_TRADE_DIR;
  await (folder === undefined ? play(trade) : stay(trade, folder));
} finally {
  node.stop();
  shop.close();
}
