// Probe of the proving entry, as far as it goes without keys. It runs inside of each host, so that it imports nothing of Node.

export async function judge(api) {
  const lines = [];
  const said = (promise) =>
    promise.then(
      () => 'accepted',
      (error) => (error instanceof api.WattproofError ? error.code : String(error)),
    );
  // By the Wasm of this realm, and by a worker's.
  const refused = await said(api.disclose({ witness: '{}' }));
  if (refused !== 'malformed') lines.push(`a witness that is none: ${refused}`);
  const unmade = await said(api.createProver({ verifyingKey: '{}', provingKey: new Uint8Array(1), threads: 1 }));
  if (unmade !== 'malformed') lines.push(`a key that is none: ${unmade}`);
  const { budget_bits: bits } = JSON.parse(await api.setBudget(undefined, 60));
  if (bits !== 60) lines.push(`a budget of 60 bits: ${bits}`);
  return lines;
}
