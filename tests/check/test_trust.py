"""Certificates: names as they stand in published ones, and who is in between in every case that can be told apart."""

import hashlib
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import certifi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check.collect import certificates, linux, macos, windows
from remoteready.check.collect.certificates import Certificate
from remoteready.check.collect.trust import trust
from remoteready.check.collect.windows import internet as windows_internet
from remoteready.check.facts import Fact
from remoteready.check.host import Unavailable
from remoteready.check.named import Identity
from remoteready.check.profile import Address
from remoteready.check.snapshot import RecordedHost

PUBLIC = Path(certifi.where()).read_text(encoding="utf-8")


# --- certificates in DER ---


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (bytes([size]) if size < 0x80 else bytes([0x80 | len(octets)]) + octets) + content


def name(organisation: str = "", common_name: str = "", encoding: tuple[int, str] = (0x0C, "utf-8")) -> bytes:
    parts = ((b"\x55\x04\x0a", organisation), (b"\x55\x04\x03", common_name))
    pairs = [
        element(0x31, element(0x30, element(6, oid), element(encoding[0], text.encode(encoding[1]))))
        for oid, text in parts
        if text
    ]
    return element(0x30, *pairs)


def der(issuer: bytes, subject: bytes, number: int = 1) -> bytes:
    """A certificate of which everything but the names is made up."""
    algorithm, validity, key = element(0x30), element(0x30), element(0x30)
    serial = element(2, bytes([number]))
    signed = element(0x30, element(0xA0, element(2, b"\x02")), serial, algorithm, issuer, validity, subject, key)
    return element(0x30, signed, algorithm, element(3, b"\0"))


def pem(*ders: bytes) -> list[str]:
    return [ssl.DER_cert_to_PEM_cert(one) for one in ders]


def decoded(path: Path) -> dict[str, Any]:
    """What OpenSSL reads of a certificate."""
    answer: dict[str, Any] = ssl._ssl._test_decode_cert(str(path))  # type: ignore[attr-defined]
    return answer


def test_every_public_authority_is_read_as_openssl_reads_it(tmp_path):
    """Over a hundred certificates of real authorities, in every form of names that is in use."""
    blocks = [block for _, block in certificates.BLOCK.findall(PUBLIC)]
    read = certificates.parse_pem(PUBLIC)
    assert len(read) == len(blocks) > 100
    file = tmp_path / "one.pem"
    for block, one in zip(blocks, read, strict=True):
        whole = f"-----BEGIN CERTIFICATE-----{block}-----END CERTIFICATE-----\n"
        file.write_text(whole)
        for ours, theirs in ((one.subject, decoded(file)["subject"]), (one.issuer, decoded(file)["issuer"])):
            pairs: dict[str, str] = {}
            for group in theirs:
                for key, value in group:
                    pairs.setdefault(key, " ".join(value.split()))
            assert ours.common_name == pairs.get("commonName", "")
            assert ours.organisation == pairs.get("organizationName", "")
        assert one.sha256 == hashlib.sha256(ssl.PEM_cert_to_DER_cert(whole)).hexdigest()
        assert one.is_self_signed


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40)


@given(words, words, st.sampled_from([(0x0C, "utf-8"), (0x1E, "utf-16-be"), (0x1C, "utf-32-be")]))
def test_names_come_back_from_a_certificate_whatever_their_encoding(organisation, common_name, encoding):
    if encoding[0] == 0x1E and max(map(ord, organisation + common_name)) > 0xFFFF:
        return  # a BMPString has no others
    one = certificates.parse(der(name(organisation, common_name, encoding), name("", "desk")))
    assert (one.issuer.organisation, one.issuer.common_name, one.subject.common_name) == (
        organisation,
        common_name,
        "desk",
    )


def read_or_refuse(data: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(certificates.parse(data), Certificate)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_certificate_or_a_value_error(data):
    read_or_refuse(data)


@given(st.integers(0, 400), st.binary(max_size=4))
def test_a_certificate_that_was_damaged_is_another_one_or_none(place, damage):
    whole = der(name("Example", "Root"), name("Example", "desk"))
    read_or_refuse(whole[:place] + damage + whole[place + 1 :])


@given(st.text())
def test_any_text_holds_as_many_certificates_as_can_be_read(text):
    assert certificates.parse_pem(text) == [] or "BEGIN" in text


def test_certificates_are_found_among_other_text_and_broken_ones_left_out():
    good = pem(der(name("A", "B"), name("", "C")))[0]
    text = f"# comment\n{good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{good}"
    assert len(certificates.parse_pem(text)) == 2


# --- who is in between ---

ROOT, ISSUING = name("Example Corp", "Example Root"), name("Example Corp", "Example Issuing CA 2")
PROXY, HOST = name("Example Corp", "Example Proxy CA"), name("", "desk.example.com")
ON_PREMISE = pem(der(ISSUING, HOST), der(ROOT, ISSUING, 2))
PROXIED = pem(der(PROXY, HOST, 3))
LEAF_SHA256 = hashlib.sha256(der(ISSUING, HOST)).hexdigest()
ADDED = certificates.parse_pem("".join(pem(der(PROXY, PROXY, 4), der(ROOT, ROOT, 5))))
INTERMEDIATE_ONLY = certificates.parse_pem("".join(pem(der(ROOT, PROXY, 6))))
NOT_PUBLIC = "unable to get local issuer certificate"


def signed_by(organisation: str, common_name: str) -> list[str]:
    return pem(der(name(organisation, common_name), HOST, 7))


def judged(
    shown: Any, identity: dict[str, Any], *, public: Any = NOT_PUBLIC, trusted: Any = "", added: Any = ()
) -> tuple[Fact, Fact]:
    address = Address(host="desk.example.com", port=443, identity=Identity(**identity))
    sources = {
        "call certificates_shown desk.example.com 443": shown,
        "call publicly_distrusted desk.example.com 443": public,
        "call distrusted desk.example.com 443": trusted,
    }
    facts = trust(RecordedHost("linux", sources), lambda host: list(added), "desk", address)
    return facts["target.desk.certificate_issuer"], facts["target.desk.tls_intercepted"]


ANY: dict[str, Any] = {}
INTERNET = {"public": True}
PIN, SIGNER = {"certificate_sha256": [LEAF_SHA256]}, {"issuer": ["example root"]}
OTHER_PIN, OTHER_SIGNER = {"certificate_sha256": ["0" * 64]}, {"issuer": ["Another CA"]}
ZSCALER = signed_by("Zscaler Inc.", "Zscaler Intermediate Root CA (zscalerthree.net) (t) ")
FORTINET = signed_by("Fortinet", "FG100FTK00000001")

CASES: list[tuple[str, Any, dict[str, Any], dict[str, Any], bool | None]] = [
    ("a public authority vouches", signed_by("Let's Encrypt", "R11"), ANY, {"public": ""}, False),
    ("and for a public host", signed_by("Let's Encrypt", "R11"), INTERNET, {"public": ""}, False),
    ("the very certificate", ON_PREMISE, PIN, {}, False),
    ("the very certificate, expired", ON_PREMISE, PIN, {"trusted": "certificate has expired"}, False),
    ("the signer that is named", ON_PREMISE, SIGNER, {}, False),
    ("one of two signers", ON_PREMISE, {"issuer": ["Old CA", "EXAMPLE ISSUING CA 2"]}, {}, False),
    ("renewed by the signer that is named", ON_PREMISE, OTHER_PIN | SIGNER, {}, False),
    ("a signer of that name who is not trusted", ON_PREMISE, SIGNER, {"trusted": "self-signed"}, None),
    ("another signer than named", PROXIED, SIGNER, {}, True),
    ("another certificate than named", ON_PREMISE, OTHER_PIN, {}, True),
    ("a public one, but not the one named", ON_PREMISE, OTHER_SIGNER, {"public": ""}, None),
    ("an inspector before a public host", ZSCALER, INTERNET, {}, True),
    ("an inspector before any host", ZSCALER, ANY, {}, True),
    ("an inspector that is not even trusted", ZSCALER, ANY, {"trusted": "unknown authority"}, True),
    ("an antivirus", signed_by("", "ESET SSL Filter CA"), ANY, {}, True),
    ("an antivirus by the beginning of its name", signed_by("", "Bitdefender Personal CA.Net-Defender"), ANY, {}, True),
    ("a tenant of an inspector", signed_by("Example Corp", "ca.example.goskope.com"), ANY, {}, True),
    ("a gateway that shows its own certificate", FORTINET, ANY, {}, None),
    ("a gateway before a public host", FORTINET, INTERNET, {}, True),
    ("a name that only sounds like one", signed_by("Zscaler Fans", "My ESET SSL Filter CA"), ANY, {}, None),
    ("a private authority, nothing said", ON_PREMISE, ANY, {"added": ADDED}, None),
    ("an added root before a public host", PROXIED, INTERNET, {"added": ADDED}, True),
    ("an added root above an intermediate", ON_PREMISE, INTERNET, {"added": ADDED}, True),
    ("an added intermediate", PROXIED, INTERNET, {"added": INTERMEDIATE_ONLY}, None),
    ("an authority that nobody added", PROXIED, INTERNET, {}, None),
    ("an added root that is not trusted", PROXIED, INTERNET, {"added": ADDED, "trusted": "revoked"}, None),
    ("no certificate", [], INTERNET, {}, None),
    ("none that can be read", ["-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----"], INTERNET, {}, None),
    ("no TLS", {"unavailable": "wrong version number"}, INTERNET, {}, None),
    ("silence later", ON_PREMISE, ANY, {"public": {"unavailable": "timed out"}}, None),
]


@pytest.mark.parametrize(
    ("shown", "identity", "more", "intercepted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_somebody_in_between_is_told_only_where_it_is_proven(shown, identity, more, intercepted):
    _, fact = judged(shown, identity, **more)
    assert fact.value is intercepted, fact


def test_the_signer_is_named_by_organisation_and_common_name():
    issuer, _ = judged(ON_PREMISE, ANY)
    assert issuer.value == "Example Corp, Example Issuing CA 2"
    assert issuer.detail == "signed by Example Corp, Example Issuing CA 2, that by Example Corp, Example Root"
    nameless, _ = judged(pem(der(name(), HOST)), ANY)
    assert nameless.unknown == "its signer has no name"


def test_the_evidence_names_whoever_is_in_between():
    assert judged(ZSCALER, ANY)[1].detail.startswith(
        "Zscaler looks into the traffic: signed by Zscaler Inc., Zscaler I"
    )
    assert judged(PROXIED, INTERNET, added=ADDED)[1].detail == (
        "Example Corp, Example Proxy CA, an authority added to this computer, vouches for it"
    )


def test_a_chain_that_goes_in_a_circle_ends():
    one, other = der(ISSUING, ROOT), der(ROOT, ISSUING)
    linked = certificates.chain(certificates.parse_pem("".join(pem(one, other))))
    assert len(linked) == 2


# --- what was added to a computer ---


def blob(*properties: tuple[int, bytes]) -> str:
    """What a store of Windows keeps of a certificate (wincrypt.h, CERT_CERT_PROP_ID is 32)."""
    rows = (
        number.to_bytes(4, "little") + b"\1\0\0\0" + len(held).to_bytes(4, "little") + held
        for number, held in properties
    )
    return b"".join(rows).hex()


def test_windows_keeps_added_authorities_in_four_stores_and_microsofts_own_do_not_count():
    own = blob((3, bytes(20)), (32, der(PROXY, PROXY)), (11, b"name"))
    microsoft = name("Microsoft Corporation", "Microsoft Root Certificate Authority 2011")
    sources: dict[str, Any] = {f"call registry_keys {store}": None for store in windows_internet.STORES}
    store = windows_internet.STORES[1]
    sources[f"call registry_keys {store}"] = ["A1", "A2", "A3", "A4"]
    held = {"A1": own, "A2": blob((32, der(microsoft, microsoft))), "A3": "00", "A4": "no hexadecimal"}
    sources |= {rf"call registry_values {store}\{key} Blob": {"Blob": text} for key, text in held.items()}
    assert [str(one.subject) for one in windows.added_authorities(RecordedHost("windows", sources))] == [
        "Example Corp, Example Proxy CA"
    ]


@given(st.binary(max_size=60))
def test_any_properties_of_a_store_hold_a_certificate_or_none(data):
    with suppress(ValueError):
        assert isinstance(windows_internet.certificate_in(data), bytes)


def test_linux_keeps_added_authorities_in_a_folder_of_their_own():
    folder = "/usr/local/share/ca-certificates"
    sources = {f"list {folder}": ["more", "root.crt"], f"read {folder}/root.crt": pem(der(PROXY, PROXY))[0]}
    assert [str(one.subject) for one in linux.added_authorities(RecordedHost("linux", sources))] == [
        "Example Corp, Example Proxy CA"
    ]
    assert linux.added_authorities(RecordedHost("linux", {})) == []


def test_macos_keeps_added_authorities_in_the_systems_keychain():
    question = "run security find-certificate -a -p /Library/Keychains/System.keychain"
    shown = "".join(pem(der(PROXY, PROXY), der(ROOT, ROOT)))
    assert len(macos.added_authorities(RecordedHost("macos", {question: shown}))) == 2
    with pytest.raises(Unavailable):
        macos.added_authorities(RecordedHost("macos", {}))
