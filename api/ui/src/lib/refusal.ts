/** Why a sign-in by the identity provider failed, as the server's address of the form tells. Pure. */
import { Problem } from './problem';

export interface Refusal {
  problem: Problem;
  /** What the provider calls the person, for an administrator to link; empty where no link lacks. */
  subject: string;
}

const KIND = /^[a-z-]{1,40}$/;
const REQUEST = /^[\w.-]{1,64}$/;
/** No spaces: an address that somebody made up puts no sentence on the page. */
const SUBJECT = /^[!-~]{1,255}$/;

/** The refusal in the parameters of the form's address; null: none is told. */
export function refusalOf(query: URLSearchParams): Refusal | null {
  const told = (name: string, shape: RegExp): string => {
    const text = query.get(name) ?? '';
    return shape.test(text) ? text : '';
  };
  const kind = told('refused', KIND);
  if (!kind) return null;
  const subject = kind === 'no-account' ? told('subject', SUBJECT) : '';
  return { problem: new Problem(kind, 0, '', told('request', REQUEST)), subject };
}
