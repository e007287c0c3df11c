import { boolean, fileText, items, MAX_BUNDLE_BYTES, MAX_FILE_BYTES, members } from '../input.js';
import { glue, start, wasm } from '../prove/main.js';
import type { Platform } from '../prove/prover.js';
import { deepFreeze, integer, list, misfit, parse, period, record, string, zonedInstants } from '../result.js';
import { offsetAt } from '../zone.js';
import type { OpenInput, Sum, Sums } from './types.js';

/** As in Rust: most bytes of a roster and of a share. */
const MAX_ROSTER_BYTES = 4 << 20;
const MAX_SHARE_BYTES = 4096;

/** `openSums` on a platform. */
export async function openSums(platform: Platform, input: OpenInput): Promise<Sums> {
  const given = members('openSums', input, ['key', 'profile', 'roster', 'bundles', 'shares', 'allowDevKeys']);
  const keyText = fileText('key', given['key'], MAX_FILE_BYTES);
  const profile = fileText('profile', given['profile'], MAX_FILE_BYTES);
  const roster = fileText('roster', given['roster'], MAX_ROSTER_BYTES);
  const bundles = filesOf('bundles', given['bundles'], MAX_BUNDLE_BYTES);
  const shares = filesOf('shares', given['shares'], MAX_SHARE_BYTES);
  const allowDevKeys = boolean('allowDevKeys', given['allowDevKeys']);
  await start(await platform.compile());
  const key = wasm.call(() => glue.Key.load(keyText, allowDevKeys));
  try {
    const { zone, instants } = zonedInstants(wasm.call(() => glue.profileZone(profile)));
    const offsets = instants.map((instant) => Number(offsetAt(zone, instant))) as [number, number, number, number];
    const verifier = wasm.call(() => new glue.Verifier(key, profile, ...offsets));
    try {
      wasm.call(() => verifier.setTime(Math.floor(Date.now() / 1000)));
      return sumsOf(wasm.call(() => verifier.aggregate(roster, bundles, shares)), zone);
    } finally {
      verifier.free();
    }
  } finally {
    key.free();
  }
}

function filesOf(name: string, files: unknown, limit: number): string[] {
  return items(name, files).map((file, i) => fileText(`${name}[${i}]`, file, limit));
}

function sumsOf(text: string, zone: string): Sums {
  const json = parse(text);
  const members = json['members'];
  if (typeof members !== 'number') throw misfit('members');
  const sum = (value: unknown): Sum => {
    const json = record(value, 'sums');
    const output = json['output'];
    if (typeof output !== 'number') throw misfit('output');
    return { output, name: string(json, 'name'), total: integer(json, 'total'), unit: string(json, 'unit'), text: string(json, 'text') };
  };
  return deepFreeze({
    members,
    period: { ...period(json), zone },
    sums: list(json, 'sums').map(sum),
    nullifiers: list(json, 'nullifiers').map((value) => integer({ nullifiers: value }, 'nullifiers')),
  });
}
