"""Tokens of a provider: the one that counts, and each way in which one does not."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from footage.errors import NotPermitted
from footage.instant import Elapsed
from infra.identity.id_token import LEEWAY_S, OLDEST_S, Expected, UnknownKey, claims_of, keys_from
from infra.identity.oidc_provider import subject_of
from tests.common.builders import at
from tests.common.token_maker import ACCESS, CLIENT, ISSUER, TokenMaker, an_ec_key, an_rsa_key

if TYPE_CHECKING:
    from joserfc.jwk import Key

MAKER = TokenMaker(at(0))
NONCE = "the nonce"
EXPECTED = Expected(ISSUER, CLIENT, NONCE, ACCESS)
NOW_S = at(0).us // 1_000_000
GOOD = MAKER.token(MAKER.claims(NONCE))


def read(text: str, *, after_s: float = 0, keys: tuple[Key, ...] | None = None) -> dict[str, Any]:
    keys = keys_from(MAKER.published()) if keys is None else keys
    return claims_of(text, keys, EXPECTED, at(0) + Elapsed(round(after_s * 1_000_000)))


def with_claims(**changed: object) -> str:
    """Return a signed token whose claims are changed; None removes a claim."""
    claims = {**MAKER.claims(NONCE), **changed}
    return MAKER.token({name: value for name, value in claims.items() if value is not None})


def as_part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_that_keeps_all_rules_counts() -> None:
    assert read(GOOD)["sub"] == "7f3a"
    assert read(with_claims(at_hash=None))["sub"] == "7f3a"
    assert read(with_claims(aud=[CLIENT]))["sub"] == "7f3a"
    assert read(with_claims(aud=[CLIENT, "other"], azp=CLIENT))["sub"] == "7f3a"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://id.evil.example"}, "another issuer"),
        ({"iss": f"{ISSUER}/"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "other"}, "another client"),
        ({"aud": ["other"]}, "another client"),
        ({"aud": None}, "another client"),
        ({"aud": {CLIENT: 1}}, "another client"),
        ({"aud": f"{CLIENT}-2"}, "another client"),
        ({"aud": [CLIENT, "other"]}, "missing_claim"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "invalid_claim"),
        ({"azp": "other"}, "invalid_claim"),
        ({"sub": None}, "missing_claim"),
        ({"nonce": None}, "missing_claim"),
        ({"nonce": "of another sign-in"}, "invalid_claim"),
        ({"nonce": [NONCE]}, "invalid_claim"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "invalid_claim"),
        ({"exp": NOW_S - LEEWAY_S - 1}, "expired_token"),
        ({"exp": None}, "missing_claim"),
        ({"exp": "9999999999"}, "no time"),
        ({"exp": True}, "no time"),
        ({"exp": float("inf")}, "no time"),
        ({"iat": None}, "missing_claim"),
        ({"iat": NOW_S + LEEWAY_S + 1}, "token does not count"),
        ({"iat": float("nan")}, "no time"),
        ({"iat": NOW_S - OLDEST_S - LEEWAY_S - 1}, "old"),
        ({"nbf": NOW_S + LEEWAY_S + 1}, "token does not count"),
    ],
)
def test_a_token_that_breaks_a_rule_does_not_count(changed: dict[str, object], why: str) -> None:
    with pytest.raises(NotPermitted, match=why):
        read(with_claims(**changed))


def test_clocks_may_differ_by_a_minute_and_no_more() -> None:
    for late in (300 + LEEWAY_S - 1, 300):
        read(GOOD, after_s=late)
    read(GOOD, after_s=-LEEWAY_S)
    for wrong in (300 + LEEWAY_S + 1, -LEEWAY_S - 1):
        with pytest.raises(NotPermitted):
            read(GOOD, after_s=wrong)


def test_a_token_without_a_signature_does_not_count() -> None:
    body = as_part(MAKER.claims(NONCE))
    headers: list[dict[str, object]] = [{"alg": "none"}, {"alg": "none", "kid": "k1"}, {"alg": []}]
    for header in [*headers, {"alg": "None"}, {}]:
        for signature in ("", "AAAA", GOOD.rpartition(".")[2]):
            with pytest.raises(NotPermitted):
                read(f"{as_part(header)}.{body}.{signature}")


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    """HS256 with what everybody can fetch: the key as PEM, as JSON, and its coordinate."""
    published = MAKER.published()["keys"][0]
    assert isinstance(MAKER.key, ECKey)
    secrets = [MAKER.key.as_pem(private=False), json.dumps(published).encode()]
    for secret in [*secrets, base64.urlsafe_b64decode(published["x"] + "=")]:
        signed = f"{as_part({'alg': 'HS256', 'kid': 'k1'})}.{as_part(MAKER.claims(NONCE))}"
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256"))
        with pytest.raises(NotPermitted, match="algorithm"):
            read(f"{signed}.{signature.rstrip(b'=').decode()}")


def test_a_key_of_a_stranger_does_not_count() -> None:
    other = an_ec_key("k1")
    with pytest.raises(NotPermitted, match="bad_signature"):
        read(MAKER.token(MAKER.claims(NONCE), key=other, kid="k1"))
    with pytest.raises(UnknownKey):
        read(MAKER.token(MAKER.claims(NONCE), key=other, kid="k2"))
    own = other.as_dict(private=False)
    with pytest.raises(NotPermitted):
        read(MAKER.token(MAKER.claims(NONCE), key=other, kid="k1", jwk=own))


def test_an_algorithm_of_another_kind_of_key_does_not_count() -> None:
    rsa = an_rsa_key("k1")
    with pytest.raises(NotPermitted):
        read(MAKER.token(MAKER.claims(NONCE), key=rsa, algorithm="RS256", kid="k1"))


def test_without_the_name_of_a_key_the_single_fitting_one_is_taken() -> None:
    text = MAKER.token(MAKER.claims(NONCE), typ="JWT")
    rsa, second = an_rsa_key("r1"), an_ec_key("k2")
    own, other = MAKER.published()["keys"][0], rsa.as_dict(private=False)
    assert read(text, keys=keys_from({"keys": [own, other]}))["sub"] == "7f3a"
    with pytest.raises(NotPermitted, match="by which key"):
        read(text, keys=keys_from({"keys": [own, second.as_dict(private=False)]}))
    with pytest.raises(NotPermitted, match="by which key"):
        read(text, keys=())


def test_two_keys_of_one_name_are_none() -> None:
    own = MAKER.published()["keys"][0]
    with pytest.raises(UnknownKey):
        read(GOOD, keys=keys_from({"keys": [own, own]}))


@pytest.mark.parametrize("key", [an_rsa_key("r1"), an_ec_key("e1")])
def test_sound_keys_are_read(key: Key) -> None:
    (found,) = keys_from({"keys": [key.as_dict(private=False)]})
    assert found.get("kid") == key.get("kid")
    algorithm = "RS256" if key.key_type == "RSA" else "ES256"
    claims = {**MAKER.claims(NONCE), "at_hash": None}
    text = MAKER.token(claims, key=key, algorithm=algorithm, kid=key.get("kid"))
    assert read(text, keys=(found,))["sub"] == "7f3a"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_keys_that_cannot_check_a_signature_are_left_out() -> None:
    weak = an_rsa_key("weak", 1024).as_dict(private=False)
    own = MAKER.published()["keys"][0]
    for bad in (
        weak,
        {**own, "use": "enc"},
        {**own, "x": "!"},
        {**own, "crv": "P-9"},
        {"kty": "oct", "kid": "k1", "k": "AAAA"},
        {"kty": ["RSA"]},
        {"kty": "RSA"},
        "key",
        None,
    ):
        assert keys_from({"keys": [bad]}) == ()
        assert len(keys_from({"keys": [bad, own]})) == 1
    assert keys_from({}) == ()
    nothing: list[object] = [{}, [], None, 7]
    for none in nothing:
        assert keys_from({"keys": none}) == ()


def test_a_token_nested_deeply_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).rstrip(b"=").decode()
    head, body, signature = GOOD.split(".")
    for text in (f"{deep}.{body}.{signature}", f"{head}.{deep}.{signature}"):
        with pytest.raises(NotPermitted):
            read(text)


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda b: f"e30.{b.hex()}.e30"))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(NotPermitted):
        read(text)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("ABCXYZabcxyz0189-_.=é"))
def test_no_change_of_a_token_counts(where: int, letter: str) -> None:
    changed = GOOD[:where] + letter + GOOD[where + 1 :]
    last = where == len(GOOD) - 1 and letter.isalnum()
    if changed != GOOD and not last:  # the last letter has bits that no byte of the signature uses
        with pytest.raises(NotPermitted):
            read(changed)


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"email": "a@b.example"}, "email"),
        ({"email": "a@b.example", "email_verified": False}, "email"),
        ({"email": "a@b.example", "email_verified": "true"}, "email"),
        ({"email": "a@b.example", "email_verified": 1}, "email"),
        ({}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": ["7f3a"]}, "sub"),
        ({"sub": "x" * 256}, "sub"),
    ],
)
def test_a_claim_that_names_nobody_for_sure_is_refused(
    claims: dict[str, object], claim: str
) -> None:
    with pytest.raises(NotPermitted):
        subject_of(claims, claim)


def test_the_claim_of_the_settings_names_the_person() -> None:
    told = {"sub": "7f3a", "email": "a@b.example", "email_verified": True}
    assert subject_of(told, "sub") == "7f3a"
    assert subject_of(told, "email") == "a@b.example"
