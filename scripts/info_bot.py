"""A bot in the user list that answers private messages.

Write to it in private:

    help          what it knows
    users         how many users are here, and who the operators are
    who NICK      class, share and country of a user
    where IP      city, country and provider of an address (see GeoIP in docs/scripting.md)
    share         how much is shared here
    echo TEXT     the text again
"""

import vh

BOT = "InfoBot"
CLASSES = {-1: "pinger", 0: "guest", 1: "registered", 2: "VIP", 3: "operator",
           4: "chief operator", 5: "administrator", 10: "master"}


def name_and_version():
    return "Info bot", "1.0"


def gib(size):
    return f"{int(size or 0) / 2**30:.2f} GiB"


def users(_):
    operators = [nick for nick in vh.GetOpList() if nick not in vh.GetBotList()]
    return f"{vh.GetUsersCount()} users are here. Operators: {', '.join(operators) or 'none'}."


def who(nick):
    uclass = vh.GetUserClass(nick)
    info = vh.GetMyINFO(nick)
    if uclass < -1 or info is None:
        return f"{nick or 'Nobody'} is not here."
    share = gib(info[5])
    return f"{nick}: {CLASSES.get(uclass, uclass)}, shares {share}, country {vh.GetUserCC(nick)}."


def where(ip):
    city = vh.GetIPCity(ip)
    if not city:
        return f"{ip or 'Nothing'} is no address."
    network = vh.GetIPASN(ip)
    if network == "--":
        network = "nobody knows whose"
    return f"{ip}: {city}, {vh.GetIPCN(ip)}, {network}."


def share(_):
    return f"{gib(vh.GetTotalShareSize())} are shared here."


def echo(text):
    return text or "You said nothing."


def usage(_):
    return "I know: " + ", ".join(ANSWERS) + "."


ANSWERS = {"help": usage, "users": users, "who": who, "where": where, "share": share, "echo": echo}


def OnParsedMsgPM(nick, message, to_nick):
    if to_nick != BOT:
        return 1
    word, _, rest = message.strip().partition(" ")
    answer = ANSWERS.get(word.lower(), usage)
    vh.pm(answer(rest.strip()), nick, BOT)
    return 0


def UnLoad():
    vh.DelRobot(BOT)


if not vh.AddRobot(BOT, 0, "ask me for help", "\x01", "", "0"):
    print(f"{BOT} cannot be added, is the nick in use?")
