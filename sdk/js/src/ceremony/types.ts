/** How to contribute. */
export interface ContributeOptions {
  /** What others will call you, 1 to 64 characters. */
  readonly name: string;
  /** Randomness of your own, stirred in with the platform's: dice, a camera, the weather. At most 1 MiB. */
  readonly entropy?: Uint8Array;
  /** Your Ed25519 keys, whose public one the organiser has: `crypto.subtle.generateKey('Ed25519', …)`. Without them nothing is signed. */
  readonly sign?: CryptoKeyPair;
}

/** What came of it. */
export interface Contribution {
  /** The key, for the next contributor: a `.zkey` file. */
  readonly zkey: Uint8Array;
  /** Which contribution it is, counted from 1. */
  readonly contribution: number;
  /** To be published: BLAKE2b-512 of the contribution, 128 hex digits, as snarkjs prints it. */
  readonly hash: string;
  /** The ceremony's initial key, 128 hex digits. */
  readonly circuitHash: string;
  /** Your signature, a `ceremony-attestation/1` file to be published with the key; absent without `sign`. */
  readonly attestation?: string;
}
