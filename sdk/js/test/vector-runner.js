// Runs the shared vectors (tests/vectors) through a build of the package. No Node imports: Chromium runs it too.

/** Fewer cases than this means that vectors were lost, not that all is well. */
export const LEAST_CASES = 60;

/**
 * The verdict on one case, in the vectors' own words.
 *
 * @param api - the package: `loadKey`, `createVerifier`, `checkBundle`, `WattproofError`
 * @param vector - a file of tests/vectors/cases, parsed
 * @param files - `{ keys, profiles }`: file name -> text
 */
export async function judge(api, vector, files) {
  let key;
  let verifier;
  try {
    key = await api.loadKey(text(vector, 'key', files.keys), { allowDevKeys: vector.allow_dev_keys });
    const bundle = vector.bundle ?? bytes(vector.bundle_base64);
    const profile = text(vector, 'profile', files.profiles);
    if (profile === null) return { verdict: api.checkBundle(key, bundle).verdict };
    verifier = await api.createVerifier({ key, profile });
    return { verdict: verifier.verify(bundle).verdict };
  } catch (error) {
    // Anything but a typed refusal is a defect, and must not look like one.
    if (!(error instanceof api.WattproofError)) return { verdict: 'crashed', code: String(error) };
    if (error.message === '' || error.remedy === '') return { verdict: 'refused', code: `${error.code}, but without words` };
    return { verdict: 'refused', code: error.code };
  } finally {
    verifier?.dispose();
    key?.dispose();
  }
}

/**
 * Runs every case, at least `least`; returns one line per case that went otherwise than expected.
 *
 * @param options.l3 - whether the build has the curves of L3, as `wattproof/l3` does
 */
export async function misjudged(api, cases, files, least = LEAST_CASES, { l3 = false } = {}) {
  if (cases.length < least) throw new Error(`only ${cases.length} vectors; at least ${least} are expected`);
  const lines = [];
  for (const vector of cases) {
    const got = phrase(await judge(api, vector, files));
    const expected = phrase((!l3 && vector.without_l3) || vector.expect);
    if (got !== expected) lines.push(`${vector.name}: ${got}, expected ${expected} (${vector.why})`);
  }
  return lines;
}

function phrase({ verdict, code }) {
  return code === undefined ? verdict : `${verdict} ${code}`;
}

// `<member>_text` holds text, `<member>` names a file; a profile may be null.
function text(vector, member, files) {
  const inline = vector[`${member}_text`];
  if (inline !== undefined) return inline;
  const name = vector[member];
  if (name === null || name === undefined) {
    if (member === 'profile') return null;
    throw new Error(`${vector.name}: neither ${member} nor ${member}_text`);
  }
  if (!(name in files)) throw new Error(`${vector.name}: no file ${name}`);
  return files[name];
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
