//! The first half of a login: lock, features, key, nick, password.

use std::net::IpAddr;

use bytes::Bytes;
use nmdc::{Wire, WireBuf, write};

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, Tls};
use crate::reg::{RegUser, StoreOp, StoreReply};

use super::conn::{Conn, FEATURES, Features};
use super::load::Load;
use super::rights::Needs;
use super::tempban::{Cause, TempBan, span};
use super::{Holder, Hub, NickKey, cat};

/// What the lock and `$HubINFO` call this program.
pub(super) const SOFTWARE: &str = concat!("Viperhub ", env!("CARGO_PKG_VERSION"));

impl Hub {
    pub(super) fn connected(
        &mut self,
        id: ConnId,
        ip: IpAddr,
        peer_port: u16,
        port: u16,
        tls: Tls,
    ) {
        let mut c = Conn::new(id, ip, port);
        c.peer_port = peer_port;
        c.tls = tls;
        c.login_deadline = self.deadline(self.config.engine.timeout_login);
        self.conns.insert(id, c);
        self.joins(id);
        if self.stopping {
            self.close(id, CloseReason::HubLoad, self.parting());
            return;
        }
        self.begin(id);
    }

    /// A moment so many seconds from now; `None` for "no limit".
    pub(super) fn deadline(&self, seconds: f64) -> Option<u64> {
        (seconds > 0.0).then(|| {
            let ms = std::time::Duration::try_from_secs_f64(seconds).map_or(u64::MAX, |d| {
                u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
            });
            self.now.mono_ms.saturating_add(ms)
        })
    }

    pub(super) fn greet(&mut self, id: ConnId) {
        let digits = self.random() % 10_000;
        let pk = if self.config.users.host_header == 0 {
            "NMDC 1,0091"
        } else {
            SOFTWARE
        };
        let lock: Bytes = format!("EXTENDEDPROTOCOL_NMDC_{}{digits:04}", self.lock_mark()).into();
        let mut data = WireBuf::new();
        write::lock(&lock, pk.as_bytes(), &mut data);
        let deadline = self.deadline(self.config.engine.timeout_key);
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.lock = lock;
        c.deadline = deadline;
        let ip = c.ip;
        self.send(id, data.finish());
        self.look_up_host(id);
        if self.config.users.host_header >= 2 {
            self.send_header(id);
        }
        if self.load() >= Load::Recovery {
            self.close(
                id,
                CloseReason::HubLoad,
                "The hub is overloaded, please try again later.",
            );
            return;
        }
        if let Some(ban) = self.ip_bans.find(&ip, self.now.mono_ms) {
            self.refuse_banned(id, &ban);
            return;
        }
        self.note_welcome(id);
    }

    pub(super) fn refuse_banned(&mut self, id: ConnId, ban: &TempBan) {
        let left = match ban.until {
            u64::MAX => "good".to_owned(),
            until => span(until.saturating_sub(self.now.mono_ms).div_ceil(1000)),
        };
        let text = cat!["You are kept out for ", left, ": ", ban.reason];
        let reason = match ban.cause {
            Cause::Password => CloseReason::Password,
            Cause::Reconnect => CloseReason::Reconnect,
            Cause::Kick | Cause::Repeat => CloseReason::Kicked,
            Cause::Flood => CloseReason::LoginErr,
            Cause::Clone => CloseReason::Clone,
        };
        self.close(id, reason, text);
    }

    pub(super) fn supports(&mut self, id: ConnId, frame: &Bytes, text: &[u8]) {
        let no_json = self.config.rights.disable_extjson;
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if c.supports {
            self.duplicate(id, "Supports");
            return;
        }
        c.supports = true;
        c.announces = Bytes::copy_from_slice(text);
        let mut reply: Vec<&[u8]> = Vec::new();
        for word in nmdc::message::features(text) {
            if let Some((_, feature, answer)) = FEATURES.iter().find(|(w, ..)| *w == word) {
                c.features.add(*feature);
                if *feature != Features::EXT_JSON || !no_json {
                    reply.extend(answer);
                }
            }
        }
        let ip = c.ip_text.clone();
        let mut data = WireBuf::new();
        write::supports(&reply, &mut data);
        let reply = data.finish();
        let said = reply.without_pipe();
        let words = said.strip_prefix(b"$Supports ").unwrap_or_default();
        let filtered = said.slice_ref(words.trim_ascii());
        let message = frame.clone();
        let event = Event::ParsedMsgSupports {
            ip,
            data: message,
            filtered,
        };
        let needs = Needs::Nothing;
        self.ask_about(
            id,
            Hook::ParsedMsgSupports,
            needs,
            |_| event,
            move |hub, verdict| {
                hub.supports_judged(id, reply, verdict.allow);
            },
        );
    }

    fn supports_judged(&mut self, id: ConnId, reply: Wire, allow: bool) {
        if allow {
            self.send(id, reply);
        }
        let Some(c) = self.conns.get(&id) else { return };
        let (listed, nick_rule) = (c.listed, c.features.has(Features::NICK_RULE));
        if listed {
            // It comes before the login as a rule, but need not come at all.
            self.set_traits(id);
        }
        if nick_rule {
            let l = &self.config.limits;
            let mut data = WireBuf::new();
            let controls = (1..b' ').chain([0x7f]);
            let mut chars = b"<>\r\n".to_vec();
            chars.extend(controls.filter(|b| !matches!(b, b'\r' | b'\n')));
            let rule = write::NickRule {
                min: u64::from(l.min_nick),
                max: u64::from(l.max_nick),
                chars: &chars,
                prefixes: &l.nick_prefix,
            };
            write::nick_rule(&rule, &mut data);
            self.send(id, data.finish());
        }
    }

    pub(super) fn key(&mut self, id: ConnId, key: &[u8]) {
        let deadline = self.deadline(self.config.engine.timeout_nick);
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        if c.key_ok {
            self.duplicate(id, "Key");
            return;
        }
        if self.config.users.drop_invalid_key && nmdc::lock::key_for(&c.lock) != key {
            self.close(
                id,
                CloseReason::InvalidKey,
                "Your client computed a wrong key.",
            );
            return;
        }
        c.key_ok = true;
        if !c.validated {
            c.deadline = deadline;
        }
    }

    pub(super) fn version(&mut self, id: ConnId, frame: &Bytes, version: &[u8]) {
        let Some(c) = self.conns.get(&id) else { return };
        if c.version.is_some() {
            self.duplicate(id, "Version");
            return;
        }
        let (ip, data) = (c.ip_text.clone(), frame.clone());
        let version = frame.slice_ref(version);
        let (hook, event) = (Hook::ParsedMsgVersion, Event::ParsedMsgVersion { ip, data });
        self.ask_to_stay(
            id,
            hook,
            CloseReason::Plugin,
            |_| event,
            move |hub, _| {
                if let Some(c) = hub.conns.get_mut(&id) {
                    c.version = Some(version);
                }
            },
        );
    }

    // ---- nick --------------------------------------------------------------------------

    pub(super) fn validate_nick(&mut self, id: ConnId, nick: &[u8]) {
        let Some(c) = self.conns.get(&id) else { return };
        if c.validated {
            self.duplicate(id, "ValidateNick");
            return;
        }
        let nick = Bytes::copy_from_slice(nick);
        if !self.nick_bytes_fit(id, &nick) {
            return;
        }
        if self.registered.contains(&NickKey::of(&nick)) {
            let op = StoreOp::GetUser { nick: nick.clone() };
            self.store_about(id, Needs::Nothing, op, move |hub, reply| {
                hub.reg_known(id, nick, reply);
            });
        } else {
            self.accept_nick(id, nick, None);
        }
    }

    fn reg_known(&mut self, id: ConnId, nick: Bytes, reply: StoreReply) {
        match reply {
            StoreReply::User(reg) => self.accept_nick(id, nick, reg),
            _ => {
                self.close(
                    id,
                    CloseReason::LoginErr,
                    "Your registration cannot be read now, please try again later.",
                );
            }
        }
    }

    pub(super) fn accept_nick(&mut self, id: ConnId, nick: Bytes, reg: Option<Box<RegUser>>) {
        if self.waits_for_host(id, &nick) {
            return;
        }
        let key = NickKey::of(&nick);
        let enabled = reg.as_ref().is_some_and(|r| r.enabled);
        let pinger = (self.conns.get(&id)).is_some_and(|c| c.features.has(Features::BOT_INFO));
        let guest = if pinger { -1 } else { 0 };
        let class = reg
            .as_ref()
            .filter(|r| r.enabled)
            .map_or(guest, |r| r.class);
        if !enabled && !self.nick_fits(id, &nick) {
            return;
        }
        let Some(c) = self.conns.get(&id) else { return };
        let ip = c.ip;
        let taken = match self.nicks.get(&key) {
            Some(Holder::Bot) => true,
            Some(Holder::User(other)) if !enabled => {
                self.conns.get(other).is_some_and(|o| o.ip != ip)
            }
            _ => false,
        };
        if taken {
            self.deny_nick(id, &nick);
            return;
        }
        if let Some(ban) = self.nick_bans.find(&key, self.now.mono_ms) {
            self.refuse_banned(id, &ban);
            return;
        }
        if self.banned(id, &key, class) || self.lacks_country(id, &nick, class) {
            return;
        }
        let zone = self.zone_of(ip);
        // Nobody has a seat before he is in: who has no password yet cannot take one beyond the
        // limits, and who only begins a login takes none.
        if class < 3 && !self.has_room(id, class, &key, zone) {
            return;
        }
        if let Some(reg) = &reg
            && !reg.auth_ip.is_empty()
            && self
                .conns
                .get(&id)
                .is_some_and(|c| !same_ip(c.ip, &reg.auth_ip))
        {
            self.wrong_auth_ip(id, reg);
            return;
        }
        let deadline = self.deadline(self.config.engine.timeout_myinfo);
        let Some(c) = self.conns.get_mut(&id) else {
            return;
        };
        c.nick = nick.clone();
        c.key = key;
        c.zone = zone;
        c.validated = true;
        c.deadline = deadline;
        if let Some(fake) = reg.as_ref().and_then(|r| super::regfields::fake_ip(r)) {
            c.ip_text = fake;
        }
        let logs_in = reg.as_ref().is_some_and(|r| r.enabled && r.class == -1);
        let real_ip = c.ip.to_canonical().to_string().into();
        let asks_password = reg.as_ref().is_some_and(|r| {
            r.counts()
                && r.class != -1
                && (!r.pwd_change || (r.has_password && self.config.users.always_ask_password))
        });
        if class == -1 {
            c.class = -1;
        }
        c.reg = reg;
        c.asked_password = asks_password;
        c.password_ok = !asks_password;
        if logs_in {
            // A pinger is asked for no password, but its logins are counted.
            self.note_login(&nick, real_ip, true);
        }
        self.note_welcome(id);
        self.joins_as(id);
        if !self.conns.contains_key(&id) {
            return;
        }
        if !self.config.identity.hub_name.is_empty() {
            let mut data = WireBuf::new();
            write::hub_name(&self.config.identity.hub_name, None, &mut data);
            self.send(id, data.finish());
        }
        if asks_password {
            let mut data = WireBuf::new();
            write::get_pass(&mut data);
            self.send(id, data.finish());
        } else {
            self.hello(id);
        }
        let data = cat!["$ValidateNick ", nick];
        let (hook, event) = (
            Hook::ParsedMsgValidateNick,
            Event::ParsedMsgValidateNick { data },
        );
        self.ask_to_stay(id, hook, CloseReason::Plugin, |_| event, |_, _| ());
    }

    pub(super) fn deny_nick(&mut self, id: ConnId, nick: &[u8]) {
        let text = cat!["The nick ", nick, " is taken, please choose another one."];
        let denied = Wire::of(|out| write::validate_denide(nick, out));
        self.close_with(id, CloseReason::BadNick, text, denied);
    }

    fn wrong_auth_ip(&mut self, id: ConnId, reg: &RegUser) {
        let Some(c) = self.conns.get(&id) else { return };
        let (ip, shown) = (c.ip, self.shown_ip(c));
        let real = ip.to_canonical().to_string().into();
        self.note_login(&reg.nick, real, false);
        if reg.class >= self.config.users.wrongauthip_report {
            let text = cat![
                reg.nick,
                " may not log in from ",
                shown,
                ", only from ",
                reg.auth_ip
            ];
            self.tell_operators(&text);
        }
        self.close(
            id,
            CloseReason::LoginErr,
            "This nick may not log in from your address.",
        );
        let reason = b"This nick belongs to another address.";
        self.temp_ban_ip(ip, Cause::Password, reason);
    }

    /// Has a login that no password decided about written down.
    pub(super) fn note_login(&mut self, nick: &Bytes, ip: Bytes, right: bool) {
        let (nick, now) = (nick.clone(), self.now.unix_secs());
        self.store_and_forget(StoreOp::Login {
            nick,
            ip,
            now,
            right,
        });
    }

    pub(super) fn temp_ban_ip(&mut self, ip: IpAddr, cause: Cause, reason: &[u8]) {
        let seconds = u64::from(self.config.users.pwd_tmpban);
        if seconds > 0 {
            let until = self.now.mono_ms.saturating_add(seconds * 1000);
            let reason = Bytes::copy_from_slice(reason);
            let ban = TempBan {
                cause,
                reason,
                until,
                pair: None,
            };
            self.ban_ip(ip, ban, None);
        }
    }

    /// The nick is accepted, with its password when there is one.
    pub(super) fn hello(&mut self, id: ConnId) {
        let Some(c) = self.conns.get(&id) else { return };
        let mut data = WireBuf::new();
        write::hello(&c.nick, &mut data);
        if c.features.has(Features::HUB_URL) {
            write::get_hub_url(&mut data);
        }
        if c.class >= 3 {
            write::loged_in(&c.nick, &mut data);
        }
        self.send(id, data.finish());
        self.publish(id);
    }
}

/// Whether an address as typed is this one.
fn same_ip(ip: IpAddr, typed: &[u8]) -> bool {
    let typed = str::from_utf8(typed)
        .ok()
        .and_then(|t| t.trim().parse().ok());
    typed.is_some_and(|typed: IpAddr| typed.to_canonical() == ip.to_canonical())
}
