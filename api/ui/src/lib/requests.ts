/** Requests for a second person: whose they are, and what an approved one does. Pure. */
import type { Schemas } from './api';

export type Request = Schemas['RequestOut'];

/** What an act is about, as both kinds of request tell; an export has more. */
interface Asked {
  cameras: string[];
  start: string;
  end: string;
  authority?: string;
  sites?: string[];
  districts?: string[];
  near?: number[] | null;
  hold?: string;
  release_reason?: string;
  originals?: boolean;
  clips?: boolean;
  recipient?: string;
  recipient_kind?: Schemas['RecipientKind'];
}

export function askedOf(request: Request): Asked {
  return request.asked as unknown as Asked;
}

/** Whether a request is a person's own: capitals do not count, as nobody approves their own. */
export function isOwn(request: Request, person: string): boolean {
  return request.asked_by.toLowerCase() === person.toLowerCase();
}

/** Whether an approved request can be done here: playable clips are asked for by command alone. */
export function isDoneHere(request: Request): boolean {
  return request.kind === 'release' || askedOf(request).clips !== true;
}

/** The export of a request as the API takes it, so that the approval covers just that. */
export function exportOf(request: Request): Schemas['ExportIn'] {
  const asked = askedOf(request);
  return {
    cameras: asked.cameras,
    sites: asked.sites ?? [],
    districts: asked.districts ?? [],
    near: asked.near?.join(',') ?? '',
    from: asked.start,
    to: asked.end,
    originals: asked.originals ?? false,
    recipient: asked.recipient ?? '',
    recipient_kind: asked.recipient_kind ?? null,
    authority: asked.authority ?? '',
    case: request.case,
    purpose: request.purpose,
  };
}
