"""Record keys against RFC 8032's vectors and the edge cases in which Ed25519 implementations disagree.

Edge cases follow Chalkias, Garillot, Nikolaenko, "Taming the Many EdDSAs" (SSR 2020), section 5, and the classes of the
Wycheproof Ed25519 tests. They are built here from the curve's equations (RFC 8032 section 5.1), and for each one the
test first shows by plain arithmetic that a lax verifier would take it.
"""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from latticework.kernel.errors import InvalidFile, InvalidSignature
from latticework.kernel.identity.keys import GROUP_ORDER, RecordKey, usable_public_key, verify_signature

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def times(k, point):
    out = (0, 1)
    while k:
        if k & 1:
            out = add(out, point)
        point = add(point, point)
        k >>= 1
    return out


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def pack(point, y_plus=0, flip=0):
    x, y = point
    return (((x & 1) ^ flip) << 255 | y + y_plus).to_bytes(32, "little")


def unpack(data):
    number = int.from_bytes(data, "little")
    y = (number & (2**255 - 1)) % P
    return x_of(y, number >> 255), y


BASE = (x_of(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)


def torsion_points():
    """The eight points whose order divides 8: multiples of a generator found by clearing the prime-order part."""
    y = 2
    while True:
        x = x_of(y, 0)
        if x is not None:
            t = times(L, (x, y))
            if times(4, t) != (0, 1):
                return [times(i, t) for i in range(8)]
        y += 1


TORSION = torsion_points()


def challenge(r, a, message):
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def lax_accepts(a, message, signature):
    """RFC 8032 section 5.1.7 with the cofactor and without any check of ranges or orders."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    right = add(unpack(r), times(challenge(r, a, message), unpack(a)))
    return times(8, times(s % L, BASE)) == times(8, right)


# RFC 8032 section 7.1: tests 1, 2, 3 and SHA(abc).
VECTORS = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"),
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", hashlib.sha512(b"abc").hexdigest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
     "d9bef1177331a704"),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_rfc_8032_vectors(seed, public, message, signature):
    key = RecordKey(bytes.fromhex(seed))
    assert key.public_key.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    verify_signature(key.public_key, bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_any_changed_bit_is_refused(seed, public, message, signature):
    public, message, signature = (bytes.fromhex(x) for x in (public, message, signature))
    verify_signature(public, message, signature)
    for bit in range(512):
        broken = bytearray(signature)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidSignature):
            verify_signature(public, message, bytes(broken))
    with pytest.raises(InvalidSignature):
        verify_signature(public, message + b"\0", signature)


def test_s_plus_the_group_order_is_a_second_signature_only_for_lax_verifiers():
    assert GROUP_ORDER == L
    key, message = RecordKey(bytes(range(32))), b"one statement, one signature"
    good = key.sign(message)
    s = int.from_bytes(good[32:], "little")
    for multiple in range(1, 8):
        if s + multiple * L < 2**256:
            second = good[:32] + (s + multiple * L).to_bytes(32, "little")
            assert lax_accepts(key.public_key, message, second)
            with pytest.raises(InvalidSignature, match="canonical"):
                verify_signature(key.public_key, message, second)


def test_a_key_of_small_order_would_sign_everything():
    assert len(set(TORSION)) == 8
    assert all(times(8, t) == (0, 1) for t in TORSION)
    s = 12345
    r = pack(times(s, BASE))
    for point in TORSION:
        public = pack(point)
        for message in (b"yes", b"no"):
            signature = r + s.to_bytes(32, "little")
            assert lax_accepts(public, message, signature)
            with pytest.raises(InvalidSignature, match="not a usable"):
                verify_signature(public, message, signature)


def test_zero_signature_under_the_neutral_key_is_refused():
    neutral = pack((0, 1))
    zero = neutral + bytes(32)
    assert lax_accepts(neutral, b"anything", zero)
    for signature in (zero, bytes(64)):
        with pytest.raises(InvalidSignature):
            verify_signature(neutral, b"anything", signature)


def test_a_key_with_a_torsion_part_is_refused():
    # The cofactored and the cofactorless equation disagree about such keys ("mixed order", section 5 of the paper).
    secret, message = 7**80 % L, b"mixed"
    mixed = pack(add(times(secret, BASE), TORSION[1]))
    r = pack(times(99, BASE))
    s = (99 + challenge(r, mixed, message) * secret) % L
    signature = r + s.to_bytes(32, "little")
    assert lax_accepts(mixed, message, signature)
    assert not usable_public_key(mixed)
    with pytest.raises(InvalidSignature):
        verify_signature(mixed, message, signature)


def test_an_r_of_small_order_is_refused():
    secret, message = 5**90 % L, b"small R"
    public = pack(times(secret, BASE))
    assert usable_public_key(public)
    for point in TORSION:
        for y_plus, flip in ((0, 0), (P, 0), (P, 1)):
            if y_plus and point[1] + y_plus >= 2**255:
                continue
            r = pack(point, y_plus, flip)
            s = challenge(r, public, message) * secret % L
            signature = r + s.to_bytes(32, "little")
            assert lax_accepts(public, message, signature)
            with pytest.raises(InvalidSignature):
                verify_signature(public, message, signature)


def test_an_r_with_a_torsion_part_is_refused():
    # Cofactored verifiers take it; the equation without the cofactor does not.
    secret, message = 3**100 % L, b"mixed R"
    public = pack(times(secret, BASE))
    r = pack(add(times(4242, BASE), TORSION[3]))
    signature = r + ((4242 + challenge(r, public, message) * secret) % L).to_bytes(32, "little")
    assert lax_accepts(public, message, signature)
    with pytest.raises(InvalidSignature):
        verify_signature(public, message, signature)


@pytest.mark.parametrize("y", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_in_non_canonical_form_is_refused(y, sign):
    # RFC 8032 section 5.1.3 step 1: y must be below p; these are the 19 values that have a second encoding.
    assert not usable_public_key((sign << 255 | y + P).to_bytes(32, "little"))


def test_a_key_with_the_sign_of_zero_is_refused():
    # RFC 8032 section 5.1.3 step 4: x = 0 has no negative.
    assert not usable_public_key(pack((0, 1), flip=1))
    assert not usable_public_key(pack((0, P - 1), flip=1))


def test_a_key_that_is_no_point_is_refused():
    y = next(y for y in range(2, 100) if x_of(y, 0) is None)
    assert not usable_public_key(y.to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 63, 65, 128])
def test_signatures_of_another_length_are_refused(length):
    key = RecordKey(bytes(32))
    with pytest.raises(InvalidSignature, match="64 bytes"):
        verify_signature(key.public_key, b"m", (key.sign(b"m") * 2)[:length])


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_keys_of_another_length_are_refused(length):
    with pytest.raises(InvalidSignature):
        verify_signature((RecordKey(bytes(32)).public_key * 2)[:length], b"m", bytes(64))


def test_a_second_library_takes_our_signatures():
    for n in range(20):
        key = RecordKey(hashlib.sha256(bytes([n])).digest())
        message = bytes([n]) * n
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(key.sign(message), message)


def test_the_key_file_comes_back_and_nothing_else_is_taken_for_it():
    key = RecordKey(bytes(range(32)))
    again = RecordKey.from_pem(key.to_pem())
    assert (again.key_id, again.public_key) == (key.key_id, key.public_key)
    assert key.to_pem().decode().splitlines()[1] not in repr(key)
    for damaged in (b"", b"hello", key.to_pem()[:-30], key.to_pem().replace(b"PRIVATE", b"PUBLIC")):
        with pytest.raises(InvalidFile):
            RecordKey.from_pem(damaged)
    with pytest.raises(InvalidFile):
        RecordKey(b"short")
