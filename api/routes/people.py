"""Routes that manage people and tokens."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Asking, require_browser
from api.bodies import people as bodies
from api.deps import Ready, Services
from api.people.sign_in import Caller
from api.rules import rule
from api.versions import IfMatch, tag, version_read
from footage.access import Permission, Person, PersonId
from footage.action import Action, Purpose
from footage.asked_times import zone_of
from footage.errors import Conflict, NotFound, NotPermitted, Refused
from footage.ports import Identity
from footage.scope import EVERYWHERE
from footage.time_text import read_dated

router = APIRouter(tags=["people"])

_MANAGE = rule(Permission.MANAGE_PEOPLE, everywhere=True, enters=Action.PEOPLE)
_READ = rule(Permission.MANAGE_PEOPLE, everywhere=True, because="a list of people shows no footage")


@router.get("/people", operation_id="list_people", **_READ)
def list_people(services: Ready) -> bodies.People:
    """List all people, by account name."""
    return bodies.People(people=[bodies.PersonOut.of(one) for one in services.accounts.people()])


@router.post("/people", operation_id="add_person", status_code=HTTPStatus.CREATED, **_MANAGE)
def add_person(
    services: Ready, caller: Asking, response: Response, asked: bodies.PersonIn
) -> bodies.PersonOut:
    """Add a person."""
    grants = [grant.read() for grant in asked.grants]
    new = services.people.add(
        PersonId(asked.person), asked.name, grants, asked.password, _by(caller)
    )
    return _told(response, new)


@router.get("/people/{person}", operation_id="get_person", **_READ)
def get_person(services: Ready, response: Response, person: bodies.PersonText) -> bodies.PersonOut:
    """Return a person."""
    return _told(response, services.accounts.person(PersonId(person)))


@router.put("/people/{person}", operation_id="change_person", **_MANAGE)
def change_person(
    services: Ready,
    caller: Asking,
    response: Response,
    person: bodies.PersonText,
    asked: bodies.PersonChange,
    *,
    if_match: IfMatch = None,
) -> bodies.PersonOut:
    """Give a person this name, these grants and this state.

    `If-Match` carries the `ETag` that was read, so that nobody's change is lost. Nobody changes
    their own grants or state.
    """
    wanted = asked.applied_to(PersonId(person), version_read(if_match))
    was = services.accounts.person(wanted.id)
    if caller.person.id == wanted.id:
        if was.version != wanted.version:  # else a version to come could be named with old grants
            raise Conflict(f"{was.id} was changed meanwhile", hint="read again")
        if (was.grants, was.disabled) != (wanted.grants, wanted.disabled):
            raise NotPermitted("nobody changes their own grants", hint="ask another administrator")
    return _told(response, services.people.change(wanted, _by(caller)))


@router.put(
    "/people/{person}/password",
    operation_id="reset_password",
    status_code=HTTPStatus.NO_CONTENT,
    **_MANAGE,
)
def reset_password(
    services: Ready, caller: Asking, person: bodies.PersonText, asked: bodies.NewPassword
) -> None:
    """Give another person a new password; all sessions of the person end."""
    services.people.set_password(_other(caller, person), asked.new, _by(caller))


@router.delete(
    "/people/{person}/second-factor",
    operation_id="reset_second_factor",
    status_code=HTTPStatus.NO_CONTENT,
    **_MANAGE,
)
def reset_second_factor(services: Ready, caller: Asking, person: bodies.PersonText) -> None:
    """Ask another person for no codes any more, as after a lost telephone."""
    services.people.drop_second_factor(_other(caller, person), _by(caller))


@router.get("/people/{person}/identity", operation_id="get_identity", **_READ)
def get_identity(services: Ready, person: bodies.PersonText) -> bodies.IdentityOut:
    """Return whom the identity provider must vouch for, for a person to be let in."""
    found = services.accounts.credentials(PersonId(person)).identity
    if found is None:
        raise NotFound(f"{person} is linked to no identity provider")
    return bodies.IdentityOut(issuer=found.issuer, subject=found.subject)


@router.put(
    "/people/{person}/identity",
    operation_id="link_person",
    status_code=HTTPStatus.NO_CONTENT,
    **_MANAGE,
)
def link_person(
    services: Ready, caller: Asking, person: bodies.PersonText, asked: bodies.IdentityIn
) -> None:
    """Let another person in when the identity provider vouches for a subject.

    The person is signed out everywhere. 409 without an identity provider.
    """
    linked = _other(caller, person)
    if services.by_provider is None:
        raise Refused("no identity provider is set", hint="[oidc] issuer names one")
    identity = Identity(services.by_provider.provider.issuer, asked.subject)
    services.people.link(linked, identity, _by(caller))


@router.delete(
    "/people/{person}/identity",
    operation_id="unlink_person",
    status_code=HTTPStatus.NO_CONTENT,
    **_MANAGE,
)
def unlink_person(services: Ready, caller: Asking, person: bodies.PersonText) -> None:
    """Let no identity provider vouch for another person any more; the person is signed out."""
    services.people.unlink(_other(caller, person), _by(caller))


@router.get(
    "/tokens", operation_id="list_tokens", **rule(None, because="tokens come without secrets")
)
def list_tokens(
    services: Ready,
    caller: Asking,
    *,
    everybody: Annotated[bool, Query(description="Those of all people.")] = False,
) -> bodies.Tokens:
    """List one's own tokens; those of all people to whoever manages people."""
    if everybody and not _manages(services, caller):
        raise NotPermitted(f"{caller.person.id} lacks the permission to see others' tokens")
    found = services.accounts.tokens(None if everybody else caller.person.id)
    return bodies.Tokens(tokens=[bodies.TokenOut.of(token) for token in found])


@router.post(
    "/tokens",
    operation_id="make_token",
    status_code=HTTPStatus.CREATED,
    **rule(None, enters=Action.PEOPLE),
)
def make_token(services: Ready, caller: Asking, asked: bodies.TokenIn) -> bodies.TokenMade:
    """Make a token for oneself; a program with a token makes no further tokens."""
    require_browser(caller)
    zone = zone_of(services.register, EVERYWHERE, services.zone)
    expires = read_dated(asked.expires, zone).instant
    token, text = services.people.make_token(
        caller.person, asked.label, asked.permissions, expires, _by(caller)
    )
    return bodies.TokenMade(**bodies.TokenOut.of(token).model_dump(), bearer=text)


@router.delete(
    "/tokens/{token}",
    operation_id="revoke_token",
    status_code=HTTPStatus.NO_CONTENT,
    **rule(None, enters=Action.PEOPLE),
)
def revoke_token(services: Ready, caller: Asking, token: bodies.TokenId) -> None:
    """Revoke a token of one's own; any token for whoever manages people.

    A program revokes its own token only, unless the token passes on that its person manages people.
    """
    found = services.accounts.token(token)
    own = found is not None and found.person == caller.person.id
    if caller.token and caller.token.id != token:
        own = False
    if found is None or not (own or _manages(services, caller)):
        raise NotFound(f"no token {token}")
    services.people.revoke_token(token, _by(caller))


def _manages(services: Services, caller: Caller) -> bool:
    """Whether the caller manages people, by a grant without limits as the routes of people ask."""
    reach = caller.person.reach(Permission.MANAGE_PEOPLE, services.clock.now())
    passed = Permission.MANAGE_PEOPLE in caller.permissions
    return passed and reach is not None and not reach.limited


def _by(caller: Caller) -> Purpose:
    return Purpose(caller.person.id)


def _other(caller: Caller, person: str) -> PersonId:
    if caller.person.id == person:
        raise NotPermitted(
            "nobody changes here what lets themselves in",
            hint="one's own is changed by /api/v1/session, which asks for a proof",
        )
    return PersonId(person)


def _told(response: Response, person: Person) -> bodies.PersonOut:
    tag(response, person.version)
    return bodies.PersonOut.of(person)
