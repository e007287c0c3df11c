// What lies on the verifier's desk: its own side, kept in this browser, or the side of a trial, which is not; and the proof.

import { forget, keep, recall } from '../store.js';
import { check, type Given, type Outcome, type Slot } from './check.js';

const NAME = 'verifier.side';

interface Side {
  profile?: Given | undefined;
  key?: Given | undefined;
  allowDevKeys: boolean;
}

/** Where the terms come from: the verifier itself, the example, or whoever plays the verifier after proving. */
export type Mode = 'own' | 'example' | 'playing';

/** A proof handed over with the side that the verifier would have, to play the verifier. */
export interface Played {
  readonly profile: Given;
  readonly key: Given;
  readonly bundle: Given;
}

export class Desk {
  #own: Side = { allowDevKeys: false };
  #trial: Side | undefined;
  #mode: Mode = 'own';
  #turn = 0;
  bundle: Given | undefined;
  outcome: Outcome = { kind: 'waiting', missing: ['profile', 'key', 'bundle'] };
  /** Called after each check. */
  changed: () => void = () => {};

  get mode(): Mode {
    return this.#mode;
  }

  get side(): Readonly<Side> {
    return this.#trial ?? this.#own;
  }

  get(slot: Slot): Given | undefined {
    return slot === 'bundle' ? this.bundle : this.side[slot];
  }

  /** Takes back what was kept at an earlier visit; a browser without storage begins empty. */
  async restore(): Promise<void> {
    const kept = await recall(NAME).catch(() => undefined);
    if (kept !== undefined) this.#own = kept as Side;
  }

  /** Puts a file into its place. One's own terms end a trial; so does a proof that came from elsewhere, if `arrived`. */
  async put(slot: Slot, file: Given | undefined, arrived = true): Promise<void> {
    if (arrived) this.leave(slot !== 'bundle');
    if (slot === 'bundle') this.bundle = file;
    else {
      this.#own[slot] = file;
      await this.#keep();
    }
  }

  async allowDevKeys(allow: boolean): Promise<void> {
    this.#own.allowDevKeys = allow;
    await this.#keep();
  }

  /** Begins a trial with terms that are nobody's. */
  play(mode: Exclude<Mode, 'own'>, { profile, key, bundle }: Played): void {
    this.#mode = mode;
    this.#trial = { profile, key, allowDevKeys: true };
    this.bundle = bundle;
  }

  /** Back to one's own terms; a trial's proof goes with it. */
  leave(withBundle = true): void {
    if (this.#trial !== undefined && withBundle) this.bundle = undefined;
    this.#trial = undefined;
    this.#mode = 'own';
  }

  /** Checks what there is; a later change overtakes an earlier one. */
  async check(): Promise<void> {
    const turn = (this.#turn += 1);
    const { profile, key, allowDevKeys } = this.side;
    const outcome = await check({ profile, key, bundle: this.bundle }, { allowDevKeys, trial: this.#trial !== undefined });
    if (turn === this.#turn) this.show(outcome);
  }

  show(outcome: Outcome): void {
    this.outcome = outcome;
    this.changed();
  }

  async #keep(): Promise<void> {
    const { profile, key, allowDevKeys } = this.#own;
    const empty = profile === undefined && key === undefined && !allowDevKeys;
    // Without storage the files last for this visit.
    await (empty ? forget(NAME) : keep(NAME, this.#own)).catch(() => {});
  }
}
