/** Pictures of the API, fetched a few at a time: the server decodes four at once. */
import { pictureAt } from './api';
import { asProblem, type Problem } from './problem';

const AT_ONCE = 4;
const TRIES = 3;
let running = 0;
const waiting: (() => void)[] = [];

async function turn(): Promise<void> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running += 1;
}

function done(): void {
  running -= 1;
  waiting.shift()?.();
}

/** The picture at an address. Throws a `Problem`, or an `AbortError` where the signal said so. */
export async function fetchPicture(address: string, signal: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    await turn();
    try {
      signal.throwIfAborted();
      return await pictureAt(address, signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const problem: Problem = asProblem(thrown);
      if (problem.retryAfterS === null || attempt >= TRIES) throw problem;
      await wait(problem.retryAfterS * 1000, signal);
    } finally {
      done();
    }
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
