import type { Answer } from './api';
import { NOTHING, ticked, type Selection } from './selection';

/** The moments chosen in the answer shown last; kept while another page is looked at. */
class Selected {
  private of = $state(-1);
  private now: Selection = $state.raw(NOTHING);

  /** The moments chosen, of this answer. */
  in(answer: Answer | null): ReadonlySet<string> {
    return answer?.custody_entry === this.of ? this.now.chosen : NOTHING.chosen;
  }

  tick(answer: Answer, order: readonly string[], moment: string, range: boolean): void {
    this.now = ticked(this.of === answer.custody_entry ? this.now : NOTHING, order, moment, range);
    this.of = answer.custody_entry;
  }

  set(answer: Answer, moments: Iterable<string>): void {
    this.now = { chosen: new Set(moments), anchor: '' };
    this.of = answer.custody_entry;
  }
}

export const selected = new Selected();
