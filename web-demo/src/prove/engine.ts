export type { Disclosure, Progress, Proved, Prover } from 'wattproof/prove';
import type { Progress } from 'wattproof/prove';

export interface ProveOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}
