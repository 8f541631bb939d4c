"""Tables and lines of `footage users` about people, grants and tokens. Pure but for printing."""

from typing import TYPE_CHECKING

from infra.cmds.output import counted, local, printable, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.access import Grant, Person, PersonId
    from footage.instant import Instant
    from footage.ports import ApiToken, Credentials, Failures


def people_table(
    people: "Sequence[Person]",
    credentials: "Mapping[PersonId, Credentials]",
    now: "Instant",
) -> None:
    """Print a line for each person."""
    rows = []
    for person in people:
        second = "on" if credentials[person.id].totp else "off"
        rows.append((person.id, person.name, _roles(person, now), second, state(person)))
    heads = ("account", "name", "roles", "second factor", "state")
    table(counted(len(people), "account"), heads, rows)


def person_lines(
    person: "Person", credentials: "Credentials", failures: "Failures | None", zone: str
) -> list[str]:
    """Lines about a person, without grants and tokens."""
    identity = credentials.identity
    without = "none" if identity else "none, tokens alone let in"
    lines = [
        f"{person.id} ({printable(person.name)}): {state(person)}",
        f"password: {'set' if credentials.password else without}",
    ]
    if identity:
        lines.append(f"identity: {printable(identity.subject)} of {printable(identity.issuer)}")
    if credentials.totp:
        left = counted(len(credentials.recovery), "recovery code")
        lines.append(f"second factor: on, {left} left")
    else:
        lines.append("second factor: off")
    if failures:
        times = counted(failures.count, "sign-in")
        lines.append(f"failed: {times} in a row, the last {local(failures.last, zone)}")
    return lines


def grants_table(person: "Person", now: "Instant", zone: str) -> None:
    """Print the grants of a person, each with its number."""
    rows = [
        (str(number), grant.role.value, *grant_cells(grant, now, zone))
        for number, grant in enumerate(person.grants, 1)
    ]
    table("grants", ("number", "role", "places", "recorded", "ends"), rows)


def grant_line(grant: "Grant", now: "Instant", zone: str) -> str:
    """A grant on one line."""
    places, recorded, ends = grant_cells(grant, now, zone)
    return f"{grant.role.value}; places: {places}; recorded: {recorded}; ends: {ends}"


def grant_cells(grant: "Grant", now: "Instant", zone: str) -> tuple[str, str, str]:
    """Places, recorded time and end of a grant."""
    named = {"district": grant.districts, "site": grant.sites}
    places = [f"{kind} {name}" for kind, names in named.items() for name in sorted(names)]
    start, end = grant.recorded_from, grant.recorded_until
    recorded = [f"from {local(start, zone)}"] if start else []
    recorded += [f"until {local(end, zone)}"] if end else []
    ends = local(grant.expires, zone) if grant.expires else "never"
    if not grant.holds_at(now):
        ends += ", ended"
    return ", ".join(places) or "all", " ".join(recorded) or "any time", ends


def tokens_table(tokens: "Sequence[ApiToken]", now: "Instant", zone: str) -> None:
    """Print a line for each token, without secrets."""
    rows = [
        (
            token.id,
            token.person,
            token.label,
            ", ".join(sorted(token.permissions)),
            local(token.expires, zone),
            token_state(token, now, zone),
        )
        for token in tokens
    ]
    heads = ("token", "account", "for", "permissions", "ends", "state")
    table(counted(len(tokens), "token"), heads, rows)


def token_state(token: "ApiToken", now: "Instant", zone: str) -> str:
    """Whether a token counts."""
    if token.revoked:
        return f"revoked {local(token.revoked, zone)}"
    return "counts" if now < token.expires else "ended"


def state(person: "Person") -> str:
    """Whether an account lets in."""
    return "disabled" if person.disabled else "enabled"


def _roles(person: "Person", now: "Instant") -> str:
    """Roles of the grants that hold; a role that reaches a part of all footage only is limited."""
    holding = [grant for grant in person.grants if grant.holds_at(now)]
    whole = {grant.role for grant in holding if not grant.limited}
    roles = sorted({grant.role for grant in holding})
    return ", ".join(r.value if r in whole else f"{r.value} (limited)" for r in roles) or "none"
