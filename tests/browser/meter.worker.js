import { signed } from './meter.js';

globalThis.onmessage = async ({ data }) => postMessage(await signed(data));
