import { asProblem, type Problem } from './problem';

/** What was asked of the server: the newest answer, and whether one is on its way or failed. */
export class Asked<T> {
  data: T | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  busy = $state(false);
  private turn = 0;

  /** Asks anew. The former answer stays until the new one is there; an overtaken answer is dropped. */
  async ask(what: () => Promise<T>): Promise<void> {
    const turn = ++this.turn;
    this.busy = true;
    try {
      const found = await what();
      if (turn !== this.turn) return;
      this.data = found;
      this.problem = null;
    } catch (thrown) {
      if (turn === this.turn) this.problem = asProblem(thrown);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  clear(): void {
    this.turn += 1;
    this.data = null;
    this.problem = null;
    this.busy = false;
  }
}

/** A change sent to the server: whether it is on its way, done, or failed. */
export class Sent {
  busy = $state(false);
  done = $state(false);
  problem: Problem | null = $state.raw(null);

  /** Sends a change. Returns whether it was taken. */
  async send(what: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.done = false;
    this.problem = null;
    try {
      await what();
      this.done = true;
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
