//! Sequences of messages against `Hub::handle`, with the witness of [`Stage`].

use arbitrary::Unstructured;
use bytes::Bytes;
use hub::hooks::Verdict;
use hub::io::{Call, Input, Target, Tls};

use crate::stage::Stage;

pub(crate) const WORDS: &[&str] = &[
    "\n0",
    "\n1",
    "\n2",
    "\n3",
    "\n+0",
    "\n+1",
    "\n+2boss",
    "\n-0",
    "\nt1",
    "\nj-99999999999",
    "\ns",
    "\nh",
    "\nr",
    "<op> !",
    "<boss> !",
    "<ann> +",
    "ban_5s ",
    "help",
    "regnew ",
    "set ",
    "kick ",
    "gag ",
    "topic ",
    "lstban",
    "infoban ",
    "addtrigger ",
    "getip ",
    "who",
    "$To: ",
    " From: ",
    " $<",
    "> ",
    "$MCTo: ",
    "$UserIP ",
    "$$",
    "$MyINFO $ALL ",
    "$Search Hub:",
    "$GetINFO ",
    "&#124;",
    "&#36;",
    "|$Quit forged|",
    "\t",
    "\x0c",
    "\r\n",
    "hub_topic ",
];

/// A text, a line for each step; its first letter says what is done:
///
/// * a digit: the client of this number sends the rest; the byte 0x1d stands for a line's end;
/// * `+N NICK`: client N logs in; `-N`: it goes;
/// * `tN`: so many seconds pass; `jN`: the date jumps by so many;
/// * `sNAME VALUE`: a setting is changed; `h`: scripts have all hooks, again: none; `r`: reload.
pub(crate) fn typed(input: &[u8]) {
    let mut stage = Stage::new();
    let mut hooked = false;
    for line in input.split(|b| *b == b'\n').take(200) {
        let Some((first, rest)) = line.split_first() else {
            continue;
        };
        let number = |text: &[u8]| crate::text(text).trim().parse::<i64>().unwrap_or(1);
        match first {
            b'0'..=b'9' => {
                let text: Vec<u8> = rest
                    .iter()
                    .map(|b| if *b == 0x1d { b'\n' } else { *b })
                    .collect();
                stage.frame(usize::from(first - b'0'), &text);
            }
            b'+' => {
                let (n, nick) = crate::choose(rest, 10);
                stage.login(n, nick.trim_ascii_start(), "NoHello UserIP2 MCTo", INFO);
            }
            b'-' => stage.leave(crate::choose(rest, 10).0),
            b't' => stage.wait(number(rest).unsigned_abs().min(100_000) * 1000, 0),
            b'j' => stage.wait(0, number(rest).saturating_mul(1000)),
            b's' => {
                let mut parts = rest.splitn(2, |b| *b == b' ');
                let mut part = || Bytes::copy_from_slice(parts.next().unwrap_or_default());
                let (var, value) = (part(), part());
                stage.call(Call::SetConfig {
                    file: "config".into(),
                    var,
                    value,
                });
            }
            b'h' => {
                hooked = !hooked;
                stage.hooks(if hooked { u64::MAX } else { 0 });
            }
            b'r' => stage.input(Input::Reload),
            _ => {}
        }
    }
    stage.finish();
}

const INFO: &[u8] = b"d<++ V:0.868,M:A,H:1/0/0,S:5>$ $100\x01$m$1073741824$";

// ---- a hostile generator ---------------------------------------------------------------------

/// What is put wherever a text may stand.
const TEXTS: &[&str] = &[
    "hello",
    "",
    " ",
    "x|$Quit forged|y",
    "|<forged> hi|",
    "x&#124;$Quit forged&#124;",
    "$",
    "$$",
    "a$b$c",
    "&#36;",
    "\r\n<forged> x",
    "\n2026-11-27T15:00:00Z ERROR fake",
    "\t",
    "\x0c",
    "\u{a0}",
    "\x1b[2J",
    "\0",
    "%[NICK]%[PARALL]",
    "{}",
    "_ban_5s",
    "_ban_99999999999999999999d",
    "5m",
    "99999999999d",
    "-1",
    "0",
    "18446744073709551616",
    "80.1.2.3",
    "80.1.2.0/8",
    "::1",
    "op",
    "boss",
    "Viperhub",
    "OpChat",
    "<op> x",
    "> ",
    "$MyINFO $ALL forged x$ $1\x01$$1$",
    "&amp;#124;",
    "long long long long long long long long long long long long long long long long long long",
];

/// Nicks of those who come.
const NICKS: &[&str] = &[
    "ann", "Ann", "bob", "a$b", "a<b", "a>b", "a\tb", "a\x0cb", "a\u{a0}b", "op", "boss", "vip",
    "reg", "admin", "cheef", "Viperhub", "viperhub", "OpChat", "&#124;", "\u{ff}", "%[NICK]", "-",
    "a&#36;b", "[x]y", "a b", "", "nobody", "bot1",
];

const SETTINGS: &[&str] = &[
    "hub_name",
    "hub_topic",
    "hub_desc",
    "hub_security",
    "hub_security_desc",
    "opchat_name",
    "opchat_desc",
    "hub_owner",
    "hub_host",
    "msg_welcome_guest",
    "msg_chat_onoff",
    "hub_category",
    "redir_host_max",
    "nick_prefix",
    "send_user_ip",
    "user_ip_class",
    "hide_all_kicks",
    "show_tags",
    "disable_extjson",
    "chat_default_on",
    "unknown_cmd_chat",
    "hub_encoding",
    "hub_motd",
    "botinfo_report",
    "cmd_start_op",
    "cmd_start_user",
];

struct Words<'a, 'b> {
    from: &'a mut Unstructured<'b>,
}

impl Words<'_, '_> {
    fn pick(&mut self, all: &[&'static str]) -> &'static str {
        self.from.choose(all).copied().unwrap_or("")
    }

    fn text(&mut self) -> &'static str {
        self.pick(TEXTS)
    }

    fn nick(&mut self) -> &'static str {
        if self.from.ratio(1, 6).unwrap_or(false) {
            self.text()
        } else {
            self.pick(NICKS)
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.from.choose_index(n).unwrap_or(0)
    }

    fn bytes(&mut self) -> Bytes {
        Bytes::from_static(self.text().as_bytes())
    }

    fn name(&mut self) -> Bytes {
        Bytes::from_static(self.nick().as_bytes())
    }

    /// A message of a client; `me` is who he says he is.
    fn message(&mut self, me: &str) -> String {
        let (nick, text, more) = (self.nick(), self.text(), self.text());
        match self.below(40) {
            0 | 1 => format!("<{me}> {text}"),
            2 => format!("$To: {nick} From: {me} $<{me}> {text}"),
            3 => format!("$MCTo: {nick} ${me} {text}"),
            4 => format!("$MyINFO $ALL {me} {text}<++ V:{more},M:A,H:1/0/0,S:1>$ $1\x01${text}$5$"),
            5 => format!("$Search Hub:{me} F?T?0?1?{text}"),
            6 => format!("$Search {text}:412 T?F?{more}?9?TTH:{nick}"),
            7 => format!("$SR {me} {text}\x05{more} 1/2\x05{text} ({nick})\x05{nick}"),
            8 => format!("$ConnectToMe {nick} {text}:412{more}"),
            9 => format!("$RevConnectToMe {me} {nick}"),
            10 => format!("$UserIP {nick}$${text}$${nick}"),
            11 => format!("$GetINFO {nick} {me}"),
            12 => "$GetNickList".into(),
            13 => format!("$Kick {nick}"),
            14 => format!("$OpForceMove $Who:{nick}$Where:{text}$Msg:{more}"),
            15 => format!("$Ban {nick}${text}"),
            16 => format!("$TempBan {nick}${text}${more}"),
            17 => format!("$UnBan {text}"),
            18 => "$GetBanList".into(),
            19 => format!("$WhoIP {text}"),
            20 => format!("$SetTopic {text}"),
            21 => format!("$MyHubURL {text}"),
            22 => format!("$ExtJSON {me} {{{text}}}"),
            23 => format!("$BotINFO {text}"),
            24 => format!("$IN {me}${text}"),
            25 => format!("$SA {text} {more}"),
            26 => format!("$SP {text} {me}"),
            27 => format!("$MultiConnectToMe {nick} {text}"),
            28 => format!("{text}{more}"),
            29 => format!("$MyPass {text}"),
            _ => {
                let prefix = self.pick(&["!", "+", "!", "/"]);
                let command = self.command();
                let private = self.below(5) == 0;
                match private {
                    true => format!("$To: Viperhub From: {me} $<{me}> {prefix}{command}"),
                    false => format!("<{me}> {prefix}{command}"),
                }
            }
        }
    }

    fn command(&mut self) -> String {
        let rows = hub::COMMANDS;
        let row = &rows[self.below(rows.len())];
        let (nick, text, more) = (self.nick(), self.text(), self.text());
        let name = self.pick(row.names);
        match self.below(8) {
            0 => name.to_string(),
            1 => format!("{name} {text}"),
            2 => format!("{name} {nick}"),
            3 => format!("{name} {} {text}", self.pick(SETTINGS)),
            4 => format!("{name}_{text} {nick} {more}"),
            5 => format!("{name} \"{nick}\" -d \"{text}\" -h {more}"),
            6 => format!("{name} {nick} 3 {more}"),
            _ => format!("{name} {nick} {text} {more}"),
        }
    }

    fn call(&mut self) -> Call {
        let (who, op) = (self.name(), self.name());
        let (text, more) = (self.bytes(), self.bytes());
        let n = self.below(13);
        let class = i64::try_from(n).unwrap_or(0) - 1;
        match self.below(15) {
            0 => Call::BotChat {
                from: "bot1".into(),
                text,
                min: 0,
                max: 10,
            },
            1 => Call::PmToClasses {
                from: "bot1".into(),
                text,
                min: 0,
                max: 10,
            },
            2 => Call::OpChat {
                from: Some(who),
                text,
            },
            3 => Call::SetMyInfo {
                nick: who,
                fields: [
                    Some(text.clone()),
                    Some(more.clone()),
                    Some(text),
                    Some(more),
                    None,
                ],
            },
            4 => Call::AddReg {
                nick: who,
                class,
                password: hub::secrets::Password(text),
                op,
            },
            5 => Call::Kick {
                op,
                nick: who,
                reason: text.clone(),
                note: more.clone(),
                op_note: text,
                ban_time: class,
                redirect: Some(more),
            },
            6 => Call::Ban {
                op,
                nick: who,
                reason: text,
                seconds: 600,
                kind: 1 << n,
            },
            7 => Call::SetConfig {
                file: "config".into(),
                var: Bytes::from_static(self.pick(SETTINGS).as_bytes()),
                value: text,
            },
            8 => Call::AddRobot {
                nick: who,
                class,
                fields: [text.clone(), more.clone(), text, more],
            },
            9 => Call::ParseCommand {
                nick: who,
                command: format!("!{}", self.command()).into(),
                pm: n > 6,
            },
            10 => Call::Report { text, log: None },
            11 => Call::Restrict {
                nick: who,
                periods: [text, more.clone(), "5m".into(), more],
            },
            12 => Call::SetUserIp {
                nick: who,
                ip: text,
            },
            13 => Call::Send {
                to: Target::Chat,
                data: nmdc::Wire::default(),
            },
            _ => Call::ScriptCommand {
                cmd: text.clone(),
                data: more,
                plugin: text,
                script: who,
                immediate: n > 6,
            },
        }
    }
}

/// The input's bytes choose what hostile clients, scripts and operators do.
pub(crate) fn made(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let mut stage = Stage::new();
    let mut nicks = [""; 8];
    stage.login(0, b"boss", "NoHello UserIP2 MCTo", INFO);
    nicks[0] = "boss";
    let mut words = Words { from: &mut bytes };
    for _ in 0..60 {
        if words.from.is_empty() {
            break;
        }
        let n = words.below(nicks.len());
        match words.below(16) {
            0 | 1 => {
                nicks[n] = words.nick();
                let features = words.pick(&[
                    "NoHello UserIP2 MCTo",
                    "",
                    "NoHello NoGetINFO UserIP2 MCTo TTHSearch TTHS BotList HubTopic NickRule SearchRule HubURL TLS ExtJSON2",
                    "BotINFO",
                    "ChatOnly UserCommand",
                ]);
                stage.login(n, nicks[n].as_bytes(), features, INFO);
            }
            2 => {
                let tls = *words
                    .from
                    .choose(&[Tls::Plain, Tls::V1_3, Tls::Proxied])
                    .unwrap_or(&Tls::Plain);
                stage.connect(n, tls);
                let first = match tls {
                    Tls::Proxied => format!("$MyIP {} 1.3", words.text()),
                    _ => words.message(nicks[n]),
                };
                stage.frame(n, first.as_bytes());
            }
            3 => stage.leave(n),
            4 => {
                let jump = *words
                    .from
                    .choose(&[
                        0,
                        0,
                        3_600_000,
                        -3_600_000,
                        i64::MAX / 4,
                        -1_900_000_000_000,
                    ])
                    .unwrap_or(&0);
                stage.wait(1000, jump);
            }
            5 | 6 => {
                let call = words.call();
                stage.call(call);
            }
            7 => {
                let bits = words.from.arbitrary().unwrap_or(0_u64);
                stage.verdict = if bits & 3 == 0 {
                    Verdict::BLOCK
                } else {
                    Verdict::ALLOW
                };
                stage.hooks(bits);
            }
            8 => stage.input(Input::Reload),
            _ => {
                let me = if words.below(10) == 0 {
                    words.nick()
                } else {
                    nicks[n]
                };
                let message = words.message(me);
                stage.frame(n, message.as_bytes());
            }
        }
    }
    stage.finish();
}
