"""Accounts: people are added and changed, and get what lets them in; each change is in custody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from api.people import codes
from api.people.bearer import TokenText, digest_of
from api.people.passwords import require_good
from footage.access import Person
from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import BadInput, NotFound, NotPermitted
from footage.instant import DAY
from footage.ports import ApiToken, Credentials
from footage.ports.identity import LONGEST_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.people.passwords import Passwords
    from footage.access import Grant, Permission, PersonId
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.instant import Elapsed, Instant
    from footage.ports import Accounts, Custody, Identity, Register

LONGEST_TOKEN: Final[Elapsed] = DAY * 366
MOST_GRANTS: Final = 50


@dataclass(frozen=True, slots=True)
class AccountService:
    """Changes people and what lets them in. Safe in several threads.

    Each change is entered in the custody log before and after (invariant 7), without secrets. The
    purpose names who changes; it needs no case.

    Attributes:
        register: Knows the districts and sites that grants may name.
    """

    accounts: Accounts
    register: Register
    passwords: Passwords
    custody: Custody
    clock: Clock

    def add(
        self,
        person: PersonId,
        name: str,
        grants: Sequence[Grant],
        password: str,
        purpose: Purpose,
    ) -> Person:
        """Add a person who signs in with a password; "" for a person who has tokens alone.

        Raises:
            BadInput: The password is refused, or there are too many grants.
            NotFound: A grant names a place that the register does not know.
            Conflict: The account name is taken.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        new = Person(person, name, tuple(grants))
        self._require_sound(new)
        if password:
            require_good(password, person)
        kept = Credentials(self.passwords.hash(password) if password else "")
        with bracket(self.custody, _deed(purpose, "added", new.id, **_facts(new))):
            self.accounts.add_person(new, kept)
        return new

    def change(self, person: Person, purpose: Purpose) -> Person:
        """Give a person this name, these grants and this state, if the version is still the same.

        A person who is disabled is signed out everywhere; the person's tokens count no more.

        Returns:
            The person with the next version.

        Raises:
            BadInput: The person would have too many grants.
            NotFound: The person is not known, or a grant names a place that the register does not
                know.
            Conflict: The person was changed since.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        was = self.accounts.person(person.id)
        self._require_sound(person)
        facts = {"before": _facts(was), "after": _facts(person)}
        with bracket(self.custody, _deed(purpose, "changed", person.id, **facts)):
            if was.disabled:  # a session of before, which a crash or a sign-in under way left
                self.accounts.end_sessions(person.id)
            changed = self.accounts.change_person(person)
            if person.disabled:
                self.accounts.end_sessions(person.id)
        return changed

    def set_password(self, person: PersonId, password: str, purpose: Purpose) -> None:
        """Give a person a new password, and sign the person out everywhere.

        Raises:
            BadInput: The password is refused.
            NotFound: The person is not known.
            Conflict: What lets the person in was changed meanwhile.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        require_good(password, person)
        was = self.accounts.credentials(person)
        kept = replace(was, password=self.passwords.hash(password))
        with bracket(self.custody, _deed(purpose, "password set", person)):
            self.accounts.set_credentials(person, kept, was=was)

    def start_second_factor(
        self, person: PersonId, secret: str, code: str, purpose: Purpose
    ) -> list[str]:
        """Ask a person for time-based codes from now on, and sign the person out everywhere.

        Args:
            person: The person.
            secret: Secret of the codes, in base 32, from `api.people.codes.new_secret`.
            code: A code made from the secret: proof that the person's device has the secret.
            purpose: Who starts.

        Returns:
            New recovery codes, to be shown once.

        Raises:
            BadInput: The secret is none, or the code is wrong.
            NotFound: The person is not known.
            Conflict: What lets the person in was changed meanwhile.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        codes.require_secret(secret)
        step = codes.step_of(secret, code, self.clock.now())
        if step is None:
            raise BadInput("the code is not of this secret", hint="is the device's clock right?")
        recovery = codes.new_recovery_codes()
        was = self.accounts.credentials(person)
        kept = replace(
            was,
            totp=secret,
            recovery=frozenset(map(codes.recovery_digest, recovery)),
        )
        with bracket(self.custody, _deed(purpose, "second factor started", person)):
            self.accounts.set_credentials(person, kept, was=was)
            self.accounts.take_step(person, step)
        return recovery

    def drop_second_factor(self, person: PersonId, purpose: Purpose) -> None:
        """Ask a person for no codes any more, and sign the person out everywhere.

        Raises:
            NotFound: The person is not known.
            Conflict: What lets the person in was changed meanwhile.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        was = self.accounts.credentials(person)
        kept = replace(was, totp="", recovery=frozenset())
        with bracket(self.custody, _deed(purpose, "second factor dropped", person)):
            self.accounts.set_credentials(person, kept, was=was)

    def link(self, person: PersonId, identity: Identity, purpose: Purpose) -> None:
        """Let a person in when an identity provider vouches for an identity.

        The person is signed out everywhere. An identity of before lets in no more.

        Raises:
            BadInput: The subject is empty, long or not printable.
            NotFound: The person is not known.
            Conflict: The identity is linked to another person, or what lets the person in was
                changed meanwhile.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        subject = identity.subject
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
            raise BadInput("not a subject of a provider", hint=f"1 to {LONGEST_SUBJECT} characters")
        was = self.accounts.credentials(person)
        facts = {"issuer": identity.issuer, "subject": subject}
        with bracket(self.custody, _deed(purpose, "linked", person, **facts)):
            self.accounts.set_credentials(person, replace(was, identity=identity), was=was)

    def unlink(self, person: PersonId, purpose: Purpose) -> None:
        """Let no identity provider vouch for a person any more; the person is signed out.

        Raises:
            NotFound: The person is not known.
            Conflict: What lets the person in was changed meanwhile.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        was = self.accounts.credentials(person)
        with bracket(self.custody, _deed(purpose, "unlinked", person)):
            self.accounts.set_credentials(person, replace(was, identity=None), was=was)

    def make_token(
        self,
        person: Person,
        label: str,
        permissions: Iterable[Permission],
        expires: Instant,
        purpose: Purpose,
    ) -> tuple[ApiToken, str]:
        """Make a token with which a program acts for a person.

        Args:
            person: The person; the token reaches no further than the person's grants.
            label: Text that says what the token is for.
            permissions: Permissions that the token passes on, of those of the person.
            expires: When the token ends; at most 366 days from now.
            purpose: Who makes the token.

        Returns:
            The token as kept, and the text the program carries, to be shown once.

        Raises:
            BadInput: The end is past or too far, or no permission is given.
            NotPermitted: The person lacks one of the permissions.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        now, passed = self.clock.now(), frozenset(permissions)
        if not now < expires <= now + LONGEST_TOKEN:
            raise BadInput(f"a token until {expires}", hint=f"at most {LONGEST_TOKEN} from now")
        if not passed:
            raise BadInput("a token for nothing", hint="name a permission")
        lacking = sorted(passed - person.permissions(now))
        if lacking:
            raise NotPermitted(f"{person.id} lacks the permission {lacking[0]}")
        text = TokenText.new()
        token = ApiToken(text.id, digest_of(text.secret), person.id, label, passed, now, expires)
        with bracket(self.custody, _deed(purpose, "token made", person.id, **_told(token))):
            self.accounts.add_token(token)
        return token, str(text)

    def revoke_token(self, token: str, purpose: Purpose) -> ApiToken:
        """Revoke a token.

        Raises:
            NotFound: The token is not known.
            Unavailable: The record of people or the custody log cannot be reached.
        """
        with bracket(self.custody, _deed(purpose, "token revoked", "", token=token)) as act:
            revoked = self.accounts.revoke_token(token, self.clock.now())
            act.result = {"person": revoked.person}
        return revoked

    def _require_sound(self, person: Person) -> None:
        if len(person.grants) > MOST_GRANTS:
            raise BadInput(f"{len(person.grants)} grants", hint=f"at most {MOST_GRANTS} a person")
        districts = {district.id for district in self.register.districts()}
        sites = {site.id for site in self.register.sites()}
        for grant in person.grants:
            _require_known("district", grant.districts - districts)
            _require_known("site", grant.sites - sites)


def grant_facts(grant: Grant) -> dict[str, object]:
    """Return a grant as plain values; an absent limit is left out."""
    times = {
        "recorded_from": grant.recorded_from,
        "recorded_until": grant.recorded_until,
        "expires": grant.expires,
    }
    places = {"districts": sorted(grant.districts), "sites": sorted(grant.sites)}
    return {
        "role": grant.role.value,
        **{name: ids for name, ids in places.items() if ids},
        **{name: str(time) for name, time in times.items() if time},
    }


def _require_known(what: str, unknown: Iterable[str]) -> None:
    for name in sorted(unknown):
        raise NotFound(f"no {what} {name}", hint="`footage cameras list` shows all")


def _facts(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "grants": [grant_facts(grant) for grant in person.grants],
        "disabled": person.disabled,
    }


def _told(token: ApiToken) -> dict[str, object]:
    return {
        "token": token.id,
        "label": token.label,
        "permissions": sorted(token.permissions),
        "expires": str(token.expires),
    }


def _deed(purpose: Purpose, change: str, person: str, **facts: object) -> Deed:
    who = {"person": person} if person else {}
    return Deed(Action.PEOPLE, purpose, {"change": change, **who, **facts})
