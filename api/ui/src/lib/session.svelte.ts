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
import { refusalOf, type Refusal } from './refusal';
import { href } from './route';
import { router } from './router.svelte';

export type Permission = Schemas['Permission'];
export type Role = Schemas['Role'];

const FOR = 'footage.for';
const LEFT = 'footage.left';
const PERSON = 'footage.person';
/** Path behind the `#` to which the server leads a browser that the provider could not sign in. */
const FORM = '/sign-in';

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
  /** Why the provider's sign-in failed from which the tab comes back; null: it did not fail. */
  refusal: Refusal | null = $state.raw(null);
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
    this.comeBack();
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

  /** Address at which the identity provider's sign-in begins; null: none is set. Throws a `Problem`. */
  async provider(): Promise<string | null> {
    const start = (await dataOf(api.GET('/api/v1/session/ways'))).provider?.start;
    return start ? `${start}?next=/` : null;
  }

  /** Keeps what stands behind the `#`, which no server may see, while the provider has the tab. */
  leave(): void {
    sessionStorage.setItem(LEFT, location.hash);
  }

  /** Puts the page back where it was before the provider had the tab. */
  private comeBack(): void {
    const left = sessionStorage.getItem(LEFT);
    sessionStorage.removeItem(LEFT);
    const { path, query } = router.route;
    const back = path === FORM;
    if (back) this.refusal = refusalOf(query);
    if (back || (left && location.hash.length <= 2)) router.go(left || href('/'), 'replace');
  }

  /** Signs out. Throws a `Problem` where the server could not end the session. */
  async signOut(): Promise<void> {
    const away = this.who?.provider_sign_out ?? null;
    await dataOf(api.DELETE('/api/v1/session'));
    sessionStorage.removeItem(FOR);
    this.for = { case: '', purpose: '' };
    this.who = null;
    this.ended = false;
    this.state = 'out';
    // Else the provider signs the same person in again without asking.
    if (away) location.assign(away);
  }

  setPurpose(purpose: Purpose): void {
    this.for = purpose;
    sessionStorage.setItem(FOR, JSON.stringify(purpose));
  }

  private take(who: Session): void {
    const last = sessionStorage.getItem(PERSON);
    if (this.who === null && last !== null && last !== who.person) {
      this.setPurpose({ case: '', purpose: '' }); // another person's case is not this person's
    }
    sessionStorage.setItem(PERSON, who.person);
    this.who = who;
    this.ended = false;
    this.refusal = null;
    this.problem = null;
    setCsrf(who.csrf ?? '');
    this.state = 'in';
  }
}

export const session = new SessionState();
