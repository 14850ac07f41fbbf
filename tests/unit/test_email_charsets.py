"""Text in every charset, with the right label, a wrong one, an odd one or none."""

import pytest

from contactcenter.channels.email.syntax.charsets import decode, stated_in
from tests.unit.test_email_parse import ADA, read

ODD_LABELS = [
    ("iso-gb2312", "gb18030", "订单"),
    ("x-sjis", "cp932", "注文"),
    ("x-gbk", "gbk", "订单"),
    ("windows-874", "cp874", "สวัสดี"),
    ("dos-874", "cp874", "สวัสดี"),
    ("cp-850", "cp850", "größer"),
    ("win-1251", "cp1251", "Привет"),
    ("iso-8859-8-i", "iso8859-8", "שלום"),
    ("iso-2022-jp-ms", "iso2022_jp_ext", "注文"),
    ("x-user-defined", "cp1252", "größer"),
    ("x-mac-roman", "mac-roman", "größer"),
    ("utf8mb4", "utf-8", "größer 😀"),
    ("utf-8//ignore", "utf-8", "größer"),
    ("8bit", "utf-8", "größer"),
    ("gb2312", "gb18030", "镕"),
    ("ks_c_5601-1987", "cp949", "똠방각하"),
    ("ks_c_5601", "cp949", "똠방각하"),
    ("iso-8859-1", "cp1252", "„100 €“"),
    ("iso-2022-jp", "iso2022_jp_ext", "注文"),
    ("utf-7", "utf-7", "größer"),
    ("utf-16", "utf-16", "größer"),
    ("us-ascii (a comment)", "utf-8", "größer"),
    ("UTF_8", "utf-8", "größer"),
    ("unknown-8bit", "cp1251", "Где мой заказ?"),
    ("x-unheard-of", "utf-8", "größer"),
    ("big5", "big5", "訂單"),
]


@pytest.mark.parametrize(("label", "codec", "text"), ODD_LABELS)
def test_an_odd_label_is_understood(label: str, codec: str, text: str) -> None:
    """Checklist 19."""
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Здравствуйте, где мой заказ?"),
        ("cp1251", "Возврат"),
        ("cp1251", "Договор.pdf"),
        ("koi8-r", "Здравствуйте, где мой заказ?"),
        ("gbk", "您好，我的订单什么时候发货？"),
        ("gbk", "退货"),
        ("shift_jis", "ご注文について"),
        ("shift_jis", "お世話になっております。"),
        ("euc_jp", "お世話になっております。"),
        ("euc_kr", "안녕하세요, 주문이 어디에 있습니까?"),
        ("euc_kr", "환불 요청"),
        ("big5", "請問我的訂單什麼時候出貨"),
        ("cp1253", "Πού είναι η παραγγελία μου;"),
        ("cp1255", "איפה ההזמנה שלי"),
        ("cp1256", "أين طلبي"),
        ("cp1252", "Größe, Réclamation, señor – „gut“"),
        ("utf-8", "größer"),
        ("utf-16", "größer"),
        ("iso2022_jp_ext", "ご注文について"),
    ],
)
def test_an_undeclared_charset_is_guessed_by_how_words_are_built(codec: str, text: str) -> None:
    """Checklist 19."""
    assert decode(text.encode(codec), "") == text
    assert read(ADA, b"Subject: " + text.encode(codec), "", "hi").subject == text or codec == "utf-16"


def test_a_wrong_label_is_told_by_what_it_makes_of_the_text() -> None:
    assert decode("Привет, где мой заказ?".encode("cp1251"), "utf-8") == "Привет, где мой заказ?"


def test_one_broken_character_makes_no_other_charset_of_it() -> None:
    assert decode("größer".encode() + b"\xff", "utf-8") == "größer\ufffd"


def test_a_character_that_somebody_else_could_not_read_is_kept_as_it_came() -> None:
    assert decode("gr\ufffd\ufffd".encode(), "utf-8") == "gr\ufffd\ufffd"


def test_a_broken_shift_spoils_no_other_character_of_utf_7() -> None:
    assert decode(b"Gr+APwA3w-e +AD4 ok +Z/", "utf-7").startswith("Gr\xfc\xdfe > ok")


def test_blanks_that_do_not_break_make_no_cyrillic() -> None:
    assert decode(b"<p>\xa0</p><p>\xa0</p><td>\xa0</td>", "us-ascii") == "<p>\xa0</p><p>\xa0</p><td>\xa0</td>"


def test_html_may_state_its_charset_itself() -> None:
    markup = '<html><meta charset="windows-1251"><p>Привет</p>'.encode("cp1251")
    assert stated_in(markup) == "windows-1251"
    assert read(ADA, "Content-Type: text/html", "", markup).text == "Привет"
