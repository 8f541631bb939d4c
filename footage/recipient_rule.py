"""The rule of an installation for recipients of exports: of whom, by whom, and with what. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.approval import same_person
from footage.errors import BadInput, NotPermitted
from footage.recipient import RecipientKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class RecipientRule:
    """Rules for the recipient of an export: what must be said, and who may export what to whom.

    Attributes:
        required: Whether each export says of which kind its recipient is, and who that is; of one
            that stays inside the kind is enough.
        kinds: Kinds of recipient that are given bundles; empty: all.
        only: Persons who alone export to a kind of recipient; of a kind not named whoever may
            export.
        without_originals: Kinds of recipient that are given no original files of imports, which may
            show more than the time asked for.
        second_person: Kinds of recipient for which an export counts as one to outside; empty: all
            but `inside`. Where nobody said the kind, an export counts so in any case.
    """

    required: bool = False
    kinds: Collection[RecipientKind] = ()
    only: Mapping[RecipientKind, Collection[str]] = field(default_factory=dict)
    without_originals: Collection[RecipientKind] = ()
    second_person: Collection[RecipientKind] = ()

    def require(self, addressed: Mapping[str, str], actor: str, *, originals: bool) -> None:
        """Refuse an export whose recipient the rule does not admit.

        Args:
            addressed: `recipient_kind` and `recipient` as far as somebody said.
            actor: Who exports.
            originals: Whether original files of imports are in the bundle.

        Raises:
            BadInput: Kind or name of the recipient is missing.
            NotPermitted: The kind is given no bundle, or not by this person, or no originals.
        """
        kind = kind_of(addressed)
        if kind is None:
            if self.required or self.kinds or self.only or self.without_originals:
                raise BadInput(
                    "of which kind the recipient is must be said here",
                    hint=f"--recipient-kind, one of: {', '.join(self.kinds or RecipientKind)}",
                )
            return
        named = bool(addressed.get("recipient", "").strip())
        if self.required and kind is not RecipientKind.INSIDE and not named:
            raise BadInput(f"who the recipient ({kind}) is must be said here", hint="--recipient")
        if self.kinds and kind not in self.kinds:
            raise NotPermitted(
                f"no bundle is given to a recipient of the kind {kind}",
                hint=f"recipients.kinds has: {', '.join(self.kinds)}",
            )
        allowed = self.only.get(kind)
        if allowed is not None and not any(same_person(actor, one) for one in allowed):
            raise NotPermitted(
                f"{actor} exports nothing for a recipient of the kind {kind}",
                hint="recipients.only names who does",
            )
        if originals and kind in self.without_originals:
            raise NotPermitted(
                f"a recipient of the kind {kind} is given no original files of imports",
                hint="--without-originals; the manifest names the files that are left out",
            )

    def goes_outside(self, addressed: Mapping[str, str]) -> bool:
        """Return whether an export counts as one to outside, for which four eyes may be needed."""
        kind = kind_of(addressed)
        if kind is None:
            return True
        if not self.second_person:
            return kind is not RecipientKind.INSIDE
        return kind in self.second_person


ANY_RECIPIENT = RecipientRule()


def kind_of(addressed: Mapping[str, str]) -> RecipientKind | None:
    """Return the kind of recipient that an export names; None where nobody said."""
    kind = addressed.get("recipient_kind", "")
    return RecipientKind(kind) if kind else None
