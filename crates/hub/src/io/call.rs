//! What a script wants of the hub.

use bytes::Bytes;
use nmdc::Wire;

use crate::secrets::{CommandText, Password};

/// Who receives what a script sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// One user, exact nick.
    Nick(Bytes),
    /// All main chat users.
    Chat,
    /// A class range.
    Classes {
        /// Lowest class.
        min: i64,
        /// Highest class.
        max: i64,
        /// `Some(true)` only active, `Some(false)` only passive users.
        active: Option<bool>,
    },
}

/// What a script wants changed. Texts are in the hub's encoding. Calls marked "waits" are
/// sent with a [`CallId`] and answered; the others are posted and always succeed.
#[derive(Clone, PartialEq, Debug)]
pub enum Call {
    /// Send complete messages.
    Send {
        /// To whom.
        to: Target,
        /// What.
        data: Wire,
    },
    /// Say something in main chat in a bot's name; news for `OnPublicBotMessage`.
    BotChat {
        /// The shown nick.
        from: Bytes,
        /// The text, without pipe.
        text: Bytes,
        /// Lowest class that gets it.
        min: i64,
        /// Highest class that gets it.
        max: i64,
    },
    /// A private message to every user of a class range.
    PmToClasses {
        /// Sender.
        from: Bytes,
        /// The text, without pipe.
        text: Bytes,
        /// Lowest class.
        min: i64,
        /// Highest class.
        max: i64,
    },
    /// A line in the operator chat. `from`: as in `vh.SendToOpChat`.
    OpChat {
        /// Sender; the op chat's own nick when absent or not online.
        from: Option<Bytes>,
        /// The text, without pipe.
        text: Bytes,
    },
    /// `vh.GetUserHost` of somebody whose host nobody has asked for yet; waits for the look-up.
    HostOf {
        /// Whose.
        nick: Bytes,
    },
    /// `vh.SetMyINFO`; waits. `None` keeps a field.
    SetMyInfo {
        /// Whose.
        nick: Bytes,
        /// desc, tag, speed (status byte last), e-mail, share.
        fields: [Option<Bytes>; 5],
    },
    /// `vh.SetMyINFOFlag`, `vh.UnsetMyINFOFlag`; waits.
    MyInfoFlag {
        /// Whose.
        nick: Bytes,
        /// One of 1, 2, 4, 8, 16, 32.
        flag: i64,
        /// Set or clear.
        on: bool,
    },
    /// `vh.SetUserIP`; waits.
    SetUserIp {
        /// Whose.
        nick: Bytes,
        /// The new address.
        ip: Bytes,
    },
    /// `vh.AddRegUser`; waits.
    AddReg {
        /// Who.
        nick: Bytes,
        /// 0 to 5.
        class: i64,
        /// Empty: the user must set one.
        password: Password,
        /// An online operator's nick, or a note.
        op: Bytes,
    },
    /// `vh.DelRegUser`; waits.
    DelReg {
        /// Who.
        nick: Bytes,
    },
    /// `vh.SetRegClass`; waits.
    SetRegClass {
        /// Who.
        nick: Bytes,
        /// 1 to 5 or 10.
        class: i64,
    },
    /// `vh.KickUser`; waits.
    Kick {
        /// The operator.
        op: Bytes,
        /// The victim.
        nick: Bytes,
        /// Why; may hold `_ban_1h`.
        reason: Bytes,
        /// Note for the user.
        note: Bytes,
        /// Note for operators.
        op_note: Bytes,
        /// Seconds; 0: by the reason or `tban_kick`.
        ban_time: i64,
        /// Where to send the victim.
        redirect: Option<Bytes>,
    },
    /// `vh.Ban`; waits.
    Ban {
        /// The operator.
        op: Bytes,
        /// The victim.
        nick: Bytes,
        /// Why.
        reason: Bytes,
        /// 0 is permanent.
        seconds: i64,
        /// `eBF_*`.
        kind: i64,
    },
    /// `vh.CloseConnection`; waits.
    Close {
        /// Whose.
        nick: Bytes,
        /// `eCR_*`.
        reason: i64,
        /// Milliseconds.
        delay: i64,
    },
    /// `vh.DelNickTempBan`; waits.
    DelNickTempBan {
        /// The nick.
        nick: Bytes,
    },
    /// `vh.DelIPTempBan`; waits.
    DelIpTempBan {
        /// The address.
        ip: Bytes,
    },
    /// `vh.UserRestrictions`; waits. Chat, PM, search, CTM; each "" keep, "0" lift, else time.
    Restrict {
        /// Whose.
        nick: Bytes,
        /// The four periods.
        periods: [Bytes; 4],
    },
    /// `vh.SetConfig`, and `vh.Topic` with a text; waits.
    SetConfig {
        /// `config` or `pi_*`.
        file: Bytes,
        /// The variable.
        var: Bytes,
        /// The new value.
        value: Bytes,
    },
    /// `vh.AddRobot`; waits.
    AddRobot {
        /// Its nick.
        nick: Bytes,
        /// 0 to 5 or 10.
        class: i64,
        /// desc, speed, e-mail, share.
        fields: [Bytes; 4],
    },
    /// `vh.DelRobot`; waits.
    DelRobot {
        /// Its nick.
        nick: Bytes,
    },
    /// `vh.ParseCommand`; waits.
    ParseCommand {
        /// An online user.
        nick: Bytes,
        /// The command with its trigger character.
        command: CommandText,
        /// Whether it counts as sent in private to the hub bot.
        pm: bool,
    },
    /// `vh.ScriptCommand`; waits.
    ScriptCommand {
        /// The word.
        cmd: Bytes,
        /// Its data.
        data: Bytes,
        /// `python`, or what the caller says.
        plugin: Bytes,
        /// Path of the sender.
        script: Bytes,
        /// Now instead of at the next tick.
        immediate: bool,
    },
    /// `vh.StopHub`.
    StopHub {
        /// Exit code.
        code: i32,
        /// Seconds.
        delay: i64,
    },
    /// A script's error for the operators' eyes.
    Report {
        /// Lines.
        text: Bytes,
        /// What the log gets in their place, when it is not the same.
        log: Option<Bytes>,
    },
}
