"""Bodies of what the server says of itself: alive, ready, and problems."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.bodies.wire import Wire


class Alive(Wire):
    """The answer of a process that is alive."""

    status: Annotated[str, Field(examples=["alive"])]


class Readiness(Wire):
    """Readiness of each store: "ok" or "unavailable"."""

    ready: bool
    parts: Annotated[dict[str, str], Field(examples=[{"register": "ok", "store": "ok"}])]


class ProblemOut(BaseModel):
    """A problem of RFC 9457; some kinds have further members, e.g. `errors` or `spans`."""

    type: Annotated[str, Field(examples=["urn:footage:problem:not-found"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["no camera 'dik-999-1'"])]
    request: Annotated[
        str,
        Field(
            description="Id of the request, as in `X-Request-ID` and in the log.",
            examples=["4f1c0d2e9a7b4c63a5b1f0d9e8c7b6a5"],
        ),
    ]
