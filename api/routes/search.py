"""Route for searches. The search service writes the custody entries of every question."""

from fastapi import APIRouter

from api import schemas
from api.deps import Ready, asked_interval
from footage.action import Purpose
from search.answer import to_json
from search.query import Query, Sort

router = APIRouter(tags=["search"])


@router.post("/search", operation_id="search")
def search(services: Ready, asked: schemas.SearchIn) -> schemas.SearchOut:
    """Find moments by text, time and place; the answer states the coverage (invariant 6)."""
    scope = asked.scope
    query = Query(
        text=asked.text,
        interval=asked_interval(services, scope, asked.start, asked.end),
        scope=scope,
        limit=asked.limit,
        threshold=asked.threshold,
        sort=Sort(asked.sort),
    )
    purpose = Purpose(services.actor, asked.case, asked.purpose)
    return schemas.SearchOut.model_validate(to_json(services.search().search(query, purpose)))
