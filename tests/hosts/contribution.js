// Probe of the entry for ceremonies: contributes, signs, and is refused. It runs inside of each host, so that it imports nothing of Node.

export async function judge(api, { key }) {
  const lines = [];
  const zkey = Uint8Array.from(atob(key), (c) => c.charCodeAt(0));
  const sign = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const phases = new Set();
  const first = await api.contribute(zkey, { name: 'Ada', sign, onProgress: ({ phase }) => phases.add(phase) });
  const line = await api.contributorLine('Ada', sign);
  if (line !== `Ada=${JSON.parse(first.attestation).public_key}`) lines.push(`the line for the organiser: ${line}`);
  if ([...phases].join() !== 'read,contribute,write') lines.push(`phases: ${[...phases]}`);
  const second = await api.contribute(new Blob([first.zkey]), { name: 'Bea', entropy: new Uint8Array([1, 2, 3]) });
  if (first.contribution !== 1 || second.contribution !== 2) lines.push(`contributions ${first.contribution} and ${second.contribution}`);
  if (first.circuitHash !== second.circuitHash || first.hash === second.hash) lines.push('the hashes do not fit');
  const said = (file, name) =>
    api.contribute(file, { name }).then(
      () => 'accepted',
      (error) => (error instanceof api.WattproofError ? error.code : String(error)),
    );
  const refused = [await said(zkey.subarray(0, 100), 'Cyd'), await said(second.zkey, 'ada')];
  if (refused.join() !== 'malformed,out-of-range') lines.push(`refusals: ${refused}`);
  return lines;
}
