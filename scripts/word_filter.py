"""Keeps unwanted words out of main chat and private messages.

Words are whole words, compared without case. What happens is up to the word:

    BLOCK    the message is not shown, its author is told why
    MASK     in main chat the word is shown as stars; in private messages it is blocked

Operators (class 3 and above) may say everything. They change the lists while the hub runs:

    !word              shows both lists
    !word block WORD   !word mask WORD   !word free WORD

The lists are kept in word_filter.json next to the hub's other data.
"""

import json
import os
import re

import vh

FILE = os.path.join(vh.basedir, "word_filter.json")
OPERATOR = 3

words = {"block": ["viagra"], "mask": ["damn"]}
patterns = {}


def name_and_version():
    return "Word filter", "1.0"


def compile_patterns():
    for kind, listed in words.items():
        choice = "|".join(re.escape(word) for word in listed)
        patterns[kind] = re.compile(rf"\b(?:{choice})\b", re.IGNORECASE) if listed else None


def load():
    try:
        with open(FILE, encoding="utf-8") as file:
            stored = json.load(file)
    except FileNotFoundError:
        return
    for kind in words:
        words[kind] = [str(word).lower() for word in stored.get(kind, [])]


def save():
    # Written beside and renamed: a crash in the middle leaves the old list whole.
    with open(FILE + ".new", "w", encoding="utf-8") as file:
        json.dump(words, file, ensure_ascii=False, indent=1)
    os.replace(FILE + ".new", FILE)


def found(kind, text):
    pattern = patterns.get(kind)
    return pattern.search(text) if pattern else None


def OnParsedMsgChat(nick, message):
    if vh.GetUserClass(nick) >= OPERATOR:
        return 1
    if hit := found("block", message):
        vh.usermc(f"Your line was not shown: it holds the word {hit.group()}.", nick)
        return 0
    if found("mask", message):
        return nick, patterns["mask"].sub(lambda m: "*" * len(m.group()), message)
    return 1


def OnParsedMsgPM(nick, message, to_nick):
    if vh.GetUserClass(nick) >= OPERATOR:
        return 1
    if hit := found("block", message) or found("mask", message):
        vh.usermc(f"Your message to {to_nick} was not sent: it holds the word {hit.group()}.", nick)
        return 0
    return 1


def OnOperatorCommand(nick, command):
    parts = command[1:].split()
    if not parts or parts[0] != "word":
        return 1
    if len(parts) == 3 and parts[1] in ("block", "mask", "free"):
        word = parts[2].lower()
        for listed in words.values():
            if word in listed:
                listed.remove(word)
        if parts[1] != "free":
            words[parts[1]].append(word)
        compile_patterns()
        save()
    show = (f"{kind}: {', '.join(listed) or '-'}" for kind, listed in words.items())
    vh.usermc("Filtered words - " + " - ".join(show), nick)
    return 0


load()
compile_patterns()
