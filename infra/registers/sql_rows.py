"""The register's values as rows of `sql_models`, and back. Pure."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from footage.camera import Camera, District, Site
from footage.errors import DataLoss
from footage.hold import Hold, MarksDue, Order
from footage.ids import CameraId, DistrictId, HoldId, PlanId, SegmentKey, SiteId
from footage.instant import Instant, Interval
from footage.place import Point
from footage.ports import EVERYWHERE, Guarantees, Scope, SeenGuarantees, Tombstone
from footage.stays import Stay
from infra.catalogues import documents
from infra.registers.register_rules import purged_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

Values = dict[str, Any]


def district_row(district: District) -> Values:
    """A district as a row."""
    return {"id": district.id, "name": district.name}


def site_row(site: Site) -> Values:
    """A site as a row."""
    return {
        "id": site.id,
        "name": site.name,
        "district": site.district,
        "lat": site.place.lat,
        "lon": site.place.lon,
        "zone": site.zone,
    }


def camera_row(camera: Camera) -> Values:
    """A camera as a row, including the source, which may contain a password."""
    return {
        "id": camera.id,
        "name": camera.name,
        "site": camera.site,
        "district": camera.district,
        "lat": camera.place.lat,
        "lon": camera.place.lon,
        "source": camera.source,
        "retention_class": camera.retention_class,
        "source_secret_file": camera.source_secret_file,
    }


def stay_row(stay: Stay, number: int) -> Values:
    """A stay of a camera as a row."""
    return {
        "camera": stay.camera,
        "number": number,
        "since_us": us_of(stay.since),
        "site": stay.site,
        "district": stay.district,
        "lat": stay.place.lat,
        "lon": stay.place.lon,
        "told_us": us_of(stay.told),
        "corrects": stay.corrects,
        "replaced_us": us_of(stay.replaced),
    }


def hold_row(hold: Hold) -> Values:
    """A hold as a row, without its cameras."""
    return {
        "id": hold.id,
        "start_us": hold.interval.start.us,
        "end_us": hold.interval.end.us,
        "authority": hold.authority,
        "reason": hold.reason,
        "case_ref": hold.case,
        "placed_by": hold.placed_by,
        "placed_at_us": hold.placed_at.us,
        "released_at_us": us_of(hold.released_at),
        "released_by": hold.released_by,
        "release_reason": hold.release_reason,
        "places": _places_text(hold.places),
        "order_text": json.dumps(hold.order.document()) if hold.order else "",
    }


def marks_row(hold: HoldId, due: Instant) -> Values:
    """A row saying that the hold's marks are due and no pass is done."""
    return {"hold": hold, "due_us": due.us, "passes": 0}


def guarantees_row(store: str, seen: SeenGuarantees) -> Values:
    """Observed guarantees of a store as a row."""
    found = seen.guarantees
    return {
        "store": store,
        "seen_at_us": seen.at.us,
        "digest_checked_put": found.digest_checked_put,
        "retention": found.retention,
        "legal_hold": found.legal_hold,
        "hold_outlives_retention": found.hold_outlives_retention,
        "findings": json.dumps(found.findings),
    }


def tombstone_row(tombstone: Tombstone) -> Values:
    """A tombstone as a row."""
    whole = json.dumps([documents.segment_document(s) for s in tombstone.segments])
    return {
        "plan": tombstone.plan,
        "first": tombstone.first,
        "camera": tombstone.segments[0].camera,
        "start_us": tombstone.interval.start.us,
        "end_us": tombstone.interval.end.us,
        "document": zlib.compress(whole.encode()),
        "reason": tombstone.reason,
        **settled_values(tombstone),
    }


def settled_values(tombstone: Tombstone) -> Values:
    """The columns of a tombstone's row that tell what became of the segments."""
    left = [segment.key for segment in tombstone.open]
    return {
        "spared": json.dumps(dict(tombstone.spared)),
        "open_keys": json.dumps(left) if tombstone.purged else None,
        "purged": len(tombstone.purged),
        "purged_bytes": purged_bytes(tombstone),
        "state": "closed" if tombstone.closed_at else "open",
        "closed_at_us": us_of(tombstone.closed_at),
    }


def district_from(row: RowMapping) -> District:
    """Read a district."""
    return District(DistrictId(row["id"]), row["name"])


def site_from(row: RowMapping) -> Site:
    """Read a site."""
    place = Point(row["lat"], row["lon"])
    return Site(SiteId(row["id"]), row["name"], DistrictId(row["district"]), place, row["zone"])


def camera_from(row: RowMapping | Values) -> Camera:
    """Read a camera."""
    return Camera(
        id=CameraId(row["id"]),
        name=row["name"],
        site=SiteId(row["site"]),
        district=DistrictId(row["district"]),
        place=Point(row["lat"], row["lon"]),
        source=row["source"],
        retention_class=row["retention_class"],
        source_secret_file=row["source_secret_file"],
    )


def stay_from(row: RowMapping) -> Stay:
    """Read a stay of a camera."""
    return Stay(
        camera=CameraId(row["camera"]),
        since=instant_from(row["since_us"]),
        site=SiteId(row["site"]),
        district=DistrictId(row["district"]),
        place=Point(row["lat"], row["lon"]),
        told=instant_from(row["told_us"]),
        corrects=row["corrects"],
        replaced=instant_from(row["replaced_us"]),
    )


def hold_from(row: RowMapping, cameras: Iterable[str]) -> Hold:
    """Read a hold."""
    released = row["released_at_us"]
    return Hold(
        id=HoldId(row["id"]),
        cameras=frozenset(map(CameraId, cameras)),
        interval=Interval(Instant(row["start_us"]), Instant(row["end_us"])),
        authority=row["authority"],
        reason=row["reason"],
        placed_by=row["placed_by"],
        placed_at=Instant(row["placed_at_us"]),
        case=row["case_ref"],
        released_at=None if released is None else Instant(released),
        released_by=row["released_by"],
        release_reason=row["release_reason"],
        places=_places_from(row["places"]),
        order=Order.of(json.loads(row["order_text"])) if row["order_text"] else None,
    )


def marks_from(row: RowMapping, hold: Hold) -> MarksDue:
    """Read the due marks of the hold that a row names."""
    return MarksDue(hold, Instant(row["due_us"]), row["passes"])


def guarantees_from(row: RowMapping) -> SeenGuarantees:
    """Read the observed guarantees of a store."""
    found = Guarantees(
        digest_checked_put=row["digest_checked_put"],
        retention=row["retention"],
        legal_hold=row["legal_hold"],
        hold_outlives_retention=row["hold_outlives_retention"],
        findings=tuple(json.loads(row["findings"])),
    )
    return SeenGuarantees(found, Instant(row["seen_at_us"]))


def tombstone_from(row: RowMapping) -> Tombstone:
    """Read a tombstone; raises DataLoss for unreadable segments."""
    closed = row["closed_at_us"]
    segments = tuple(map(documents.segment_from, _documents(row)))
    spared = {SegmentKey(key): reason for key, reason in json.loads(row["spared"]).items()}
    keys = frozenset(segment.key for segment in segments)
    left = (
        keys - spared.keys()
        if row["open_keys"] is None
        else frozenset(json.loads(row["open_keys"]))
    )
    return Tombstone(
        plan=PlanId(row["plan"]),
        segments=segments,
        reason=row["reason"],
        purged=keys - spared.keys() - left,
        spared=spared,
        closed_at=None if closed is None else Instant(closed),
    )


def us_of(instant: Instant | None) -> int | None:
    """Return an instant as the number of a column; None for none."""
    return None if instant is None else instant.us


def instant_from(us: int | None) -> Instant | None:
    """Read an instant that may be absent."""
    return None if us is None else Instant(us)


def _places_text(places: Scope) -> str:
    return json.dumps(places.places()) if places.by_place else ""


def _places_from(text: str) -> Scope:
    return Scope.of_places(json.loads(text)) if text else EVERYWHERE


def _documents(row: RowMapping) -> list[documents.Document]:
    try:
        found = json.loads(zlib.decompress(row["document"]))
    except (zlib.error, ValueError) as exc:
        raise DataLoss(f"the tombstone of {row['first']} is unreadable: {exc}") from exc
    if not isinstance(found, list) or not found:
        raise DataLoss(f"the tombstone of {row['first']} names no segment")
    return found
