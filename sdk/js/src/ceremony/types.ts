/** How far a contribution is. */
export interface Progress {
  /** `read` and check the key's points, `contribute` to those that change, `write` the key. */
  readonly phase: 'read' | 'contribute' | 'write';
  /** From 0 to 1 within the phase. */
  readonly fraction: number;
}

/** How to contribute. */
export interface ContributeOptions {
  /** What others will call you: 1 to 64 characters, at most 128 bytes of UTF-8, letters or digits among them, and nobody's before you. */
  readonly name: string;
  /** Randomness of your own, stirred in with the platform's: dice, a camera, the weather. At most 1 MiB. */
  readonly entropy?: Uint8Array;
  /** Your Ed25519 keys, whose public one the organiser has from {@link contributorLine}. Without them nothing is signed. */
  readonly sign?: CryptoKeyPair;
  /** Gives up when aborted; the promise rejects with the signal's reason, and the secret is gone. */
  readonly signal?: AbortSignal;
  /** Told how far it is, some hundred times a phase. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What came of it. */
export interface Contribution {
  /** The key, for the next contributor: a `.zkey` file. */
  readonly zkey: Uint8Array<ArrayBuffer>;
  /** Which contribution it is, counted from 1. */
  readonly contribution: number;
  /** To be published: BLAKE2b-512 of the contribution, 128 hex digits, as snarkjs prints it. */
  readonly hash: string;
  /** The ceremony's initial key, 128 hex digits. */
  readonly circuitHash: string;
  /** Your signature, a `ceremony-attestation/1` file to be published with the key; absent without `sign`. */
  readonly attestation?: string;
}
