//! Floods: too many messages of one kind by one user, too many of all users together, the
//! same text again and again.

use std::hash::Hasher;

use nmdc::Flood;

use crate::config::Config;
use crate::constants::CloseReason;
use crate::io::ConnId;

use super::tempban::{Cause, TempBan};
use super::{Hub, cat};

/// How much of something is allowed, and what happens beyond.
#[derive(Clone, Copy)]
struct Rule {
    period: u64,
    limit: u32,
    /// 0 report, 1 skip, 2 disconnect, 3 disconnect and ban the address.
    action: u32,
}

macro_rules! floods {
    ($($K:ident $what:literal $section:ident $period:ident $limit:ident $action:ident;)*) => {
        /// What users are told that they send too many of.
        const fn what(kind: Flood) -> &'static str {
            match kind { $(Flood::$K => $what),* }
        }

        /// So many of it in so many seconds may each user send.
        fn rule(kind: Flood, config: &Config) -> Rule {
            match kind {
                $(Flood::$K => Rule {
                    period: config.$section.$period,
                    limit: config.$section.$limit,
                    action: config.$section.$action,
                }),*
            }
        }
    };
}

// Each message's row in `nmdc::COMMANDS` says which of these it is; a kind without a row here does
// not compile.
floods! {
    Chat "chat lines" flood int_flood_chat_period int_flood_chat_limit proto_flood_chat_action;
    MCTo "private chat lines" flood int_flood_mcto_period int_flood_mcto_limit
        proto_flood_mcto_action;
    To "private messages" flood int_flood_to_period int_flood_to_limit proto_flood_to_action;
    MyInfo "MyINFO" flood int_flood_myinfo_period int_flood_myinfo_limit proto_flood_myinfo_action;
    In "IN" flood int_flood_in_period int_flood_in_limit proto_flood_in_action;
    ExtJson "ExtJSON" flood int_flood_extjson_period int_flood_extjson_limit
        proto_flood_extjson_action;
    Search "searches" flood int_flood_search_period int_flood_search_limit
        proto_flood_search_action;
    Sr "search results" flood int_flood_sr_period int_flood_sr_limit proto_flood_sr_action;
    Ctm "requests to connect" flood int_flood_ctm_period int_flood_ctm_limit
        proto_flood_ctm_action;
    Rctm "requests to be connected" flood int_flood_rctm_period int_flood_rctm_limit
        proto_flood_rctm_action;
    NickList "requests of the user list" flood int_flood_nicklist_period int_flood_nicklist_limit
        proto_flood_nicklist_action;
    GetInfo "GetINFO" flood int_flood_getinfo_period int_flood_getinfo_limit
        proto_flood_getinfo_action;
    Login "login messages" viper int_flood_login_period int_flood_login_limit
        proto_flood_login_action;
    Question "questions to the hub" viper int_flood_question_period int_flood_question_limit
        proto_flood_question_action;
    Operator "operators' messages" viper int_flood_operator_period int_flood_operator_limit
        proto_flood_operator_action;
    Ping "empty messages" flood int_flood_ping_period int_flood_ping_limit proto_flood_ping_action;
    Unknown "unknown messages" flood int_flood_unknown_period int_flood_unknown_limit
        proto_flood_unknown_action;
}

/// What all users together may send so many of in so many seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shared {
    Chat,
    MCTo,
    To,
    /// Passive searches.
    Search,
}

impl Shared {
    const ALL: [Shared; 4] = [Shared::Chat, Shared::MCTo, Shared::To, Shared::Search];

    /// The setting that holds the limit.
    const fn setting(self) -> &'static str {
        match self {
            Shared::Chat => "int_flood_all_chat_limit",
            Shared::MCTo => "int_flood_all_mcto_limit",
            Shared::To => "int_flood_all_to_limit",
            Shared::Search => "int_flood_all_search_limit",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Shared::Chat => "Main chat",
            Shared::MCTo => "Private chat",
            Shared::To => "Private messaging",
            Shared::Search => "Passive searching",
        }
    }

    fn rule(self, config: &Config) -> (u64, u32) {
        let f = &config.flood;
        match self {
            Shared::Chat => (f.int_flood_all_chat_period, f.int_flood_all_chat_limit),
            Shared::MCTo => (f.int_flood_all_mcto_period, f.int_flood_all_mcto_limit),
            Shared::To => (f.int_flood_all_to_period, f.int_flood_all_to_limit),
            Shared::Search => (f.int_flood_all_search_period, f.int_flood_all_search_limit),
        }
    }
}

/// A fixed window that begins with the first message in it.
#[derive(Clone, Copy, Default, Debug)]
struct Window {
    start: u64,
    count: u32,
}

impl Window {
    /// Counts one more; the number of it in its window.
    fn count(&mut self, now: u64, period_ms: u64) -> u32 {
        if self.count == 0 || now >= self.start.saturating_add(period_ms) {
            *self = Window {
                start: now,
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
        self.count
    }
}

/// One user's messages of one kind.
struct Tally {
    kind: Flood,
    window: Window,
    /// When operators were last told.
    reported: Option<u64>,
}

/// What one user has sent lately. Empty for who sends nothing, so that it costs little.
#[derive(Default)]
pub(super) struct Tallies {
    kinds: Vec<Tally>,
    pm: Same,
    mcto: Same,
}

/// How often the same text came one after another.
#[derive(Clone, Copy, Default)]
struct Same {
    text: u64,
    count: u32,
}

/// A command that is locked when it comes too often.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Lock {
    window: Window,
    /// Locked until then; 0: not locked.
    until: u64,
}

/// What a lock says to one more message.
#[derive(PartialEq, Eq, Debug)]
enum Passage {
    Free,
    /// It was the one too many.
    Closing,
    Closed,
}

impl Lock {
    pub fn locked(&self) -> bool {
        self.until > 0
    }

    pub fn locked_until(&self) -> Option<u64> {
        self.locked().then_some(self.until)
    }

    /// Opens when nobody has tried for the whole period; true when it has just opened.
    pub fn open(&mut self, now: u64) -> bool {
        let opens = self.locked() && now >= self.until;
        if opens {
            *self = Lock::default();
        }
        opens
    }

    fn pass(&mut self, now: u64, period_ms: u64, limit: u32) -> Passage {
        if self.locked() {
            self.until = now.saturating_add(period_ms);
            return Passage::Closed;
        }
        if self.window.count(now, period_ms) <= limit {
            return Passage::Free;
        }
        self.until = now.saturating_add(period_ms).max(1);
        Passage::Closing
    }
}

impl Hub {
    /// Whether floods of this user are looked for. Who has not given his password yet is nobody
    /// special.
    fn watched(&self, id: ConnId) -> bool {
        let most = self.config.flood.max_class_proto_flood;
        (self.conns.get(&id)).is_some_and(|c| {
            let class = match c.password_ok {
                true => c.theoretical_class(),
                false => c.class,
            };
            class <= most
        })
    }

    /// Counts a message; true when it is one too many and goes no further.
    ///
    /// Called once for each message, before its handler.
    pub(super) fn flooding(&mut self, id: ConnId, kind: Flood) -> bool {
        let rule = rule(kind, &self.config);
        if rule.period == 0 || rule.limit == 0 || !self.watched(id) {
            return false;
        }
        let f = &self.config.flood;
        let reports = f.proto_flood_report && (f.proto_flood_report_locked || !self.locked(kind));
        let pause = f.proto_flood_report_time.saturating_mul(1000);
        let now = self.now.mono_ms;
        let Some(c) = self.conns.get_mut(&id) else {
            return false;
        };
        let tallies = &mut c.tallies.kinds;
        let at = tallies.iter().position(|t| t.kind == kind);
        let at = at.unwrap_or_else(|| {
            tallies.push(Tally {
                kind,
                window: Window::default(),
                reported: None,
            });
            tallies.len() - 1
        });
        let Some(tally) = tallies.get_mut(at) else {
            return false;
        };
        if tally.window.count(now, rule.period.saturating_mul(1000)) <= rule.limit {
            return false;
        }
        let due = tally
            .reported
            .is_none_or(|at| now >= at.saturating_add(pause));
        if reports && due {
            tally.reported = Some(now);
            let text = cat![
                "Flood: ",
                self.who(id),
                " sent more than ",
                format!("{} {} in {} seconds.", rule.limit, what(kind), rule.period)
            ];
            self.tell_operators(&text);
        }
        if rule.action >= 2 {
            let text = format!("You send too many {}.", what(kind));
            if rule.action >= 3 {
                let seconds = self.config.flood.proto_flood_tban_time;
                self.keep_out(id, Cause::Flood, text.as_bytes(), seconds);
            }
            self.close(id, CloseReason::LoginErr, text);
        }
        rule.action > 0
    }

    /// Bans the address of a connection for a while, in memory; 0 seconds: not at all.
    pub(super) fn keep_out(&mut self, id: ConnId, cause: Cause, reason: &[u8], seconds: u64) {
        let until = self
            .now
            .mono_ms
            .saturating_add(seconds.saturating_mul(1000));
        let Some(c) = self.conns.get(&id).filter(|_| seconds > 0) else {
            return;
        };
        let ban = TempBan {
            cause,
            reason: bytes::Bytes::copy_from_slice(reason),
            until,
            pair: None,
        };
        let ip = c.ip;
        self.ban_ip(ip, ban, Some(id));
    }

    /// Nick and address of a connection, for reports.
    pub(super) fn who(&self, id: ConnId) -> bytes::Bytes {
        let Some(c) = self.conns.get(&id) else {
            return bytes::Bytes::new();
        };
        let ip = self.shown_ip(c);
        if c.nick.is_empty() {
            cat!["somebody at ", ip]
        } else {
            cat![c.nick, " (", ip, ")"]
        }
    }

    // ---- all users together --------------------------------------------------------------

    /// Whether all users together have sent so much of this that it is locked.
    fn locked(&self, kind: Flood) -> bool {
        let shared = match kind {
            Flood::Chat => Shared::Chat,
            Flood::MCTo => Shared::MCTo,
            Flood::To => Shared::To,
            Flood::Search => Shared::Search,
            _ => return false,
        };
        (self.locks.get(shared as usize)).is_some_and(Lock::locked)
    }

    /// Counts a message of all users together; true when it is locked out.
    pub(super) fn locked_out(&mut self, id: ConnId, what: Shared) -> bool {
        let (period, limit) = what.rule(&self.config);
        if period == 0 || limit == 0 || !self.watched(id) {
            return false;
        }
        let now = self.now.mono_ms;
        let Some(lock) = self.locks.get_mut(what as usize) else {
            return false;
        };
        let opened = lock.open(now);
        let passage = lock.pass(now, period.saturating_mul(1000), limit);
        if opened {
            self.tell_unlocked(what.what());
        }
        match passage {
            Passage::Free => return false,
            Passage::Closing => {
                let name = what.what();
                let text = format!(
                    "{name} is locked: more than {limit} in {period} seconds by all users \
                     together ({}; 0 turns it off).",
                    what.setting()
                );
                self.report_flood(text.as_bytes());
            }
            Passage::Closed => {}
        }
        if what != Shared::Search {
            let text = format!("{} is locked because of a flood, please wait.", what.what());
            self.notice(id, text);
        }
        true
    }

    /// Counts a request to `target`; true when he gets too many from all users together.
    pub(super) fn target_locked(&mut self, id: ConnId, target: ConnId) -> bool {
        let f = &self.config.flood;
        let (period, limit) = (f.int_flood_all_rctm_period, f.int_flood_all_rctm_limit);
        if period == 0 || limit == 0 || !self.watched(id) {
            return false;
        }
        let now = self.now.mono_ms;
        let Some(t) = self.conns.get_mut(&target) else {
            return false;
        };
        let opened = t.rctm.open(now);
        let passage = t.rctm.pass(now, period.saturating_mul(1000), limit);
        if opened {
            self.tell_target_unlocked(target);
        }
        if passage == Passage::Closing {
            let text = cat![
                "Connections through ",
                self.nick_of(target),
                " are locked: ",
                format!("more than {limit} requests in {period} seconds.")
            ];
            self.report_flood(&text);
        }
        passage != Passage::Free
    }

    /// Opens what nobody has tried for its period.
    pub(super) fn open_locks(&mut self) {
        let now = self.now.mono_ms;
        for shared in Shared::ALL {
            let lock = self.locks.get_mut(shared as usize);
            if lock.is_some_and(|lock| lock.open(now)) {
                self.tell_unlocked(shared.what());
            }
        }
    }

    fn tell_unlocked(&mut self, what: &str) {
        self.report_flood(format!("{what} is open again.").as_bytes());
    }

    pub(super) fn tell_target_unlocked(&mut self, target: ConnId) {
        let nick = self.nick_of(target);
        self.report_flood(&cat!["Connections through ", nick, " are open again."]);
    }

    fn report_flood(&mut self, text: &[u8]) {
        if self.config.flood.proto_flood_report {
            self.tell_operators(text);
        }
    }

    // ---- the same text -------------------------------------------------------------------

    /// Counts private texts that are the same as the one before; true when he is thrown out.
    pub(super) fn repeating(&mut self, id: ConnId, text: &[u8], mcto: bool) -> bool {
        let f = &self.config.flood;
        let limit = if mcto {
            f.max_flood_counter_mcto
        } else {
            f.max_flood_counter_pm
        };
        let seconds = u64::from(f.same_flood_ban_time);
        let Some(c) = self.conns.get_mut(&id).filter(|c| c.class < 3) else {
            return false;
        };
        // Fixed keys: who finds two texts with one hash is taken to repeat himself.
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(text);
        let hash = hasher.finish();
        let same = if mcto {
            &mut c.tallies.mcto
        } else {
            &mut c.tallies.pm
        };
        if same.text != hash {
            *same = Same {
                text: hash,
                count: 0,
            };
        }
        same.count = same.count.saturating_add(1);
        // As documented: with a tolerance of 5 the eighth is the one too many.
        if same.count < limit.saturating_add(3) {
            return false;
        }
        let report = cat![
            "Flood: ",
            self.who(id),
            " writes the same private message again and again."
        ];
        self.report_flood(&report);
        let why = "You wrote the same message again and again.";
        self.keep_out(id, Cause::Repeat, why.as_bytes(), seconds);
        self.close(id, CloseReason::Kicked, why);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_its_first_message() {
        let mut w = Window::default();
        assert_eq!([w.count(5, 10), w.count(14, 10)], [1, 2]);
        assert_eq!(
            [w.count(15, 10), w.count(24, 10), w.count(25, 10)],
            [1, 2, 1]
        );
    }

    #[test]
    fn who_tries_keeps_a_lock_closed() {
        let mut lock = Lock::default();
        let mut pass = |now| (lock.open(now), lock.pass(now, 10, 2));
        assert_eq!(pass(1), (false, Passage::Free));
        assert_eq!(pass(2), (false, Passage::Free));
        assert_eq!(pass(3), (false, Passage::Closing));
        assert_eq!(pass(12), (false, Passage::Closed));
        assert_eq!(pass(21), (false, Passage::Closed));
        assert_eq!(pass(31), (true, Passage::Free));
    }
}
