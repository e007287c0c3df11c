import { load } from '../file-url.js';
import { calls, meter } from './calls.js';
import type * as browser from './index.js';

export { ERROR_CODES } from '../codes.js';
export { WattproofError } from '../errors.js';
export { METER_ERROR_CODES } from './codes.js';

export const init: typeof browser.init = (source) =>
  meter.start(() => load(source ?? new URL('../wattproof_meter_bg.wasm', import.meta.url)));

const own = calls(() => init());

export const { presets, importMeter, openReadings, periods, explainPolicy, checkReadings, openWitness, selfSign, makeProfile } = own;
