"""Pairs that mean the same beside a text that nearly reads the same and means
something else: denied, with the opposite word, with two places exchanged, or a
question instead of a command. All rules and words are our own."""
import re

DO = """turn switch set play open close start stop add remove delete book send call cancel order pay show find
remind schedule make create lock unlock enable disable increase decrease raise lower put change update move
read tell give check search buy transfer mute unmute pause resume skip dim brighten activate deactivate save
email text message record share post invite accept decline block unblock install log sign connect disconnect
download upload print reserve reschedule renew report return ring wake take bring get let look order use""".split()
BEFORE = ["please {}", "can you {}", "could you {}", "could you please {}", "i want you to {}", "i would like you to {}",
          "would you {}", "{} please", "{} for me", "hey {}", "i need you to {}", "go ahead and {}", "can you please {}"]
NOT = ["do not {}", "don't {}", "please do not {}", "please don't {}", "never {}", "you must not {}", "i don't want you to {}",
       "you should not {}", "don't you dare {}", "i do not want you to {}", "make sure not to {}"]
OPPOSITE = """on off|open close|opened closed|increase decrease|raise lower|start stop|add remove|enable disable|up down|
lock unlock|connect disconnect|activate deactivate|mute unmute|before after|first last|more less|buy sell|send receive|
accept decline|accept reject|hot cold|warm cool|warmer cooler|louder quieter|brighter darker|morning evening|today tomorrow|
early late|earlier later|cheap expensive|cheapest "most expensive"|highest lowest|longest shortest|always never|with without|
inside outside|left right|front back|next previous|oldest newest|high low|higher lower|long short|big small|
bigger smaller|faster slower|fast slow|include exclude|show hide|pause resume|upload download|import export|deposit withdraw|
lend borrow|win lose|arrive leave|arrival departure|buying selling|incoming outgoing|allow block|approve reject|join leave|
like dislike|married single|full empty|same different|minimum maximum|most least|love hate|happy sad|good bad|better worse|
best worst|true false|yes no|push pull|north south|east west|mother father|husband wife|brother sister|son daughter|
increase reduce|remember forget|credit debit|safe dangerous|easy difficult|easier harder|public private|begin end"""
AUX = "is are was were can could will would should must has had does did do may might am".split()
_opposite = {}
for pair in OPPOSITE.replace("\n", "").split("|"):
    one, other = re.findall(r'"[^"]+"|\S+', pair)
    one, other = one.strip('"'), other.strip('"')
    for x, y in ((one, other), (other, one)):
        if " " not in x:
            _opposite.setdefault(x, y)
_word = r"(?!(?:on|at|in|for|and|or|the|this|next|by|with|to|from|tomorrow|today|leaving|departing|that|please|via|using|before|after|is|it|my)\b)[\w'.-]*\w"
_from_to = re.compile(rf"\bfrom ({_word}(?: {_word}){{0,2}}) to ({_word}(?: {_word})?)")
_than = re.compile(r"^(.*?\b(?:is|are|was|were) )((?:[\w'-]+ ){0,2}[\w'-]+) ((?:more |less )?\w+ than) ((?:[\w'-]+ ){0,2}[\w'-]+)([.?!]?)$")
_switch = re.compile(r"^(?:please )?(?:turn|switch) (on|off) (?:the|my) ([\w ]{3,30}?)[.!]?$")
_contract = [("is not", "isn't"), ("are not", "aren't"), ("was not", "wasn't"), ("were not", "weren't"), ("can not", "can't"),
             ("cannot", "can't"), ("could not", "couldn't"), ("will not", "won't"), ("would not", "wouldn't"),
             ("should not", "shouldn't"), ("has not", "hasn't"), ("had not", "hadn't"), ("does not", "doesn't"),
             ("did not", "didn't"), ("do not", "don't"), ("must not", "mustn't")]


def contrary(text, r):
    """Triples (a, b, no) of a text: a and b mean the same, no does not. r is a
    random.Random."""
    t = re.sub(r"\s+", " ", text.strip())
    low = t.lower()
    w = low.rstrip(".!").split()
    if not 2 <= len(w) <= 14:
        return
    body = low.rstrip(".!")
    says = w[0] in DO
    if says:
        frames = r.sample(BEFORE, 2)
        nots = r.sample(NOT, 3)
        yield nots[0].format(body), nots[1].format(body), body if r.random() < .5 else frames[0].format(body)
        yield (body if r.random() < .5 else frames[0].format(body)), frames[1].format(body), nots[2].format(body)
    for long, short in _contract:
        if f" {long} " in f" {low} ":
            yield low, low.replace(long, short), re.sub(r"\s+", " ", low.replace(long, "can" if long == "cannot" else long[:-4]))
            break
        if f" {short} " in f" {low} ":
            full = low.replace(short, long)
            yield low, full, re.sub(r"\s+", " ", low.replace(short, "can" if long == "cannot" else long[:-4]))
            break
    else:
        at = next((i for i, x in enumerate(w[:5]) if x in AUX), -1)
        if at > 0 and not says and len(w) > at + 1 and not low.endswith("?") and w[0] not in ("what", "how", "where", "when", "who", "why", "which"):
            denied = " ".join(w[:at + 1] + ["not"] + w[at + 1:])
            short = denied
            for long, s in _contract:
                if f" {long} " in f" {denied} ":
                    short = denied.replace(long, s, 1)
                    break
            if short != denied:
                yield denied, short, body
    opposite = [i for i, x in enumerate(w) if x.strip("?,") in _opposite
                and (x not in ("on", "off") or i == len(w) - 1 or i > 0 and w[i - 1] in ("turn", "switch", "turned", "is"))]
    if opposite:
        i = r.choice(opposite)
        x = w[i].strip("?,")
        other = " ".join(w[:i] + [w[i].replace(x, _opposite[x], 1)] + w[i + 1:])
        same = r.choice(BEFORE).format(body) if says else r.choice(["tell me {}", "{}", "so {}", "hi {}", "well {}"]).format(body)
        if same != body:
            yield body, same, other
    m = _from_to.search(low)
    if m and m.group(1) != m.group(2):
        other = low[:m.start(1)] + m.group(2) + low[m.end(1):m.start(2)] + m.group(1) + low[m.end(2):]
        turned = low[:m.start()] + "to " + m.group(2) + " from " + m.group(1) + low[m.end():]
        yield low, turned, other
    m = _than.match(low)
    if m and m.group(2) != m.group(4):
        yield low, "tell me if " + low.rstrip("?."), m.group(1) + m.group(4) + " " + m.group(3) + " " + m.group(2) + m.group(5)
    m = _switch.match(low)
    if m:
        on, what = m.groups()
        yield body, f"switch the {what} {on}", f"is the {what} {on}"
        yield f"is the {what} {on}", f"tell me if the {what} is {on}", f"turn {on} the {what}"


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def misspelt(text, r):
    """The text with one or two letters wrong."""
    for _ in range(1 + (r.random() < .3)):
        places = [i for i, c in enumerate(text[:-1]) if c.isalpha() and text[i + 1].isalpha()]
        if len(places) < 3:
            return text
        i = r.choice(places)
        kind = r.randrange(4)
        if kind == 0:
            text = text[:i] + text[i + 1] + text[i] + text[i + 2:]
        elif kind == 1:
            text = text[:i] + text[i + 1:]
        elif kind == 2:
            text = text[:i] + text[i] + text[i:]
        else:
            text = text[:i] + r.choice(LETTERS) + text[i + 1:]
    return text
