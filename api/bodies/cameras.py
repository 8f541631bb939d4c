"""Bodies of responses about cameras, their places and their timelines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from api.availability import seconds_by_bucket
from api.bodies.wire import Id, InstantText, TimeText, Wire, plain, text_of
from api.camera_changes import SavedCamera, WantedCamera
from footage.camera import Camera, District, Site
from footage.ids import CameraId, DistrictId, SiteId, district_id, site_id
from footage.instant import Instant, Interval
from footage.place import Point
from footage.ports import Register
from footage.span import Gap, GapReason, Span, Timeline
from footage.stays import Stay, with_ends

_CLASS = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class PlaceOut(Wire):
    """A camera's place."""

    site: Annotated[str, Field(examples=["dik-001"])]
    district: Annotated[str, Field(examples=["dik"])]
    lat: Annotated[float, Field(examples=[31.8313])]
    lon: Annotated[float, Field(examples=[70.9017])]


class StayOut(PlaceOut):
    """A place where a camera stood, from `since` (null: nobody said) until `until` (null: now)."""

    since: InstantText | None
    until: InstantText | None

    @classmethod
    def of(cls, stay: Stay, until: Instant | None) -> "StayOut":
        """Make the body from a stay of the register and the start of the next."""
        return cls(
            site=stay.site,
            district=stay.district,
            lat=stay.place.lat,
            lon=stay.place.lon,
            since=text_of(stay.since),
            until=text_of(until),
        )


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """The sites and districts of the register.

    Attributes:
        zone: Time zone of sites that name none.
    """

    sites: Mapping[SiteId, Site]
    districts: Mapping[DistrictId, District]
    zone: str

    @classmethod
    def of(cls, register: Register, zone: str) -> "KnownPlaces":
        """Read the places of a register; `zone` is that of sites which name none."""
        sites = {site.id: site for site in register.sites()}
        return cls(sites, {one.id: one for one in register.districts()}, zone)


class CameraOut(Wire):
    """A camera; the source is not shown, since a source may hold a password.

    `places` are where the camera stood, in order; the last is the place of today. `zone` is the
    time zone in which people at the site of today tell times.
    """

    camera: Id
    name: Annotated[str, Field(examples=["Bus stand 1 north"])]
    site: Annotated[str, Field(examples=["dik-001"])]
    site_name: Annotated[str, Field(examples=["Bus stand 1"])]
    district: Annotated[str, Field(examples=["dik"])]
    district_name: Annotated[str, Field(examples=["Dera Ismail Khan"])]
    zone: Annotated[str, Field(examples=["Asia/Karachi"])]
    lat: Annotated[float, Field(examples=[31.8313])]
    lon: Annotated[float, Field(examples=[70.9017])]
    retention_class: Annotated[str, Field(examples=["standard"])]
    recorded: Annotated[
        bool, Field(description="Whether the camera has a source.", examples=[True])
    ]
    places: list[StayOut]

    @classmethod
    def of(cls, camera: Camera, places: "KnownPlaces", stays: Sequence[Stay]) -> "CameraOut":
        """Make the body from the camera's record and stays in the register."""
        site = places.sites[camera.site]
        return cls(
            camera=camera.id,
            name=camera.name,
            site=camera.site,
            site_name=site.name,
            district=camera.district,
            district_name=places.districts[camera.district].name,
            zone=site.zone or places.zone,
            lat=camera.place.lat,
            lon=camera.place.lon,
            retention_class=camera.retention_class,
            recorded=bool(camera.source),
            places=[StayOut.of(stay, until) for stay, until in with_ends(stays)],
        )


class CameraIn(Wire):
    """A camera to add or change; what is left out is as described, not as before."""

    name: Annotated[str, Field(**plain(200), description="Empty: the id.")] = ""
    site: Id
    district: Annotated[
        Id | None, Field(description="District of the site; needed where the site is new.")
    ] = None
    site_name: Annotated[str, Field(**plain(200), description="Name of a new site.")] = ""
    zone: Annotated[
        str, Field(**plain(64), description="Time zone of a new site; else the setting's.")
    ] = ""
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    retention_class: Annotated[str, Field(pattern=_CLASS)] = "standard"
    source: Annotated[
        str | None,
        Field(
            **plain(1_500),
            description="RTSP URL; empty: the camera is not recorded; null: the source of before. "
            "Never given back.",
            examples=["rtsp://10.0.0.5/1"],
        ),
    ] = None
    since: Annotated[
        TimeText | None,
        Field(description="Since when a moved camera stands there; null: since now."),
    ] = None
    correct: Annotated[
        bool, Field(description="The place, or time, written down last was wrong: replace it.")
    ] = False

    def wanted(self, camera: CameraId) -> WantedCamera:
        """Return what to save for the camera with the id `camera`."""
        return WantedCamera(
            id=camera,
            name=self.name,
            site=site_id(self.site),
            district=district_id(self.district) if self.district else None,
            place=Point(self.lat, self.lon),
            retention_class=self.retention_class,
            source=self.source,
            site_name=self.site_name,
            zone=self.zone,
            since=self.since or "",
            correct=self.correct,
        )


class CameraSaved(CameraOut):
    """A camera as saved; `joined_holds` names the holds by place that cover the camera only now."""

    joined_holds: list[str]

    @classmethod
    def of_saved(
        cls, saved: SavedCamera, places: KnownPlaces, stays: Sequence[Stay]
    ) -> "CameraSaved":
        """Make the body from a camera that was saved, the known places and the stays of now."""
        whole = CameraOut.of(saved.camera, places, stays).model_dump()
        return cls.model_validate({**whole, "joined_holds": list(saved.joined)})


class SiteOut(PlaceOut):
    """A site; `zone` empty: the time zone of the settings."""

    name: str
    zone: str

    @classmethod
    def of(cls, site: Site) -> "SiteOut":
        """Make the body from a site."""
        return cls(
            site=site.id,
            name=site.name,
            district=site.district,
            lat=site.place.lat,
            lon=site.place.lon,
            zone=site.zone,
        )


class Sites(Wire):
    """Sites by id."""

    sites: list[SiteOut]


class CameraPage(Wire):
    """A page of cameras by id; `next_cursor` asks for the next page."""

    cameras: list[CameraOut]
    next_cursor: Annotated[str | None, Field(examples=["dik-044-2"])]


class SpanOut(Wire):
    """A span: unbroken recorded time of a camera, and the number of segments."""

    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[42])]

    @classmethod
    def of(cls, span: Span) -> "SpanOut":
        """Make the body from a span of a timeline."""
        return cls(
            start=str(span.interval.start), end=str(span.interval.end), segments=span.segments
        )


class GapOut(Wire):
    """A gap: time without a stored segment, and the reason."""

    start: InstantText
    end: InstantText
    reason: Annotated[str, Field(examples=["camera_lost"])]
    detail: Annotated[str, Field(examples=["connection refused"])]

    @classmethod
    def of(cls, gap: Gap) -> "GapOut":
        """Make the body from a gap of a timeline."""
        return cls(
            start=str(gap.interval.start),
            end=str(gap.interval.end),
            reason=gap.reason.value,
            detail=gap.detail,
        )


class StoodOut(PlaceOut):
    """A place where a camera stood in a part of a window."""

    start: InstantText
    end: InstantText


class TimelineOut(Wire):
    """Spans and gaps that tile the window: every instant lies in a single span or gap.

    `places` are where the camera stood, in order, and tile the window too.
    """

    camera: Id
    spans: list[SpanOut]
    gaps: list[GapOut]
    places: list[StoodOut]

    @classmethod
    def of(cls, line: Timeline, stays: Sequence[tuple[Stay, Interval]]) -> "TimelineOut":
        """Make the body from a timeline, and the camera's stays in the timeline's window."""
        return cls(
            camera=line.camera,
            spans=[SpanOut.of(span) for span in line.spans],
            gaps=[GapOut.of(gap) for gap in line.gaps],
            places=[
                StoodOut(
                    site=stay.site,
                    district=stay.district,
                    lat=stay.place.lat,
                    lon=stay.place.lon,
                    start=str(part.start),
                    end=str(part.end),
                )
                for stay, part in stays
            ],
        )


Seconds = Annotated[list[float], Field(description="By bucket, in order.", examples=[[3.5, 4.0]])]


class ChangesOut(Wire):
    """Amount of change of the picture in each bucket; buckets of one length tile the window.

    Of each picture that the indexer looked at, the share that changed since the last one embedded:
    0 where the scene stayed the same; null for a bucket without a picture that was looked at.
    """

    camera: Id
    start: InstantText
    end: InstantText
    change: Annotated[list[Annotated[float, Field(ge=0, le=1)] | None], Field(max_length=2_000)]


class AvailabilityOut(Wire):
    """Recorded and unknown seconds of each bucket; the buckets tile the window and are as long.

    What is neither recorded nor unknown is a gap of which the timeline has the reason.
    """

    camera: Id
    start: InstantText
    end: InstantText
    recorded_s: Seconds
    unknown_s: Seconds

    @classmethod
    def of(cls, line: Timeline, buckets: int) -> "AvailabilityOut":
        """Make the body from a timeline."""
        window = line.window
        unknown = (gap.interval for gap in line.gaps if gap.reason is GapReason.UNKNOWN)
        return cls(
            camera=line.camera,
            start=str(window.start),
            end=str(window.end),
            recorded_s=seconds_by_bucket(window, buckets, (span.interval for span in line.spans)),
            unknown_s=seconds_by_bucket(window, buckets, unknown),
        )
