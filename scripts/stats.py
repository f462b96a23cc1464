"""Counts what happens on the hub and shows it with +stats.

    +stats         what the hub has seen, in your main chat
    +stats NICK    what the hub has seen of one user

The counts are kept in the hub's own database (table py_stats), so they survive a restart. They
are written once a minute and when the script is unloaded, not for every line.
"""

import vh

KINDS = ("logins", "lines", "searches")
WRITE_EVERY = 60  # seconds

counts = {}   # nick -> [logins, lines, searches]
dirty = set()
peak = 0
ticks = 0


def name_and_version():
    return "Statistics", "1.0"


def quote(text):
    return text.replace("\\", "\\\\").replace("'", "''")


def load():
    global peak
    vh.SQL("CREATE TABLE IF NOT EXISTS py_stats (nick VARCHAR(128) NOT NULL PRIMARY KEY, "
           "logins INT DEFAULT 0, `lines` INT DEFAULT 0, searches INT DEFAULT 0)")
    ok, rows = vh.SQL("SELECT nick, logins, `lines`, searches FROM py_stats", 1000000)
    for nick, *numbers in rows if ok else []:
        counts[nick] = [int(number) for number in numbers]
    peak = vh.GetUsersCount()


def write():
    for nick in list(dirty):
        numbers = ", ".join(str(number) for number in counts[nick])
        ok, _ = vh.SQL(f"REPLACE INTO py_stats (nick, logins, `lines`, searches) "
                       f"VALUES ('{quote(nick)}', {numbers})")
        if ok:
            dirty.discard(nick)


def count(nick, kind):
    counts.setdefault(nick, [0] * len(KINDS))[KINDS.index(kind)] += 1
    dirty.add(nick)


def OnUserLogin(nick):
    global peak
    count(nick, "logins")
    peak = max(peak, vh.GetUsersCount())


def OnParsedMsgChat(nick, message):
    count(nick, "lines")


def OnParsedMsgSearch(nick, data):
    count(nick, "searches")


def OnUserCommand(nick, command):
    parts = command[1:].split()
    if not parts or parts[0] != "stats":
        return 1
    if len(parts) > 1:
        numbers = counts.get(parts[1])
        text = f"{parts[1]}: " + describe(numbers) if numbers else f"Nothing is known of {parts[1]}."
    else:
        total = [sum(column) for column in zip(*counts.values())] or [0] * len(KINDS)
        text = f"{vh.GetUsersCount()} users now, {peak} at most; {describe(total)}."
    vh.usermc(text, nick)
    return 0


OnOperatorCommand = OnUserCommand


def describe(numbers):
    return ", ".join(f"{number} {kind}" for number, kind in zip(numbers, KINDS))


def OnTimer():
    global ticks
    ticks += 1
    if ticks % WRITE_EVERY == 0:
        write()


def UnLoad():
    write()


load()
