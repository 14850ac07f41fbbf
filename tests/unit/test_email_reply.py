"""What a customer newly wrote, and what a reader may skip: every promise with mails as programs write them."""

from collections.abc import Iterable
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.email.quoting.reply import read_reply
from contactcenter.channels.email.syntax.markup import text_of
from contactcenter.flow.folds import unfolded
from contactcenter.model.values import Fold
from tests.growth import grows_little


def new_text(text: str, folds: Iterable[Fold]) -> str:
    """Without quotes."""
    return unfolded(text, (fold for fold in folds if fold.kind == "quote"))


def new(plain: str = "", markup: str = "") -> str:
    return new_text(*read_reply(plain, markup))


def unsigned(plain: str = "", markup: str = "") -> str:
    return unfolded(*read_reply(plain, markup))


@pytest.mark.parametrize(
    "line",
    [
        "On Tue, Mar 3, 2026 at 9:07 AM Grace Hopper <grace@shop.test> wrote:",
        "On Tue, Mar 3, 2026 at 9:07 AM Grace Hopper <\ngrace@shop.test> wrote:",
        "On Tue, Mar 3, 2026 at 9:07 AM Grace Hopper\n<grace@shop.test>\nwrote:",
        "On 3 Mar 2026, at 09:07, Grace Hopper <grace@shop.test> wrote:",
        "On 03/03/2026 09:07, Grace Hopper wrote:",
        "Grace Hopper <grace@shop.test> wrote:",
        "---- On Tue, 03 Mar 2026 09:07:00 +0100 Grace Hopper <grace@shop.test> wrote ----",
        "2026-03-03 9:07 GMT+01:00 Grace Hopper <grace@shop.test>:",
        "Am 03.03.2026 um 09:07 schrieb Grace Hopper:",
        "Am Di., 3. März 2026 um 09:07 Uhr schrieb Grace Hopper <\ngrace@shop.test>:",
        "Grace Hopper <grace@shop.test> schrieb am Di., 3. März 2026, 09:07:",
        "Le mar. 3 mars 2026 à 09:07, Grace Hopper <grace@shop.test> a écrit :",
        "Le 03/03/2026 à 09:07, Grace Hopper a écrit\N{NO-BREAK SPACE}:",
        "El mar, 3 mar 2026 a las 9:07, Grace Hopper (<grace@shop.test>) escribió:",
        "Il giorno mar 3 mar 2026 alle ore 09:07 Grace Hopper <grace@shop.test>\nha scritto:",
        "Em ter., 3 de mar. de 2026 às 09:07, Grace Hopper <grace@shop.test> escreveu:",
        "Op di 3 mrt 2026 om 09:07 schreef Grace Hopper <grace@shop.test>:",
        "Op 3 mrt. 2026, om 09:07 heeft Grace Hopper <grace@shop.test> het volgende geschreven:",
        "Den tis 3 mars 2026 kl 09:07 skrev Grace Hopper <grace@shop.test>:",
        "Den 3. mar. 2026 kl. 09.07 skrev Grace Hopper <grace@shop.test>:",
        "tir. 3. mar. 2026 kl. 09:07 skrev Grace Hopper <grace@shop.test>:",
        "ti 3. maalisk. 2026 klo 9.07 Grace Hopper (grace@shop.test) kirjoitti:",
        "wt., 3 mar 2026 o 09:07 Grace Hopper <grace@shop.test> napisał(a):",
        "W dniu 3.03.2026 o 09:07, Grace Hopper pisze:",
        "út 3. 3. 2026 v 9:07 odesílatel Grace Hopper <grace@shop.test> napsal:",
        "вт, 3 мар. 2026 г. в 09:07, Grace Hopper <grace@shop.test>:",
        "3 марта 2026 г., в 09:07, Grace Hopper <grace@shop.test> написал(а):",
        "вт, 3 бер. 2026 р. о 09:07 Grace Hopper <grace@shop.test> пише:",
        "Grace Hopper <grace@shop.test>, 3 Mar 2026 Sal, 09:07 tarihinde şunu yazdı:",
        "2026年3月3日(火) 9:07 Grace Hopper <grace@shop.test>:",
        "Grace Hopper <grace@shop.test> 于2026年3月3日周二 09:07写道：",
        "2026년 3월 3일 (화) 오전 9:07, Grace Hopper <grace@shop.test>님이 작성:",
        "\u202bבתאריך יום ג׳, 3 במרץ 2026 ב-9:07 מאת \u202aGrace\u202c\u200f <\u202agrace@shop.test\u200f>:\u202c",
        "في الثلاثاء، 3 مارس 2026 في 9:07 ص تمت كتابة ما يلي بواسطة Grace <grace@shop.test>:",
        "Vào 09:07, Th 3, 3 thg 3, 2026 Grace Hopper <grace@shop.test> đã viết:",
        "Grace Hopper <grace@shop.test>, 3 Mar 2026 Sal, 09:07 tarihinde şunu\nyazdı:",
        "ในวันที่ อ. 3 มี.ค. 2026 เวลา 09:07 Grace Hopper <grace@shop.test>\nเขียนว่า:",
        "otrd., 2026. g. 3. marts, plkst. 09:07 — lietotājs Grace Hopper (<\ngrace@shop.test>) rakstīja:",
        "Le mar. 3 mars 2026 à 09:07, Grace Hopper <grace@shop.test>\na écrit :",
        "wt., 3 mar 2026 o 09:07 Grace\nHopper <grace@shop.test> napisał(a):",
        "Grace Hopper <grace@shop.test>\n于2026年3月3日周二 09:07写道：",
        "Grace Hopper <grace@shop.test>,\n3 Mar 2026 Sal, 09:07 tarihinde şunu yazdı:",
        "Grace Hopper <grace@shop.test>\nezt írta (időpont: 2026. márc. 3., K, 9:07):",
        "2026년 3월 3일 (화) 오전 9:07, Grace\nHopper <grace@shop.test>님이 작성:",
        "Pada tanggal Sel, 3 Mar 2026 pukul\n9.07 Grace Hopper <grace@shop.test> menulis:",
        "3 мар. 2026 г., в 9:07, Grace\nHopper <grace@shop.test> написал(а):",
        "Quoting Grace Hopper <grace@shop.test>:",
        "Zitat von Grace Hopper <grace@shop.test>:",
    ],
)
def test_a_quote_is_folded_in_every_language(line: str) -> None:
    marked = f"It is broken.\n\n{line}\n\n> How is the lamp?\n>\n> Grace\n"
    text, folds = read_reply(marked, "")
    assert text == marked.strip()
    assert [(text[fold.start : fold.end], fold.kind) for fold in folds] == [(text[15:], "quote")]


@pytest.mark.parametrize(
    "line",
    [
        "On Tue, Mar 3, 2026 at 9:07 AM Grace Hopper <grace@shop.test> wrote:",
        "On 3 Mar 2026, at 09:07, Grace Hopper <grace@shop.test>\nwrote:",
        "Am 03.03.2026 um 09:07 schrieb Grace Hopper <grace@shop.test>:",
        "Le 3 mars 2026 à 09:07, Grace Hopper <grace@shop.test> a écrit :",
        "Op 3 mrt. 2026, om 09:07 heeft Grace Hopper <grace@shop.test> het volgende geschreven:",
        "вт, 3 мар. 2026 г. в 09:07, Grace Hopper <grace@shop.test>:",
        "##- Please type your reply above this line -##",
        "-------- Original Message --------",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message d'origine --------",
        "-----Mensaje original-----",
        "________________________________\nFrom: Grace <grace@shop.test>\nSent: Tuesday\nTo: Ada\nSubject: Lamp",
        "From: Grace Hopper\nSent: Tuesday, March 3, 2026 9:07 AM\nTo: Ada\nSubject: RE: Lamp",
        "*From:* Grace Hopper <grace@shop.test>\n*Sent:* Tuesday\n*To:* Ada\n*Subject:* Lamp",
        "Von: Grace Hopper <grace@shop.test>\nGesendet: Dienstag, 3. März 2026 09:07\nAn: Ada\nBetreff: Lampe",
        "De : Grace Hopper\nEnvoyé : mardi 3 mars 2026 09:07\nÀ : Ada\nObjet : Lampe",
        "De: Grace Hopper\nEnviado el: martes, 3 de marzo de 2026 9:07\nPara: Ada\nAsunto: Lámpara",
        "Da: Grace\nInviato: martedì 3 marzo 2026 09:07\nA: Ada\nOggetto: Lampada",
        "Van: Grace\nVerzonden: dinsdag 3 maart 2026 09:07\nAan: Ada\nOnderwerp: Lamp",
        "Från: Grace\nSkickat: den 3 mars 2026 09:07\nTill: Ada\nÄmne: Lampa",
        "Od: Grace\nWysłano: wtorek, 3 marca 2026 09:07\nDo: Ada\nTemat: Lampa",
        "От: Grace\nОтправлено: 3 марта 2026 г. 9:07\nКому: Ada\nТема: Лампа",
        "差出人: Grace\n送信日時: 2026年3月3日 9:07\n宛先: Ada\n件名: ランプ",
        "发件人: Grace\n发送时间: 2026年3月3日 9:07\n收件人: Ada\n主题: 灯",
        "Date: Tue, 3 Mar 2026 09:07:00 +0100 From: grace@shop.test To: Ada Subject: Lamp",
        "От: Grace\nИзпратено: вторник, 3 март 2026 г. 9:07\nДо: Ada\nОтносно: Лампа",
        "---- Replied Message ----\n| From | Grace<grace@shop.test> |\n| Date | 03/03/2026 09:07 |\n| To | Ada |",
        "---- 回复的原邮件 ----\n| 发件人 | Grace<grace@shop.test> |",
        "\u2010\u2010\u2010\u2010\u2010 Original Message \u2010\u2010\u2010\u2010\u2010",
        "On Tue, Mar 3, 2026 at 9:07 AM, Grace Hopper<grace@shop.test> wrote:   Dear Ada,",
    ],
)
def test_a_quote_without_marks_is_folded_to_the_end(line: str) -> None:
    assert new(f"It is broken.\n\n{line}\n\nHow is the lamp?\n\nGrace\n") == "It is broken."


@pytest.mark.parametrize(
    "said",
    [
        "On the whole I like it.\nOn Monday it broke.",
        "On 3 March 2026 at 10:15 I wrote:\nIt is broken.\nNobody answered.",
        "On Monday at 10:15 Grace wrote to me that I should do this:\n- send it\n- wait",
        "Am Montag um 10:15 schrieb mir Ihre Kollegin folgendes:\nWir kümmern uns.\nNichts geschah.",
        "My trip\n\nFrom: Berlin\nTo: Munich\nDate: 3 May 2026\n\nCan I change it?",
        "From: where do you ship?\nTo: which countries?\nI need both.",
        "Mail from the form\n\nFrom: ada@engines.test\nPhone: 123\nSubject: Lamp\nDate: today\nMessage: It is broken.",
        "Please print this:\n\n> Happy\n> birthday\n> Grace",
        "5 > 3, as you know\n> 3 is enough\nThat is all.",
        "Two things:\n> the lamp\n> the chair\nBoth are broken.",
        "We paid 100\n> 90 was agreed",
        "She asked who wrote:\nit was me.",
        "The original message said:\nno refund.\nI disagree.",
        "Original message:\nno refund.\nI disagree.",
        "Hello\n\n-----\n\nThe first part is done.\n\n-----\n\nWhen will the second part be ready?",
        "I got this:\n\n    >>> import this\n\nand then nothing.",
        "Please tell Ada <ada@engines.test>:   it is broken.",
    ],
)
def test_what_a_customer_says_is_never_taken_for_a_quote(said: str) -> None:
    assert new(said) == unsigned(said) == said


def test_answers_between_quotes_stay_with_what_they_answer() -> None:
    said = (
        "On 03/03/2026 09:07, Grace Hopper wrote:\n> Which lamp is it?\n\nThe red one.\n\n"
        "> And since when?\nSince Monday."
    )
    assert read_reply(f"{said}\n\n> Grace Hopper\n> shop.test", "") == (
        f"{said}\n\n> Grace Hopper\n> shop.test",
        read_reply(f"{said}\n\n> Grace Hopper\n> shop.test", "")[1],
    )
    assert new(f"{said}\n\n> Grace Hopper\n> shop.test") == said


def test_a_signature_below_answers_makes_the_last_quote_no_answer() -> None:
    said = "On 03/03/2026 09:07, Grace wrote:\n> Which lamp?\n\nThe red one."
    assert unsigned(f"{said}\n\n> And since when?\n> Grace\n\n-- \nAda") == said


def test_a_line_of_the_customer_right_above_the_quote_is_kept() -> None:
    said = "This came on 3.3.2026 at 9:07:"
    assert new(f"It is broken.\n{said}\nGrace schrieb:\n> Is it red?\n> Grace\n> shop.test") == f"It is broken.\n{said}"


@pytest.mark.parametrize(
    "line",
    [
        "On 3 May I called you twice about it",
        "My order of 3.3.2026 is the one in question",
        "Ada Lovelace <ada@engines.test>",
        "On Monday at 10:15 it broke",
    ],
)
def test_a_line_that_looks_like_its_beginning_is_no_part_of_what_stands_over_a_quote(line: str) -> None:
    for over in ("On Tuesday, 3 March 2026 Grace wrote:", "16.11.2026 15:12, Grace Hopper пишет:"):
        assert new(f"It is broken.\n\n{line}\n{over}\n> Is it red?\n> Grace") == f"It is broken.\n\n{line}"


def test_what_is_written_below_a_quote_is_new() -> None:
    quote = "On 03/03/2026 09:07, Grace Hopper wrote:\n\n> Which lamp is it?\n> Grace\n"
    assert new(f"{quote}\nThe red one.") == "The red one."


def test_a_few_lines_of_quote_in_the_middle_are_left_to_be_read() -> None:
    quote = "On 03/03/2026 09:07, Grace Hopper wrote:\n> Which lamp is it?\n"
    assert new(f"Hello\n\n{quote}\nThe red one.") == f"Hello\n\n{quote}\nThe red one."
    long = quote + "> and\n" * 20
    assert new(f"Hello\n\n{long}\nThe red one.") == "Hello\n\n\n\nThe red one."


def test_three_lines_of_quote_need_no_introduction() -> None:
    quote = "> Which lamp is it?\n> The red one?\n> Grace"
    assert new(f"{quote}\n\nYes.") == new(f"Yes.\n\n{quote}") == "Yes."
    assert new(f"See\n{quote}\nabove") == f"See\n{quote}\nabove"
    assert new(quote) == quote


def test_words_before_an_introduction_on_its_line_are_kept() -> None:
    assert new("Yes! On Tue, Mar 3, 2026 at 9:07 AM, grace@shop.test wrote:\n> Is it red?") == "Yes!"
    assert new("I was there on Monday.\nOn 03/03/2026 09:07, Grace wrote:\n> When?") == "I was there on Monday."


def test_a_short_quote_that_nobody_announces_is_kept_above_one_that_is() -> None:
    said = "> is the sign I see."
    assert new(f"{said}\n\nOn 03/03/2026 09:07, Grace wrote:\n\n> Is it red?\n> Grace") == said


def test_a_line_drawn_above_the_quote_goes_with_it() -> None:
    line = "On 3 Mar 2026, at 09:07, Grace Hopper <grace@shop.test> wrote:"
    assert new(f"It is broken.\n\n________________________________\n\n{line}\n\nIs it red?") == "It is broken."
    assert new(f"It is broken.\n\n-----\n\n{line}\n\nIs it red?") == "It is broken.\n\n-----"


def test_an_answer_without_a_word_is_empty() -> None:
    assert new("On 03/03/2026 09:07, Grace wrote:\n> Is it red?") == ""


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "Anfang der weitergeleiteten Nachricht:",
        "---------- Message transféré ---------",
        "Début du message réexpédié :",
        "-------- Mensaje reenviado --------",
        "---------- Пересылаемое сообщение ----------",
        "---------- 转发的邮件 ---------",
    ],
)
def test_what_a_customer_forwards_stays(mark: str) -> None:
    """Checklist 70: it is what they want us to read, its own quotes and signatures, too."""
    mail = f"{mark}\nFrom: Eve <eve@bank.test>\nDate: Monday\nSubject: You won\nTo: Ada\n\nClick here.\n\n-- \nEve"
    assert unsigned(mail) == mail
    assert unsigned(f"Is this from you?\n\n{mail}\n\n> more") == f"Is this from you?\n\n{mail}\n\n> more"


def test_a_header_with_nothing_above_it_is_a_forwarded_mail() -> None:
    mail = "From: Eve <eve@bank.test>\nSent: Monday\nTo: Ada\nSubject: You won\n\nClick here."
    assert new(mail) == mail


@pytest.mark.parametrize(
    "subject", ["FW: You won", "Fwd: You won", "WG: Gewonnen", "TR: Gagné", "RV: Premio", "转发：奖"]
)
def test_the_subject_tells_what_is_forwarded_from_what_is_answered(subject: str) -> None:
    mail = "See below.\n\nFrom: Eve <eve@bank.test>\nSent: Monday\nTo: Ada\nSubject: You won\n\nClick here."
    assert new_text(*read_reply(mail, "", subject)) == mail
    assert new_text(*read_reply(mail, "", f"RE: {subject}")) == "See below."
    marked = "See below.\n\n> ---------- Original Message ----------\n> From: Eve <eve@bank.test>\n>\n> Click here."
    assert new_text(*read_reply(marked, "", subject)) == marked
    assert new_text(*read_reply(marked, "", f"RE: {subject}")) == "See below."


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAda Lovelace\nMathematician at large, who writes very long lines into her signature, as nobody else does",
        "--\nAda Lovelace\nTel. +44 20 1234",
        "Sent from my iPhone",
        "Sent from Yahoo Mail on Android",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Outlook für iOS<https://aka.ms/o0ukef> beziehen",
        "Scarica Outlook per iOS<https://aka.ms/o0ukef>",
        "Скачать Outlook для Android",
        "iOS 版 Outlook<https://aka.ms/o0ukef> を入手",
        "iOS için Outlook<https://aka.ms/o0ukef>'u edinin",
        "Sent via Superhuman ( https://letters.test/?vip=ada@engines.test )",
        "Gesendet von Mail (https://letters.test/?id=550986) für Windows",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "iPhone'umdan gönderildi",
        "iPhoneから送信",
        "发自我的iPhone",
        "從我的 iPhone 傳送",
        "나의 iPhone에서 보냄",
        "Best regards,\nAda Lovelace",
        "Kind regards\n\nAda Lovelace\nAnalyst, Engines Ltd.\n+44 20 1234\nwww.engines.test",
        "Mit freundlichen Grüßen\nAda Lovelace",
        "Viele Grüße, Ada",
        "Liebe Grüße aus Berlin\nAda",
        "Danke und Gruß\nAda",
        "İyi çalışmalar,\nAda",
        "Pagarbiai,\nAda Lovelace",
        "よろしくお願いいたします。\n\n山田 花子",
        "谢谢！\n王小明",
        "مع تحياتي،\nآدا",
        "Cordialement,\nAda",
        "Un saludo\nAda",
        "С уважением,\nAda",
        "Thanks!\nAda",
        "Cheers,\nAda\n\nSent from my iPhone",
        "-Ada",
        "Regards,\nAda\n\nThis e-mail and its attachments are confidential and intended only for those it is sent to.",
        "Ada Lovelace\nEngines Ltd.\nada@engines.test",
        "_____________________________\n\nAda Lovelace\n\nSent via mobile device\n_____________________________",
    ],
)
def test_a_signature_is_folded(signature: str) -> None:
    said = "The lamp is broken."
    assert unsigned(f"{said}\n\n{signature}\n") == said
    text, folds = read_reply(f"{said}\n\n{signature}\n\nOn 03/03/2026 09:07, Grace wrote:\n> Is it red?", "")
    assert [fold.kind for fold in folds] == ["signature", "quote"]
    assert text[folds[0].start : folds[0].end] == signature
    assert new_text(text, folds) == f"{said}\n\n{signature}"


@pytest.mark.parametrize(
    "said",
    [
        "Regards to your boss, he helped me.",
        "Hello\n\nThanks and regards from me to all of you there",
        "Hello\n\nThanks",
        "Thanks,\nplease call me",
        "Best regards,\nAda\n\nPS: the chair is broken, too.",
        "Best regards\nAda\n\nOr is there another way to reach you?",
        "Please ship to:\n\nAda Lovelace\nMain Street 5\nada@engines.test",
        "We have\n- lamps\n- chairs",
        "Delivery\n--------\nNot yet here.",
        "I tried two ways.\n\n-----\n\nThe second one is what broke it, I would say, as it smelled badly.",
        "Sent from which warehouse?",
        "I did as you said.\nСкачать Outlook не получается",
        "We use Outlook for iOS",
        "Thank you",
    ],
)
def test_a_text_is_no_signature(said: str) -> None:
    assert unsigned(said) == said


GMAIL = '<div class="gmail_quote">{}</div>'
GMAIL_LINE = '<div dir="ltr" class="gmail_attr">{}<br></div>'
CITE = '<blockquote class="gmail_quote" style="border-left:1px solid #ccc">{}</blockquote>'


@pytest.mark.parametrize(
    "quote",
    [
        GMAIL.format(GMAIL_LINE.format("On Tue, Grace &lt;grace@shop.test&gt; wrote:") + CITE.format("Is it red?")),
        GMAIL.format(GMAIL_LINE.format("Aṣ Tue 3 2026 Grace sakrible:") + CITE.format("Is it red?")),
        GMAIL.format("On Tue, Mar 3, 2026 at 9:07 AM Grace &lt;grace@shop.test&gt; wrote:<br>Is it red?"),
        '<div><br><blockquote type="cite"><div>On 3 Mar 2026, Grace wrote:</div><p>Is it red?</p></blockquote></div>',
        '<div class="moz-cite-prefix">Am 03.03.2026 um 09:07 schrieb Grace:<br></div><blockquote type="cite"'
        ' cite="mid:1@shop.test">Is it red?</blockquote>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Xrom:</b> Grace<br><b>Xent:</b> Today</div>Is it?',
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm"><p><b>Xrom:</b> Grace<br>'
        "<b>Xent:</b> Tuesday<br><b>Xo:</b> Ada<br><b>Xubject:</b> Lamp</p></div></div><p>Is it red?</p>",
        '<div id="appendonsend"></div><div>Xrom Grace</div><div>Is it red?</div>',
        '<hr id="zwchr"><div>Xrom Grace</div><div>Is it red?</div>',
        '<div id="yahoo_quoted_1" class="yahoo_quoted"><div>Tuesday, Grace:</div><div>Is it red?</div></div>',
        '<div class="protonmail_quote">On Tuesday Grace wrote:<br><blockquote class="protonmail_quote" type="cite">'
        "Is it red?</blockquote></div>",
        '<div class="zmail_extra">---- On Tue Grace wrote ----<br><blockquote>Is it red?</blockquote></div>',
        '<div name="quote" style="border-left:2px solid #C3D9E5"><div>Gesendet: Dienstag</div>Is it red?</div>',
        "<div>On 03/03/2026 09:07, Grace wrote:</div><blockquote>Is it red?</blockquote>",
        "<p><b>From:</b> Grace<br><b>Sent:</b> Tuesday<br><b>To:</b> Ada<br><b>Subject:</b> Lamp</p><p>Is it red?</p>",
        '<blockquote style="border-left: 2px solid #ff6600">&gt; Message du 03/03/26<br>&gt; De : Grace<br>&gt; <br>'
        "&gt; Is it red?<br>Grace</blockquote>",
    ],
)
def test_the_markup_tells_of_the_quote(quote: str) -> None:
    markup = f"<html><body><p>It is <b>broken</b>.</p>{quote}</body></html>"
    assert new("", markup) == "It is broken."
    assert read_reply("", markup)[0] == text_of(markup)


def test_answers_within_the_markup_of_a_quote_are_kept() -> None:
    markup = "<div>See below.</div>" + GMAIL.format(
        GMAIL_LINE.format("On Tue, Mar 3, 2026 at 9:07 Grace &lt;grace@shop.test&gt; wrote:")
        + CITE.format("Which one?")
        + "<div>The red one.</div>"
        + CITE.format("Since when?<br>Grace")
    )
    assert "The red one." in new("", markup)
    assert not new("", markup).endswith("Grace")


def test_a_quote_that_a_customer_makes_is_theirs() -> None:
    markup = f"<p>The box says</p>{CITE.format('Handle with care')}<p>and it was not.</p><blockquote>Sic!</blockquote>"
    assert new("", markup) == "The box says\n\nHandle with care\n\nand it was not.\n\nSic!"


def test_what_is_forwarded_with_markup_stays() -> None:
    markup = "<div>FYI</div>" + GMAIL.format(
        "---------- Forwarded message ---------<br>From: Eve<br>Date: Monday<br>Subject: Win<br>To: Ada<br><br>Click."
    )
    assert new("", markup) == text_of(markup)


@pytest.mark.parametrize(
    "signature",
    [
        '<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Ada, Countess</div>',
        '<div class="moz-signature">-- <br>Ada, Countess</div>',
        '<div id="Signature"><p>Ada, Countess, and a long sentence of hers about nothing in particular.</p></div>',
        '<div id="ms-outlook-mobile-signature">Outlooked by Ada</div>',
        "<p>Best regards,<br>Ada</p>",
    ],
)
def test_the_markup_tells_of_the_signature(signature: str) -> None:
    assert unsigned("", f"<div>It is broken.</div>{signature}") == "It is broken."


def test_a_mail_that_is_all_signature_by_its_markup_is_read() -> None:
    assert unsigned("", '<div class="gmail_signature">It is broken.</div>') == "It is broken."


def test_the_markup_is_a_witness_for_the_plain_text() -> None:
    markup = "<p>It is <a href='https://shop.test/1'>broken</a>.</p>" + GMAIL.format(
        "3 2026 Grace sakrible:<br>Is it red?"
    )
    plain = "It is broken <https://shop.test/1>.\n\n3 2026 Grace sakrible:\nIs it red?"
    assert new(plain, markup) == "It is broken <https://shop.test/1>."
    assert new("Something else.\n\nIs it red?", markup) == "Something else.\n\nIs it red?"


def test_the_plain_text_is_the_text() -> None:
    assert read_reply("\n Hello \n\n", "<p>Goodbye</p>") == ("Hello", ())
    assert read_reply(" \n", "<p>Goodbye</p>") == ("Goodbye", ())
    assert read_reply("", "") == ("", ())


@lru_cache(maxsize=2)
def hostile(part: int) -> dict[str, tuple[str, str]]:
    """Of each a whole (1), or a part of it."""
    return {
        "marks and On": ("> " * (20_000 // part) + "On " * (20_000 // part), ""),
        "lines of marks and On": ("> \n" * (20_000 // part) + "On \n" * (20_000 // part), ""),
        "one line": ("a " * (500_000 // part), ""),
        "one line of marks": (">" * (1_000_000 // part), ""),
        "lines": ("a\n" * (200_000 // part), ""),
        "introductions": ("On 3 May 2020 10:00, wrote:\n" * (100_000 // part), ""),
        "quotes": ("On 3 May 2020 at 10:00 Ada wrote:\n> a\n" * (50_000 // part), ""),
        "headers": ("From: a\nTo: b\nx\n" * (60_000 // part), ""),
        "closings": ("Regards,\n--\n" * (100_000 // part), ""),
        "separators": ("---- forwarded mess ----\n" * (100_000 // part), ""),
        "addresses": ("On 1/1/2020 10:00 " + "a@" * (100_000 // part) + " wrote:\n", ""),
        "elements": ("", '<div class="gmail_quote"><blockquote type="cite">a' * (10_000 // part)),
        "closed elements": ("", '<div class="gmail_quote">a</div>' * (20_000 // part)),
        "attributes": (
            "",
            '<div class="' + "gmail " * (100_000 // part) + '" style="' + "border:" * (100_000 // part) + '">a</div>',
        ),
        "witness": ("a\n" * (100_000 // part), GMAIL.format("a<br>" * (100_000 // part))),
    }


@pytest.mark.parametrize("name", hostile(4))
def test_hostile_mails_cost_little(name: str) -> None:
    """Checklist 28: none keeps the interpreter busy."""
    text, folds = grows_little(lambda part: read_reply(*hostile(part)[name]))
    assert all(0 <= fold.start < fold.end <= len(text) for fold in folds)


PIECES = [
    "> a", ">", "", " ", "b", "-- ", "--", "On 3 May 2020 at 10:00 Ada <a@b.test> wrote:", "wrote:", "From: a@b.test",
    "Sent: today", "Subject: c", "---- Forwarded message ----", "-----Original Message-----", "Regards,",
    "Sent from my phone", "_____", "x On Mon, May 3, 2020 a@b.test wrote:", "(http://a.test/b", "c)",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES)).map("\n".join), st.text(alphabet='<>div /="class quote\n&;', max_size=200))
def test_folds_are_stretches_in_order(plain: str, markup: str) -> None:
    for text, folds in (read_reply(plain, markup), read_reply("", markup + plain)):
        ends = [0, *(place for fold in folds for place in (fold.start, fold.end)), len(text)]
        assert ends == sorted(ends)
        assert all(fold.start < fold.end and fold.kind in ("quote", "signature") for fold in folds)
