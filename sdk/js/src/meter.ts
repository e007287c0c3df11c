/**
 * Meter files, policies and checks, by the same code as the command line: what comes before a proof. Nothing leaves the page.
 *
 * Every call starts the Wasm if need be, and keeps nothing. Works in pages, workers and Node.
 *
 * @packageDocumentation
 */
import type { FileText } from './input.js';
import type { WasmSource } from './types.js';
import { calls, meter } from './meter/calls.js';
import type {
  CheckResult,
  ImportOptions,
  MeterReadings,
  NamedPeriod,
  PolicyExplanation,
  Preset,
  ProfileParts,
  SelfSigned,
  SelfSignParts,
  Witness,
} from './meter/types.js';

export { ERROR_CODES, type ErrorCode } from './codes.js';
export { WattproofError, type ErrorPlace } from './errors.js';
export type { FileText } from './input.js';
export type { ClaimContext, Condition, Period, WasmSource } from './types.js';
export { METER_ERROR_CODES, type MeterErrorCode } from './meter/codes.js';
export { METER_FORMATS, type MeterFormat } from './meter/formats.js';
export type * from './meter/types.js';

const own = /* @__PURE__ */ calls(() => init());

/**
 * Starts the Wasm. Optional: every other function does it too. Call it early to hide the start-up, or with a source of your own.
 *
 * @param source - where the Wasm is: a URL, a response, bytes or a compiled module; by default beside this package
 * @throws {@link WattproofError} `wasm-digest` for bytes that are not this release's; `TypeError` naming `source` if nothing starts from it for
 * another reason; its `cause` is the engine's error
 *
 * @example
 * ```ts
 * await init(new URL('/assets/meter.wasm', location.origin));
 * ```
 */
export function init(source?: WasmSource): Promise<void> {
  return meter.start(source, () => new URL('./wattproof_meter_bg.wasm', import.meta.url));
}

/**
 * The agreements to start from.
 *
 * @example
 * ```ts
 * const [first] = await presets();
 * console.log(first?.name, first?.text);
 * ```
 */
export function presets(): Promise<readonly Preset[]> {
  return own.presets();
}

/**
 * Reads a meter file of any of {@link METER_FORMATS}, or a ZIP file of them. Exactly, or not at all: gaps become missing readings, and
 * what the file contradicts itself about is refused. docs/IMPORT.md says what is read of each format.
 *
 * @param file - the file as text or bytes, at most 256 MiB
 * @param options - what the file does not say itself, such as the zone of local times; see {@link ImportOptions}
 * @throws {@link WattproofError} with `place`, e.g. `no-zone` at `{ line: 2, field: 'time' }`
 *
 * @example
 * ```ts
 * const { readings, series } = await importMeter(meterFile, { csv: { zone: 'America/Los_Angeles' } });
 * console.log(series[0]?.values.length);
 * ```
 */
export function importMeter(file: FileText, options?: ImportOptions): Promise<MeterReadings> {
  return own.importMeter(file, options);
}

/**
 * Reads a `readings/1` file, such as `importMeter` gave or `wattproof import` wrote.
 *
 * @param readings - the file as text or bytes, at most 256 MiB
 * @throws {@link WattproofError} if it is refused
 *
 * @example
 * ```ts
 * const { series, notes } = await openReadings(readings);
 * console.log(series[0]?.unit, notes);
 * ```
 */
export function openReadings(readings: FileText): Promise<MeterReadings> {
  return own.openReadings(readings);
}

/**
 * The whole cells of a policy's calendar that readings cover, in order of time, with the days before that the policy looks back
 * into: what can be claimed.
 *
 * @param parts.policy - a `policy/1` or an agreement
 * @param parts.readings - a `readings/1`
 * @throws {@link WattproofError}, e.g. `readings-do-not-fit` for another kind of meter
 *
 * @example
 * ```ts
 * for (const { name, start } of await periods({ policy: agreement, readings })) {
 *   console.log(name, new Date(Number(start) * 1000));
 * }
 * ```
 */
export function periods(parts: { readonly policy: FileText; readonly readings: FileText }): Promise<readonly NamedPeriod[]> {
  return own.periods(parts);
}

/**
 * Says what a policy means, reveals and costs.
 *
 * @param policy - a `policy/1`, or an agreement in TOML or JSON
 * @param options.period - a cell of its calendar; without one, an agreement that depends on local time is shown by a sample
 * @throws {@link WattproofError} with `place`: line, column and path in the agreement
 *
 * @example
 * ```ts
 * const { conditions } = await explainPolicy(agreement, { period: '2011-02' });
 * console.log(conditions.map((condition) => condition.text));
 * ```
 */
export function explainPolicy(policy: FileText, options?: { readonly period?: string }): Promise<PolicyExplanation> {
  return own.explainPolicy(policy, options);
}

/**
 * Checks readings against a policy, without keys or proofs: every interval that fails, and why.
 *
 * @param parts.policy - a `policy/1` or an agreement
 * @param parts.readings - a `readings/1`
 * @param parts.period - the name of a cell of its calendar, such as `2011-02`
 * @throws {@link WattproofError} if they cannot be checked; readings that fail are a result, not an error
 *
 * @example
 * ```ts
 * const { meets, failures } = await checkReadings({ policy: agreement, readings, period: '2011-02' });
 * console.log(meets, failures.map((failure) => failure.text));
 * ```
 */
export function checkReadings(parts: {
  readonly policy: FileText;
  readonly readings: FileText;
  readonly period: string;
}): Promise<CheckResult> {
  return own.checkReadings(parts);
}

/**
 * Opens a witness package: its readings for a chart, its policy in words, and whether a proof will succeed.
 *
 * @param witness - the `witness-package/1`, at most 64 MiB. Secret: it never leaves the page
 * @throws {@link WattproofError}; if its readings meet the policy, also where signature, chain or registry entry do not hold
 *
 * @example
 * ```ts
 * const { conditions, period, check } = await openWitness(witness);
 * console.log(period.name, check.meets, conditions.map((condition) => condition.text));
 * ```
 */
export function openWitness(witness: FileText): Promise<Witness> {
  return own.openWitness(witness);
}

/**
 * Signs readings with a device key made for this one claim, enrolled in a registry of its own at level L0. Nobody vouches for the
 * readings: whoever held them may have changed them first. Say so wherever you show the outcome.
 *
 * The device's key is wiped and never given out. The witness package is secret: it holds the readings and the nullifier key. Signed
 * twice, the same readings give two unlinked claims: at L0 a nullifier hinders nobody from claiming twice.
 *
 * @param parts - readings, policy, period and context; see {@link SelfSignParts}
 * @throws {@link WattproofError}, e.g. `not-enrolled` where the policy asks for L1: write `least_level = "L0"` in the agreement
 *
 * @example
 * ```ts
 * const { witness, registry } = await selfSign({
 *   readings,
 *   policy: agreement,
 *   period: '2011-02',
 *   context: { kind: 'challenge', verifier: 'example-utility', nonce },
 * });
 * console.log(witness.length, registry.length);
 * ```
 */
export function selfSign(parts: SelfSignParts): Promise<SelfSigned> {
  return own.selfSign(parts);
}

/**
 * Makes a `profile/1`: what a verifier expects of a claim. Profiles come from verifiers, never from whom they verify.
 *
 * @param parts - policy, key, registry or roots, period and context; see {@link ProfileParts}
 * @throws {@link WattproofError} for what no claim could meet, e.g. `wrong-circuit` or `l0-not-accepted`
 *
 * @example
 * ```ts
 * const profile = await makeProfile({
 *   policy: agreement,
 *   key: keyFile,
 *   registry,
 *   period: '2011-02',
 *   context: { kind: 'challenge', verifier: 'example-utility', nonce },
 * });
 * ```
 */
export function makeProfile(parts: ProfileParts): Promise<string> {
  return own.makeProfile(parts);
}
