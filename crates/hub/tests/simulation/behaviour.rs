//! What clients and scripts do.

use bytes::Bytes;
use hub::config::{Kind, Spec};
use hub::hooks::{Event, Substitute, Verdict};
use hub::io::{Call, ConnId, ScriptId, Target};
use nmdc::Wire;

use crate::net::{Client, Step};
use crate::world::{NICKS, World, nick};

const FEATURES: &[&str] = &[
    "NoHello",
    "NoGetINFO",
    "UserIP2",
    "MCTo",
    "TTHSearch",
    "TTHS",
    "BotList",
    "HubTopic",
    "NickRule",
    "SearchRule",
    "HubURL",
    "ChatOnly",
    "TLS",
    "ExtJSON2",
    "BotINFO",
    "Nonsense",
];

/// Settings that stay: those the simulated world itself relies on.
const FIXED: &[&str] = &[
    // Clients then have different lines of the same user.
    "myinfo_tls_filter",
    // Who is shut out for years is not let in again by the old value.
    "proto_flood_tban_time",
    "same_flood_ban_time",
    "clone_det_tban_time",
    "clone_ip_tban_time",
    "int_login",
    "pwd_tmpban",
    "tban_kick",
    // Those of logins are looked at when one comes.
    "max_logins",
    "max_logins_from_ip",
    "max_logins_of_nick",
];

/// How settings begin that limit users and floods.
const LIMITS: &[&str] = &[
    "int_flood_",
    "proto_flood_",
    "max_class_proto_flood",
    "max_users",
    "max_extra_",
];

const TTH: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG";

impl World {
    // ---- clients -----------------------------------------------------------------------

    /// The steps of a login, mostly in order.
    pub fn plan_login(&mut self, id: ConnId) {
        let rng = &mut self.rng;
        let mut todo = vec![
            Step::Supports,
            Step::Key,
            Step::Nick,
            Step::Pass,
            Step::Version,
            Step::List,
            Step::Info,
        ];
        if rng.percent(20) {
            let (a, b) = (rng.below(todo.len()), rng.below(todo.len()));
            todo.swap(a, b);
        }
        let mut features: Vec<&'static str> = FEATURES.to_vec();
        // Who is a pinger does not chat.
        features.retain(|f| rng.percent(if *f == "BotINFO" { 5 } else { 50 }));
        if let Some(c) = self.clients.get_mut(&id) {
            c.todo = todo;
            c.features = features;
        }
    }

    pub fn client_speaks(&mut self) {
        let id = self.any_conn();
        let Some(c) = self.clients.get_mut(&id) else {
            return;
        };
        if !c.reading && self.rng.percent(95) {
            return;
        }
        if self.rng.percent(1) {
            return self.garbage(id);
        }
        let Some(step) = c.todo.first().copied() else {
            if c.listed() || self.rng.percent(5) {
                self.talk(id);
            }
            return;
        };
        let ready = match step {
            Step::Pass if c.hello => {
                c.todo.remove(0);
                return;
            }
            Step::Pass => c.get_pass,
            Step::Info => c.hello,
            _ => true,
        };
        if !ready && self.rng.percent(97) {
            return;
        }
        c.todo.remove(0);
        let nick = String::from_utf8(c.nick.to_vec()).unwrap();
        let frame = match step {
            Step::MyIp => {
                let ip = c.ip;
                self.my_ip(ip)
            }
            Step::Supports => format!("$Supports {} ", c.features.join(" ")),
            Step::Key => "$Key k".into(),
            Step::Nick => format!("$ValidateNick {nick}"),
            Step::Pass => format!("$MyPass {}", String::from_utf8_lossy(&c.password)),
            Step::Version => "$Version 1,0091".into(),
            Step::List => "$GetNickList".into(),
            Step::Info => self.my_info(&nick),
        };
        self.frame(id, frame);
    }

    fn my_info(&mut self, nick: &str) -> String {
        let rng = &mut self.rng;
        let mode = *rng.pick(&["A", "A", "P", "5"]);
        let tag = match rng.below(10) {
            0 => String::new(),
            _ => format!("<++ V:0.8,M:{mode},H:1/0/0,S:{}>", rng.below(9)),
        };
        let status = *rng.pick(&["\u{1}", "\u{1}", "1", "\u{2}", "", "!"]);
        let share = *rng.pick(&["0", "5368709120", "77", "", "x", "9999999999999999999"]);
        let desc = rng.below(3);
        let odd = *rng.pick(&["", "", "", "&#124;", " ", "\t", "\u{a0}", "%[NICK]"]);
        format!("$MyINFO $ALL {nick} d{desc}{odd}{tag}$ $100{status}$mail${share}$")
    }

    fn garbage(&mut self, id: ConnId) {
        let nick = nick(self.rng.below(NICKS));
        let texts = [
            String::new(),
            "$".into(),
            "x".into(),
            "$Nonsense a b".into(),
            "$MyINFO".into(),
            "$MyINFO $ALL".into(),
            "$To: a".into(),
            "$Search x".into(),
            "$SR a".into(),
            "$ConnectToMe x y".into(),
            "$Supports NoHello".into(),
            "$Key again".into(),
            format!("$ValidateNick {nick}"),
            "$ValidateNick a b".into(),
            "$ValidateNick ".into(),
            "$Version 1".into(),
            // Too short to become anybody's password.
            "$MyPass short".into(),
            "$MyHubURL dchub://x".into(),
            format!("<{nick}> spoof"),
            format!("$To: {nick} From: {nick} $<{nick}> spoof"),
            format!("$MyINFO $ALL {nick} d$ $1\u{1}$$1$"),
            "a\0b".into(),
            "a\0".into(),
            "$BotINFO x".into(),
            "$ExtJSON a {}".into(),
            "$IN a$b".into(),
            "$MyIP 1.2.3.4 0.0".into(),
            "$Lock x".into(),
            "$MyNick x".into(),
            "$Quit x".into(),
            "$GetBanList".into(),
        ];
        let text = self.rng.pick(&texts).clone();
        self.frame(id, text);
    }

    fn line(&mut self, id: ConnId) -> String {
        self.next_chat += 1;
        self.said.insert(self.next_chat, id);
        let odd = self.odd_text();
        format!("#{} text{odd}", self.next_chat)
    }

    fn talk(&mut self, id: ConnId) {
        let Some(c) = self.clients.get(&id) else {
            return;
        };
        let me = String::from_utf8(c.nick.to_vec()).unwrap();
        let n = self.rng.below(NICKS + 4);
        let other = match n.checked_sub(NICKS) {
            Some(0) => "OpChat".into(),
            Some(1) => "Viperhub".into(),
            Some(b) => format!("bot{b}"),
            None => nick(n),
        };
        let passive = self.rng.percent(40);
        let from = if passive {
            format!("Hub:{me}")
        } else {
            "1.2.3.4:412".into()
        };
        let frame = match self.rng.weighted(&[
            30, 12, 10, 5, 10, 5, 5, 4, 8, 3, 4, 3, 2, 1, 1, 1, 1, 1, 1, 3, 1, 1,
        ]) {
            0 => {
                let before = *self
                    .rng
                    .pick(&["", "", "", "", "", "", "+me ", "!nonsense "]);
                format!("<{me}> {before}{}", self.line(id))
            }
            1 => self.command(&me, &other),
            2 if self.rng.percent(20) => {
                format!("$To: {other} From: {me} $<{me}> +help")
            }
            2 => format!("$To: {other} From: {me} $<{me}> psst"),
            3 => format!("$MCTo: {other} ${me} psst"),
            4 => match self.rng.below(5) {
                0 => format!("$Search {from} F?T?0?9?TTH:{TTH}"),
                1 => format!("$Search {from} F?T?0?9?TTH:short"),
                2 => format!("$Search {from} F?T?0?1?some$words{}", self.rng.below(9)),
                3 => format!("$SA {TTH} 1.2.3.4:412"),
                _ => format!("$SP {TTH} {me}"),
            },
            5 => format!("$SR {me} a\\b\u{5}10 1/2\u{5}hub (1.2.3.4)\u{5}{other}"),
            6 => {
                let suffix = *self.rng.pick(&["", "S", "R", "RS"]);
                format!("$ConnectToMe {other} 9.9.9.9:412{suffix}")
            }
            7 => format!("$RevConnectToMe {me} {other}"),
            8 => self.my_info(&me),
            9 => "$GetNickList".into(),
            10 => format!("$GetINFO {other} {me}"),
            11 => format!("$UserIP {me}"),
            12 => format!("<{me}> {me} is kicking {other} because: {}", self.reason()),
            13 => format!("$Kick {other}"),
            14 => format!("$OpForceMove $Who:{other}$Where:x.y$Msg:go"),
            15 => "$GetTopic".into(),
            16 => format!("$SetTopic t{}", self.rng.below(3)),
            17 => "$WhoIP 192.168.0.1".into(),
            18 => format!("$UserIP {me}$${other}"),
            19 => format!("$ExtJSON {me} {{\"n\":{n}}}"),
            20 if n.is_multiple_of(2) => self.registry_message(&other),
            20 => format!("$MyHubURL dchub://hub{n}"),
            _ => return self.garbage(id),
        };
        self.frame(id, frame);
    }

    fn reason(&mut self) -> &'static str {
        self.rng.pick::<&'static str>(&[
            "spam",
            "",
            "_ban_5s",
            "_ban_1s x",
            "_ban_",
            "_ban_2x",
            "_ban_99999999999999999999d",
            "$Quit a$b &#124;$ForceMove x",
        ])
    }

    /// A text as scripts, settings and the database may hold it, now and then one that would be
    /// messages where texts were not escaped.
    pub fn hostile(&mut self, usual: &'static str) -> &'static str {
        if self.rng.percent(60) {
            return usual;
        }
        self.rng.pick::<&'static str>(&[
            "x|$Quit victim|y",
            "|",
            "a$b$$c$",
            "|<Viperhub> You are banned",
            "$ForceMove elsewhere|",
            "\r\n|$Hello me|\r\n",
            "\0\u{1b}[2J\t&#124;&#36;",
        ])
    }

    fn command(&mut self, me: &str, other: &str) -> String {
        let prefix = *self.rng.pick(&["+", "!", "!", "/"]);
        let command = self.command_text(other);
        format!("<{me}> {prefix}{command}")
    }

    fn command_text(&mut self, other: &str) -> String {
        let reason = self.reason();
        let n = self.rng.below(4);
        if self.rng.percent(30) {
            return self.registry_command(other);
        }
        match self.rng.below(32) {
            30 => (*self.rng.pick(&["ad", "hi there", "rules", "lsttrigger"])).into(),
            31 => format!("addtrigger +t{n} -d \"{}\" -f 16", self.odd_text()),
            0 => "help".into(),
            1 => "myinfo".into(),
            2 => "me waves".into(),
            3 => "nochat".into(),
            4 => "chat".into(),
            5 => "passwd secret".into(),
            6 => format!("topic subject {n}"),
            7 => "topic".into(),
            8 => format!("kick {other} {reason}"),
            9 => format!("regnew {other} {} secret", n + 1),
            10 => format!("regnew {other}"),
            11 => format!("regdel {other}"),
            12 => format!("regclass {other} {}", n + 1),
            13 => format!("regpass {other} secret"),
            14 => format!("regpass {other}"),
            15 => format!("set {}", self.setting()),
            16 => "getconfig hub_*".into(),
            17 => "pylist".into(),
            18 => "pyload x.py".into(),
            19 => "nonsense".into(),
            20 => String::new(),
            21 => format!("drop {other} {reason}"),
            22 => format!(
                "{} {other} {n}s",
                self.rng.pick(&["gag", "nopm", "nosearch", "nodl"])
            ),
            23 => format!(
                "{} {other}",
                self.rng.pick(&["ungag", "unnopm", "unnosearch", "unnodl"])
            ),
            24 => format!("nochat {other} 1s"),
            25 => format!(
                "{} {other}",
                self.rng.pick(&["ban_3s", "bannick_2s", "banprefix_1s"])
            ),
            26 => match n {
                0 => format!("banip_5s 192.168.0.{} {reason}", self.rng.below(40)),
                1 => "banrange_4s 192.168.0.0/29".into(),
                2 => "banshare_4s 77".into(),
                _ => "banhost1 x".into(),
            },
            27 => format!("{} {other}", self.rng.pick(&["unban", "infoban", "lstban"])),
            28 => format!("unbanip 192.168.0.{}", self.rng.below(40)),
            _ => format!("getip {other} a b"),
        }
    }

    fn setting(&mut self) -> String {
        let n = self.rng.below(4);
        match self.rng.below(16) {
            0 => format!("hub_name name{n}"),
            1 => format!("hub_topic topic{n}{}", self.odd_text()),
            2 => format!("hub_security_desc d{n}{}", self.odd_text()),
            3 => format!(
                "hub_security {}",
                self.rng.pick(&["Viperhub", "HubSec", "bot2", "ann0"])
            ),
            4 => format!(
                "opchat_name {}",
                self.rng.pick(&["OpChat", "Ops", "ann4", "bot3"])
            ),
            5 => format!("user_ip_class {n}"),
            6 => format!("opchat_class {}", n + 1),
            7 => format!("int_myinfo {}", n * 2),
            8 => format!("mainchat_class {}", n / 3),
            9 => "max_user 1".into(),
            10 => "max_users many".into(),
            11 => format!("pi_iplog.days {n}"),
            12 => "opchat_name".into(),
            13 => "listen_port 0".into(),
            14 => format!("max_passive_sr {n}"),
            _ => format!("show_desc_len {}", n * 5),
        }
    }

    // ---- floods, operators, settings ----------------------------------------------------

    /// Somebody sends much of the same sort.
    pub fn flood(&mut self) {
        let id = self.any_conn();
        let Some(c) = self.clients.get(&id) else {
            return;
        };
        let me = String::from_utf8(c.nick.to_vec()).unwrap();
        let sort = self.rng.below(15);
        let other = nick(self.rng.below(NICKS));
        for n in 0..self.rng.below(14) {
            // Who is not read any more is so after what has been read already.
            let Some(c) = self.clients.get(&id) else {
                return;
            };
            if !c.reading && self.rng.percent(80) {
                return;
            }
            let frame = match sort {
                0 => format!("<{me}> {}", self.line(id)),
                1 => format!("$To: {other} From: {me} $<{me}> the same"),
                2 => format!("$MCTo: {other} ${me} the same"),
                3 => self.my_info(&me),
                4 => format!("$Search Hub:{me} F?T?0?1?words{n}"),
                5 => format!("$RevConnectToMe {me} {other}"),
                6 => "$GetNickList".into(),
                7 => format!("$ExtJSON {me} {{{n}}}"),
                8 => String::new(),
                9 => format!(
                    "$UserIP {}",
                    format!("{me}$$").repeat(10_000 / (me.len() + 2))
                ),
                10 => format!("$UserIP {}", self.everybody()),
                11 => format!("<{me}> {}", "x".repeat(1 << self.rng.below(14))),
                12 => ["$GetTopic", "$GetBanList", "$WhoIP 192.168.0.1"][n % 3].into(),
                13 => [
                    format!("$Kick {other}"),
                    format!("$SetTopic t{n}"),
                    format!("$OpForceMove $Who:{other}$Where:x.y$Msg:go"),
                    format!("$UnBan 192.168.0.{n}"),
                ][n % 4]
                    .clone(),
                _ => "$Whatever".into(),
            };
            self.frame(id, frame);
        }
    }

    /// All nicks there may be, again and again, as one message.
    fn everybody(&self) -> String {
        let all: String = (0..NICKS).map(|n| nick(n) + "$$").collect();
        all.repeat(10_000 / all.len())
    }

    /// An operator does what operators do.
    pub fn operate(&mut self) {
        let view = self.view.clone();
        let is_op = |n: &Bytes| view.with_user(n, |u| u.class >= 3) == Some(true);
        let ops = self
            .clients
            .values()
            .filter(|c| c.listed() && is_op(&c.nick));
        let ops: Vec<(ConnId, Bytes)> = ops.map(|c| (c.id, c.nick.clone())).collect();
        if ops.is_empty() {
            return;
        }
        let (id, me) = self.rng.pick(&ops).clone();
        let me = String::from_utf8(me.to_vec()).unwrap();
        let other = nick(self.rng.below(NICKS));
        let frame = self.command(&me, &other);
        self.frame(id, frame);
    }

    /// Somebody who may has the hub begin anew, in one way or another.
    pub fn want_restart(&mut self) {
        let view = self.view.clone();
        let may = |n: &Bytes| view.with_user(n, |u| u.class >= 10) == Some(true);
        let who = (self.clients.values()).find(|c| c.listed() && may(&c.nick));
        let who = who.map(|c| (c.id, String::from_utf8_lossy(&c.nick).into_owned()));
        let Some((id, nick)) = who else { return };
        let time = self.rng.pick(&["", " 1", " 1h"]);
        self.frame(id, format!("<{nick}> !restart{time}"));
    }

    /// Any setting that is a number or a switch takes any value it may have.
    pub fn change_a_setting(&mut self) {
        let specs: Vec<Spec> = hub::config::specs()
            .filter(|s| s.kind != Kind::String && !FIXED.contains(&s.name))
            .collect();
        // More often those that limit users and floods.
        let limits: Vec<&Spec> = (specs.iter())
            .filter(|s| LIMITS.iter().any(|p| s.name.starts_with(p)))
            .collect();
        let spec = if self.rng.percent(40) {
            *self.rng.pick(&limits)
        } else {
            self.rng.pick(&specs)
        };
        let before = self.view.config().get(spec.name).unwrap();
        let small = ["int_flood_", "max_users"]
            .iter()
            .any(|p| spec.name.starts_with(p));
        let value: Bytes = match (&spec.range, self.rng.below(4)) {
            (Some(_), _) if spec.name.ends_with("_action") => self.rng.below(4).to_string().into(),
            (Some(_), 1..) if small => self.rng.below(16).to_string().into(),
            (None, n) => (if n < 2 { "0" } else { "1" }).into(),
            (Some((least, _)), 0) => least.clone(),
            (Some((_, most)), 1) => most.clone(),
            (Some(_), 2) => "2".into(),
            (Some(_), _) => "beyond".into(),
        };
        self.changed.entry(spec.name).or_insert(before);
        self.stats.settings += 1;
        self.set(spec.name, value);
    }

    fn set(&mut self, name: &'static str, value: Bytes) {
        let (file, var) = ("config".into(), name.into());
        self.call(None, Call::SetConfig { file, var, value });
    }

    /// So that a hub that lets nobody in does not stay so.
    pub fn restore_settings(&mut self) {
        for (name, value) in std::mem::take(&mut self.changed) {
            self.set(name, value);
        }
    }

    // ---- scripts -----------------------------------------------------------------------

    pub fn judge(&mut self, event: &Event) -> Verdict {
        let rng = &mut self.rng;
        let mut verdict = if rng.percent(match event.hook().veto() {
            hub::hooks::Veto::Close => 2,
            _ => 8,
        }) {
            Verdict::BLOCK
        } else {
            Verdict::ALLOW
        };
        if rng.percent(10) {
            verdict.replies.push("<bot> a reply".into());
        }
        if rng.percent(15) {
            verdict.substitute = match event {
                Event::ParsedMsgChat { message, .. } => Some(Box::new(Substitute::Chat {
                    nick: rng.percent(30).then(|| "Somebody".into()),
                    text: rng
                        .percent(70)
                        .then(|| [message, &b" (changed)"[..]].concat().into()),
                })),
                Event::ParsedMsgMyINFO { .. } | Event::FirstMyINFO { .. } => {
                    let mut field = |text: &'static str| {
                        rng.percent(40).then(|| Bytes::from_static(text.as_bytes()))
                    };
                    Some(Box::new(Substitute::MyInfo([
                        field("new$ desc|"),
                        field("<X V:1,M:P,H:1/0/0,S:1>"),
                        field("fast\u{9}"),
                        field("m@x"),
                        field("123"),
                    ])))
                }
                _ => None,
            };
        }
        verdict
    }

    pub fn script_calls(&mut self) {
        let script = ScriptId(u32::try_from(self.rng.below(4)).unwrap());
        let who: Bytes = nick(self.rng.below(NICKS)).into();
        let other: Bytes = if self.rng.percent(20) {
            "Viperhub".into()
        } else {
            nick(self.rng.below(NICKS)).into()
        };
        let bot: Bytes = format!("bot{}", self.rng.below(5)).into();
        let class = i64::try_from(self.rng.below(12)).unwrap() - 1;
        let n = i64::try_from(self.rng.below(12)).unwrap();
        let text = Bytes::from_static(self.hostile("script text").as_bytes());
        let (min, max) = (class, class + 3);
        let call = match self.rng.below(30) {
            0 => Call::Send {
                to: Target::Nick(who),
                data: Wire::raw("<x> raw"),
            },
            1 => Call::Send {
                to: Target::Chat,
                data: Wire::raw("<x> raw|"),
            },
            2 => Call::Send {
                to: Target::Classes {
                    min,
                    max,
                    active: *self.rng.pick(&[None, Some(true), Some(false)]),
                },
                data: Wire::raw("<x> script text"),
            },
            3 => Call::BotChat {
                from: bot,
                text,
                min,
                max,
            },
            4 => Call::PmToClasses {
                from: bot,
                text: "to classes".into(),
                min,
                max,
            },
            5 if n & 1 == 0 => Call::HostOf { nick: who },
            5 => Call::OpChat {
                from: self.rng.percent(50).then_some(who),
                text,
            },
            6 => {
                let field =
                    |on: bool, text: &'static str| on.then(|| Bytes::from_static(text.as_bytes()));
                Call::SetMyInfo {
                    nick: who,
                    fields: [
                        field(n & 1 != 0, "scripted"),
                        field(n & 2 != 0, ""),
                        field(n & 4 != 0, "slow\u{1}"),
                        field(n & 8 != 0, "e"),
                        field(n > 9, "4096"),
                    ],
                }
            }
            7 => Call::MyInfoFlag {
                nick: who,
                flag: 1 << (n % 7),
                on: n > 6,
            },
            8 => {
                // Whose address is another one now is not known there when he floods.
                let same = |c: &&mut Client| c.nick.eq_ignore_ascii_case(&who);
                for c in self.clients.values_mut().filter(same) {
                    c.moved = true;
                }
                let ip = "1.1.1.1".into();
                Call::SetUserIp { nick: who, ip }
            }
            9 => Call::AddReg {
                nick: who,
                class: n - 2,
                password: if n > 5 { "secret" } else { "" }.into(),
                op: other,
            },
            10 => Call::DelReg { nick: who },
            11 => Call::SetRegClass { nick: who, class },
            12 | 13 => Call::Kick {
                op: other,
                nick: who,
                reason: match self.rng.percent(50) {
                    true => self.reason().into(),
                    false => text.clone(),
                },
                note: text.clone(),
                op_note: text,
                ban_time: n - 3,
                redirect: (n > 6).then(|| "elsewhere".into()),
            },
            14 => Call::Ban {
                op: other,
                nick: who,
                reason: text,
                seconds: 1 + n % 4,
                kind: 1 << n,
            },
            15 => Call::Close {
                nick: who,
                reason: n * 2,
                delay: if n > 8 { n * 100 } else { 0 },
            },
            16 => Call::DelNickTempBan { nick: who },
            17 => {
                let ip: Bytes = format!("192.168.0.{}", self.rng.below(40)).into();
                self.forgive(&ip);
                Call::DelIpTempBan { ip }
            }
            18 => Call::Restrict {
                nick: who,
                periods: ["", "0", "2s", "1s"].map(|p| match n {
                    0 => "bad".into(),
                    _ => p.into(),
                }),
            },
            19 => {
                if self.rng.percent(30) {
                    let names = &["hub_name", "hub_topic", "hub_desc", "hub_security_desc"];
                    let var = *self.rng.pick::<&'static str>(names);
                    let value = self.hostile("plain");
                    return self.call(
                        Some(script),
                        Call::SetConfig {
                            file: "config".into(),
                            var: var.into(),
                            value: value.into(),
                        },
                    );
                }
                let setting = self.setting();
                let (name, value) = setting.split_once(' ').unwrap_or((&setting, ""));
                let (file, var) = name.split_once('.').unwrap_or(("config", name));
                Call::SetConfig {
                    file: file.to_owned().into(),
                    var: var.to_owned().into(),
                    value: value.to_owned().into(),
                }
            }
            20 | 21 => Call::AddRobot {
                nick: if self.rng.percent(20) { who } else { bot },
                class,
                fields: [
                    self.hostile("a bot").into(),
                    "fast\u{1}".into(),
                    self.hostile("").into(),
                    self.hostile("0").into(),
                ],
            },
            22 => Call::DelRobot { nick: bot },
            23..=27 => {
                let command = format!("!{}", self.command_text(&nick(1)));
                Call::ParseCommand {
                    nick: who,
                    command: command.into(),
                    pm: n > 6,
                }
            }
            28 => Call::ScriptCommand {
                cmd: text.clone(),
                data: text.clone(),
                plugin: text.clone(),
                script: text,
                immediate: n > 6,
            },
            _ => Call::Report {
                text: "Traceback: int | None".into(),
                log: None,
            },
        };
        self.call(Some(script), call);
    }
}
