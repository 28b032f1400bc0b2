"""The sentences that the model is trained on and tested with.

  texts.py SENTENCES CORPUS LABELS... > texts.tsv

SENTENCES is what `go run asr/whisper/fortests/sentences.go` writes: kind, tab, text, of the
bases. CORPUS is a folder of shards of other talk; see README.md. LABELS are files whose
sentences are kept out of everything, as recordings of them are tested with.

Every line of the result is a kind, a tab and a text as the model is to write it: in
small letters, numbers in digits, no point. The kinds command, near (what sounds like a
command and is none) and other are for training, test-command and test-other for tests:
one sentence in 20 of each, by its hash.
"""
import gzip
import hashlib
import json
import os
import random
import re
import sys

SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = {w: 10 * i + 20 for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
UNITS = set("hour hours minute minutes second seconds percent degree degrees day days week weeks o'clock am pm point hundred half".split())
FRACTIONS = set("quarters quarter thirds third halves fifths".split())


def numbers(words):
    """Number words as digits; one only where a unit follows."""
    out, i = [], 0
    while i < len(words):
        w, after = words[i], words[i + 1] if i + 1 < len(words) else ""
        if w in TENS:
            if after in SMALL[1:10]:
                out.append(str(TENS[w] + SMALL.index(after)))
                i += 2
                continue
            out.append(str(TENS[w]))
        elif w in SMALL and (w != "one" or after in UNITS) and after not in FRACTIONS:
            if w == "one" and after == "hundred":
                out.append("100")
                i += 2
                continue
            out.append(str(SMALL.index(w)))
        else:
            out.append(w)
        i += 1
    text = " ".join(out)
    return re.sub(r"\b(\d+) point (\d)\b", r"\1.\2", text)


def normal(text):
    """A text as the model writes it; None where it cannot."""
    t = text.strip().lower().replace("’", "'").replace("%", " percent").replace("°", " degrees")
    t = re.sub(r"\b([ap])\.m\.?", r"\1m", t)
    t = re.sub(r"\bper cent\b", "percent", t)
    t = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", t)
    t = re.sub(r"[.,!?;\"]+(\s|$)", r" \1", t)
    t = re.sub(r"\s+", " ", t).strip()
    if not re.fullmatch(r"[a-z0-9' :.]+", t):
        return None
    t = numbers(t.split())
    for w in t.split():
        if not re.fullmatch(r"[a-z]+(?:'[a-z]*)?|'[a-z]+|\d+(?:\.\d)?|\d+:\d\d|\d+(?:st|nd|rd|th)", w):
            return None
    return t or None


def hashed(text):
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def left_out(text):
    return hashed("left out " + text) % 20 == 0


PHRASES = ["milk", "bread", "butter", "eggs", "cheese", "coffee", "tea", "apples", "bananas", "tomatoes", "soap", "rice", "flour", "sugar",
           "salt", "candles", "batteries", "paper", "olive oil", "orange juice", "toothpaste", "cat food", "light bulbs", "call the dentist",
           "water the plants", "take out the bins", "feed the cat", "buy a present for mum", "pick up the parcel", "book a table"]
NEAR = ["don't {}", "do not {}", "please do not {}", "never {}", "please don't {}", "i forgot to {}", "i will {} later", "did you {}",
        "why did you {}", "he wanted to {}", "she said we should {}", "we could not {}", "if you {} i will be angry", "nobody asked you to {}",
        "it would be silly to {}", "should i {}", "who told you to {}", "they used to {} every evening", "i am about to {} myself"]
VERBS = ("turn switch put set close shut open raise lower lock unlock dim brighten start stop cancel pause resume play make bring take pull "
         "change adjust create run activate vacuum heat warm cool add remind wake").split()


def renumbered(text, r):
    """A command with other numbers of the same kind."""
    def other(m):
        before, unit = m.group(1), m.group(2) or ""
        if "percent" in unit:
            return "%d%s" % (r.randint(0, 100), unit)
        if "degree" in unit:
            n = r.randint(5, 30)
            return ("%d.5%s" if r.random() < 0.25 else "%d%s") % (n, unit)
        if "hour" in unit:
            n = r.randint(1, 12)
        elif "minute" in unit or "second" in unit:
            n = r.randint(1, 59)
        elif "am" in unit or "pm" in unit:
            n = r.randint(1, 12)
        else:
            return m.group(0)
        if n == 1:
            unit = re.sub(r"s$", "", unit)
        elif unit.endswith(("hour", "minute", "second")) and " timer" not in text:
            unit += "s"
        return "%d%s" % (n, unit)
    return re.sub(r"\b(\d+(?:\.\d)?)( (?:percent|degrees?|hours?|minutes?|seconds?|[ap]m)\b)", other, text)


def main():
    sentences, corpus, labels = sys.argv[1], sys.argv[2], sys.argv[3:]
    r = random.Random(9)
    never = set()
    for file in labels:
        for line in open(file, encoding="utf-8"):
            text = normal(json.loads(line).get("text", ""))
            if text:
                never.add(text)
    by_kind = {"spoken": [], "sample": [], "alternative": [], "question": []}
    for line in open(sentences, encoding="utf-8"):
        kind, text = line.rstrip("\n").split("\t")
        if text := normal(text):
            by_kind[kind].append(text)
    spoken = sorted(set(by_kind["spoken"]))
    r.shuffle(spoken)
    commands = sorted(set(by_kind["sample"] + by_kind["alternative"])) + spoken[:9000]
    commands = [re.sub(r"\bsomething\b", r.choice(PHRASES), c) for c in commands]
    commands += [renumbered(c, r) for c in commands if re.search(r"\d", c) for _ in range(2)]
    commands += ["%s %s" % (r.choice(["hey desk", "ok desk", "hello desk", "hey home"]), c) for c in r.sample(commands, 600)]
    commands = [c for c in dict.fromkeys(commands) if c not in never and len(c.split()) <= 14]
    near = []
    for c in r.sample(commands, len(commands)):
        if c.split()[0] in VERBS and len(near) < 3000:
            near.append(r.choice(NEAR).format(c))
    near += by_kind["question"]

    wanted = {"tatoeba2": 16000, "tatoeba-fra": 16000, "common-voice": 16000, "ms-chitchat": 3000, "topicalchat": 3000, "sgd": 3000, "ms-lu-solutions": 1500,
              "query-wellformed": 3000, "thingpedia": 1500, "voice-skills": 1500, "dstc9-faq": 600, "watson": 800}
    found = {s: {} for s in wanted}
    for name in sorted(os.listdir(corpus)):
        if not name.endswith(".jsonl.gz"):
            continue
        for line in gzip.open(os.path.join(corpus, name), "rt", encoding="utf-8"):
            record = json.loads(line)
            if record["s"] not in found or record["t"] in ("gloss", "head"):
                continue
            text = record["a"]
            if not 2 <= len(text.split()) <= 11 or len(text) > 70 or re.search(r"\d", text):
                continue
            text = normal(text)
            if text:
                found[record["s"]][text] = True
    other = []
    for source, most in wanted.items():
        all_of = sorted(found[source], key=lambda t: (hashed(t), t))
        other += all_of[:most]
        print(source, len(all_of), file=sys.stderr)
    taken = set(commands) | never
    other = [t for t in dict.fromkeys(other) if t not in taken and not re.search(r"hundred|thousand|million|\d\d", t)]
    near = [t for t in dict.fromkeys(near) if t not in taken]
    tests = {"command": 0, "other": 0}
    for kind, texts in (("command", commands), ("near", near), ("other", other)):
        for text in texts:
            if left_out(text):
                if kind == "near":
                    continue
                tests[kind] += 1
                if tests[kind] <= 500:
                    print("test-%s\t%s" % (kind, text))
            else:
                print("%s\t%s" % (kind, text))


if __name__ == "__main__":
    main()
