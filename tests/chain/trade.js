// A peer-to-peer trade from a meter file to money, step by step; the test asserts, the demo tells. The household's side is the command
// line, the chain's side wattproof/evm and viem.

import { readFileSync } from 'node:fs';
import { keccak256, zeroHash } from 'viem';
import { claimCall, claimContext, orderId, OrderKind, settlementAbi } from 'wattproof/evm';
import { artefact, artefactOf, deploy } from './contracts.js';

const METER_FILE = new URL('../data/nem12/b1e1k1q1-15min.csv', import.meta.url);
const DAY = 86_400n;

/** The hour of delivery, at the meter. */
export const HOUR = '2004-03-01T12';
/** Price of a kWh, in the token's smallest unit. */
export const PRICE = 250_000n;
export const ESCROW = 5_000_000n;

/** An hour's energy into the grid, at least 1.5 kWh, the total shown. The market's file has substituted values only. */
const POLICY = new URL('./hour.json', import.meta.url);

/** The play: `shop` runs the command line, `node` is the chain, whose accounts are owner, buyer, seller and a relayer. */
export class Trade {
  constructor(shop, node) {
    const [owner, buyer, seller, relayer] = node.accounts.map((account) => account.toLowerCase());
    Object.assign(this, { shop, node, owner, buyer, seller, relayer });
  }

  /** The seller's meter file, her meter in the registry, the policy and its key. */
  household() {
    const { shop } = this;
    shop.write('market.csv', readFileSync(METER_FILE));
    shop.write('policy.json', readFileSync(POLICY));
    shop.run('import market.csv --series NEM1202026/B1 -o readings.json');
    shop.run('registry init --name Street --depth 2 -o registry.log');
    shop.run('device keygen --serial NEM1202026 -o meter.json');
    shop.run('device enrol --device meter.json --level L1 --nameplate 10000 --valid-from 2004-01-01 --valid-until 2005-01-01 -o enrolment.json');
    shop.run('registry add registry.log --enrolment enrolment.json --level L1 --nameplate 10000');
    shop.setup();
  }

  /** Contracts, and what the owner registers; gives the gas of each. */
  async market() {
    const { shop, node, owner, buyer } = this;
    const wallet = node.walletOf(owner);
    shop.run('export solidity --key key.vk.json --name Hour --allow-development -o Verifier.sol');
    const verifier = artefactOf(shop.text('Verifier.sol'), 'HourVerifier', shop.path('verifier'));
    this.verifier = await deploy(node, wallet, verifier);
    this.token = await deploy(node, node.walletOf(buyer), artefact('PlainToken'), [100_000_000n]);
    const grace = 7n * DAY;
    this.settlement = await deploy(node, wallet, artefact('WattproofSettlement'), [owner, true, 1, grace, 3n * DAY]);
    const { policy_digest: digest, settlement } = shop.json('policy explain policy.json');
    shop.run('registry export registry.log -o roots.json');
    const { roots } = JSON.parse(shop.text('roots.json'));
    const terms = {
      digest: BigInt(digest),
      verifier: this.verifier.address,
      scope: BigInt(settlement.scope),
      calendar: 0,
      trust: 0,
      signedOutputs: settlement.signed_outputs,
    };
    // Full hours of a fixed offset.
    await this.send(owner, 'addCalendar', [0n, 3_600n]);
    await this.send(owner, 'registerPolicy', [terms]);
    await this.send(owner, 'setRoot', [BigInt(roots[0].root), 0n]);
    this.policy = await this.ask('policyId', [terms]);
  }

  /** The buyer's terms; `salt` tells orders of equal terms apart. */
  async open(salt = zeroHash) {
    const { token, buyer, seller, policy, settlement, node } = this;
    const start = BigInt(Date.parse(`${HOUR}:00:00+10:00`) / 1000);
    const { timestamp } = await node.client.getBlock();
    const order = {
      ...{ kind: OrderKind.Trade, policy, start, end: start + 3_600n, deadline: timestamp + 30n * DAY },
      ...{ token: token.address, payer: buyer, payee: seller, escrow: ESCROW },
      ...{ price: 0n, rate: PRICE, per: 1_000n, output: 0, salt },
    };
    await this.wait(node.walletOf(buyer).writeContract({ ...token, functionName: 'approve', args: [settlement.address, ESCROW] }));
    await this.send(buyer, 'open', [order]);
    return order;
  }

  /** The seller's meter signs for this order, and a proof is made. */
  prove(order, name) {
    const { shop } = this;
    const { kind, chainId, ...to } = claimContext(this.place(), orderId(order, keccak256));
    shop.write('context.json', JSON.stringify({ kind, chain_id: chainId.toString(), ...to }));
    shop.run(
      `device sign --device meter.json --readings readings.json --policy policy.json --period ${HOUR}
       --registry registry.log --context context.json -o package.json`,
    );
    shop.run(`prove --package package.json --key key.vk.json -o ${name}`);
    return shop.text(name);
  }

  /** The order as a file, with its policy in words to come: what the page's room for settling takes. */
  offerFile(order) {
    const plain = (_, value) => (typeof value === 'bigint' ? value.toString() : value);
    const { chainId, contract, payee } = this.place();
    const terms = { ...order, kind: String(order.kind), output: String(order.output) };
    const policy = JSON.parse(this.shop.text('policy.json'));
    return `${JSON.stringify({ chain_id: chainId, contract, payee, order: terms, policy }, plain, 1)}\n`;
  }

  place(payee = this.seller) {
    return { chainId: BigInt(this.node.client.chain.id), contract: this.settlement.address, payee };
  }

  /** The bundle as a call. */
  call(order, bundle, payee = this.seller) {
    return { ...claimCall({ bundle, order, keccak256, ...this.place(payee) }), abi: settlementAbi };
  }

  /** Claims, by anybody: the relayer pays the gas, the seller is paid. Gives the receipt. */
  async claim(order, bundle) {
    const { node, relayer } = this;
    const { request } = await node.client.simulateContract({ ...this.call(order, bundle), account: relayer });
    return this.wait(node.walletOf(relayer).writeContract(request));
  }

  async send(account, functionName, args) {
    const wallet = this.node.walletOf(account);
    return this.wait(wallet.writeContract({ address: this.settlement.address, abi: settlementAbi, functionName, args }));
  }

  /** A transaction that is not sent. */
  simulate(account, functionName, args) {
    return this.node.client.simulateContract({ address: this.settlement.address, abi: settlementAbi, functionName, args, account });
  }

  ask(functionName, args) {
    return this.node.client.readContract({ address: this.settlement.address, abi: settlementAbi, functionName, args });
  }

  async wait(hash) {
    const receipt = await this.node.client.waitForTransactionReceipt({ hash: await hash });
    if (receipt.status !== 'success') throw new Error(`transaction ${receipt.transactionHash} reverted`);
    return receipt;
  }

  balance(of) {
    return this.node.client.readContract({ ...this.token, functionName: 'balanceOf', args: [of] });
  }
}

/** The name of the contract's error. */
export async function refusalOf(promise) {
  try {
    await promise;
  } catch (error) {
    const revert = error.walk?.((cause) => cause.data?.errorName !== undefined);
    if (revert) return revert.data.errorName;
    throw error;
  }
  throw new Error('it was not refused');
}
