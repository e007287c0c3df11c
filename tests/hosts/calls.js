// Probe of the entry for chains: it has no Wasm and needs no library. It runs inside of each host, so that it imports nothing of Node.

export async function judge(api, { bundle, words, order }) {
  const lines = [];
  const refusal = (call) => {
    try {
      call();
      return 'accepted';
    } catch (error) {
      return error instanceof api.WattproofError ? error.code : error instanceof TypeError ? 'TypeError' : String(error);
    }
  };
  const { proof, inputs } = api.verifyArguments(bundle);
  if (proof.join() !== words) lines.push(`the proof's words: ${proof}`);
  if (inputs.length !== 6) lines.push(`${inputs.length} inputs`);
  const terms = Object.fromEntries(Object.entries(order).map(([name, value]) => [name, /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value]));
  // No hash, but enough to see that it is asked.
  const keccak256 = () => `0x${'ab'.repeat(32)}`;
  if (api.orderId(terms, keccak256) !== keccak256()) lines.push('the order\'s id is not the hash');
  const claim = { bundle, order: terms, chainId: 1n, contract: terms.token, payee: terms.payee, keccak256 };
  for (const [what, call, code] of [
    ['a bundle for something else', () => api.encodeClaim(claim), 'wrong-context'],
    ['a bundle that is none', () => api.encodeClaim({ ...claim, bundle: '{}' }), 'unknown-version'],
    ['an order without terms', () => api.orderId({}, keccak256), 'TypeError'],
  ]) {
    const refused = refusal(call);
    if (refused !== code) lines.push(`${what}: ${refused}`);
  }
  return lines;
}
