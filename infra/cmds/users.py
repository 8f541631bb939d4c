"""`footage users`: people who are let in by the API, their grants, passwords and tokens."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from footage.access import Grant, Permission, Person, Role, person_id
from footage.errors import BadInput, Misconfigured, NotFound, Refused
from footage.ids import district_id, site_id
from footage.time_text import read_time
from infra.cmds import users_view
from infra.cmds.options import AsJson
from infra.cmds.output import emit, local, printable

if TYPE_CHECKING:
    from footage.access import PersonId
    from footage.action import Purpose
    from footage.instant import Instant
    from footage.ports import Credentials
    from infra.wiring import Parts

_LONGEST = 200
"""Most characters of a name or a label."""

Account = Annotated[str, typer.Argument(metavar="NAME", help="Account name, e.g. sadia.khan.")]
GivenRole = Annotated[Role, typer.Option("--role", help="Role; docs/people.md says what it may.")]
InDistricts = Annotated[
    list[str] | None,
    typer.Option(
        "--district", metavar="ID", help="Only footage of this district; may be repeated."
    ),
]
AtSites = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="ID", help="Only footage of this site; may be repeated."),
]
RecordedFrom = Annotated[
    str | None,
    typer.Option("--recorded-from", metavar="TIME", help="Only what was recorded from then on."),
]
RecordedUntil = Annotated[
    str | None,
    typer.Option("--recorded-until", metavar="TIME", help="Only what was recorded before."),
]
Expires = Annotated[
    str | None, typer.Option("--expires", metavar="TIME", help="When the grant ends; else never.")
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="File whose first line is the password; else asked for.",
    ),
]

app = typer.Typer(help="People who are let in, and what they may.", no_args_is_help=True)


@app.command()
def add(
    account: Account,
    name: Annotated[str, typer.Option(help="Name for people.")],
    role: GivenRole,
    districts: InDistricts = None,
    sites: AtSites = None,
    recorded_from: RecordedFrom = None,
    recorded_until: RecordedUntil = None,
    expires: Expires = None,
    password_file: PasswordFile = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For a program, which signs in by tokens alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a person with a grant.

    The password is asked for twice and not shown, or read from a file. Further grants: `footage
    users grant`.
    """
    from infra.wiring import wired

    person, called = person_id(account), _plain(name, "name")
    if no_password and password_file:
        raise BadInput("a password file, and no password", hint="name one of the two options")
    with wired() as parts:
        grant = _grant(parts, role, districts, sites, (recorded_from, recorded_until, expires))
        password = "" if no_password else _password(person, password_file)
        added = parts.people.add(person, called, [grant], password, _purpose(parts))
        said = users_view.grant_line(grant, parts.clock.now(), parts.settings.zone)
    _tell(added, f"{added.id} added: {said}", as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List people."""
    from infra.wiring import wired

    with wired() as parts:
        people, now = parts.accounts.people(), parts.clock.now()
        credentials = {one.id: parts.accounts.credentials(one.id) for one in people}
    if as_json:
        emit([_document(person, credentials[person.id]) for person in people])
        return
    users_view.people_table(people, credentials, now)


@app.command()
def show(account: Account, as_json: AsJson = False) -> None:
    """Show a person with numbered grants.

    State, tokens and failed sign-ins too.
    """
    from api.bodies.people import TokenOut
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        credentials = parts.accounts.credentials(person.id)
        failures = parts.accounts.failures(person.id)
        tokens = parts.accounts.tokens(person.id)
        now, zone = parts.clock.now(), parts.settings.zone
    if as_json:
        emit(
            {
                **_document(person, credentials),
                "recovery_codes": len(credentials.recovery),
                "failed_in_a_row": failures.count if failures else 0,
                "last_failed": str(failures.last) if failures else None,
                "tokens": [TokenOut.of(token).model_dump(mode="json") for token in tokens],
            }
        )
        return
    for line in users_view.person_lines(person, credentials, failures, zone):
        print(line)
    users_view.grants_table(person, now, zone)
    if tokens:
        users_view.tokens_table(tokens, now, zone)


@app.command()
def grant(
    account: Account,
    role: GivenRole,
    districts: InDistricts = None,
    sites: AtSites = None,
    recorded_from: RecordedFrom = None,
    recorded_until: RecordedUntil = None,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Give a person one more grant.

    Grants add up: what one of them reaches, the person reaches.
    """
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        new = _grant(parts, role, districts, sites, (recorded_from, recorded_until, expires))
        if new in person.grants:
            raise Refused(
                f"{person.id} has this grant already", hint=f"footage users show {person.id}"
            )
        changed = _change(parts, replace(person, grants=(*person.grants, new)))
        said = users_view.grant_line(new, parts.clock.now(), parts.settings.zone)
    _tell(changed, f"{person.id} has one more grant: {said}", as_json=as_json)


@app.command()
def revoke(
    account: Account,
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", help="Number that `footage users show` prints.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take a grant from a person, at once.

    The grants behind it get other numbers.
    """
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        if not 1 <= number <= len(person.grants):
            raise NotFound(
                f"{person.id} has no grant {number}", hint=f"footage users show {person.id}"
            )
        taken, kept = person.grants[number - 1], list(person.grants)
        del kept[number - 1]
        changed = _change(parts, replace(person, grants=tuple(kept)))
        said = users_view.grant_line(taken, parts.clock.now(), parts.settings.zone)
    _tell(changed, f"taken from {person.id}: {said}", as_json=as_json)


@app.command()
def password(account: Account, password_file: PasswordFile = None) -> None:
    """Give a person a new password.

    The password is asked for twice and not shown, or read from a file. The person is signed out
    everywhere.
    """
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        new = _password(person.id, password_file)
        parts.people.set_password(person.id, new, _purpose(parts))
    print(f"{person.id} has a new password and is signed out everywhere")


@app.command()
def link(
    account: Account,
    subject: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="The person at the identity provider, by the claim `oidc.claim`."
        ),
    ],
) -> None:
    """Let a person in when the identity provider vouches.

    The provider is that of the setting `oidc.issuer`. The person is signed out everywhere.
    """
    from footage.ports import Identity
    from infra.wiring import wired

    with wired() as parts:
        issuer = parts.settings.oidc.issuer
        if not issuer:
            raise Misconfigured("no identity provider is set", hint="[oidc] issuer names one")
        person = parts.accounts.person(person_id(account))
        parts.people.link(person.id, Identity(issuer, subject), _purpose(parts))
    print(
        f"{person.id} is linked to {printable(subject)} of {issuer}, and is signed out everywhere"
    )


@app.command()
def unlink(account: Account) -> None:
    """Let no identity provider vouch for a person.

    The person is signed out everywhere.
    """
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        parts.people.unlink(person.id, _purpose(parts))
    print(f"{person.id} is linked to no identity provider, and is signed out everywhere")


@app.command()
def disable(account: Account, as_json: AsJson = False) -> None:
    """Let a person in no more.

    Sessions end, and tokens count no more.
    """
    _set_disabled(account, disabled=True, as_json=as_json)


@app.command()
def enable(account: Account, as_json: AsJson = False) -> None:
    """Let a disabled person in again.

    With the password, grants and tokens of before.
    """
    _set_disabled(account, disabled=False, as_json=as_json)


@app.command("second-factor")
def second_factor(
    account: Account,
    on: Annotated[
        bool,
        typer.Option(
            "--on/--off", help="Ask for a code at each sign-in, or do not, as after a lost device."
        ),
    ],
) -> None:
    """Ask for a code at sign-in, or no more.

    With --on the new secret is shown once, and a code made from it is asked for: proof that the
    device has the secret. Then the recovery codes are shown, once. Either way the person is signed
    out everywhere.
    """
    from api.people import codes
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        if not on:
            parts.people.drop_second_factor(person.id, _purpose(parts))
            print(f"{person.id} is asked for no code any more, and is signed out everywhere")
            return
        secret = codes.new_secret()
        print(f"address: {codes.address(secret, person.id)}")
        print(f"secret:  {secret}", flush=True)
        code = typer.prompt("Code that the device shows", err=True)
        recovery = parts.people.start_second_factor(person.id, secret, code, _purpose(parts))
    print(f"{person.id} is asked for a code from now on, and is signed out everywhere")
    print("recovery codes, each counts once in place of a code; they are not shown again:")
    for each in recovery:
        print(f"  {each}")


@app.command()
def token(
    account: Account,
    label: Annotated[str, typer.Option(help="What the token is for.")],
    allow: Annotated[
        list[Permission],
        typer.Option("--allow", help="Permission that the token passes on; may be repeated."),
    ],
    expires: Annotated[
        str, typer.Option("--expires", metavar="TIME", help="When the token ends, within a year.")
    ],
    as_json: AsJson = False,
) -> None:
    """Make a token with which a program acts for a person.

    The token is printed once; it reaches no further than the person's grants.
    """
    from api.bodies.people import TokenMade, TokenOut
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        made, text = parts.people.make_token(
            person, _plain(label, "label"), allow, _time(parts, expires), _purpose(parts)
        )
        zone = parts.settings.zone
    if as_json:
        body = TokenMade(**TokenOut.of(made).model_dump(), bearer=text)
        emit(body.model_dump(mode="json"))
        return
    print(text)
    until = local(made.expires, zone)
    print(f"token {made.id} acts for {made.person} until {until}; it is sent as", file=sys.stderr)
    print("`Authorization: Bearer ...`, and is not shown again", file=sys.stderr)


@app.command()
def tokens(
    account: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Account name; else all accounts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List tokens, without their secrets."""
    from api.bodies.people import TokenOut
    from infra.wiring import wired

    with wired() as parts:
        whose = parts.accounts.person(person_id(account)).id if account else None
        found, now, zone = parts.accounts.tokens(whose), parts.clock.now(), parts.settings.zone
    if as_json:
        emit([TokenOut.of(each).model_dump(mode="json") for each in found])
        return
    users_view.tokens_table(found, now, zone)


@app.command("revoke-token")
def revoke_token(
    token: Annotated[str, typer.Argument(metavar="ID", help="Id of the token.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a token, at once and for good."""
    from api.bodies.people import TokenOut
    from infra.wiring import wired

    with wired() as parts:
        revoked = parts.people.revoke_token(token, _purpose(parts))
        now, zone = parts.clock.now(), parts.settings.zone
    if as_json:
        emit(TokenOut.of(revoked).model_dump(mode="json"))
        return
    state = users_view.token_state(revoked, now, zone)
    print(f"token {revoked.id} of {revoked.person} ({printable(revoked.label)}): {state}")


def _set_disabled(account: str, *, disabled: bool, as_json: bool) -> None:
    from infra.wiring import wired

    with wired() as parts:
        person = parts.accounts.person(person_id(account))
        if person.disabled != disabled:
            person = _change(parts, replace(person, disabled=disabled))
    _tell(person, f"{person.id} is {users_view.state(person)}", as_json=as_json)


def _change(parts: "Parts", person: Person) -> Person:
    return parts.people.change(person, _purpose(parts))


def _purpose(parts: "Parts") -> "Purpose":
    from footage.action import Purpose

    return Purpose(parts.settings.actor)


def _tell(person: Person, line: str, *, as_json: bool) -> None:
    """Print a changed person as JSON, or what was done as a line."""
    from api.bodies.people import PersonOut

    if as_json:
        emit(PersonOut.of(person).model_dump(mode="json"))
    else:
        print(line)


def _document(person: Person, credentials: "Credentials") -> dict[str, object]:
    from api.bodies.people import PersonOut

    return {
        **PersonOut.of(person).model_dump(mode="json"),
        "password": bool(credentials.password),
        "second_factor": bool(credentials.totp),
        "identity": asdict(credentials.identity) if credentials.identity else None,
    }


def _grant(
    parts: "Parts",
    role: Role,
    districts: list[str] | None,
    sites: list[str] | None,
    times: tuple[str | None, str | None, str | None],
) -> Grant:
    """Return the grant of the options.

    Args:
        parts: Gives zone and clock.
        role: The role.
        districts: Ids of districts.
        sites: Ids of sites.
        times: Start and end of the recorded time, and the end of the grant, as typed.

    Raises:
        BadInput: A time cannot be read, or the grant has ended already.
    """
    start, end, expires = (_time(parts, text) if text else None for text in times)
    made = Grant(
        role,
        frozenset(map(district_id, districts or ())),
        frozenset(map(site_id, sites or ())),
        start,
        end,
        expires,
    )
    if not made.holds_at(parts.clock.now()):
        raise BadInput(f"a grant that ended at {expires}", hint="name a time to come")
    return made


def _time(parts: "Parts", text: str) -> "Instant":
    return read_time(text, ZoneInfo(parts.settings.zone), parts.clock.now()).instant


def _plain(text: str, what: str) -> str:
    """Return the text; raises BadInput for one that is empty, long or not printable."""
    if not text.strip() or len(text) > _LONGEST or printable(text) != text:
        raise BadInput(f"not a {what}: {text!r}", hint=f"1 to {_LONGEST} printable characters")
    return text


def _password(person: "PersonId", file: Path | None) -> str:
    """Read a new password from a file, or ask for it twice on the terminal."""
    from infra.config import loading

    if file is not None:
        return loading.secret(file, what=f"password of {person}")
    if not sys.stdin.isatty():
        raise BadInput("nobody is there to be asked for the password", hint="--password-file FILE")
    asked: str = typer.prompt(
        f"Password of {person}", hide_input=True, confirmation_prompt=True, err=True
    )
    return asked
