"""Rules of a bucket that act on footage without Footage: read from S3's answers, and judged. Pure.

A lifecycle rule deletes or hides objects on its own, and a default retention keeps every object,
whatever the policies of Footage say.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """An enabled rule of a bucket's lifecycle.

    Attributes:
        name: The rule's id, or its prefix.
        hides: When live objects are hidden by a delete marker, e.g. "after 1 day"; "" for never.
        removes: When hidden versions are removed for good; "" for never.
        moves: When objects go to another storage class; "" for never.
    """

    name: str
    hides: str = ""
    removes: str = ""
    moves: str = ""


@dataclass(frozen=True, slots=True)
class BucketRules:
    """Rules by which a bucket acts on its own.

    Attributes:
        versioning: Whether every version is kept until it is deleted by its id.
        retention_mode: Mode of the default retention, "" for none.
        retention: Length of the default retention, e.g. "30 days".
        lifecycle: Enabled lifecycle rules.
    """

    versioning: bool
    retention_mode: str = ""
    retention: str = ""
    lifecycle: tuple[LifecycleRule, ...] = ()

    def dangers(self) -> list[str]:
        """Dangers of these rules for footage, a sentence each; empty without dangers."""
        said = [] if self.versioning else ["versioning is off: no hold or retention binds"]
        for rule in self.lifecycle:
            if rule.hides:
                said.append(
                    f"lifecycle rule {rule.name!r} hides footage {rule.hides}, held or not: it can "
                    "then be neither shown nor exported"
                )
            if rule.removes:
                said.append(
                    f"lifecycle rule {rule.name!r} removes hidden versions {rule.removes}: what "
                    "was hidden by mistake is then gone for good"
                )
            if rule.moves:
                said.append(
                    f"lifecycle rule {rule.name!r} moves footage {rule.moves} to another storage "
                    "class, from where it may not be read at once"
                )
        if self.retention_mode == "COMPLIANCE":
            said.append(
                f"default retention COMPLIANCE of {self.retention}: nobody can delete anything "
                "sooner, whatever the policies say, so the store may fill"
            )
        return said

    def __str__(self) -> str:
        """The rules in force, for people."""
        if not self.retention_mode:
            return "versions are kept; no default retention, no lifecycle rule that acts on footage"
        return (
            f"versions are kept; default retention {self.retention_mode} of {self.retention}: "
            "nothing is deleted sooner, whatever the policies say"
        )


def read_rules(versioning: bytes, lock: bytes, lifecycle: bytes) -> BucketRules:
    """Read a bucket's rules.

    Args:
        versioning: S3's answer to `GET ?versioning`.
        lock: S3's answer to `GET ?object-lock`; empty for none.
        lifecycle: S3's answer to `GET ?lifecycle`; empty for none.

    Raises:
        Unavailable: An answer is no XML.
    """
    retention = _found(lock, "DefaultRetention") if lock else None
    rules = tuple(_rules(_parsed(lifecycle))) if lifecycle else ()
    return BucketRules(
        versioning=_text(_parsed(versioning), "Status") == "Enabled",
        retention_mode="" if retention is None else _text(retention, "Mode"),
        retention="" if retention is None else _length(retention),
        lifecycle=tuple(rule for rule in rules if rule.hides or rule.removes or rule.moves),
    )


def _rules(root: ET.Element) -> Iterator[LifecycleRule]:
    for rule in root:
        if _local(rule) != "Rule" or _text(rule, "Status") != "Enabled":
            continue
        yield LifecycleRule(
            _text(rule, "ID") or _text(rule, "Prefix") or "without a name",
            hides=_when(rule, "Expiration"),
            removes=_when(rule, "NoncurrentVersionExpiration"),
            moves=_when(rule, "Transition"),
        )


def _when(rule: ET.Element, action: str) -> str:
    """When an action of a rule is due; "" for an action that is absent, or only sweeps markers."""
    for element in rule:
        if _local(element) == action:
            if date := _text(element, "Date"):
                return f"from {date[:10]} on"
            if days := _text(element, "Days") or _text(element, "NoncurrentDays"):
                return f"after {days} day{'' if days == '1' else 's'}"
    return ""


def _length(retention: ET.Element) -> str:
    days, years = _text(retention, "Days"), _text(retention, "Years")
    number, unit = (years, "year") if years and years != "0" else (days, "day")
    return f"{number} {unit}{'' if number == '1' else 's'}"


def _parsed(body: bytes) -> ET.Element:
    try:
        return ET.fromstring(body)  # noqa: S314 - the configured store is trusted
    except ET.ParseError as exc:
        raise Unavailable(f"the store's answer about the bucket is no XML: {exc}") from exc


def _found(body: bytes, name: str) -> ET.Element | None:
    return next((one for one in _parsed(body).iter() if _local(one) == name), None)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element, name: str) -> str:
    return next((one.text or "" for one in element.iter() if _local(one) == name), "").strip()
