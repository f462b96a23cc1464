//! The scripts that hubs are measured with.

use crate::hub::Script;

/// Looks at each line and asks the hub about its author, and lets it pass.
pub const JUDGE: Script = (
    "judge.py",
    r#"
import vh

def OnParsedMsgChat(nick, message):
    return 0 if vh.GetUserClass(nick) < 3 and "viagra" in message else 1
"#,
);

/// The same once more.
pub const SECOND: Script = ("second.py", JUDGE.1);

/// Looks at private messages.
pub const PRIVATE: Script = (
    "private.py",
    r#"
import vh

def OnParsedMsgPM(nick, message, to):
    return 0 if vh.GetUserClass(nick) < 3 and "viagra" in message else 1
"#,
);

/// Looks at all that happens in a login.
pub const DOORMAN: Script = (
    "doorman.py",
    r#"
import vh

def OnUserLogin(nick):
    return 1

def OnParsedMsgMyINFO(nick, desc, tag, speed, mail, size):
    return 0 if "badclient" in tag else 1

def OnValidateTag(nick, tag):
    return 1
"#,
);

/// Never returns from its timer.
pub const SPINNER: Script = (
    "spinner.py",
    r#"
def OnTimer(msec):
    while True:
        pass
"#,
);
