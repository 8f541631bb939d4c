/** A request that failed: a problem of the API (RFC 9457), or no answer at all. */
export class Problem extends Error {
  constructor(
    /** Kind of the problem, e.g. `not-found`; `offline` where no answer came. */
    readonly kind: string,
    readonly status: number,
    /** What the server says went wrong, in English. */
    readonly detail: string,
    /** Id of the request in the server's log; empty where no answer came. */
    readonly request: string,
    /** Seconds after which another try makes sense; null where the server does not say. */
    readonly retryAfterS: number | null = null,
    /** Number of the request that waits for a second person; 0 where none does. */
    readonly asked: number = 0,
  ) {
    super(detail || kind);
  }
}

const PREFIX = 'urn:footage:problem:';

/** The problem that an answer other than a success describes. */
export async function problemOf(response: Response, body?: unknown): Promise<Problem> {
  const told = (body ?? (await readJson(response))) as Record<string, unknown> | null;
  const text = (name: string): string => (typeof told?.[name] === 'string' ? told[name] : '');
  const retry = Number(response.headers.get('Retry-After'));
  return new Problem(
    text('type').startsWith(PREFIX)
      ? text('type').slice(PREFIX.length)
      : response.status === 503
        ? 'unavailable'
        : 'failed',
    response.status,
    text('detail'),
    text('request') || (response.headers.get('X-Request-ID') ?? ''),
    retry > 0 ? retry : null,
    typeof told?.['request'] === 'number' ? told['request'] : 0,
  );
}

/** The problem behind anything that was thrown while asking. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError) return new Problem('offline', 0, '', '');
  return new Problem('failed', 0, thrown instanceof Error ? thrown.message : String(thrown), '');
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null; // a proxy's own answer; the status tells what there is to tell
  }
}
