# Written by `make docs` from the tables in the code; do not edit.
"""The hub, as scripts see it."""

from typing import Any

class NickList(list[str]):
    """A list of nicks that also reads as the text `a$$b$$c` of the older documents."""

    def split(self, sep: str | None = None, maxsplit: int = -1) -> list[str]: ...
    def __getattr__(self, name: str) -> Any: ...

class MyINFO(str):
    """The raw `$MyINFO` text, which by index, in loops and unpacked reads as the tuple
    (nick, desc, tag, speed, email, share) of the older documents."""

    fields: tuple[str, str, str, str, str, str]
    @property
    def raw(self) -> str: ...

myid: int
"""The script's number in !pylist."""
botname: str
"""The hub bot's nick, as it is now."""
opchatname: str
"""The operator chat's nick, as it is now."""
name: str
"""The stem of the script's file."""
path: str
"""The script's file."""
config_name: str
"""The name of the hub's settings: config."""
basedir: str
"""The hub's data directory."""
starttime: int
"""When the hub was started, seconds since 1970."""
__version__: tuple[int, int, int, int]
"""Version of the interface."""
__version_string__: str
"""The same as text."""

eCR_DEFAULT: int  # 0
eCR_INVALID_USER: int  # 1
eCR_BANNED: int  # 1
eCR_KICKED: int  # 2
eCR_FORCEMOVE: int  # 3
eCR_QUIT: int  # 4
eCR_HUB_LOAD: int  # 5
eCR_TIMEOUT: int  # 6
eCR_TO_ANYACTION: int  # 7
eCR_USERLIMIT: int  # 8
eCR_SHARE_LIMIT: int  # 9
eCR_TAG_NONE: int  # 10
eCR_TAG_INVALID: int  # 11
eCR_PASSWORD: int  # 12
eCR_LOGIN_ERR: int  # 13
eCR_SYNTAX: int  # 14
eCR_INVALID_KEY: int  # 15
eCR_RECONNECT: int  # 16
eCR_CLONE: int  # 17
eCR_SELF: int  # 18
eCR_BADNICK: int  # 19
eCR_NOREDIR: int  # 20
eCR_PLUGIN: int  # 21
eBOT_OK: int  # 0
eBOT_EXISTS: int  # 1
eBOT_WITHOUT_NICK: int  # 2
eBOT_BAD_CHARS: int  # 3
eBOT_RESERVED_NICK: int  # 4
eBOT_API_ERROR: int  # 5
eBF_NICKIP: int  # 1
eBF_IP: int  # 2
eBF_NICK: int  # 4
eBF_RANGE: int  # 8
eBF_HOST1: int  # 16
eBF_HOST2: int  # 32
eBF_HOST3: int  # 64
eBF_SHARE: int  # 128
eBF_PREFIX: int  # 256
eBF_HOSTR1: int  # 512
eBF_REVERSE: int  # 512
eIT_VOID: int  # 0
eIT_BOOL: int  # 1
eIT_CHAR: int  # 2
eIT_INT: int  # 3
eIT_UINT: int  # 4
eIT_LONG: int  # 5
eIT_ULONG: int  # 6
eIT_PCHAR: int  # 7
eIT_TIMET: int  # 8
eIT_LLONG: int  # 9
eIT_ULLONG: int  # 10
eIT_AR_BYTE: int  # 11
eIT_STRING: int  # 12
eIT_DOUBLE: int  # 13

def SendToAll(text: str) -> bool:
    """Says something in main chat as the hub's bot; text beginning with $, < or ** is sent as it is."""

def mc(message: str, from_nick: str | None = ...) -> bool:
    """Says something in main chat."""

def usermc(nick: str, message: str, from_nick: str | None = ...) -> bool:
    """Says something in one user's main chat window; nick and message are told apart in either order."""

def pm(nick: str, message: str, from_nick: str | None = ..., shown_nick: str | None = ...) -> bool:
    """Sends a private message; nick and message are told apart in either order."""

def classmc(message: str, min_class: int, max_class: Any = ..., from_nick: str | None = ...) -> bool:
    """Says something in the main chat of users from one class to another."""

def SendToOpChat(message: str, from_nick: str | None = ...) -> bool:
    """Says something in the operator chat."""

def SendDataToAll(data: str, min_class: int, max_class: int, delay: int | None = ...) -> bool:
    """Sends protocol data to users from one class to another."""

def SendDataToUser(data: str, nick: str, delay: int | None = ...) -> bool:
    """Sends protocol data to one user."""

def SendPMToAll(message: str, from_nick: str, min_class: int, max_class: int) -> bool:
    """Sends a private message to every user from one class to another."""

def SendToActive(data: str, delay: int | None = ...) -> bool:
    """Sends protocol data to all active users."""

def SendToPassive(data: str, delay: int | None = ...) -> bool:
    """Sends protocol data to all passive users."""

def SendToActiveClass(data: str, min_class: int, max_class: int, delay: int | None = ...) -> bool:
    """Sends protocol data to active users from one class to another."""

def SendToPassiveClass(data: str, min_class: int, max_class: int, delay: int | None = ...) -> bool:
    """Sends protocol data to passive users from one class to another."""

def SendToUser(nick: str, text: str) -> bool:
    """Sends a user protocol data, or a line of the hub's bot."""

def GetUserClass(nick: str) -> int:
    """A user's class: -1 pinger, 0 guest, 1 registered, 2 VIP, 3 operator, 4 chief, 5 admin, 10 master; -2 for nobody."""

def GetUserHost(nick: str) -> str:
    """A user's host name, looked up when it is asked for (four seconds at most), or an empty text when there is none."""

def GetUserIP(nick: str) -> str:
    """A user's address, 127.0.0.1 for bots, empty for nobody."""

def GetUserCC(nick: str) -> str:
    """A user's two-letter country code; L1 loopback, P1 private address, -- unknown."""

def GetUserHubURL(nick: str) -> str:
    """The hub address by which a user's client came, if it told."""

def GetUserExtJSON(nick: str) -> str:
    """A user's last $ExtJSON message, if any."""

def GetIPCC(ip: str) -> str:
    """The two-letter country code of an address; L1 loopback, P1 private address, -- unknown."""

def GetIPCN(ip: str) -> str:
    """The country name of an address: Local Network, Private Network, -- unknown."""

def GetIPCity(ip: str, db: str | None = ...) -> str:
    """The city of an address, from the GeoIP database or that in the file db: Local Network, Private Network, -- unknown."""

def GetIPASN(ip: str, db: str | None = ...) -> str:
    """Who runs the network of an address, as in AS1221 Telstra: Local Network, Private Network, -- unknown."""

def GetGeoIP(ip: str, db: str | None = ...) -> dict[str, Any] | None:
    """Everything the GeoIP database, or that in the file db, knows of an address; see docs/scripting.md for the keys."""

def GetMyINFO(nick: str) -> MyINFO | None:
    """A user's MyINFO: the raw line, which by index and unpacked reads as (nick, desc, tag, speed, email, share)."""

def SetMyINFO(nick: str, desc: str | None = ..., tag: str | None = ..., speed: str | float | None = ..., email: str | None = ..., share: str | float | None = ...) -> bool:
    """Changes how a user is shown; what is left out stays."""

def SetUserIP(nick: str, ip: str) -> bool:
    """Overrides a user's address."""

def SetMyINFOFlag(nick: str, flag: int) -> bool:
    """Sets a MyINFO flag: 1 normal, 2 away, 4 server, 8 fireball, 16 TLS, 32 NAT."""

def UnsetMyINFOFlag(nick: str, flag: int) -> bool:
    """Clears a MyINFO flag."""

def GetNickList() -> NickList:
    """The nicks of all users and bots, a list that also reads as the text a$$b$$c."""

def GetOpList() -> NickList:
    """The nicks of all operators, a list that also reads as the text a$$b$$c."""

def GetBotList() -> NickList:
    """The nicks of all bots, a list that also reads as the text a$$b$$c."""

def GetRawNickList() -> str:
    """The nick list as clients get it: $NickList a$$b$$"""

def GetRawOpList() -> str:
    """The operator list as clients get it: $OpList a$$b$$"""

def GetRawBotList() -> str:
    """The bot list as clients get it: $BotList a$$b$$"""

def GetUsersCount() -> int:
    """How many users there are, bots not counted."""

def GetTotalShareSize() -> str:
    """Bytes shared by all users together."""

def GetServFreq() -> int:
    """Turns of the hub's main loop per second."""

def Topic(topic: str | None = ...) -> str:
    """The hub's topic; sets it when a text is given."""

def name_and_version(name: str | None = ..., version: str | None = ...) -> str | tuple[str, str]:
    """The hub's name and version; labels the script when a name or version is given, and is that label from then on."""

def AddRegUser(nick: str, user_class: int, password: str | None = ..., op_note: str | None = ...) -> bool:
    """Registers a nick, class 0 to 5; op_note is an online operator's nick or a note."""

def DelRegUser(nick: str) -> bool:
    """Forgets a registration."""

def SetRegClass(nick: str, user_class: int) -> bool:
    """Changes a registered user's class: 1 to 5 or 10."""

def Ban(op: str, nick: str, reason: str, seconds: int, ban_type: int) -> bool:
    """Bans an online user; seconds 0 is for ever, at most 1000 years; ban_type one of vh.eBF_*."""

def KickUser(op: str, nick: str, reason: str, note: str | None = ..., op_note: str | None = ..., ban_time: Any = ..., redirect: str | None = ...) -> bool:
    """Kicks a user with a temporary ban (ban_time in seconds, 1000 years at most); an address in the place of the note is a redirect."""

def CloseConnection(nick: str, reason_code: int | None = ..., delay: int | None = ...) -> bool:
    """Closes a user's connection for a reason (vh.eCR_*) after some milliseconds."""

def DelNickTempBan(nick: str) -> bool:
    """Lifts a nick's temporary ban."""

def DelIPTempBan(ip: str) -> bool:
    """Lifts an address's temporary ban."""

def UserRestrictions(nick: str, nochat: str | float | None = ..., nopm: str | float | None = ..., nosearch: str | float | None = ..., noctm: str | float | None = ...) -> dict[str, bool]:
    """Restricts a user: each of the four is empty (keep), 0 (lift) or a time such as 10m."""

def GetConfig(type: Any, var: Any = ..., default: Any = ...) -> str | None:
    """A setting as text, the default or None when there is none: (var), (type, var) or (type, var, default)."""

def SetConfig(type: Any, var: Any, value: Any = ...) -> bool:
    """Changes a setting: (var, value) or (type, var, value)."""

def IsRobotNickBad(nick: str) -> int:
    """Whether a bot may have this nick: one of vh.eBOT_*."""

def AddRobot(nick: str, user_class: int, desc: str, speed: str | float, email: str, share: str | float) -> bool:
    """Adds a bot to the user list."""

def DelRobot(nick: str) -> bool:
    """Removes a bot."""

def SQL(query: Any, limit: Any = ..., query_type: int | None = ...) -> tuple[int, list[list[str]]]:
    """Runs a statement in the hub's database; (1, rows) or (0, []). A first number is taken as the old query_type."""

def ParseCommand(nick: str, command: str, is_pm: int | None = ...) -> bool:
    """Runs a command as if this online user had typed it."""

def ScriptCommand(cmd: str, data: str, plugin: Any = ...) -> bool:
    """Sends a command to all scripts (OnScriptCommand)."""

def ScriptQuery(cmd: str, data: str, recipient: str | None = ..., with_sender: int | None = ...) -> list[str] | list[tuple[str, str]]:
    """Asks all scripts, or the one with this path, by OnScriptQuery: their answers, with with_sender as (answer, path)."""

def Encode(text: str) -> str:
    """Escapes the characters of the protocol: $ | ` ~ and byte 5."""

def Decode(text: str) -> str:
    """The inverse of Encode."""

def encode(text: str) -> str:
    """The same as Encode."""

def decode(text: str) -> str:
    """The same as Decode."""

def StopHub(code: int, delay: int | None = ...) -> bool:
    """Ends the hub with an exit code, after some seconds."""

def CallDynamicFunction(name: str, *args: Any) -> Any:
    """Calls a function that the program around the scripts has registered."""

def GetUserNick(user: Any) -> str:
    """Gives back the nick it is given, for old scripts."""

def GetConnNick(conn: Any) -> str:
    """Gives back the nick it is given, for old scripts."""

def GetChatMessage(message: Any) -> str:
    """Gives back the message it is given, for old scripts."""

