"""Greets users who log in.

Everybody gets a line in his own main chat; operators hear of the arrival of other operators.
Nothing is shown to users who only reconnect: the same nick is greeted once an hour.

Texts: edit the three below. {nick}, {users} and {hub} are replaced.
"""

import time

import vh

GUEST = "Welcome to {hub}, {nick}! {users} users are here. Type +help to see what you can do."
REGISTERED = "Good to see you again, {nick}! {users} users are here."
OPERATOR = "{nick} is here now."
AGAIN_AFTER = 3600  # seconds

_greeted = {}  # nick -> when


def name_and_version():
    return "Welcome", "1.0"


def OnUserLogin(nick):
    now = time.monotonic()
    if now - _greeted.get(nick, -AGAIN_AFTER) < AGAIN_AFTER:
        return 1
    _greeted[nick] = now

    uclass = vh.GetUserClass(nick)
    words = {
        "nick": nick,
        "users": vh.GetUsersCount(),
        "hub": vh.GetConfig("config", "hub_name") or "this hub",
    }
    text = REGISTERED if uclass >= 1 else GUEST
    vh.usermc(text.format(**words), nick)
    if uclass >= 3:
        vh.SendToOpChat(OPERATOR.format(**words))
    return 1


def OnTimer():
    # Forget old nicks, so that the table does not grow for ever.
    now = time.monotonic()
    for nick in [n for n, when in _greeted.items() if now - when > AGAIN_AFTER]:
        del _greeted[nick]
