"""The content that an opaque S/MIME signature wraps (RFC 5652 5.1): found, not verified.

Used by inside.py. Follows the one path through the BER that leads there; constructed and endless forms are what
Outlook and OpenSSL write. Total and linear.
"""

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")

_TAGGED, _OCTETS, _OCTETS_IN_PIECES = 0xA0, 0x04, 0x24


def signed_content(data: bytes) -> bytes:
    """What was signed; blank for what is no SignedData or has nothing in it."""
    try:
        _, at, _ = _element(data, 0)  # ContentInfo
        _, start, end = _element(data, at)
        if data[start:end] != SIGNED_DATA:
            return b""
        _, at, _ = _element(data, end)  # its content,
        _, at, _ = _element(data, at)  # SignedData:
        _, _, at = _element(data, at)  # version,
        _, _, at = _element(data, at)  # digest algorithms,
        _, at, _ = _element(data, at)  # encapContentInfo:
        _, _, at = _element(data, at)  # its type,
        tag, at, _ = _element(data, at)
        return _octets(data, at) if tag == _TAGGED else b""
    except (IndexError, ValueError):
        return b""


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, begin and end of the content; the end is that of the data where the element does not tell it."""
    tag, length = data[at], data[at + 1]
    at += 2
    if length == 0x80:
        return tag, at, len(data)
    if length > 0x80:
        size = length & 0x7F
        if size > 8:
            raise ValueError
        length, at = int.from_bytes(data[at : at + size]), at + size
    return tag, at, min(len(data), at + length)


def _octets(data: bytes, at: int) -> bytes:
    """A string of octets, or all of its pieces up to the mark of their end."""
    tag, start, end = _element(data, at)
    if tag == _OCTETS:
        return data[start:end]
    pieces: list[bytes] = []
    while tag == _OCTETS_IN_PIECES and start < end:
        piece, at, stop = _element(data, start)
        if piece != _OCTETS:
            break
        pieces.append(data[at:stop])
        start = stop
    return b"".join(pieces)
