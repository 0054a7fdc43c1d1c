/** The engine's closed form for a figure that is moved by hand: one question at a time, and then the latest. */

import type { ClosedForm, ClosedFormQuestion } from '../engine/types';
import type { Session } from './session.svelte';

/** After so many milliseconds a reader notices that there is no answer yet. */
const PATIENCE = 300;

export class Solver {
  /** The last answer, if there was any. */
  form = $state.raw<ClosedForm | null>(null);
  /** The engine is busy: it has been asked for something newer a while ago. */
  late = $state(false);

  #session: Session;
  #wanted: ClosedFormQuestion | null = null;
  #asking = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Wants this solved. What was wanted before and not yet asked is forgotten. */
  solve(question: ClosedFormQuestion): void {
    this.#wanted = question;
    if (!this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#wanted) {
      const patience = setTimeout(() => (this.late = true), PATIENCE);
      const question = this.#wanted;
      this.#wanted = null;
      // An engine that breaks down is replaced; then the figure asks again.
      this.form = await this.#session.question('closed_form', question).catch(() => this.form);
      clearTimeout(patience);
      this.late = false;
    }
    this.#asking = false;
  }
}
