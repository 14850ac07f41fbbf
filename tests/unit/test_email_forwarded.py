"""Whose mail it was that an agent forwarded to us."""

import pytest

from contactcenter.channels.email.reading.forwarded import original_sender
from contactcenter.model.values import Sender

ADA = Sender("email", "ada@shop.test", "Ada Lovelace")


@pytest.mark.parametrize(
    "text",
    [
        "---------- Forwarded message ---------\nFrom: Ada Lovelace <ada@shop.test>\nDate: 21 Nov\nSubject: x\n\nhi",
        "Begin forwarded message:\n\nFrom: Ada Lovelace <ada@shop.test>\nSubject: x\nDate: 21 Nov\n\nhi",
        "FYI\n\n-----Original Message-----\nFrom: Ada Lovelace [mailto:ada@shop.test]\nSent: Saturday\nTo: Grace\n\nhi",
        "________________________________\nVon: Ada Lovelace <ada@shop.test>\nGesendet: Samstag\nAn: Grace\n\nhi",
        "-------- Original-Nachricht --------\nBetreff: x\nDatum: 21 Nov\nVon: Ada Lovelace <ada@shop.test>\nAn: Sam",
        "De\u00a0: Ada Lovelace <ada@shop.test>\nEnvoyé\u00a0: samedi\nÀ\u00a0: Grace\nObjet\u00a0: x",
        "*De:* Ada Lovelace <ada@shop.test>\n*Enviado el:* sábado\n*Para:* Grace",
        "> From: Ada Lovelace <ada@shop.test>\n> Subject: x\n>\n> hi",
        "Da: Ada Lovelace <ada@shop.test>\nInviato: sabato\nOggetto: x",
        "От: Ada Lovelace <ada@shop.test>\nДата: 21 ноября\nТема: x",
        "发件人：Ada Lovelace <ada@shop.test>\n发送时间：2026\n主题：x",
        "差出人: Ada Lovelace <ada@shop.test>\n件名: x",
        "Från: Ada Lovelace <ada@shop.test>\nSkickat: lördag",
        "From:\tAda Lovelace <ada@shop.test>\nTo:\tgrace@shop.test",
        'From: "Ada Lovelace" ada@shop.test\nTo: Grace',
        "From: Ada Lovelace\n<ada@shop.test>\nTo: Grace",
        "From: Ada Lovelace <ada@shop.test<mailto:ada@shop.test>>\nSent: x",
    ],
)
def test_the_block_above_a_forwarded_mail_names_its_sender(text: str) -> None:
    """Checklist 70."""
    assert original_sender(f"Please take this.\n\n{text}", "", None) == ADA


def test_a_mail_that_is_only_html_is_read_as_well() -> None:
    """Checklist 70."""
    markup = (
        '<p><b>From:</b> Ada Lovelace &lt;<a href="mailto:ada@shop.test">ada@shop.test</a>&gt;<br><b>Sent:</b> x</p>'
    )
    assert original_sender("", markup, None) == ADA


def test_an_attached_mail_names_its_own_sender() -> None:
    """Checklist 70."""
    assert original_sender("See attached.", "", b"From: Ada Lovelace <ada@shop.test>\r\n\r\nhi") == ADA
    assert original_sender("See attached.", "", b"no mail") is None


@pytest.mark.parametrize(
    "text",
    ["", "Hello, where is it?", "From: the heart\n\nthank you", "From: Ada\nTo: Grace", "I come from: ada@shop.test"],
)
def test_where_no_address_is_told_there_is_no_guess(text: str) -> None:
    """Checklist 70."""
    assert original_sender(text, "", None) is None


def test_of_several_blocks_the_first_counts() -> None:
    """Checklist 70."""
    inner = "From: Sam <sam@shop.test>\nTo: Ada\n\nhi"
    assert original_sender(f"From: Ada Lovelace <ada@shop.test>\nTo: Grace\n\n{inner}", "", None) == ADA
