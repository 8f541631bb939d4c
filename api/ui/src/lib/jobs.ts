/** Jobs of the server: watched until they end, across reloads and restarts. */
import { api, dataOf, type Schemas } from './api';
import { asProblem, type Problem } from './problem';

export type Job = Schemas['JobOut'];
export type ExportAsked = Schemas['ExportAskedOut'];
export type ExportMade = Schemas['ExportMadeOut'];
export type AbsenceAsked = Schemas['AbsenceAskedOut'];
export type AbsenceMade = Schemas['AbsenceMadeOut'];
export type Checked = Schemas['ExportVerifiedOut'];

const AGAIN_MS = 2000;
const ENDED = new Set(['done', 'failed', 'cancelled']);

export function hasEnded(job: Job): boolean {
  return ENDED.has(job.state);
}

/** Whether `watchJob` goes on asking after a problem. */
export function asksAgain(problem: Problem): boolean {
  return problem.status === 0 || problem.status >= 500;
}

/**
 * Tells each state of a job until the job has ended; returns what stops the telling.
 * Where the server cannot be reached, that is told as a problem, and asking goes on.
 */
export function watchJob(
  job: string,
  told: (job: Job) => void,
  failed: (problem: Problem) => void,
): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  function stop(): void {
    stopped = true;
    source?.close();
    clearTimeout(timer);
  }

  function take(state: Job): void {
    if (stopped) return;
    told(state);
    if (hasEnded(state)) stop();
  }

  function listen(): void {
    source = new EventSource(`/api/v1/jobs/${job}/events`);
    source.addEventListener('job', (event: MessageEvent<string>) => {
      take(JSON.parse(event.data) as Job);
    });
    source.onerror = () => {
      // The browser asks again by itself only where the connection broke: then it waits already.
      if (stopped || source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(() => void look(), AGAIN_MS);
    };
  }

  async function look(): Promise<void> {
    try {
      take(await dataOf(api.GET('/api/v1/jobs/{job}', { params: { path: { job } } })));
      if (!stopped) listen();
    } catch (thrown) {
      if (stopped) return;
      const problem = asProblem(thrown);
      failed(problem);
      if (asksAgain(problem)) timer = setTimeout(() => void look(), AGAIN_MS);
    }
  }

  void look();
  return stop;
}

/** The newest own jobs of some kinds, the newest first. Throws a `Problem`. */
export async function ownJobs(kinds: readonly string[], most: number): Promise<Job[]> {
  const found: Job[] = [];
  let after: string | undefined;
  do {
    const query = { limit: 200, ...(after ? { after } : {}) };
    const page = await dataOf(api.GET('/api/v1/jobs', { params: { query } }));
    found.push(...page.jobs.filter((one) => kinds.includes(one.kind)));
    after = page.next_cursor ?? undefined;
  } while (after && found.length < most);
  return found.slice(0, most);
}
