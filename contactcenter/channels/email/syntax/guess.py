"""Which charset, where nothing is said: the one in which the words look like somebody's language.

Used by charsets.py for bytes that are not UTF-8. Short texts are what mail is full of (a subject, a file name), and
statistics need long ones, so this goes by how words are built: one script each, capitals only in front or throughout,
the common characters of a script and not its rare ones. A guess may be wrong; it is made in bounded time.
"""

import re
from collections.abc import Callable

SAMPLE = 4096  # bytes that are looked at

_WORD = re.compile(r"[^\W\d_]+")
_ENCLOSED = re.compile(r"[A-Za-z][^\x00-\x7f’](?=[a-z ])")  # one character of another script in a Latin word
_STUCK = re.compile(r"(?<=[^\W\d_])[^\w\x00-\x7f]|[^\w\x00-\x7f](?=[^\W\d_])")
_ORDER = {  # the letters of a script, the frequent ones first
    "cyrillic": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёієї",
    "greek": "αοιετσνηυρπκμλςόίωάγέδήχθύφβώξζψ",
    "hebrew": "יוהלארתבשמםנקדעפחטגזכסצןךףץ",
    "arabic": "اليمنرتوبةدعفسقكهحجشصطخأذىضزثئغءظؤإآ",
    "thai": "านรอกเงมยลวดทส่ตะปบคหแจพชขใไโผถซศณฟภอธฉฮฐ้ัีิุู็์ึืำๆๅ",
}
_EVERYWHERE = frozenset(  # the characters that hardly any Chinese or Korean sentence does without
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去过家学对可里后小么心多天而能好都没日"
    "于起还发成事只作当想看文开用行方前所本见公同问请您订单退货款合票收到件寄谢關這個來國說們為時過對後麼還發請問訂單退貨"
    "이다는을의에가고하지로기사리자어시대인수나정도해주안녕세요문환불청습니까계약서있제상보한여부"
)
_SET_OFF = frozenset("«»„“”‘’–—…№§©®°· \u00a0")  # marks that stand in and around the words of many languages
_ACCENTED = frozenset("äöüßéèêàâçñóíáúåøæãõôîûëïìòùœ")
_CENTRAL = frozenset("ąćęłńóśźżčďěňřšťůžőűáéíúýäöüôŕĺ")


def likely_codec(data: bytes) -> str:
    """The name of a codec; cp1252 where no other reads better."""
    sample = b"\n".join(line for line in data[: 16 * SAMPLE].split(b"\n") if not line.isascii())[:SAMPLE]
    best, codec = 0.0, "cp1252"
    for name, score in _CANDIDATES:
        text = _read(sample, name)
        worth = score(text) if text else 0.0
        if worth > best:
            best, codec = worth, name
    return codec


def _read(sample: bytes, codec: str) -> str:
    """The sample, but a character that its end cuts; blank where it cannot be in this codec."""
    for cut in range(4 if len(sample) == SAMPLE else 1):
        try:
            return sample[: len(sample) - cut].decode(codec)
        except UnicodeDecodeError:
            continue
    return ""


def _japanese(text: str) -> float:
    kana = sum("\u3041" <= char <= "\u30fe" for char in text)
    halves = sum("\uff61" <= char <= "\uff9f" for char in text)  # what other charsets look like in Shift-JIS
    others = sum(char > "\x7f" for char in text) or 1
    kanji = _common("shift_jis", 0x88, 0x97, 0.82)(text)
    return max(0.0, kanji + (1.1 * kana - 2 * halves) / others)


def _common(codec: str, first: int, last: int, weight: float = 0.9) -> Callable[[str], float]:
    """How much of what is not ASCII stands among the common characters of a codec; rare ones count against it.

    The national sets put them in front: the first byte tells (GB 2312 level 1, Big5 level 1, JIS level 1, KS X 1001).
    """

    def score(text: str) -> float:
        usual = rare = others = frequent = 0
        for char in text:
            if char <= "\x7f":
                continue
            others += 1
            if "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff5e":
                usual += 1
            elif "\u4e00" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3":
                coded = char.encode(codec, "ignore")
                common = len(coded) == 2 and first <= coded[0] <= last
                usual, rare = usual + common, rare + (not common)
                frequent += char in _EVERYWHERE
        enclosed = len(_ENCLOSED.findall(text))
        return max(0.0, weight * (usual - 0.5 * rare + 0.4 * frequent - enclosed) / (others or 1))

    return score


def _script(name: str, first: str, last: str) -> Callable[[str], float]:
    order = _ORDER[name]
    worth = {char: 1 - number / len(order) for number, char in enumerate(order)}

    def score(text: str) -> float:
        """Words all of the script and built like words, and how frequent their letters are."""
        good, bad, usual = 0, 0, 0.0
        for word in _WORD.findall(text):
            if len(word) == 1:
                continue  # a no-break space passes for one in cp866
            foreign = sum(char > "\x7f" for char in word)
            if foreign and all(first <= char <= last for char in word) and _built(word):
                good += foreign
                usual += sum(worth.get(char, 0.2) for char in word.lower())
            else:
                bad += foreign
        bad += sum(char > "\x7f" and not char.isalpha() and char not in _SET_OFF and char not in worth for char in text)
        bad += 4 * len(_ENCLOSED.findall(text))
        if good < 2:
            return 0.0  # one letter may be any
        return max(0.0, (0.4 * (good - bad) + 0.65 * usual) / (good + bad or 1))

    return score


def _latin(letters: frozenset[str], weight: float) -> Callable[[str], float]:
    def score(text: str) -> float:
        """Accented letters among plain ones; runs of them are another script in disguise."""
        good, bad = 0, sum(found[0] not in _SET_OFF for found in _STUCK.finditer(text))
        for word in _WORD.findall(text):
            accented = [char for char in word if char > "\x7f"]
            lonely = 2 * len(accented) > len(word) + 2 or len(accented) == len(word) > 1 or not _built(word)
            fitting = 0 if lonely else sum(char.lower() in letters for char in accented)
            good += fitting
            bad += len(accented) - fitting
        good += not bad and not good  # nothing but marks: as they stand in most mail
        return weight * max(0.0, (good - bad) / (good + bad))

    return score


def _built(word: str) -> bool:
    """In capitals, in none, or with one in front."""
    return word[1:] == word[1:].lower() or word == word.upper()


_CANDIDATES: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("cp1252", _latin(_ACCENTED, 0.9)),
    ("cp1250", _latin(_CENTRAL, 0.8)),
    ("cp1254", _latin(frozenset("ğışöçüĞİŞÖÇÜâî"), 0.79)),
    ("cp1251", _script("cyrillic", "\u0400", "\u045f")),
    ("koi8-r", _script("cyrillic", "\u0400", "\u045f")),
    ("cp866", _script("cyrillic", "\u0400", "\u045f")),
    ("cp1253", _script("greek", "\u0370", "\u03ff")),
    ("cp1255", _script("hebrew", "\u0590", "\u05ff")),
    ("cp1256", _script("arabic", "\u0600", "\u06ff")),
    ("cp874", _script("thai", "\u0e00", "\u0e7f")),
    ("cp932", _japanese),
    ("euc_jp", _japanese),
    ("gb18030", _common("gb2312", 0xB0, 0xD7)),
    ("cp949", _common("euc_kr", 0xB0, 0xC8, 0.88)),
    ("big5", _common("big5", 0xA4, 0xC6, 0.87)),
)
