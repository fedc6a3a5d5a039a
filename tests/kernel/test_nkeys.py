"""Keys and tokens of NATS."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.nkeys import AccountKey, _unpadded, claims_of


def test_a_key_goes_through_its_seed() -> None:
    key = AccountKey.new()
    assert key.public.startswith("A")
    assert len(key.public) == 56
    assert key.seed.startswith("SA")
    assert AccountKey.from_seed(key.seed).public == key.public


def test_whoever_shares_the_secret_has_the_same_key() -> None:
    assert AccountKey.derived("one", "mqtt").public == AccountKey.derived("one", "mqtt").public
    assert AccountKey.derived("one", "mqtt").public != AccountKey.derived("one", "other").public
    assert AccountKey.derived("one", "mqtt").public != AccountKey.derived("two", "mqtt").public


@given(st.text(max_size=80))
def test_what_is_no_seed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        AccountKey.from_seed(text)


def test_a_seed_of_another_kind_is_refused() -> None:
    seed = AccountKey.new().seed
    with pytest.raises(ValueError, match="no seed"):
        AccountKey.from_seed(seed[:20] + ("A" if seed[20] != "A" else "B") + seed[21:])


def test_a_token_says_what_was_signed_and_its_signature_fits() -> None:
    key = AccountKey(b"7" * 32)
    token = key.sign({"sub": "U1", "nats": {"type": "user"}}, at=1_700_000_000)
    claims = claims_of(token.encode())
    assert claims["sub"] == "U1"
    assert claims["iss"] == key.public
    assert claims["iat"] == 1_700_000_000
    text, _, signature = token.rpartition(".")

    raw = base64.b32decode(key.public + "=" * (-len(key.public) % 8))[1:-2]
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.urlsafe_b64decode(signature + "=="), text.encode())
    assert _unpadded(b"\xff") == "_w"


@given(st.text(max_size=60))
def test_what_is_no_token_is_refused(text: str) -> None:
    try:
        claims_of(text)
    except ValueError:
        return
