"""Bodies of requests and responses about people, sessions and tokens."""

from typing import Annotated

from pydantic import Field

from api.bodies.wire import Ids, InstantText, TimeText, Wire, plain, text_of
from api.people.service import MOST_GRANTS
from api.people.sign_in import Caller
from footage.access import Grant, Permission, Person, PersonId, Role
from footage.ids import district_id, site_id
from footage.instant import Instant
from footage.ports import ApiToken
from footage.ports.identity import LONGEST_SUBJECT

PersonText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{0,63}$", examples=["sadia.khan"])]
NameText = Annotated[str, Field(min_length=1, **plain(200), examples=["Sadia Khan"])]
PasswordText = Annotated[str, Field(**plain(200), json_schema_extra={"format": "password"})]
SignInCode = Annotated[str, Field(**plain(30), examples=["492039"])]
TokenId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$", examples=["5f0c2b9a77d1"])]
Permissions = list[Permission]
GrantTime = Annotated[InstantText | None, Field(description="RFC 3339 with offset", max_length=40)]


def _instant(text: str | None) -> Instant | None:
    return Instant.parse(text) if text else None


class GrantBody(Wire):
    """A role given to a person, with limits of place and time; absent limits do not restrict."""

    role: Role
    districts: Ids = Field(default_factory=list)
    sites: Ids = Field(default_factory=list)
    recorded_from: GrantTime = None
    recorded_until: GrantTime = None
    expires: GrantTime = None

    @classmethod
    def of(cls, grant: Grant) -> "GrantBody":
        """Make the body from a grant."""
        return cls(
            role=grant.role,
            districts=sorted(grant.districts),
            sites=sorted(grant.sites),
            recorded_from=text_of(grant.recorded_from),
            recorded_until=text_of(grant.recorded_until),
            expires=text_of(grant.expires),
        )

    def read(self) -> Grant:
        """Return the grant; raises BadInput for a text that is no instant."""
        return Grant(
            self.role,
            districts=frozenset(map(district_id, self.districts)),
            sites=frozenset(map(site_id, self.sites)),
            recorded_from=_instant(self.recorded_from),
            recorded_until=_instant(self.recorded_until),
            expires=_instant(self.expires),
        )


Grants = Annotated[list[GrantBody], Field(max_length=MOST_GRANTS)]


class SignInBody(Wire):
    """Proof of who signs in; `code` where the account asks for a second factor."""

    person: Annotated[str, Field(**plain(200), examples=["sadia.khan"])]
    password: PasswordText
    code: SignInCode = ""


class SessionOut(Wire):
    """The person who asks, what the person may do, and the text that changes by cookie need."""

    person: PersonText
    name: str
    permissions: Permissions
    grants: list[GrantBody]
    csrf: str | None
    """Null for a program with a token, which needs none."""
    issuer: Annotated[str | None, Field(examples=["https://id.example/realms/city"])] = None
    """Address of the identity provider that vouched for the person; null for a password."""
    provider_sign_out: str | None = None
    """Address to which a page leads a browser after signing out here, to sign out at the identity
    provider too; null where the provider offers none."""

    @classmethod
    def of(
        cls, caller: Caller, csrf: str | None, provider_sign_out: str | None = None
    ) -> "SessionOut":
        """Make the body from a caller."""
        return cls(
            person=caller.person.id,
            name=caller.person.name,
            permissions=sorted(caller.permissions),
            grants=[GrantBody.of(grant) for grant in caller.person.grants],
            csrf=csrf,
            issuer=caller.issuer or None,
            provider_sign_out=provider_sign_out,
        )


class ProviderOut(Wire):
    """The identity provider by which people sign in; a browser is led to `start`."""

    issuer: Annotated[str, Field(examples=["https://id.example/realms/city"])]
    start: Annotated[str, Field(examples=["/api/v1/session/oidc"])]


class SignInWays(Wire):
    """Ways in which people sign in: always by password, and by a provider unless null."""

    provider: ProviderOut | None


class IdentityIn(Wire):
    """The text by which the identity provider names a person."""

    subject: Annotated[str, Field(min_length=1, **plain(LONGEST_SUBJECT), examples=["7f3a-91c0"])]


class IdentityOut(IdentityIn):
    """Whom the identity provider must vouch for, for a person to be let in."""

    issuer: str


class PasswordChange(Wire):
    """The password of today and the new password; `code` where a sign-in asks for one."""

    password: PasswordText
    new: PasswordText
    code: SignInCode = ""


class SecondFactorOut(Wire):
    """A new secret of time-based codes.

    The second factor changes only when the secret and a code made from the secret are sent to
    `PUT /session/second-factor`.
    """

    secret: str
    address: Annotated[str, Field(examples=["otpauth://totp/Footage:sadia.khan?secret=..."])]


class SecondFactorIn(Wire):
    """The secret given out, a code made from it, and the password.

    `present_code` is a code of the second factor in force, where there is one.
    """

    secret: Annotated[str, Field(**plain(100))]
    code: SignInCode
    password: PasswordText
    present_code: SignInCode = ""


class RecoveryOut(Wire):
    """Codes that each let in once instead of a time-based code; shown once."""

    recovery_codes: list[str]


class PersonIn(Wire):
    """A person to add; without a password the person has tokens alone."""

    person: PersonText
    name: NameText
    grants: Grants
    password: PasswordText = ""


class PersonChange(Wire):
    """A person's name, grants and state, all anew."""

    name: NameText
    grants: Grants
    disabled: bool

    def applied_to(self, person: PersonId, version: int) -> Person:
        """Return the person as the change wants the person to be."""
        grants = tuple(grant.read() for grant in self.grants)
        return Person(person, self.name, grants, self.disabled, version)


class PersonOut(Wire):
    """A person; `version` is the number in the `ETag`."""

    person: PersonText
    name: str
    grants: list[GrantBody]
    disabled: bool
    version: int

    @classmethod
    def of(cls, person: Person) -> "PersonOut":
        """Make the body from a person."""
        return cls(
            person=person.id,
            name=person.name,
            grants=[GrantBody.of(grant) for grant in person.grants],
            disabled=person.disabled,
            version=person.version,
        )


class People(Wire):
    """All people, by account name."""

    people: list[PersonOut]


class NewPassword(Wire):
    """A new password."""

    new: PasswordText


class TokenIn(Wire):
    """A token to make for oneself."""

    label: NameText
    permissions: Annotated[Permissions, Field(min_length=1, max_length=len(Permission))]
    expires: TimeText


class TokenOut(Wire):
    """A token without its secret."""

    token: TokenId
    person: PersonText
    label: str
    permissions: Permissions
    created: InstantText
    expires: InstantText
    revoked: InstantText | None

    @classmethod
    def of(cls, token: ApiToken) -> "TokenOut":
        """Make the body from a token."""
        return cls(
            token=token.id,
            person=token.person,
            label=token.label,
            permissions=sorted(token.permissions),
            created=str(token.created),
            expires=str(token.expires),
            revoked=text_of(token.revoked),
        )


class TokenMade(TokenOut):
    """A new token, with the text that the program is to send; shown once."""

    bearer: Annotated[str, Field(examples=["ftg_5f0c2b9a77d1_..."])]


class Tokens(Wire):
    """Tokens, by creation."""

    tokens: list[TokenOut]
