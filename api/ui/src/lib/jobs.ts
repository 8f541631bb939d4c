import type { Schemas } from './api';

export type Job = Schemas['JobOut'];

const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled']);

export function hasEnded(job: Job): boolean {
  return ENDED.has(job.state);
}

/**
 * Tells each state of a job until it has ended. Returns what stops the telling.
 *
 * The browser connects anew by itself where the stream breaks off; `onlost` is told then.
 */
export function follow(
  job: string,
  told: (job: Job) => void,
  onlost: (lost: boolean) => void,
): () => void {
  const events = new EventSource(`/api/v1/jobs/${encodeURIComponent(job)}/events`);
  events.addEventListener('job', (event) => {
    const found = JSON.parse((event as MessageEvent<string>).data) as Job;
    onlost(false);
    told(found);
    if (hasEnded(found)) events.close();
  });
  events.addEventListener('error', () => onlost(true));
  return () => events.close();
}
