"""The words mail systems use when a mail could not be delivered, and what they mean as a status (RFC 3463).

Used by bounces.py and bounce_text.py. Every pattern is a list of alternatives whose repetitions are bounded, and is
given bounded text. What people write about failed mail has the same words: these alone make no bounce.
"""

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """What words say: the last two numbers of a status, and whether the address itself is dead."""

    detail: str
    hard: bool


_FAILED = (
    # English
    r"undeliver|nondeliver|non-deliver|not deliver"
    r"|not be(?:en)? (?:\w+ )?(?:deliver|sent|reach|transmit|collected|relayed)|did not (?:\w+ )?reach"
    r"|(?:unable|not able|fail(?:ed|ure)|cannot|can't|couldn't|could not) (?:to )?(?:be )?deliver"
    r"|deliver(?:y|ing)?(?: (?:has|to|of|the|this|following|these|your|message|mail|e-?mail"
    r"|recipients?\(?s?\)?))*+ (?:permanently )?(?:fail|error|problem|was aborted|abort)|delevery to"
    r"|fail(?:ed|ing|ure)? (?:recipient|address)|(?:encountered|had) (?:\w+ )?(?:delivery|permanent|transient|fatal)"
    r"|could not be (?:process|complete|accept)"
    r"|(?:mail|message) (?:could not|cannot|was not|can not|has not|not)(?: been)? (?:be )?(?:deliver|accept|sent"
    r"|receiv)"
    r"|(?:mail|message|delivery) (?:\w+ ){0,2}(?:was |is |been )?(?:rejected|refused|bounced|returned|blocked|failed)"
    r"|return(?:ed|ing) (?:mail|message|to sender)|permanent (?:fatal )?(?:error|failure)|fatal errors?"
    r"|is being returned|not accepting mail|attempting to deliver|failure (?:reasons|delivery)"
    r"|error (?:description|detail|code)|failed \d+ attempts|not (?:a )?valid (?:user|address|recipient|mailbox)"
    r"|was detected while processing the enclosed|message status"
    # German, Dutch, Nordic
    r"|unzustellbar|nicht (?:\w+ )?(?:zugestellt|zustellen|zustellbar|ausgeliefert|übermittelt|erreicht|gesendet)"
    r"|zustell\w{0,12} (?:\w+ )?(?:fehl|nicht)|onbestelbaar|niet (?:worden )?(?:bezorgd|afgeleverd|besteld|verzonden)"
    r"|niet afleveren|(?:inte|kunde ej) (?:att )?leverer|(?:ikke|kunne ikke) (?:leveres|leveret|levert)|olevererbar"
    r"|uleverbar|ei (?:voitu|voida|voi) toimittaa|toimitus epäonnistui|toimitta\w{1,12} epäonnistu"
    # Romance
    r"|non (?:remis|distribu|délivr)|(?:pu|été) (?:\w+ )?(?:être |etre )?(?:délivr|delivre|remis|distribu|achemin)"
    r"|impossible de (?:remettre|livrer|distribuer|délivrer)"
    r"|(?:échec|echec) de (?:la )?(?:remise|distribution|livraison)"
    r"|no (?:se )?(?:ha |pudo |puede |pueden )?(?:podido |sido |ser )?entreg|no entregado|imposible entregar"
    r"|error (?:al|en la|de) entreg|no se (?:ha podido|pudo) enviar|correo devuelto|mensaje no enviado"
    r"|não (?:foi |é |pôde |pode )?(?:possível |ser )?entreg|não entregue|falha na entrega|devolvid"
    r"|impossibile (?:recapitare|consegnare|inviare)|mancat[oa] (?:recapito|consegna)"
    r"|non (?:\w+ )?(?:recapita|consegna)|(?:nu a putut fi|nu s-a putut) (?:livra|trimi)|nelivra"
    # Slavic, Hungarian, Greek, Turkish
    r"|nie (?:można|mogł\w|udało się|został\w?)(?: \w+)? (?:dostarcz|doręcz|wysł)|niedostarcz|nie dostarcz|niedoręcz"
    r"|(?:nelze|nemohla? být|nebyla?|nepodařilo se) doruč|nedoruč|nem kézbesíthető"
    r"|kézbesítés\w{0,12} (?:sikertelen|hiba|nem)|не (?:\w+ ){0,2}доставл|недостав"
    r"|(?:невозможно|не удалось|не может быть|не удаётся) (?:\w+ )?достав|не вдалося достав|недоставен"
    r"|δεν (?:ήταν|είναι) δυνατή η παράδοση|αποτυχία παράδοσης|teslim edilem|iletilem|gönderilem"
    # Japanese, Chinese, Korean, Hebrew, Arabic
    r"|(?:送信|配信|配送|送達|お届け)(?:すること(?:が|は))?(?:が|は)?(?:でき|出来)ま"
    r"|届け(?:ること(?:が|は))?(?:でき|出来)?ま(?:せん|し)|届きませ|(?:送信|配信|配送)(?:エラー|に失敗|不能)|宛先不明"
    r"|あて先不明|(?:无法|未能|不能)(?:\w{0,4})(?:发送|投递|送达|传递)|退信|退回|(?:投递|发送|传输|投遞|傳送)失[败敗]"
    r"|無法(?:傳遞|傳送|投遞|寄送)|(?:전송|배달|전달)(?:하지 못|되지 못|되지 않|할 수 없| ?실패)|반송"
    r"|לא ניתן (?:היה )?(?:למסור|להעביר)|(?:تعذر|لم يتم|فشل) (?:ال)?(?:تسليم|توصيل)"
)
FAILED = re.compile(_FAILED, re.IGNORECASE)
FAILED_SUBJECT = re.compile(
    rf"{_FAILED}|failure (?:notice|notification)|delivery (?:status|report|notification|delay|failure)|system error"
    r"|mail (?:delivery|error|failure|system|problem)|failed mail|returned|warning: |\bNDR\b|\bDSN\b|delayed"
    r"|rejected|bounced|complaint about message from|verzögert|retard[ée]|エラー|user unknown"
    r"|error (?:report|condition)|problem delivering|not listed in",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"(?:mail|message|delivery|recipients?)\b.{0,60}?\bdelayed|warning message only"
    r"|delivery status notification \(delay\)|not yet (?:been )?deliver"
    r"|will (?:be retried|be re-?tried|keep trying|continue to|retry|try again|be made)|will continue"
    r"|still (?:trying|being tried)|(?:not|don't) need to (?:resend|re-send)|no action is required on your"
    r"|temporarily delayed|postponed|noch nicht zugestellt|verzögert|(?:n'a|n’a) pas encore|aún no se ha|ainda não"
    r"|еще не|ещё не|配信が遅れ|warning: (?:message|could not send|mail)",
    re.IGNORECASE,
)
DELIVERED = re.compile(
    r"success(?:fully|ful)? (?:\w+ )?(?:deliver|relay)|(?:was|were|been) deliver|deliver\w* success", re.IGNORECASE
)
GIVEN_UP = re.compile(
    r"(?:gave|given|giving) up|permanent(?:ly)?\b|not going to try|too long|no (?:more|further) (?:attempt|tri)"
    r"|expired|could not be delivered for",
    re.IGNORECASE,
)
CHALLENGE = re.compile(
    r"boxbe|spamarrest|spam arrest|bluebottle|knowspam|mailblocks|tmda|challenge.{0,3}response"
    r"|(?:confirm|verify|prove|authenticate)(?: that)? (?:you|yourself|your (?:message|mail|email|e-mail|address))"
    r"|(?:guest|white|allow|approved senders?)[- ]?list|to (?:be|get) (?:added|approved)"
    r"|awaiting (?:your )?(?:confirm|verif)|only accept\w* (?:mail|messages|e-?mail) from (?:people|known|senders)",
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
            r"quota"
            r"|(?:mail ?box|mail ?folder|inbox|account|user|disk|storage|mail ?store)(?: \w+){0,3} (?:full|exceed\w*"
            r"|over)|(?:mailbox|box) (?:space|size)|full mailbox"
            r"|too (?:much|many) (?:mail|messages) (?:stored|in|on)|zu ?viele mails|out of (?:disk|storage)"
            r"|insufficient (?:disk|storage|system storage)"
            r"|exceeds? (?:\w+ )?(?:allowed|storage|disk|limit on messages)"
            r"|exceeded (?:\w+ )?(?:storage|allocat|the local limit)|postfach.{0,40}voll"
            r"|speicher.{0,30}(?:voll|über)|bo[iî]te.{0,30}pleine|buz[oó]n.{0,20}lleno|caixa.{0,30}cheia"
            r"|casella.{0,20}piena|переполнен|容量|いっぱい|已满|已滿|skrzynka.{0,20}(?:pełna|przepełn)",
        ),
        (
            _SIZE,
            r"(?:message|mail|e-?mail|attachment)(?: \w+){0,3} (?:too (?:large|big|long)|exceeds?|larger than)"
            r"|too (?:large|big)\b|(?:size|length) (?:limit|exceed)"
            r"|exceeds (?:the |maximum |max )?(?:\w+ )?(?:message )?size|zu gro(?:ß|ss)|trop volumineu"
            r"|demasiado grande|サイズ",
        ),
        (
            _POLICY,
            r"\bspam|black ?list|block ?list|\bblocked\b|\brbl\b|dnsbl|reputation|\bspf\b|sender policy|dmarc"
            r"|\bdkim\b|\bpolicy\b|polic(?:ies)\b|virus|malware|unsolicited|\bbulk mail|\bbanned|prohibited"
            r"|content (?:reject|filter|match)|relay(?:ing)? (?:is )?(?:not|denied|access)"
            r"|(?:not|unable|denied|refus\w+) (?:to |permitted to )?relay|relaying denied|rcpthosts"
            r"|not authori[sz]ed|authentication required|suspicious"
            r"|sender (?:address )?(?:rejected|verif|denied|unknown)|not accepting mail|grey ?list|\bunknown sender"
            r"|must be (?:on|in) (?:my|the|a)|too many (?:recipients|connections)|sending (?:rate|limit)"
            r"|too (?:quickly|fast)|rejected by (?:the )?(?:user|recipient)'?s? (?:filter|rules?)",
        ),
        (
            Meaning("4.4", False),
            r"(?:name ?service|dns|host|domain|name server).{0,60}(?:try again|temporar|time[- ]?out|timed out)"
            r"|temporary (?:dns|name|lookup)",
        ),
        (
            _HOST,
            r"(?:unknown|invalid|bad|no such) (?:\w+ )?(?:host|domain|destination)"
            r"|(?:host|domain)(?: name)?(?: is| was)? (?:\w+ )?(?:unknown|not found|invalid)"
            r"|(?:host|domain)\w{0,9} (?:\w+ )?(?:does ?n[o']t|not) (?:exist|found)"
            r"|no (?:mx|mail exchanger|route to domain)|nullmx|null mx|name or service not known"
            r"|couldn't find any host"
            r"|(?:could not|cannot|can't) (?:be )?(?:find|found|resolve\w*) .{0,40}(?:host|domain|gateway)"
            r"|could not find a gateway|illegal host/domain|domain .{0,80}(?:does ?n[o']t exist|not found)"
            r"|unresolvable|doesn't accept (?:any )?mail|domain.{0,20}существует",
        ),
        (
            _UNKNOWN,
            r"(?:user|recipient|mail-?box|account|address\w*|addressee|rcpt|member|name|alias)(?: is"
            r"| was)? (?:\w+ )?(?:unknown|not found)"
            r"|(?:unknown|invalid|illegal|nonexistent|non-existent"
            r"|incorrect) (?:final delivery )?(?:or \w+ )?(?:local )?(?:user|recipient|mailbox|address|account|alias"
            r"|local[- ]part|rcpt)|(?:user|recipient|mailbox) (?:name )?is not recogni[sz]ed"
            r"|no (?:such|matching|mail ?box|account)(?: \w+)? ?(?:user|person|recipient|mailbox|account|address"
            r"|here|member|by|with|for)|no such (?!file|object|process|program)"
            r"|(?:does not|doesn't|doesn’t|do not|not) (?:exist|have an?|like recipient)"
            r"|not (?:a|an?) (?:\w+ )?(?:valid|known|registered|local|active)"
            r"|not (?:a )?(?:valid|known|our customer|listed in|recogni[sz]ed|registered)|user(?: \w+)? not"
            r"|can(?:not|'t) find (?:user|recipient)"
            r"|recipient (?:name |address )?(?:is )?(?:not recogni[sz]ed|rejected: access denied|rejected$"
            r"|unavailable)|no mailbox|isn't (?:a )?(?:valid|in)|unrouteable address|unroutable address"
            r"|mailbox unavailable|could ?n[o']t be found|wasn't found|not found (?:in|at|on)"
            r"|address (?:couldn't be|not) found|no matches to nameserver|final e-?mail delivery point"
            r"|(?:empfänger|benutzer|adresse).{0,20}(?:unbekannt|nicht gefunden|existiert nicht)|utilisateur inconnu"
            r"|destinataire.{0,20}inconnu"
            r"|(?:usuario|destinatario|usuário|destinatário|indirizzo|utente).{0,25}(?:desconocid|desconhecid"
            r"|inexist|sconosciut|no existe|não existe|non esiste)|nie (?:ma takiego|istnieje)"
            r"|nieznany (?:użytkownik|adresat)|(?:пользовател|адресат|ящик).{0,30}не (?:найден|существует|зарегистр)"
            r"|несуществующ|見つかりま|存在しま|リストにありま|不存在|존재하지|kayıtlı değil|neexistuje|onbekend"
            r"|ukjent|okänd|tuntematon",
        ),
        (
            _DISABLED,
            r"(?:account|mailbox|user|address|recipient)\w{0,9}(?: \w+){0,4} (?:disabled|discontinued|deactivated"
            r"|inactive|closed|suspended|terminated|locked|expired|deleted|cancelled|canceled|not active|no longer"
            r"|on hold)|no longer (?:\w+ )?(?:valid|active|available|in use|works|employed|on this|exist|here|with)"
            r"|not been collected"
            r"|(?:disabled|inactive|deactivated|suspended) (?:account|mailbox|user|address|recipient)|заблокирован"
            r"|отключен|gesperrt|désactivé|停止",
        ),
        (_LOOP, r"\bloop|too many hops|hop count"),
        (
            _LATE,
            r"too long|expired|timed? ?out|time-?out|retry (?:time|limit)|failing for a long time|\d+ attempts"
            r"|after \d+ (?:day|hour)|not (?:\w+ )?(?:responding|reachable)|unreachable|did not respond",
        ),
        (
            _BUSY,
            r"connection (?:refused|reset|lost|dropped|closed|to .{1,80} failed)|connect (?:failed|to)"
            r"|wasn't able to establish|cannot connect|could not connect|temporar|try again|unavailable or busy"
            r"|too busy|network",
        ),
    )
)
_MEANING_LIMIT = 4000  # characters


def meaning(words: str) -> Meaning | None:
    """What the words of a mail system mean, if they are known."""
    words = words[:_MEANING_LIMIT]
    return next((found for found, pattern in _MEANINGS if pattern.search(words)), None)
