// Probe of the entry for sums, as far as it goes without a round. It runs inside of each host, so that it imports nothing of Node.

export async function judge(api, { key, profile, bundle }) {
  const lines = [];
  const said = (allowDevKeys) =>
    api.openSums({ key, profile, roster: '{}', bundles: [bundle], shares: [], allowDevKeys }).then(
      () => 'accepted',
      (error) => (error instanceof api.WattproofError ? error.code : String(error)),
    );
  for (const [allowed, code] of [
    [false, 'dev-key'],
    [true, 'malformed'],
  ]) {
    const refused = await said(allowed);
    if (refused !== code) lines.push(`a roster that is none, development keys ${allowed ? 'allowed' : 'refused'}: ${refused}`);
  }
  return lines;
}
