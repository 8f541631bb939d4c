"""Kinds of recipient of an export; apart from `footage.approval`, which loads more."""

from __future__ import annotations

from enum import StrEnum


class RecipientKind(StrEnum):
    """Kinds of recipient of an export."""

    INSIDE = "inside"
    """Whoever works here: the bundle stays in the house."""
    INVESTIGATOR = "investigator"
    """Whoever investigates the case, elsewhere than here."""
    COURT = "court"
    AUTHORITY = "authority"
    LABORATORY = "laboratory"
    OTHER = "other"
