"""Route that names the encoder in force."""

from fastapi import APIRouter

from api.bodies.search import EncoderOut
from api.deps import Ready
from api.rules import rule

router = APIRouter(tags=["search"])


@router.get(
    "/encoder", operation_id="get_encoder", **rule(None, because="an encoder shows no footage")
)
def get_encoder(services: Ready) -> EncoderOut:
    """Return the encoder in force and a note on its fitness."""
    identity = services.encoder().identity
    return EncoderOut(
        name=identity.name, digest=identity.digest, note=identity.note, unfit=identity.unfit
    )
