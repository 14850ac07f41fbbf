"""What mail programs write around a quote and under a text, in the languages that people use.

Used by quotes.py and signature.py, which decide; here a line is only recognised. All is in lower case. The lists name
what programs write, not what people might: a phrase that a customer would type in a sentence does not belong here.
"""

import re

FIELDS = {
    word: kind
    for kind, words in {
        "from": "from|von|de|da|van|från|fra|lähettäjä|od|от|від|от кого|від кого|отправитель|kimden|gönderen|feladó|"
        "remitente|mittente|nadawca|expéditeur|absender|afzender|de la|expeditorul|šalje|saatja|από|差出人|送信者|"
        "发件人|寄件者|寄件人|寄信人|보낸 사람|보낸사람|dari|từ|จาก|من|מאת|nuo|no|avsändare|afsender|frá|送信元|од|از",
        "sent": "sent|gesendet|envoyé|envoyée|enviado|enviado el|enviado em|enviada em|enviada|inviato|verzonden|"
        "skickat|sendt|lähetetty|wysłano|wysłane|odesláno|odoslané|отправлено|надіслано|gönderilen|gönderildi|"
        "gönderme tarihi|elküldve|küldve|trimis|poslano|στάλθηκε|送信日時|发送时间|寄件日期|傳送時間|보낸 날짜|"
        "dikirim|terkirim|đã gửi|ส่ง|saadetud|saatmisaeg|senttime|datum gesendet|envoyé le|изпратено|послато|išsiųsta|"
        "nosūtīts|enviat|تم الإرسال|ارسال‌شده|נשלח",
        "date": "date|datum|dato|fecha|data|päivämäärä|päiväys|дата|tarih|dátum|dată|日付|日期|日時|날짜|tanggal|ngày|"
        "ημερομηνία|kuupäev|date sent|date d'envoi|התאריך|תאריך|التاريخ|วันที่",
        "to": "to|an|à|a|para|aan|till|til|vastaanottaja|do|komu|кому|kime|címzett|alıcı|destinatario|destinataire|"
        "empfänger|către|destinatarul|prima|pre|adresat|pour|προς|宛先|收件人|收件者|받는 사람|받는사람|kepada|đến|"
        "ถึง|אל|إلى|送信先|za|до|за|kam|adressaat|per a|به",
        "cc": "cc|bcc|kopie|kopi|kopia|kopio|copie à|copie|copia|копия|копія|dw|kópia|másolatot kap|másolat|bilgi|"
        "kopie (cc)|抄送|副本|참조",
        "subject": "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|тема|"
        "относно|konu|tárgy|subiect|subiectul|sujet|naslov|teema|θέμα|件名|主题|主旨|主題|제목|perihal|subjek|chủ đề|"
        "tiêu đề|เรื่อง|נושא|الموضوع|asunto del mensaje|zadeva|предмет|tēma|teema|assumpte|efni|موضوع",
        "other": "reply-to|antwort an|répondre à|responder a|rispondi a|antwoord aan|svar til|svara till|importance|"
        "wichtigkeit|importancia|importanza|prioriteit|priority|priorität|attachments|anlagen|pièces jointes|"
        "allegati|bijlagen|newsgroups|organization|mailed-by|message-id",
    }.items()
    for word in words.split("|")
}

_ORIGINAL = (
    "original message|original-nachricht|ursprüngliche nachricht|originalnachricht|urspr. nachricht|"
    "urspruengliche nachricht|reply message|antwort nachricht|message d'origine|message d’origine|message original|"
    "message initial|mensaje original|mensagem original|messaggio originale|messaggio originario|"
    "oorspronkelijk bericht|origineel bericht|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|"
    "original meddelelse|opprinnelig melding|original melding|alkuperäinen viesti|oryginalna wiadomość|"
    "wiadomość oryginalna|treść oryginalnej wiadomości|původní zpráva|pôvodná správa|исходное сообщение|"
    "оригинальное сообщение|первоначальное сообщение|оригінальне повідомлення|вихідне повідомлення|orijinal mesaj|"
    "özgün ileti|orjinal mesaj|eredeti üzenet|mesaj original|mesajul original|izvorna poruka|originalna poruka|"
    "izvorno sporočilo|αρχικό μήνυμα|元のメッセージ|original message/元|原始邮件|原邮件|邮件原件|原始郵件|"
    "원본 메시지|원본 메일|pesan asli|thư gốc|reply email|исходное письмо|replied message|回复的原邮件|回复的原始邮件"
)
_FORWARDED = (
    "forwarded message|forwarded email|forwarded by|weitergeleitete nachricht|weitergeleitete e-mail|"
    "weitergeleitet von|message transféré|message transmis|message réexpédié|message réacheminé|mensaje reenviado|"
    "mensagem encaminhada|mensagem reencaminhada|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|"
    "videresendt meddelelse|videresendt melding|videresendt besked|videresendt e-mail|välitetty viesti|"
    "edelleenlähetetty viesti|przekazana wiadomość|treść przekazanej wiadomości|wiadomość przekazana|"
    "przesłana wiadomość|wiadomość przesłana dalej|přeposlaná zpráva|preposlaná správa|пересылаемое сообщение|"
    "пересланное сообщение|перенаправленное сообщение|переслане повідомлення|перенаправлене повідомлення|"
    "iletilmiş mesaj|iletilen ileti|yönlendirilen ileti|yönlendirilmiş ileti|továbbított üzenet|továbbított levél|"
    "mesaj redirecționat|mesaj redirecţionat|proslijeđena poruka|posredovano sporočilo|προωθημένο μήνυμα|"
    "転送メッセージ|転送されたメッセージ|メッセージを転送|转发的邮件|转发的原邮件|转发邮件|已转发邮件|轉寄的郵件|轉寄郵件|"
    "전달된 메시지|전달된 메일|pesan terusan|pesan diteruskan|tin nhắn đã chuyển tiếp|thư đã chuyển tiếp|fwd.msg"
)
_FORWARD_BEGINS = (  # a line of its own, with a colon
    "begin forwarded message|forwarded message|anfang der weitergeleiteten nachricht|"
    "anfang der weitergeleiteten e-mail|début du message réexpédié|début du message transféré|"
    "début du message réacheminé|inicio del mensaje reenviado|inizio messaggio inoltrato|"
    "inizio del messaggio inoltrato|início da mensagem reencaminhada|início da mensagem encaminhada|"
    "begin doorgestuurd bericht|vidarebefordrat brev|vidarebefordrat mejl|start på videresendt besked|"
    "start på videresendt melding|videresendt melding|välitetty viesti alkaa|początek przekazywanej wiadomości|"
    "początek przekazanej wiadomości|začátek přeposílané zprávy|začiatok preposlanej správy|"
    "начало переадресованного сообщения|початок листа, що пересилається|початок переадресованого повідомлення|"
    "iletilmiş mesajın başlangıcı|iletilen ileti başlangıcı|ileti başlangıcı|továbbított levél kezdete|"
    "începe mesajul redirecționat|započni proslijeđenu poruku|αρχή προωθημένου μηνύματος|転送されたメッセージ|"
    "已转发邮件|下面是被转发的邮件|以下是轉寄的郵件|전달된 메시지|mulai pesan terusan"
)
_WROTE_LAST = (  # the verb, then a colon
    "schrieb|schrieb folgendes|schreef|skrev|skreiv|wrote|writes|geschrieben|a écrit|écrit|a ecrit|escribió|escribio|"
    "ha scritto|ha escrit|escreveu|geschreven|het volgende geschreven|kirjoitti|napisał|napisała|napisał(a)|pisze|"
    "napsal|napsala|napsal(a)|napsal/a|píše|napísal|napísala|napísal(a)|написал|написала|написал(а)|писал|писала|"
    "писал(а)|пишет|написав|написав(ла)|пише|написа|yazdı|şunu yazdı|şunları yazdı|írta|ezt írta|a scris|scris|"
    "napisao|napisala|je napisao/la|je napisal|je napisala|rašė|napisao je|napisala je|parašė|rakstīja|"
    "έγραψε|đã viết|menulis|tulis|va escriure|idatzi du|skrifaði|ने लिखा|كتب|نوشت|כתב|כתבה|כתב/ה|เขียนว่า|"
    "skrev følgende|skrev följande|のメール|さんは書きました|は書きました|書きました|写道|寫道|写到|"
    "님이 작성|작성|썼습니다"
)
_WROTE_MID = (  # the verb, who, then a colon
    "schrieb|schrieb folgendes|schreef|skrev|skrev følgende|skrev följande|skreiv|kirjoitti|napisał|написал|kirjutas|"
    "пишет"
)
_LEADS = (
    "في|بتاريخ|בתאריך|ב|ในวันที่|เมื่อ|"
    "on|am|le|el|il|em|op|den|d.|på|w dniu|dnia|dne|dňa|vào|pada|στις|ont|a|al|în|la|dana|v|ven|kl.|í|þann|на|от|у|в|"
    "il giorno|le jour|quoting|zitat von|quote|citando|在|于|於|el día|em dom|op do|no dia|kuupäev|pada tanggal"
)
_PRONOUNS = (
    "i|you|we|he|she|they|ich|du|wir|er|sie|ihr|je|tu|nous|vous|il|elle|on|yo|usted|ustedes|ik|jij|wij|u|jag|jeg|vi"
)
_WEEKDAYS = (
    "mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mo|di|mi|do|fr|sa|so|lun|"
    "mar|mer|jeu|ven|sam|dim|mån|tis|ons|tors|fre|lör|sön|man|tir|tor|lør|søn|ma|ti|ke|to|pe|la|su|pon|wt|śr|czw|pt|"
    "sob|nd|niedz|pn|po|út|st|čt|pá|ne|пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота|"
    "воскресенье|pzt|sal|çar|per|cum|cmt|paz|seg|ter|qua|qui|sex|sáb|dom|h|k|sze|cs|p|szo|v"
)
_CLOSINGS = (
    "regards|best regards|kind regards|kindest regards|warm regards|warmest regards|with best regards|"
    "with kind regards|many regards|best|all the best|best wishes|with best wishes|sincerely|yours sincerely|"
    "sincerely yours|yours faithfully|yours truly|yours|respectfully|cordially|cheers|rgds|br|kr|thanks and regards|"
    "thanks & regards|thank you and regards|thanks and best regards|thanks and kind regards|many thanks and regards|"
    "thanks in advance and best regards|greetings|take care|warmly|mit freundlichen grüßen|mit freundlichen grüssen|"
    "mit freundlichem gruß|mit freundlichem gruss|freundliche grüße|freundliche grüsse|freundlichen gruß|viele grüße|"
    "viele grüsse|viele liebe grüße|liebe grüße|liebe grüsse|beste grüße|beste grüsse|schöne grüße|herzliche grüße|"
    "herzliche grüsse|mit besten grüßen|mit herzlichen grüßen|mit lieben grüßen|mfg|lg|vg|gruß|gruss|grüße|grüsse|"
    "hochachtungsvoll|cordialement|bien cordialement|très cordialement|bien à vous|bien à toi|salutations|"
    "meilleures salutations|salutations distinguées|sincères salutations|amicalement|cdlt|bonne journée|bonne soirée|"
    "bonne réception|saludos|un saludo|saludos cordiales|un cordial saludo|cordiales saludos|atentamente|"
    "muy atentamente|un abrazo|reciba un cordial saludo|cordiali saluti|distinti saluti|saluti|un saluto|"
    "un cordiale saluto|atenciosamente|cumprimentos|melhores cumprimentos|com os melhores cumprimentos|abraços|"
    "abraço|att|met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|groet|"
    "groeten|groetjes|mvg|hartelijke groeten|hartelijke groet|med vänlig hälsning|med vänliga hälsningar|"
    "vänliga hälsningar|vänlig hälsning|hälsningar|mvh|bästa hälsningar|med venlig hilsen|venlig hilsen|"
    "med venlige hilsner|de bedste hilsner|bedste hilsner|hilsen|vh|med vennlig hilsen|vennlig hilsen|"
    "ystävällisin terveisin|terveisin|t.|yst. terv|parhain terveisin|pozdrawiam|z poważaniem|pozdrowienia|"
    "serdecznie pozdrawiam|z wyrazami szacunku|s pozdravem|s pozdravom|pozdrav|hezký den|с уважением|"
    "с наилучшими пожеланиями|с приветом|з повагою|з найкращими побажаннями|saygılarımla|saygılar|iyi çalışmalar|"
    "sevgiler|üdvözlettel|tisztelettel|cu stimă|cu respect|lep pozdrav|με εκτίμηση|よろしくお願いします|"
    "よろしくお願いいたします|宜しくお願い致します|敬具|此致|此致敬礼|祝好|감사합니다|hormat saya|salam|trân trọng|"
    "thân mến|בברכה|مع أطيب التحيات|"
    "kh|k.h.|knus|udvozlettel|mit freundlichen gruessen|viele gruesse|liebe gruesse|beste gruesse|schoene gruesse|"
    "vanliga halsningar|med vanlig halsning|ystavallisin terveisin|saygilarimla|s uctou|grüßle|à bientôt|à vous lire|"
    "have a nice day|have a good day|have a great day|schönen tag noch|einen schönen tag noch|fijne dag|miłego dnia|"
    "ystävällisesti|kiittäen|z pozdrowieniami|łączę pozdrowienia|s přátelským pozdravem|всего доброго|хорошего дня|"
    "гарного дня|iyi günler|kolay gelsin|lijep pozdrav|srdačan pozdrav|s poštovanjem|срдачан поздрав|с поштовањем|"
    "поздрави|с уважение|pagarbiai|su pagarba|ar cieņu|lugupidamisega|parimate soovidega|tervitades|salutacions|"
    "atentament|cordialment|með kveðju|bestu kveðjur|よろしくお願い致します|宜しくお願いします|宜しくお願いいたします|"
    "顺祝商祺|敬礼|敬上|مع تحياتي|تحياتي|مع خالص التحيات|با احترام|ขอแสดงความนับถือ|hormat kami|salam hormat|सादर"
)
_THANKS = (
    "thanks|thank you|many thanks|thanks a lot|thanks in advance|thank you in advance|thanks so much|"
    "thank you very much|thanks again|thx|ty|danke|vielen dank|besten dank|danke im voraus|vielen dank im voraus|"
    "merci|merci beaucoup|merci d'avance|gracias|muchas gracias|gracias de antemano|grazie|grazie mille|obrigado|"
    "obrigada|bedankt|alvast bedankt|dank je wel|tack|tack på förhand|mange tak|tak|takk|på forhånd takk|kiitos|"
    "dziękuję|děkuji|спасибо|заранее спасибо|дякую|teşekkürler|köszönöm|mulțumesc|hvala|ευχαριστώ|"
    "ありがとうございます|谢谢|謝謝|terima kasih|cảm ơn|شكرا|شكراً|با تشکر|ขอบคุณ|ขอบคุณครับ|ขอบคุณค่ะ|धन्यवाद|תודה|gràcies"
)
_SENT_FROM = (
    r"sent (?:wirelessly |securely |directly )?(?:from|via|with|using|by|through|on)\b.{1,70}|"
    r"(?:get|download) (?:outlook|boxer|yahoo mail|bluemail|spark|mail)\b.{0,60}|"
    r"from my (?:i-?phone|ipad|ipod|android|mobile|phone|cell|samsung|galaxy|blackberry|htc|huawei|pixel).{0,30}|"
    r"sent:? from (?:my|a|mobile)\b.{0,60}|via (?:newton|spark) mail.{0,30}|"
    r"envoy[ée]e? (?:depuis|de|à partir|avec|via|sans)\b.{1,70}|"
    r"(?:obtenir|télécharger|obtenez) outlook (?:pour|for)\b.{1,50}|obtener outlook para\b.{1,50}|"
    r"obtenha o outlook\b.{1,50}|"
    r"(?:von|aus) (?:meinem|meiner|mein|unterwegs|outlook|samsung|yahoo|mobil)\b.{0,60}"
    r"(?:gesendet|gesandt|geschickt|verschickt|versendet)|"
    r"(?:diese (?:nachricht|e-?mail|mail) wurde )?"
    r"(?:gesendet|gesandt|verschickt|versendet) (?:mit|von|aus|über|via|per)\b.{1,70}|"
    r"diese (?:nachricht|e-?mail|mail) wurde von (?:meinem|einem)\b.{1,60}gesendet|holen sie sich outlook\b.{1,40}|"
    r"outlook für (?:ios|android).{0,70}(?:beziehen|herunterladen|abrufen|holen).{0,90}|"
    r".{0,60}\boutlook\b.{0,40}<https?://aka\.ms/[^<>]{1,40}>.{0,20}|(?:ios|android) ?(?:版|用|için) ?outlook\b.{0,70}|"
    r"(?:scarica|ottieni|obter o|baixe o|descargar|скачать|загрузить|получить|отримати|завантажити|získat|získajte|"
    r"skaff deg|descărcați|获取|下载|取得) ?outlook(?: \S{1,8}){0,3} (?:ios|android)\b.{0,60}|"
    r"enviad[oa] (?:desde|do|da|de|a partir|pelo|pela|via|con|com|por)\b.{1,70}|"
    r"inviat[oa] (?:da|dal|dalla|con|via|tramite)\b.{1,70}|"
    r"(?:verstuurd|verzonden) (?:vanaf|vanuit|via|met|van|door)\b.{1,70}|(?:outlook voor|download outlook).{1,60}|"
    r"skickat från\b.{1,60}|skickades från\b.{1,60}|(?:hämta|skaffa) outlook\b.{1,50}|"
    r"(?:sendt|sent) (?:fra|med|via)\b.{1,60}|(?:hent|få|skaff) outlook\b.{1,50}|lähetetty .{1,50}|"
    r"hanki outlook.{1,50}|wysłan[eoya] (?:z|ze|za)\b.{1,60}|(?:pobierz|uzyskaj) (?:program )?outlook.{1,50}|"
    r"odesláno (?:z|ze|pomocí)\b.{1,60}|odoslané (?:z|zo)\b.{1,60}|(?:отправлено|послано) (?:с|из|от|через)\b.{1,60}|"
    r"(?:надіслано|відправлено) (?:з|із|зі|через)\b.{1,60}|"
    r".{1,40}(?:'|’)?(?:dan|den|umdan|imden|ımdan|ümden|tan|ten) gönderildi|küldve .{1,40}|"
    r".{1,30}(?:ról|ről|ből|ból) küldve|trimis (?:de pe|din|de la)\b.{1,50}|poslano (?:s|z|sa)\b.{1,40}|"
    r"στάλθηκε από\b.{1,50}|.{0,40}(?:から送信|より送信)|发自.{1,40}|發自.{1,40}|从我的.{1,30}发送|"
    r"從我的.{1,30}(?:傳送|寄出)|来自.{1,20}(?:手机|iphone|ipad).{0,20}|.{0,40}에서 (?:보냄|보낸 메일)|"
    r"dikirim dari\b.{1,50}|được gửi từ\b.{1,50}|נשלח מ.{1,40}|أرسلت من .{1,40}|تم الإرسال من .{1,40}|"
    r"sent from .{1,70}"
)
_DISCLAIMERS = (
    r"this (?:e-?mail|message|communication|transmission)\b.{0,60}\b"
    r"(?:confidential|intended (?:only|solely|for)|privileged)|"
    r"the (?:information|content|contents) (?:contained |transmitted )?(?:in|of) this|"
    r"confidentiality (?:notice|note)|confidential(?:ity)?:|disclaimer:|please consider the environment|"
    r"think before you print|diese (?:e-?mail|nachricht) (?:enthält|kann|ist)|der inhalt dieser e-?mail|"
    r"ce (?:message|courriel|courrier)\b.{0,40}(?:confidentiel|contient|peut contenir|est destiné)|"
    r"este (?:correo|mensaje|e-?mail)\b.{0,60}confidencial|esta mensagem\b.{0,60}confidencia|"
    r"questo messaggio\b.{0,60}(?:confidenzial|riservat)|le informazioni contenute|"
    r"dit (?:e-?mail)?bericht\b.{0,60}vertrouwelijk"
)


def _any(words: str) -> str:
    """An alternation of the words as they are, the longest first."""
    return "|".join(map(re.escape, sorted(set(words.split("|")), key=len, reverse=True)))


_RULES = "-_=*‐‑–— \t"
_ORIGINAL_STARTS = tuple(_ORIGINAL.split("|"))
_FORWARDED_STARTS = tuple(_FORWARDED.split("|"))
_FORWARD_LINES = frozenset(_FORWARD_BEGINS.split("|"))
_WROTE = f"{_any(_WROTE_LAST)}|{_any(_WROTE_MID)}"
_WROTE_WORD = re.compile(rf"(?<!\w)(?:{_WROTE})(?!\w)|(?:のメール|書きました|写道|寫道|写到|작성|썼습니다)")
_ENDS_WITH_WROTE = re.compile(
    rf"(?:(?<!\w)(?:{_any(_WROTE_LAST)})|(?:のメール|書きました|写道|寫道|写到|작성|썼습니다))"
    r"(?:\s\([^()]{1,60}\))?[\s*_]{0,4}[:：]?[-\s*_]{0,9}$"
)
_WROTE_THEN_NAME = re.compile(rf"(?<!\w)(?:{_any(_WROTE_MID)}) (?P<name>[^:]{{0,200}}?)[\s*_]{{0,4}}:[-\s*_]{{0,9}}$")
_ADDRESS = re.compile(r"[<([][^<>()\[\]]{0,150}@[^<>()\[\]]{0,150}[>)\]]{1,2}|<[^<>]{0,200}>|\S{1,80}@\S{1,150}")
_SMALL = "von|van|de|der|den|da|di|du|la|le|av|af|dos|e|und|och|&|via|zu|ter|het|volgende|følgende|följande"
PARTICLES = frozenset(_SMALL.split("|"))  # of names, and of what stands beside them
_LEAD = re.compile(
    rf"(?:{_any(_LEADS)})[\s.,]|[在于於]\s?\d|(?:{_any(_WEEKDAYS)})[.,]{{0,2}}\s|\d{{1,4}}\s?[-./年년]\s?\d{{1,2}}|"
    r"\d{1,2}\.?\s[^\W\d_]{3,12}\.?\s(?:19|20)\d\d|(?:19|20)\d\d\.\s"
)
_PRONOUN_WROTE = re.compile(
    rf"(?<!\w)(?:(?:{_any(_PRONOUNS)}) (?:{_WROTE})|(?:{_any(_WROTE_MID)}) (?:{_any(_PRONOUNS)}))(?!\w)"
)
_SENT_FROM_LINE = re.compile(rf"[-_*\s([<]{{0,5}}(?:{_SENT_FROM})")
_TARGET = re.compile(r"\s[(<\[]\s?https?://(?!aka\.ms)[^\s()<>\[\]]{1,150}\s?[)>\]]")  # of a link
_CITES = re.compile(r"(?:quoting|zitat von|citando(?: a)?|citeren|citerar|cytowanie|цитирование|citace) .{0,200}[:：]$")
_BEHIND_WHO = re.compile(r"[于於] ?\d|\d{1,2} \w{3,8} \d{4} \w{3}, [\d:]{4,5} tarihinde ")
_EXCUSE = re.compile(r"excuse|typo|brevity|brief|errors|forgive|pardon|entschuldig|excus|disculp|scus|desculp")
_ABOVE_LINE = re.compile(
    r"(?:reply|respond|write|type)\b.{0,20} above (?:this|the) line|(?:über|oberhalb) dieser (?:linie|zeile)|"
    r"au-dessus de cette ligne|(?:encima|arriba) de esta l[íi]nea|boven deze (?:lijn|regel)"
)
_FORWARD_SUBJECT = re.compile(
    r"\s*(?:fwd?|wg|tr|rv|enc|vb|vl|pd|i|doorst|i̇lt|ilt|továbbítás|redir|videresend|转发|轉寄|转|轉|転送|전달)\s?[:：.]"
)
_DISCLAIMER_LINE = re.compile(rf"[*_\s]{{0,4}}(?:{_DISCLAIMERS})")
_CLOSING_LINE = re.compile(
    rf"(?:(?:{_any(_THANKS)}) (?:und|and|&|et|y|e|en|och|og|ja|i|и) )?(?:{_any(_CLOSINGS)})"
    r"(?: (?:aus|from|de|depuis|desde|da|uit|från|fra|z|из) \S{2,20}?)?\s?[,.!،。！]{0,3}"
)
_THANKS_LINE = re.compile(rf"(?:{_any(_THANKS)})\s?[,.!،。！]{{0,3}}")
_CLOSING_START = re.compile(rf"(?:{_any(_CLOSINGS)})(?=[,.!]? )")


def field(line: str) -> str:
    """Which field of a mail's header the line states, from, sent, date, to, cc, subject, other; or nothing."""
    name, colon, _ = line[:60].replace("：", ":").partition(":")
    return FIELDS.get(name.strip(" \t*_|").lower(), "") if colon else ""


def fields(line: str) -> set[str]:
    """The fields that the line states, where a program has put all of them into one."""
    names = [piece.split()[-1] for piece in line.split(":")[:-1] if piece.strip()]
    return {FIELDS[name] for name in map(str.lower, names) if name in FIELDS}


def original(line: str) -> bool:
    """Is it "-----Original Message-----"?"""
    if line[:2].strip(_RULES) or line[-2:].strip(_RULES):
        return False
    inner = line.strip(_RULES)
    return len(inner) < 60 and inner.lower().startswith(_ORIGINAL_STARTS)


def divides(line: str) -> bool:
    """Is it the line that help desks put over their mails, "## Please reply above this line ##"?"""
    return len(line) < 120 and not line[0].isalnum() and _ABOVE_LINE.search(line.lower()) is not None


def forwards(subject: str) -> bool:
    """Does a subject say that the mail is a forwarded one, and no answer to one?"""
    return _FORWARD_SUBJECT.match(subject.lower()) is not None


def heads(line: str) -> bool:
    """Is it that without a rule, as it stands above a header?"""
    return line.rstrip(" :").lower() in _ORIGINAL_STARTS


def forwarded(line: str) -> bool:
    """Is it "---------- Forwarded message ----------"?"""
    if len(line) > 160 or not line:
        return False
    if line[:2].strip(_RULES) == "":
        return line.strip(_RULES).lower().startswith(_FORWARDED_STARTS)
    return line[-1] in ":：" and line.rstrip(" :：").lower() in _FORWARD_LINES


def wrote(line: str) -> bool:
    return _WROTE_WORD.search(line.lower()) is not None


def announces(line: str) -> bool:
    """Does it end as the line over a quote does, "… Ada wrote:", "… schrieb Ada <ada@…>:", and add nothing to that?"""
    if _ENDS_WITH_WROTE.search(line.lower()):
        return True
    if (found := _WROTE_THEN_NAME.search(line)) is None:
        return False
    words = _ADDRESS.sub(" ", found["name"]).split()
    return len(words) <= 8 and all(not word[0].islower() or word.lower() in PARTICLES for word in words)


def person_wrote(line: str) -> bool:
    """Does it say "I wrote", as people do and programs do not?"""
    return _PRONOUN_WROTE.search(line.lower()) is not None


def cites(line: str) -> bool:
    """Is it "Quoting Ada <ada@…>:"?"""
    return _CITES.fullmatch(line.lower()) is not None


def follows_who(line: str) -> bool:
    """Does it begin like what stands behind the writer's name, where that comes first?"""
    return _BEHIND_WHO.match(line) is not None


def leads(line: str) -> bool:
    """Does it begin like the line over a quote: "On", "Am", a day, a date?"""
    return _LEAD.match(line.lstrip("-_* ").lower()) is not None


def sent_from(line: str) -> bool:
    """Is it "Sent from my iPhone"? A sentence that begins so has more words, or goes on after a comma."""
    if len(line) > 200:
        return False
    line = _TARGET.sub("", line).lower().rstrip(" .!)]>*_")
    if len(line) > 130 or "?" in line:
        return False
    if line.startswith("sent ") and " my " not in line[:30] and len(line.split()) > 7:
        return False
    return _SENT_FROM_LINE.fullmatch(line) is not None and ("," not in line or _EXCUSE.search(line) is not None)


def disclaimer(line: str) -> bool:
    return _DISCLAIMER_LINE.match(line[:200].lower()) is not None


def closing(line: str) -> bool:
    """Is it "Best regards," and no more?"""
    pieces = _lower(line.strip(" *_-–—")).split("/")
    return len(line) < 60 and all(_CLOSING_LINE.fullmatch(piece.strip()) for piece in pieces)


def thanks(line: str) -> bool:
    return len(line) < 40 and _THANKS_LINE.fullmatch(_lower(line.strip(" *_-–—"))) is not None


def after_closing(line: str) -> str:
    """The name in "Best regards, Ada"."""
    found = _CLOSING_START.match(_lower(line)) if len(line) < 80 else None
    return line[found.end() :].strip(" ,.!") if found else ""


def _lower(text: str) -> str:
    """In lower case and as long as it was: Python makes two characters of the Turkish capital I with a dot."""
    return text.replace("İ", "i").lower()
