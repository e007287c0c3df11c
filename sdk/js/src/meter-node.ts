import { load } from './file-url.js';
import { calls, meter } from './meter/calls.js';
import type * as browser from './meter.js';

export { ERROR_CODES } from './codes.js';
export { WattproofError } from './errors.js';
export { METER_ERROR_CODES } from './meter/codes.js';
export { METER_FORMATS } from './meter/formats.js';

export const init: typeof browser.init = (source) =>
  meter.start(source, () => new URL('./wattproof_meter_bg.wasm', import.meta.url), load);

const own = /* @__PURE__ */ calls(() => init());

export const { presets, importMeter, openReadings, periods, explainPolicy, checkReadings, openWitness, selfSign, makeProfile } = own;
