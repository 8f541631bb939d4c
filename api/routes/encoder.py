"""Route that names the encoder in force."""

from fastapi import APIRouter

from api import schemas
from api.deps import Ready
from api.rules import rule

router = APIRouter(tags=["search"])


@router.get(
    "/encoder", operation_id="get_encoder", **rule(None, because="an encoder shows no footage")
)
def get_encoder(services: Ready) -> schemas.EncoderOut:
    """Return the encoder in force and a note on its fitness."""
    identity = services.encoder().identity
    return schemas.EncoderOut(
        name=identity.name, digest=identity.digest, note=identity.note, unfit=identity.unfit
    )
