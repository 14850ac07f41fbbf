"""DKIM: our mails signed, so that whoever receives them can tell they are ours (RFC 6376).

Between compose.py and deliver.py, where a key is configured; else the relay may sign. dkimpy does the work, in pure
Python: a signature costs milliseconds, so it is made in a thread.
"""

import base64
import binascii
from dataclasses import dataclass, field, replace

from contactcenter.channels.email.leaving.compose import Composed
from contactcenter.settings import SettingsError

# From twice: a second one added on the way breaks the signature (RFC 6376 8.15).
SIGNED = (
    b"from", b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"auto-submitted",
)  # fmt: skip

RSA = bytes.fromhex("300d06092a864886f70d0101010500")  # AlgorithmIdentifier of rsaEncryption (RFC 8017 A.1)


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose signature it is, and the private key (PEM)."""

    domain: bytes
    selector: bytes
    key: bytes = field(repr=False)

    def sign(self, mail: Composed) -> Composed:
        """The mail with a DKIM-Signature on top."""
        import dkim

        signer = dkim.DKIM(mail.content, linesep=b"\r\n")
        present = {name.lower() for name, _ in signer.headers}
        header: bytes = signer.sign(
            self.selector,
            self.domain,
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in SIGNED if name in present],
        )
        return replace(mail, content=header + mail.content)


def signature(selector: str, key: str, domain: str) -> Signature | None:
    """From the settings; None where none is configured. Raises SettingsError for a key that cannot sign."""
    if not selector:
        return None
    try:
        body = "".join(line for line in key.strip().splitlines() if not line.startswith("-----"))
        base64.b64decode(body, validate=True)
    except binascii.Error:
        body = ""
    if not body or "PRIVATE KEY" not in key:
        raise SettingsError(
            'dkim_key is no private key in PEM form; give the file of "openssl genrsa 2048" as { file = "dkim.pem" }'
        )
    return Signature(domain.encode(), selector.encode(), key.encode())


def dns_record(signature: Signature) -> tuple[str, str]:
    """Name and text of the TXT record that whoever checks our signatures looks for (RFC 6376 3.6).

    Raises SettingsError for a key that is not RSA.
    """
    from dkim.crypto import UnparsableKeyError, parse_pem_private_key

    try:
        key = parse_pem_private_key(signature.key.replace(b"\r\n", b"\n"))
    except UnparsableKeyError:
        raise SettingsError("dkim_key is no RSA key; make one with openssl genrsa -out dkim.pem 2048") from None
    numbers = b"".join(_der(0x02, _unsigned(key[name])) for name in ("modulus", "publicExponent"))
    public = _der(0x30, RSA + _der(0x03, b"\0" + _der(0x30, numbers)))
    name = f"{signature.selector.decode()}._domainkey.{signature.domain.decode()}"
    return name, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def _unsigned(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")  # a first bit of 1 would mean a negative number


def _der(tag: int, content: bytes) -> bytes:
    """Tag, length and value (X.690 8.1)."""
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, size] if size < 0x80 else [tag, 0x80 | len(length), *length]) + content
