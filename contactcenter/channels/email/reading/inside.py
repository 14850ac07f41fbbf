"""Files that hold a mail's real text or files: winmail.dat, uuencoded blocks in a text, opaque S/MIME signatures.

Used by contents.py and files.py. Each is opened once, in memory, up to a size; what cannot be opened stays a file like
any other. yEnc and BinHex are left alone: nobody mails them, and a wrong guess would eat a text.
"""

import binascii
import re

import msgspec

from contactcenter.channels.email.reading.cms import signed_content
from contactcenter.channels.email.reading.tnef import read_tnef
from contactcenter.channels.email.syntax.charsets import decode
from contactcenter.channels.email.syntax.mime import Part, leaves, read
from contactcenter.channels.email.syntax.transfer import uu_line

FILES_LIMIT = 200  # in one text
SIZE_LIMIT = 40 * 1024 * 1024  # bytes of a mail's part that is opened

_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_SIGNED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
# No line of a block can be a beginning (small letters do not occur), so each byte is looked at once.
_UU_BLOCK = re.compile(
    rb"(?:\A|(?<=\n))begin [0-7]{3,4} ([^\r\n]{1,255}+)\r?\n((?:[ -`~]{0,1000}+\r?\n)*+)end[ \t]*+(?:\r?\n|\Z)"
)


class InnerFile(msgspec.Struct, frozen=True):
    """A file inside a file."""

    name: str
    type: str
    data: bytes
    content_id: str = ""


class Inside(msgspec.Struct, frozen=True):
    """What was found: text and HTML, blank where there is none, and files."""

    text: str = ""
    markup: str = ""
    files: tuple[InnerFile, ...] = ()


def opened(part: Part, name: str, *, is_words: bool) -> Inside | None:
    """What is inside, or None for a part that holds only itself."""
    if part.end - part.start > SIZE_LIMIT:
        return None
    if is_words:
        return _uuencoded(part) if part.raw.find(b"begin ", part.start, part.end) >= 0 else None
    if part.type in _TNEF or name.lower() == "winmail.dat":
        tnef = read_tnef(part.content())
        files = (
            tuple(InnerFile(file.name, file.type, file.data, file.content_id) for file in tnef.files) if tnef else ()
        )
        return Inside(tnef.text, tnef.markup, files) if tnef else None
    if part.type in _SIGNED:
        return _signed(part.content())
    return None


def _uuencoded(part: Part) -> Inside | None:
    """The files that stand in a text, and the text without them."""
    data = part.content()
    files: list[InnerFile] = []
    kept: list[bytes] = []
    at = 0
    for block in _UU_BLOCK.finditer(data):
        try:
            file = b"".join(uu_line(line) for line in block[2].splitlines() if line.strip(b"~"))
        except binascii.Error:  # it only looks like one
            continue
        files.append(InnerFile(decode(block[1].rstrip(), ""), "application/octet-stream", file))
        kept.append(data[at : block.start()])
        at = block.end()
        if len(files) == FILES_LIMIT:
            break
    if not files:
        return None
    text = decode(b"".join([*kept, data[at:]]), part.parameters.get("charset", ""))
    return Inside(text.replace("\r\n", "\n").replace("\r", "\n"), "", tuple(files))


def _signed(data: bytes) -> Inside | None:
    """The mail that an opaque S/MIME signature wraps (RFC 8551 3.5.2); one that is encrypted stays shut."""
    wrapped = signed_content(data)
    if not wrapped:
        return None
    mail = read(wrapped)
    texts = {"text/plain": "", "text/html": ""}
    files = []
    for number, part in enumerate(leaves(mail)):
        kind, name = part.disposition()
        if part.type in texts and kind != "attachment" and not name:
            texts[part.type] += part.text(len(wrapped))
        else:
            files.append(InnerFile(name or f"signed-{number}", part.type, part.content()))
    return Inside(texts["text/plain"], texts["text/html"], tuple(files))
