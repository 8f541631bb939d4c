"""Options of an Elasticsearch adapter, as the settings of the catalogue have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from infra.config.loading import secret

if TYPE_CHECKING:
    from infra.config.sections.stores import CatalogueSection


class ClusterOptions(TypedDict):
    """Index names, copies and account, as the adapters take them."""

    prefix: str
    replicas: int | str
    username: str | None
    password: str | None


def cluster_options(chosen: CatalogueSection) -> ClusterOptions:
    """Return the options that the settings choose; the password is read from its file.

    Raises:
        Misconfigured: The password cannot be read.
    """
    named = chosen.username
    return ClusterOptions(
        prefix=chosen.prefix,
        replicas=chosen.replicas,
        username=named or None,
        password=secret(chosen.password_file, what="password of Elasticsearch") if named else None,
    )
