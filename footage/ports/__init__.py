"""Ports: interfaces of the services to the outside world. Each docstring is the contract.

One suite per port in `tests/contract/` runs against every adapter, the in-memory ones included. All
ports are synchronous and safe to call from several threads. Errors are those of `footage.errors`;
an adapter translates every foreign exception at its seam, and `Unavailable` always means: nothing
was done, or doing it again does no harm.
"""

from __future__ import annotations

from footage.ports.accounts import (
    Accounts,
    ApiToken,
    Credentials,
    Failures,
    Identity,
    PendingSignIn,
    Session,
)
from footage.ports.approvals import Approvals
from footage.ports.cases import Cases
from footage.ports.catalogue import Catalogue
from footage.ports.custody import Custody
from footage.ports.derived import DerivedFiles
from footage.ports.documents import DocumentMaker
from footage.ports.encoding import DecodedKeyframe, Decoder, Encoder, KeyframeDecoder
from footage.ports.identity import Challenge, IdentityProvider
from footage.ports.jobs import Jobs
from footage.ports.leases import Leases
from footage.ports.ledger import Ledger
from footage.ports.objects import (
    DeleteOutcome,
    Guarantees,
    ObjectState,
    ObjectStore,
    SeenGuarantees,
    StoredObject,
    Strength,
    Unreadable,
)
from footage.ports.register import (
    CustodyAnchor,
    Deletions,
    Holds,
    PurgeOutcome,
    ReadCamera,
    Register,
    Tombstone,
)
from footage.ports.tracing import Span, Tracer, Untraced
from footage.ports.vectors import (
    DamagedShard,
    PartScan,
    VectorAnswer,
    VectorHit,
    VectorIndex,
    VectorRow,
)
from footage.ports.views import ViewEncoder
from footage.scope import EVERYWHERE, Scope

__all__ = [
    "EVERYWHERE",
    "Accounts",
    "ApiToken",
    "Approvals",
    "Cases",
    "Catalogue",
    "Challenge",
    "Credentials",
    "Custody",
    "CustodyAnchor",
    "DamagedShard",
    "DecodedKeyframe",
    "Decoder",
    "DeleteOutcome",
    "Deletions",
    "DerivedFiles",
    "DocumentMaker",
    "Encoder",
    "Failures",
    "Guarantees",
    "Holds",
    "Identity",
    "IdentityProvider",
    "Jobs",
    "KeyframeDecoder",
    "Leases",
    "Ledger",
    "ObjectState",
    "ObjectStore",
    "PartScan",
    "PendingSignIn",
    "PurgeOutcome",
    "ReadCamera",
    "Register",
    "Scope",
    "SeenGuarantees",
    "Session",
    "Span",
    "StoredObject",
    "Strength",
    "Tombstone",
    "Tracer",
    "Unreadable",
    "Untraced",
    "VectorAnswer",
    "VectorHit",
    "VectorIndex",
    "VectorRow",
    "ViewEncoder",
]
