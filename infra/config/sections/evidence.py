"""Settings of retention and evidence: policies, cases, second persons, recipients, ledger, seal."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from footage.instant import Elapsed
from footage.recipient import RecipientKind
from infra.config.sections.section import Section
from infra.config.setting_types import (
    Acts,
    Duration,
    PurposeCodes,
    RecipientKinds,
    UserNames,
)


class RetentionSection(Section):
    """Retention: policies and the time of the daily deletion."""

    policies: Path | None = Field(
        None,
        description=(
            "File of the retention policies; unset: `policies.toml` in the home folder. Without "
            "that file everything is kept."
        ),
    )
    run_at: str = Field(
        "02:30",
        pattern=r"^\d\d:\d\d$",
        description=(
            "Time of the daily deletion of what is due, HH:MM in UTC; missed by more than an "
            "hour, the day is left out."
        ),
    )
    custody_personal: Duration | None = Field(
        None,
        description=(
            "How long the custody log keeps who acted, and the words searched for; purged daily "
            "after that, but for cases that are open; unset: always."
        ),
    )


class CasesSection(Section):
    """Cases, and the purposes for which people search, watch, export and hold."""

    must_be_open: bool = Field(
        default=False,
        description=(
            "Whether acts for a case that is not opened here (`footage case open`) are refused. "
            "False: any text counts as a reference, but for those of cases that are opened here."
        ),
    )
    purposes: PurposeCodes = Field(
        (),
        description=(
            "Purpose codes, separated by commas, that a case is opened with, and that searches, "
            "views, exports and holds may name; empty: any."
        ),
    )


class FourEyes(Section):
    """Acts that begin only when a second person approved them."""

    for_: Acts = Field(
        (),
        alias="for",
        description=(
            "Acts that need a second person, separated by commas: `release` (a hold is released), "
            "`export` (footage is exported, unless it is said to stay inside); empty: none. On the "
            "machine itself a name is what the settings say: two accounts over HTTP are surer."
        ),
    )
    valid_for: Duration = Field(
        Elapsed.parse("7d"),
        description=(
            "How long a request waits for a decision, and how long an approval counts. Longer: "
            "what was approved may look otherwise by the time it is done."
        ),
    )


class Recipients(Section):
    """Recipients of exports: what must be said of them, and to whom who may export what."""

    required: bool = Field(
        default=False,
        description=(
            "Whether each export must say of which kind its recipient is, and, unless it stays "
            "inside, who that is."
        ),
    )
    kinds: RecipientKinds = Field(
        (),
        description=(
            "Kinds of recipient that are given bundles, separated by commas, of `inside`, "
            "`investigator`, `court`, `authority`, `laboratory`, `other`; empty: all."
        ),
    )
    only: dict[RecipientKind, UserNames] = Field(
        {},
        description=(
            "Persons who alone export to a kind of recipient, e.g. `only.court = "
            '"sadia.khan, amir"`; of a kind not named: whoever may export.'
        ),
    )
    without_originals: RecipientKinds = Field(
        (),
        description=(
            "Kinds of recipient that are given no original files of imports, which may show more "
            "than the time asked for; empty: none."
        ),
    )
    second_person: RecipientKinds = Field(
        (),
        description=(
            "Kinds of recipient for which an export needs a second person where `four_eyes.for` "
            "has `export`; empty: all but `inside`. An export that says no kind needs one anyway."
        ),
    )


class ExportSection(Section):
    """Bundles of footage."""

    view_most: Duration = Field(
        Elapsed.parse("12h"),
        description=(
            "Longest footage, all cameras of an export together, of which films for viewing are "
            "made (`footage export --view`): an hour takes a core some tens of minutes."
        ),
    )


class LedgerSection(Section):
    """The ledger, which proves what was stored when."""

    keys: Path | None = Field(
        None,
        description=(
            "Folder of the keys that sign checkpoints; unset: `keys` in the home folder. Of "
            "several recorders that signs whose folder has the private keys; the API needs none."
        ),
    )
    lock: Duration = Field(
        Elapsed.parse("365d"),
        description=(
            "How long the store is asked to lock each object of the ledger, where it can; 0s: not. "
            "Shorter: whoever has the store's credentials may delete proofs sooner."
        ),
    )
    stamp_every: Duration = Field(
        Elapsed.parse("1h"),
        description=(
            "How often a checkpoint of the ledger and one of the custody log are time-stamped by "
            "the authority of `[seal] authority`, where one is set; 0s: never. One that is away "
            "delays no checkpoint."
        ),
    )


class SignerSection(Section):
    """The signing process (`footage keys serve`), which alone can read private keys."""

    socket: Path | None = Field(
        None,
        description=(
            "Unix socket of the signing process, at which the other processes have checkpoints "
            "and bundles signed; unset: each of them reads private keys in `ledger.keys` itself."
        ),
    )
    folder: Path | None = Field(
        None,
        description=(
            "Folder of the private keys, of what was signed last, and of the log of signatures. "
            "Set it for the signing process and the commands of its user alone; unset: no signing "
            "process runs with these settings."
        ),
    )
    token_module: Path | None = Field(
        None,
        description=(
            "PKCS #11 library of a hardware token, in which the RSA and the Ed25519 key are made "
            "and used; the ML-DSA-44 key stays a file in `folder`; unset: all are files there. "
            "Needs the extra `hsm` of the package, and applies to keys made from then on."
        ),
    )
    token: str = Field("", description="Label of the token; empty: refused with a library.")
    pin_file: Path | None = Field(
        None,
        description=(
            "File whose first line is the PIN of the token's user; unset: refused with a library."
        ),
    )
    group: str = Field(
        "",
        description=(
            "Group that may open the socket, by name or number; empty: the group of the signing "
            "process."
        ),
    )
    users: UserNames = Field(
        (),
        description=(
            "Users whose processes are answered, by name or number, separated by commas, beside "
            "the signing process's own, as the kernel tells them."
        ),
    )
    a_minute: int = Field(
        600,
        ge=0,
        description=(
            "Signatures of each kind, checkpoints, bundles and clips, that a user is given in a "
            "minute; 0: any number. A node asks for two checkpoints a minute, a bundle for one of "
            "each of its clips. Less: exports of many clips wait."
        ),
    )


class SealSection(Section):
    """The seal of bundles: signature and time stamp."""

    required: bool = Field(
        default=False,
        description=(
            "Whether an export or certificate fails where it cannot be signed. False: it is made, "
            "unsigned, and says why."
        ),
    )

    authority: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description=(
            "Address of a time-stamp authority (RFC 3161), asked over each bundle's signature; "
            "empty: bundles carry no time stamp. One that is away fails no export."
        ),
    )
    authority_ca: Path | None = Field(
        None,
        description=(
            "Root certificates of the authority (PEM), copied into each bundle; unset: none."
        ),
    )
