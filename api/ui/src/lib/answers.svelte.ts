import { api, dataOf, searchByPicture, type Answer, type Purpose } from './api';
import { cameras } from './cameras.svelte';
import { asProblem, type Problem } from './problem';
import { bodyOf, parametersOf, type Question } from './question';
import { href } from './route';

const KEPT = 12;

/** Answers of this tab: who goes back to an answer does not ask, and enter, the question again. */
class Answers {
  state: 'none' | 'asking' | 'ready' | 'failed' | 'lost' = $state('none');
  answer: Answer | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  /** The question on which `state` is. */
  private key = '';
  private kept = new Map<string, Answer>();
  private pictures = new Map<string, File>();
  private running: AbortController | null = null;

  /** Keeps an example picture for this tab; returns the name by which addresses know it. */
  keep(picture: File): string {
    const name = String(this.pictures.size + 1);
    this.pictures.set(name, picture);
    return name;
  }

  picture(name: string): File | undefined {
    return this.pictures.get(name);
  }

  isShown(asked: Question, by: Purpose): boolean {
    return this.key === keyOf(asked, by);
  }

  /** Shows the kept answer of a question. Returns whether there is one. */
  show(asked: Question, by: Purpose): boolean {
    const key = keyOf(asked, by);
    const answer = this.kept.get(key);
    if (answer === undefined) return false;
    this.running?.abort();
    this.key = key;
    this.answer = answer;
    this.state = 'ready';
    return true;
  }

  clear(): void {
    this.running?.abort();
    this.key = '';
    this.answer = null;
    this.state = 'none';
  }

  /** Asks a question anew. */
  async ask(asked: Question, by: Purpose): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    const key = keyOf(asked, by);
    this.key = key;
    this.state = 'asking';
    const picture = this.pictures.get(asked.picture);
    if (asked.picture !== '' && picture === undefined) {
      this.state = 'lost';
      return;
    }
    try {
      const body = bodyOf(asked, cameras.tree, by);
      const answer = picture
        ? await searchByPicture(picture, picture.name, { ...body, like: null }, running.signal)
        : await dataOf(api.POST('/api/v1/search', { body, signal: running.signal }));
      if (this.running !== running || running.signal.aborted) return;
      this.remember(key, answer);
      this.answer = answer;
      this.state = 'ready';
    } catch (thrown) {
      if (this.running !== running || running.signal.aborted) return;
      this.problem = asProblem(thrown);
      this.state = 'failed';
    }
  }

  private remember(key: string, answer: Answer): void {
    this.kept.delete(key);
    this.kept.set(key, answer);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
  }
}

function keyOf(asked: Question, by: Purpose): string {
  return JSON.stringify([href('/', parametersOf(asked)), by.case, by.purpose]);
}

export const answers = new Answers();
