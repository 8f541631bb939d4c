"""Routes for searches. The search service writes the custody entries of every question."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import Json

from api.auth import Asking
from api.bodies.search import SearchIn, SearchOut, as_json
from api.deps import Ready, Services, asked_interval
from api.people.sign_in import Caller
from api.request_context import never_log
from api.rules import Reaching, rule
from evidence.answers import NAMED, best_of
from footage.access import Permission, Reach
from footage.action import Action, Purpose
from footage.errors import BadInput, NotFound
from footage.hours import Hours
from footage.keyframe import WHOLE, Box
from search.example import Example, StoredExample
from search.query import Query, Sort

router = APIRouter(tags=["search"])

_LONGEST_NAME = 200


@router.post(
    "/search",
    operation_id="search",
    response_model=SearchOut,
    **rule(Permission.SEARCH, enters=Action.SEARCH),
)
async def search(services: Ready, caller: Asking, reach: Reaching, asked: SearchIn) -> Response:
    """Find moments by text, example, time and place; the answer states the coverage (invariant 6).

    Where the caller's grants do not reach everywhere, the question is asked of what is in reach,
    and `coverage.limited_to_grants` says so. The footage of an example must be in reach as well.
    """
    never_log(asked.text)
    like = asked.like
    if like is None:
        if asked.box is not None:
            raise BadInput("a box without an example", hint="name `like`")
        return await services.searching.run(lambda: _answer(services, caller, reach, asked))
    box = asked.box.box if asked.box else None

    def example() -> StoredExample:
        return _stored(services, caller, like, box)

    # The keyframe is decoded: few at once.
    return await services.decoding.run(lambda: _answer(services, caller, reach, asked, example))


@router.post(
    "/search/picture",
    operation_id="search_by_picture",
    response_model=SearchOut,
    **rule(Permission.SEARCH, enters=Action.SEARCH),
)
async def search_by_picture(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    picture: Annotated[UploadFile, File(description="JPEG, PNG, WebP or BMP.")],
    question: Annotated[
        Json[SearchIn],
        Form(description="The question as JSON, as `POST /search` takes it, without `like`."),
    ],
) -> Response:
    """Find what looks like an example picture, which is not kept: the log names its SHA-256.

    A text in the question is weighed against the picture; `box` takes a part of the picture.
    """
    never_log(question.text)
    if question.like is not None:
        raise BadInput("a picture and `like` are both an example", hint="leave one out")
    data, name = await picture.read(), (picture.filename or "")[:_LONGEST_NAME]
    box = question.box.box if question.box else WHOLE
    return await services.decoding.run(
        lambda: _answer(
            services, caller, reach, question, lambda: services.example(data, name, box)
        )
    )


def _answer(
    services: Services,
    caller: Caller,
    reach: Reach,
    asked: SearchIn,
    example: Callable[[], Example] | None = None,
) -> Response:
    """Answer a question, as JSON: checked and written here, not on the loop that serves all."""
    scope = asked.scope
    query = Query(
        text=asked.text,
        interval=asked_interval(services, scope, asked.start, asked.end),
        scope=scope,
        limit=asked.limit,
        threshold=asked.threshold,
        sort=Sort(asked.sort),
        example=example() if example else None,
        text_weight=asked.text_weight,
        hours=Hours.parse(asked.hours) if asked.hours is not None else None,
    )
    purpose = Purpose(caller.person.id, asked.case, asked.purpose)
    if services.answers and query.example is None:
        told = services.answers(query, purpose, reach)
    else:
        told = as_json(services.search().search(query, purpose, reach=reach))
    return Response(told, media_type="application/json")


def _stored(services: Services, caller: Caller, like: str, box: Box | None) -> StoredExample:
    if not NAMED.fullmatch(like):
        return StoredExample.parse(like, box=box)
    try:
        best = best_of(services.log, like, caller.person.id)
    except NotFound as exc:
        # One answer for all cases: what others found, and how much, is for readers of the custody
        # log.
        raise NotFound(
            f"no moment {like}", hint="name a `moment` or a `thumbnail` of an answer of your own"
        ) from exc
    return StoredExample.parse(best, moment=like, box=box)
