"""Route for searches. The search service writes the custody entries of every question."""

from fastapi import APIRouter

from api import schemas
from api.auth import Asking
from api.deps import Ready, asked_interval
from api.request_context import never_log
from api.rules import Reaching, rule
from footage.access import Permission
from footage.action import Action, Purpose
from search.answer import to_json
from search.query import Query, Sort

router = APIRouter(tags=["search"])


@router.post("/search", operation_id="search", **rule(Permission.SEARCH, enters=Action.SEARCH))
def search(
    services: Ready, caller: Asking, reach: Reaching, asked: schemas.SearchIn
) -> schemas.SearchOut:
    """Find moments by text, time and place; the answer states the coverage (invariant 6).

    Where the caller's grants do not reach everywhere, the question is asked of what is in reach,
    and `coverage.limited_to_grants` says so.
    """
    never_log(asked.text)
    scope = asked.scope
    query = Query(
        text=asked.text,
        interval=asked_interval(services, scope, asked.start, asked.end),
        scope=scope,
        limit=asked.limit,
        threshold=asked.threshold,
        sort=Sort(asked.sort),
    )
    purpose = Purpose(caller.person.id, asked.case, asked.purpose)
    answer = services.search().search(query, purpose, reach=reach)
    return schemas.SearchOut.model_validate(to_json(answer))
