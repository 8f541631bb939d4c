import {
  api,
  dataOf,
  setCsrf,
  whenSignedOut,
  type Purpose,
  type Schemas,
  type Session,
} from './api';
import { asProblem, type Problem } from './problem';

export type Permission = Schemas['Permission'];
export type Role = Schemas['Role'];

const FOR = 'footage.for';

function keptPurpose(): Purpose {
  const kept = JSON.parse(sessionStorage.getItem(FOR) ?? 'null') as Purpose | null;
  return kept ?? { case: '', purpose: '' };
}

/** Who uses the page, and for which case. */
class SessionState {
  state: 'asking' | 'in' | 'out' | 'away' = $state('asking');
  who: Session | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  /** The session ended while the page was in use. */
  ended = $state(false);
  /** Case and purpose of everything searched and watched; kept until the browser's tab closes. */
  for: Purpose = $state.raw(keptPurpose());

  constructor() {
    whenSignedOut(() => {
      if (this.state === 'in') this.ended = true;
      this.who = null;
      this.state = 'out';
    });
  }

  may(permission: Permission): boolean {
    return this.who?.permissions.includes(permission) ?? false;
  }

  get named(): boolean {
    return this.for.case !== '' && this.for.purpose !== '';
  }

  /** Asks the server who is signed in. */
  async ask(): Promise<void> {
    this.state = 'asking';
    try {
      this.take(await dataOf(api.GET('/api/v1/session')));
    } catch (thrown) {
      const problem = asProblem(thrown);
      this.problem = problem;
      this.state = problem.status === 401 ? 'out' : 'away';
    }
  }

  /** Signs in. Throws a `Problem`. */
  async signIn(person: string, password: string, code: string): Promise<void> {
    this.take(await dataOf(api.POST('/api/v1/session', { body: { person, password, code } })));
  }

  /** Signs out. Throws a `Problem` where the server could not end the session. */
  async signOut(): Promise<void> {
    await dataOf(api.DELETE('/api/v1/session'));
    sessionStorage.removeItem(FOR);
    this.for = { case: '', purpose: '' };
    this.who = null;
    this.ended = false;
    this.state = 'out';
  }

  setPurpose(purpose: Purpose): void {
    this.for = purpose;
    sessionStorage.setItem(FOR, JSON.stringify(purpose));
  }

  private take(who: Session): void {
    if (this.who === null && this.lastPerson !== null && this.lastPerson !== who.person) {
      this.setPurpose({ case: '', purpose: '' }); // another person's case is not this person's
    }
    this.lastPerson = who.person;
    this.who = who;
    this.ended = false;
    this.problem = null;
    setCsrf(who.csrf ?? '');
    this.state = 'in';
  }

  private lastPerson: string | null = null;
}

export const session = new SessionState();
