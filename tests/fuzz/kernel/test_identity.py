"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of identity."""

from __future__ import annotations

import base64

from tests.fuzz.kernel import targets_identity as targets
from tests.fuzz.kernel.fuzzing import suite

from latticework.kernel.codec import decode, encode
from latticework.kernel.identity.bundle import SignedBundle
from latticework.kernel.identity.certificates import certificate_der

JPN = targets.JPN


def _good():
    bundle = JPN.export_bundle(targets.NOW, for_member="USA", endpoint="127.0.0.1:8700")
    signed = decode(base64.b64decode(b"".join(bundle.strip().splitlines()[1:-1])), SignedBundle)
    folder = targets.HOME / "JPN" / "identity"
    return {
        "statement": [encode(JPN.history.statements[0])],
        "bundle": [bundle],
        "bundle_inside": [signed.content],
        "certificates": [JPN.tls()[0], JPN.root_pem, certificate_der(JPN.root)],
        "key_file": [next(folder.glob("record-*.key")).read_bytes()],
        "home_files": [(folder / name).read_bytes() for name in ("member.json", "history.bin", "issuer.pem")],
        "signature": [targets.KEY.public_key + targets.KEY.sign(b"something else")],
        "sign_in": [b"desk.jpn\nsix geese a laying", b"lw_token"],
    }


GOOD = _good()


test_atheris_finds_nothing, test_anything_is_refused_with_one_of_our_own_errors, \
    test_small_changes_of_good_input_are_handled = suite(targets, GOOD, runs=3000)
