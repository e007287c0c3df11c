import initGlue, * as glue from '../wattproof_meter.js';
import { ERROR_CODES } from '../codes.js';
import { boolean, fileBytes, fileText, items, MAX_FILE_BYTES, members } from '../input.js';
import { Instance } from '../instance.js';
import type * as browser from '../meter.js';
import { METER_ERROR_CODES } from './codes.js';
import { claimContext, importOptions, natural, text } from './input.js';
import { checkResult, explanation, meterReadings, namedPeriods, presetList, selfSigned, witness } from './result.js';

/** Most bytes of a meter file or `readings/1`; as on the command line. */
const MAX_METER_BYTES = 268_435_456;
/** Most bytes of a witness package. */
const MAX_WITNESS_BYTES = 67_108_864;
/** Most bytes of a registry. */
const MAX_REGISTRY_BYTES = 67_108_864;

/** The meter's Wasm. */
export const meter = /* @__PURE__ */ new Instance(initGlue, glue.SHA256, 'importMeter', new Set<string>([...ERROR_CODES, ...METER_ERROR_CODES]));

type Calls = Omit<typeof browser, 'init' | 'ERROR_CODES' | 'METER_ERROR_CODES' | 'METER_FORMATS' | 'WattproofError'>;

/** The functions of the entry; each checks its arguments, starts the Wasm by `init` if need be, and calls it. */
export function calls(init: () => Promise<void>): Calls {
  const run = async <T>(call: () => T): Promise<T> => {
    await init();
    return meter.call(call);
  };
  return {
    presets: async () => presetList(await run(() => glue.presets())),

    importMeter: async (file, options) => {
      const bytes = fileBytes('file', file, MAX_METER_BYTES);
      const { json, publicKey } = importOptions(options);
      return meterReadings(await run(() => glue.importMeter(bytes, json, publicKey)));
    },

    openReadings: async (readings) => {
      const bytes = fileBytes('readings', readings, MAX_METER_BYTES);
      return meterReadings(await run(() => glue.openReadings(bytes)));
    },

    periods: async (parts) => {
      const { policy, readings } = members('parts', parts, ['policy', 'readings']);
      const words = fileText('policy', policy, MAX_FILE_BYTES);
      const bytes = fileBytes('readings', readings, MAX_METER_BYTES);
      return namedPeriods(await run(() => glue.periods(words, bytes)));
    },

    explainPolicy: async (policy, options = {}) => {
      const words = fileText('policy', policy, MAX_FILE_BYTES);
      const { period } = members('options', options, ['period']);
      const name = period === undefined ? undefined : text('options.period', period);
      return explanation(await run(() => glue.explainPolicy(words, name)));
    },

    checkReadings: async (parts) => {
      const { policy, readings, period } = members('parts', parts, ['policy', 'readings', 'period']);
      const words = fileText('policy', policy, MAX_FILE_BYTES);
      const bytes = fileBytes('readings', readings, MAX_METER_BYTES);
      const name = text('period', period);
      return checkResult(await run(() => glue.checkReadings(words, bytes, name)));
    },

    openWitness: async (file) => {
      const words = fileText('witness', file, MAX_WITNESS_BYTES);
      return witness(await run(() => glue.openWitness(words)));
    },

    selfSign: async (parts) => {
      const { readings, policy, period, context, nameplate } = members('parts', parts, [
        'readings',
        'policy',
        'period',
        'context',
        'nameplate',
      ]);
      const bytes = fileBytes('readings', readings, MAX_METER_BYTES);
      const words = fileText('policy', policy, MAX_FILE_BYTES);
      const name = text('period', period);
      const purpose = claimContext(context);
      const watts = nameplate === undefined ? undefined : natural('nameplate', nameplate, 64n);
      return selfSigned(await run(() => glue.selfSign(bytes, words, name, purpose, watts)));
    },

    makeProfile: async (parts) => {
      const { policy, key, registry, roots, period, context, acceptL0 } = members('parts', parts, [
        'policy',
        'key',
        'registry',
        'roots',
        'period',
        'context',
        'acceptL0',
      ]);
      const words = fileText('policy', policy, MAX_FILE_BYTES);
      const verifyingKey = fileText('key', key, MAX_FILE_BYTES);
      const registries = registry === undefined ? [] : [fileText('registry', registry, MAX_REGISTRY_BYTES)];
      const accepted = items('roots', roots ?? []).map((root, i) => natural(`roots[${i}]`, root, 256n).toString());
      const name = text('period', period);
      const purpose = claimContext(context);
      const isL0 = boolean('acceptL0', acceptL0);
      return run(() => glue.makeProfile(words, verifyingKey, accepted, registries, name, purpose, isL0));
    },
  };
}
