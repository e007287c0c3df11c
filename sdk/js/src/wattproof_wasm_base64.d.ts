/** The Wasm in base64; `scripts/build.js` writes the module. */
export declare const WASM_BASE64: string;
