"""The words mail systems use when a mail could not be delivered, and what they mean as a status (RFC 3463).

Used by bounces.py and bounce_text.py. Every pattern here is a list of alternatives without repetition inside
repetition, so that searching is linear. What people write about failed mail has the same words: these alone make no
bounce.
"""

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """What words say: the last two numbers of a status, and whether the address itself is dead."""

    detail: str
    hard: bool


_FAILED = (
    # English
    r"undeliver|nondeliver|non-deliver|not deliver|not be(?:en)? (?:\w+ )?(?:deliver|sent|reach|transmit|collected"
    r"|relayed)"
    r"|did not (?:\w+ )?reach|(?:unable|not able|fail(?:ed|ure)|cannot|can't|couldn't"
    r"|could not) (?:to )?(?:be )?deliver"
    r"|deliver(?:y|ing)?(?: (?:has|to|of|the|this|following|these|your|message|mail|e-?mail|recipients?\(?s?\)?))*+"
    r" (?:permanently )?(?:fail|error|problem|was aborted|abort)|delevery to|fail(?:ed|ing|ure)? (?:recipient|address)"
    r"|(?:encountered|had) (?:\w+ )?(?:delivery|permanent|transient|fatal)|could not be (?:process|complete|accept)"
    r"|(?:mail|message) (?:could not|cannot|was not|can not|has not|not)(?: been)? (?:be )?(?:deliver|accept|sent"
    r"|receiv)"
    r"|(?:mail|message|delivery) (?:\w+ ){0,2}(?:was |is |been )?(?:rejected|refused|bounced|returned|blocked|failed)"
    r"|return(?:ed|ing) (?:mail|message|to sender)|permanent (?:fatal )?(?:error|failure)|fatal errors?"
    r"|is being returned"
    r"|not accepting mail|attempting to deliver|failure (?:reasons|delivery)|error (?:description|detail|code)"
    r"|failed \d+ attempts"
    r"|not (?:a )?valid (?:user|address|recipient|mailbox)|was detected while processing the enclosed|message status"
    # German, Dutch, Nordic
    r"|unzustellbar|nicht (?:\w+ )?(?:zugestellt|zustellen|zustellbar|ausgeliefert|übermittelt|erreicht|gesendet)"
    r"|zustell\w* (?:\w+ )?(?:fehl|nicht)|onbestelbaar|niet (?:worden )?(?:bezorgd|afgeleverd|besteld|verzonden)"
    r"|niet afleveren|(?:inte|kunde ej) (?:att )?leverer|(?:ikke|kunne ikke) (?:leveres|leveret|levert)|olevererbar"
    r"|uleverbar"
    r"|ei (?:voitu|voida|voi) toimittaa|toimitus epäonnistui|toimitta\w+ epäonnistu"
    # Romance
    r"|non (?:remis|distribu|délivr)|(?:pu|été) (?:\w+ )?(?:être |etre )?(?:délivr|delivre|remis|distribu|achemin)"
    r"|impossible de (?:remettre|livrer|distribuer|délivrer)|(?:échec|echec) de (?:la )?(?:remise|distribution"
    r"|livraison)"
    r"|no (?:se )?(?:ha |pudo |puede |pueden )?(?:podido |sido |ser )?entreg|no entregado|imposible entregar"
    r"|error (?:al|en la|de) entreg|no se (?:ha podido|pudo) enviar|correo devuelto|mensaje no enviado"
    r"|não (?:foi |é |pôde |pode )?(?:possível |ser )?entreg|não entregue|falha na entrega|devolvid"
    r"|impossibile (?:recapitare|consegnare|inviare)|mancat[oa] (?:recapito|consegna)|non (?:\w+ )?(?:recapita"
    r"|consegna)"
    r"|(?:nu a putut fi|nu s-a putut) (?:livra|trimi)|nelivra"
    # Slavic, Hungarian, Greek, Turkish
    r"|nie (?:można|mogł\w|udało się|został\w?)(?: \w+)? (?:dostarcz|doręcz|wysł)|niedostarcz|nie dostarcz|niedoręcz"
    r"|(?:nelze|nemohla? být|nebyla?|nepodařilo se) doruč|nedoruč|nem kézbesíthető|kézbesítés\w* (?:sikertelen|hiba"
    r"|nem)"
    r"|не (?:\w+ ){0,2}доставл|недостав|(?:невозможно|не удалось|не может быть|не удаётся) (?:\w+ )?достав"
    r"|не вдалося достав"
    r"|недоставен|δεν (?:ήταν|είναι) δυνατή η παράδοση|αποτυχία παράδοσης|teslim edilem|iletilem|gönderilem"
    # Japanese, Chinese, Korean, Hebrew, Arabic
    r"|(?:送信|配信|配送|送達|お届け)(?:すること(?:が|は))?(?:が|は)?(?:でき|出来)ま|届け(?:ること(?:が|は))?(?:でき"
    r"|出来)?ま(?:せん|し)"
    r"|届きませ|(?:送信|配信|配送)(?:エラー|に失敗|不能)|宛先不明|あて先不明|(?:无法|未能|不能)(?:\w{0,4})(?:发送"
    r"|投递|送达|传递)"
    r"|退信|退回|(?:投递|发送|传输|投遞|傳送)失[败敗]|無法(?:傳遞|傳送|投遞|寄送)|(?:전송|배달|전달)(?:하지 못"
    r"|되지 못|되지 않|할 수 없| ?실패)"
    r"|반송|לא ניתן (?:היה )?(?:למסור|להעביר)|(?:تعذر|لم يتم|فشل) (?:ال)?(?:تسليم|توصيل)"
)
FAILED = re.compile(_FAILED, re.IGNORECASE)
FAILED_SUBJECT = re.compile(
    rf"{_FAILED}|failure (?:notice|notification)|delivery (?:status|report|notification|delay|failure)|system error"
    r"|mail (?:delivery|error|failure|system|problem)|failed mail|returned|warning: |\bNDR\b|\bDSN\b|delayed|rejected"
    r"|bounced"
    r"|complaint about message from"
    r"|verzögert|retard[ée]|エラー|user unknown|error (?:report|condition)|problem delivering|not listed in",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"(?:mail|message|delivery|recipients?)\b.{0,60}?\bdelayed|warning message only"
    r"|delivery status notification \(delay\)"
    r"|not yet (?:been )?deliver|will (?:be retried|be re-?tried|keep trying|continue to|retry|try again|be made)"
    r"|will continue|still (?:trying|being tried)|(?:not|don't) need to (?:resend|re-send)"
    r"|no action is required on your"
    r"|temporarily delayed|postponed|noch nicht zugestellt|verzögert|(?:n'a|n’a) pas encore|aún no se ha|ainda não"
    r"|еще не|ещё не"
    r"|配信が遅れ|warning: (?:message|could not send|mail)",
    re.IGNORECASE,
)
DELIVERED = re.compile(
    r"success(?:fully|ful)? (?:\w+ )?(?:deliver|relay)|(?:was|were|been) deliver|deliver\w* success", re.IGNORECASE
)
GIVEN_UP = re.compile(
    r"(?:gave|given|giving) up|permanent(?:ly)?\b|not going to try|too long|no (?:more|further) (?:attempt|tri)|expired"
    r"|could not be delivered for",
    re.IGNORECASE,
)
CHALLENGE = re.compile(
    r"boxbe|spamarrest|spam arrest|bluebottle|knowspam|mailblocks|tmda|challenge.{0,3}response"
    r"|(?:confirm|verify|prove|authenticate)(?: that)? (?:you|yourself|your (?:message|mail|email|e-mail|address))"
    r"|(?:guest|white|allow|approved senders?)[- ]?list|to (?:be|get) (?:added|approved)"
    r"|awaiting (?:your )?(?:confirm|verif)"
    r"|only accept\w* (?:mail|messages|e-?mail) from (?:people|known|senders)",
    re.IGNORECASE,
)

_UNKNOWN, _DISABLED, _HOST = Meaning("1.1", True), Meaning("2.1", True), Meaning("1.2", True)
_FULL, _SIZE, _POLICY = Meaning("2.2", False), Meaning("3.4", False), Meaning("7.1", False)
_LOOP, _LATE, _BUSY = Meaning("4.6", False), Meaning("4.7", False), Meaning("4.1", False)

# In order: what protects an address from being given up for dead comes first.
_MEANINGS = tuple(
    (meaning, re.compile(pattern, re.IGNORECASE))
    for meaning, pattern in (
        (
            _FULL,
            r"quota|(?:mail ?box|mail ?folder|inbox|account|user|disk|storage|mail ?store)(?: \w+){0,3} (?:full"
            r"|exceed\w*|over)"
            r"|(?:mailbox|box) (?:space|size)|full mailbox|too (?:much|many) (?:mail|messages) (?:stored|in|on)"
            r"|zu ?viele mails"
            r"|out of (?:disk|storage)"
            r"|insufficient (?:disk|storage|system storage)|exceeds? (?:\w+ )?(?:allowed|storage|disk"
            r"|limit on messages)"
            r"|exceeded (?:\w+ )?(?:storage|allocat|the local limit)|postfach\w*.{0,30}voll|speicher\w*.{0,20}(?:voll"
            r"|über)"
            r"|bo[iî]te.{0,30}pleine|buz[oó]n.{0,20}lleno|caixa.{0,30}cheia|casella.{0,20}piena|переполнен|容量"
            r"|いっぱい|已满|已滿"
            r"|skrzynka.{0,20}(?:pełna|przepełn)",
        ),
        (
            _SIZE,
            r"(?:message|mail|e-?mail|attachment)(?: \w+){0,3} (?:too (?:large|big|long)|exceeds?|larger than)"
            r"|too (?:large|big)\b"
            r"|(?:size|length) (?:limit|exceed)|exceeds (?:the |maximum |max )?(?:\w+ )?(?:message )?size|zu gro(?:ß"
            r"|ss)"
            r"|trop volumineu|demasiado grande|サイズ",
        ),
        (
            _POLICY,
            r"\bspam|black ?list|block ?list|\bblocked\b|\brbl\b|dnsbl|reputation|\bspf\b|sender policy|dmarc|\bdkim\b"
            r"|\bpolicy\b|polic(?:ies)\b|virus|malware|unsolicited|\bbulk mail|\bbanned|prohibited|content (?:reject"
            r"|filter|match)"
            r"|relay(?:ing)? (?:is )?(?:not|denied|access)|(?:not|unable|denied|refus\w+) (?:to |permitted to )?relay"
            r"|relaying denied"
            r"|rcpthosts|not authori[sz]ed|authentication required|suspicious|sender (?:address )?(?:rejected|verif"
            r"|denied|unknown)"
            r"|not accepting mail|grey ?list|\bunknown sender|must be (?:on|in) (?:my|the|a)|too many (?:recipients"
            r"|connections)"
            r"|sending (?:rate|limit)|too (?:quickly|fast)|rejected by (?:the )?(?:user|recipient)'?s? (?:filter"
            r"|rules?)",
        ),
        (
            Meaning("4.4", False),
            r"(?:name ?service|dns|host|domain|name server).{0,60}(?:try again|temporar|time[- ]?out|timed out)"
            r"|temporary (?:dns|name|lookup)",
        ),
        (
            _HOST,
            r"(?:unknown|invalid|bad|no such) (?:\w+ )?(?:host|domain|destination)|(?:host|domain)(?: name)?(?: is"
            r"| was)? (?:\w+ )?(?:unknown|not found|invalid)"
            r"|(?:host|domain)\w* (?:\w+ )?(?:does ?n[o']t|not) (?:exist|found)|no (?:mx|mail exchanger"
            r"|route to domain)|nullmx|null mx|name or service not known"
            r"|couldn't find any host|(?:could not|cannot|can't) (?:be )?(?:find|found|resolve\w*) .{0,40}(?:host"
            r"|domain|gateway)|could not find a gateway"
            r"|illegal host/domain|domain .{0,80}(?:does ?n[o']t exist|not found)|unresolvable"
            r"|doesn't accept (?:any )?mail|domain.{0,20}существует",
        ),
        (
            _UNKNOWN,
            r"(?:user|recipient|mailbox|account|address\w*|addressee|rcpt|member|name|alias)(?: is"
            r"| was)? (?:\w+ )?(?:unknown|not found)"
            r"|(?:unknown|invalid|illegal|nonexistent|non-existent"
            r"|incorrect) (?:final delivery )?(?:or \w+ )?(?:local )?"
            r"(?:user|recipient|mailbox|address|account|alias|local[- ]part|rcpt)|(?:user|recipient"
            r"|mailbox) (?:name )?is not recogni[sz]ed"
            r"|no (?:such|matching|mail ?box|account)(?: \w+)? ?(?:user|person|recipient|mailbox|account|address|here"
            r"|member|by|with|for)"
            r"|no such (?!file|object|process|program)|(?:does not|doesn't|doesn’t|do not|not) (?:exist|have an?"
            r"|like recipient)|not (?:a|an?) (?:\w+ )?(?:valid|known|registered|local|active)"
            r"|not (?:a )?(?:valid|known|our customer|listed in|recogni[sz]ed|registered)|user(?: \w+)? not|can(?:not"
            r"|'t) find (?:user|recipient)"
            r"|recipient (?:name |address )?(?:is )?(?:not recogni[sz]ed|rejected: access denied|rejected$"
            r"|unavailable)|no mailbox"
            r"|isn't (?:a )?(?:valid|in)|unrouteable address|unroutable address|mailbox unavailable"
            r"|could ?n[o']t be found|wasn't found"
            r"|not found (?:in|at|on)|address (?:couldn't be|not) found|no matches to nameserver"
            r"|final e-?mail delivery point"
            r"|(?:empfänger|benutzer|adresse).{0,20}(?:unbekannt|nicht gefunden|existiert nicht)|utilisateur inconnu"
            r"|destinataire.{0,20}inconnu"
            r"|(?:usuario|destinatario|usuário|destinatário|indirizzo|utente).{0,25}(?:desconocid|desconhecid|inexist"
            r"|sconosciut|no existe|não existe|non esiste)"
            r"|nie (?:ma takiego|istnieje)|nieznany (?:użytkownik|adresat)|(?:пользовател|адресат"
            r"|ящик).{0,30}не (?:найден|существует|зарегистр)"
            r"|несуществующ|見つかりま|存在しま|リストにありま|不存在|존재하지|kayıtlı değil|neexistuje|onbekend"
            r"|ukjent|okänd|tuntematon",
        ),
        (
            _DISABLED,
            r"(?:account|mailbox|user|address|recipient)\w*(?: \w+){0,4} (?:disabled|discontinued|deactivated"
            r"|inactive|closed|suspended"
            r"|terminated|locked|expired|deleted|cancelled|canceled|not active|no longer|on hold)"
            r"|no longer (?:\w+ )?(?:valid|active|available"
            r"|in use|works|employed|on this|exist|here|with)|not been collected|(?:disabled|inactive|deactivated"
            r"|suspended) (?:account|mailbox|user|address|recipient)"
            r"|заблокирован|отключен|gesperrt|désactivé|停止",
        ),
        (_LOOP, r"\bloop|too many hops|hop count"),
        (
            _LATE,
            r"too long|expired|timed? ?out|time-?out|retry (?:time|limit)|failing for a long time|\d+ attempts"
            r"|after \d+ (?:day|hour)"
            r"|not (?:\w+ )?(?:responding|reachable)|unreachable|did not respond",
        ),
        (
            _BUSY,
            r"connection (?:refused|reset|lost|dropped|closed|to .{1,80} failed)|connect (?:failed|to)"
            r"|wasn't able to establish"
            r"|cannot connect|could not connect|temporar|try again|unavailable or busy|too busy|network",
        ),
    )
)
_MEANING_LIMIT = 4000  # characters


def meaning(words: str) -> Meaning | None:
    """What the words of a mail system mean, if they are known."""
    words = words[:_MEANING_LIMIT]
    return next((found for found, pattern in _MEANINGS if pattern.search(words)), None)
