//! The machine: all state of one hub, changed by one input at a time.
//!
//! A message that scripts must judge, or that needs the store, *parks* its connection: what
//! is to be done afterwards is kept as a closure ([`asking`]), later messages of that
//! connection wait in its inbox, and everybody else goes on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use nmdc::{Wire, write};

use crate::config::Config;
use crate::constants::CloseReason;
use crate::hooks::{Event, Hook, HookSet};
use crate::io::{
    AskId, Audience, Call, CallId, ConnId, Group, Input, Level, Now, Output, ScriptId,
};
use crate::reg::{BanRow, KickRow, RightsRow};
use crate::view::View;

mod asking;
mod banning;
mod banrows;
mod bans;
mod bots;
mod calls;
mod chat;
mod checks;
mod clients;
mod clock;
mod clones;
mod commands;
mod conn;
mod connect;
mod consoles;
mod country;
mod ctm2hub;
mod drops;
mod entry;
mod extras;
mod flood;
pub mod fuzzing;
mod guesses;
mod handshake;
mod hosts;
mod inbox;
mod inspect;
mod joining;
mod leave;
mod lists;
mod load;
mod myinfo;
mod opcommands;
mod password;
mod private;
mod protocol;
mod publish;
mod redirects;
mod regfields;
mod registration;
mod reports;
mod reread;
mod restrict;
mod rights;
mod room;
mod search;
mod secure;
mod selfreg;
mod service;
mod settings;
mod tempban;
mod tick;
mod triggers;
mod vars;
mod zones;

pub(crate) use commands::password_at;
pub use commands::{COMMANDS, CommandRow, Least};
pub use extras::with_port;
pub use inspect::Seat;
pub(crate) use vars::names as variable_names;

use bots::Bot;
use conn::Conn;
use rights::Needs;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
type Set<K> = HashSet<K, foldhash::fast::RandomState>;

/// Joins pieces of text into one block. Never a message: those are made by `nmdc::write`.
macro_rules! cat {
    ($($piece:expr),* $(,)?) => {{
        // One request for memory, and none for a reference count.
        bytes::Bytes::from([$( AsRef::<[u8]>::as_ref(&$piece) ),*].concat())
    }};
}
use cat;

/// Who holds a nick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holder {
    /// A user in the list.
    User(ConnId),
    /// A bot, by its key.
    Bot,
    /// A user who is gone but whose `OnUserLogout` is still being judged.
    Leaving(AskId),
}

/// A nick in the form in which nicks are compared: ASCII letters lowered.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
struct NickKey(Bytes);

impl NickKey {
    fn of(nick: &[u8]) -> NickKey {
        NickKey(nmdc::nick::key(nick).into())
    }
}

/// How many script calls may hang on one another before further hooks are no longer asked.
const MAX_NESTING: u8 = 8;

/// The call from a script that the current work is done for.
#[derive(Clone, Copy, Default)]
struct Ctx {
    /// The waiting call, which must be answered exactly once.
    call: Option<CallId>,
    /// How many hooks lie between here and the event that began it all.
    depth: u8,
    /// The command that is being done, and for whom: asked again before what it does later.
    acts: Option<(ConnId, &'static CommandRow)>,
}

/// One hub.
pub struct Hub {
    now: Now,
    started: Now,
    random: u64,
    config: Config,
    view: Arc<View>,
    /// What scripts or plugins want to hear of.
    hooks: HookSet,
    script_hooks: HookSet,
    plugin_hooks: HookSet,
    conns: Map<ConnId, Conn>,
    nicks: Map<NickKey, Holder>,
    bots: Map<NickKey, Bot>,
    /// Whose entry stands in the view under a nick as typed: several connections may be at
    /// the same nick until one is in the list.
    in_view: Map<Bytes, ConnId>,
    /// Users that read the operator chat.
    opchat: Set<ConnId>,
    /// Registered nicks: all others need no question to the store.
    registered: Set<NickKey>,
    /// Bytes in the inboxes of all connections.
    parked: usize,
    waits: asking::Waits,
    ctx: Ctx,
    lists: lists::Lists,
    nick_bans: tempban::TempBans<NickKey>,
    ip_bans: tempban::IpBans,
    bans: bans::Bans,
    /// Connections whose login is not finished.
    joining: joining::Joining,
    /// Passwords that wait to be checked.
    guesses: guesses::Guesses,
    /// How many connections the system lets there be, if the program has said.
    sockets: Option<usize>,
    unknown_bans: usize,
    /// How often bans and rights were written down.
    edits: u64,
    /// Kicks and drops of the last hour, for bans of those who were kicked.
    kicks: std::collections::VecDeque<KickRow>,
    restrictions: restrict::Restrictions,
    /// Users in the list.
    slots: usize,
    /// The same by zone.
    zones: [usize; zones::ZONES],
    /// The same by address.
    by_ip: Map<std::net::IpAddr, smallvec::SmallVec<[ConnId; 2]>>,
    /// What has come too often from all users together.
    locks: [flood::Lock; 4],
    meter: load::Meter,
    total_share: u64,
    peak_users: usize,
    passive_users: usize,
    timers: tick::Timers,
    /// Triggers, redirects, known clients, connection types.
    desk: consoles::Lists,
    /// When triggers were last shown by themselves, by their commands.
    triggered: Map<Bytes, u64>,
    files: triggers::Files,
    redirect_hits: Map<Bytes, u64>,
    /// Seconds that the hub's own time is ahead of UTC.
    ahead_of_utc: i64,
    /// Messages received by their rows in `nmdc::COMMANDS`, all others last.
    received: Vec<u64>,
    peak_share: u64,
    /// What scripts wrote to one another, for the next tick.
    script_commands: std::collections::VecDeque<Event>,
    /// How much each script has reported lately.
    reports: reports::Reports,
    /// Calls of scripts that wait for the name of a client's host.
    hosts_wanted: Map<ConnId, Vec<(Ctx, hosts::Wanted)>>,
    /// A script has asked for such a name: from then on they are looked up when clients come.
    scripts_want_hosts: bool,
    ctm_to_hub: ctm2hub::Swarm,
    pinned: service::Pinned,
    stopping: bool,
    /// The end is to be a new beginning.
    restart: bool,
    out: Vec<Output>,
}

/// What a hub starts with.
pub struct Start {
    /// Settings, already read from the store.
    pub config: Config,
    /// All registered nicks.
    pub registered: Vec<Bytes>,
    /// All bans.
    pub bans: Vec<BanRow>,
    /// What single nicks may and may not do for a while.
    pub rights: Vec<RightsRow>,
    /// What operators keep in lists.
    pub lists: crate::lists::Rows,
    /// Any number; decides the digits in locks.
    pub seed: u64,
    /// When.
    pub now: Now,
}

impl Hub {
    /// A hub with nobody in it. The second value is what other threads may read.
    pub fn new(start: Start) -> (Hub, Arc<View>) {
        let view = Arc::new(View::new(start.config.clone(), start.now.unix_secs()));
        let (bans, unknown_bans) = bans::Bans::load(start.bans, start.now.unix_secs());
        let mut hub = Hub {
            now: start.now,
            started: start.now,
            random: start.seed | 1,
            config: start.config,
            view: Arc::clone(&view),
            hooks: HookSet::EMPTY,
            script_hooks: HookSet::EMPTY,
            plugin_hooks: HookSet::EMPTY,
            conns: Map::default(),
            nicks: Map::default(),
            bots: Map::default(),
            in_view: Map::default(),
            opchat: Set::default(),
            registered: start.registered.iter().map(|n| NickKey::of(n)).collect(),
            parked: 0,
            waits: asking::Waits::default(),
            ctx: Ctx::default(),
            lists: lists::Lists::default(),
            nick_bans: tempban::TempBans::default(),
            ip_bans: tempban::IpBans::default(),
            joining: joining::Joining::default(),
            guesses: guesses::Guesses::default(),
            sockets: None,
            bans,
            unknown_bans,
            edits: 0,
            kicks: std::collections::VecDeque::new(),
            restrictions: restrict::Restrictions::load(start.rights, start.now.unix_secs()),
            slots: 0,
            zones: [0; zones::ZONES],
            by_ip: Map::default(),
            locks: Default::default(),
            meter: load::Meter::starting(start.now.mono_ms),
            total_share: 0,
            peak_users: 0,
            passive_users: 0,
            timers: tick::Timers::default(),
            desk: consoles::Lists::new(start.lists),
            triggered: Map::default(),
            files: triggers::Files::default(),
            redirect_hits: Map::default(),
            ahead_of_utc: 0,
            received: vec![0; nmdc::COMMANDS.len() + 1],
            peak_share: 0,
            script_commands: std::collections::VecDeque::new(),
            reports: reports::Reports::default(),
            hosts_wanted: Map::default(),
            scripts_want_hosts: false,
            ctm_to_hub: ctm2hub::Swarm::default(),
            pinned: service::Pinned::default(),
            stopping: false,
            restart: false,
            out: Vec::new(),
        };
        hub.create_hub_bots();
        hub.out.clear();
        (hub, view)
    }

    /// Handles one input; what is to be done is appended to `out` in order.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        self.now = now;
        std::mem::swap(&mut self.out, out);
        self.ctx = Ctx::default();
        match input {
            Input::Connected {
                conn,
                ip,
                peer_port,
                port,
                tls,
            } => self.connected(conn, ip, peer_port, port, tls),
            Input::TooLong { conn } => self.too_long(conn),
            Input::WantsTls { conn, late } => self.wants_tls(conn, late),
            Input::Frame { conn, frame } => self.frame(conn, frame),
            Input::Closed { conn, why } => self.closed(conn, why),
            Input::Tick => self.tick(),
            Input::Moment => self.moment(),
            Input::Verdict { ask, verdict } => self.verdict(ask, verdict),
            Input::Call {
                script,
                call,
                reply,
            } => self.call(script, *call, reply),
            Input::Store { req, reply } => self.store_reply(req, reply),
            Input::Engine { req, text } => self.engine_reply(req, text),
            Input::Host { req, name } => self.host_known(req, name.as_deref()),
            Input::Reloaded {
                req,
                changes,
                settings,
                text,
            } => self.reloaded(req, changes, settings, &text),
            Input::Reload => self.reload(None),
            Input::Program { req, reply } => self.program_reply(req, reply),
            Input::Zone(seconds) => self.ahead_of_utc = seconds,
            Input::Hooks(hooks) => {
                self.script_hooks = hooks;
                self.hooks = hooks.union(self.plugin_hooks);
            }
            Input::PluginHooks(hooks) => {
                self.plugin_hooks = hooks;
                self.hooks = hooks.union(self.script_hooks);
            }
            Input::ScriptGone(script) => self.remove_bots_of(Some(script)),
            Input::Registered(nicks) => self.registrations_changed(&nicks),
            Input::RegChanged(nicks) => self.reread_registrations(nicks),
            Input::Renamed(ips) => self.hosts_renamed(&ips),
            Input::Geo(geo) => self.view.set_geo(geo),
            Input::Shutdown => {
                self.shutdown(tick::End::default());
            }
            Input::Farewell => self.farewell(),
        }
        std::mem::swap(&mut self.out, out);
    }

    // ---- output ------------------------------------------------------------------------

    fn send(&mut self, conn: ConnId, data: Wire) {
        if !data.is_empty() {
            self.out.push(Output::Send {
                to: Audience::One(conn),
                data,
            });
        }
    }

    fn broadcast(&mut self, group: Group, data: Wire) {
        if !data.is_empty() {
            self.out.push(Output::Send {
                to: Audience::Group(group),
                data,
            });
        }
    }

    /// A line of the hub bot in one user's main chat.
    fn notice(&mut self, conn: ConnId, text: impl AsRef<[u8]>) {
        let data = self.bot_line(text.as_ref());
        self.send(conn, data);
    }

    /// A line that the hub bot says in main chat.
    fn bot_line(&self, text: &[u8]) -> Wire {
        Wire::of(|out| write::chat(&self.config.identity.hub_security, text, out))
    }

    /// A private message of the hub bot.
    fn private_notice(&mut self, conn: ConnId, text: &[u8]) {
        let Some(c) = self.conns.get(&conn) else {
            return;
        };
        let bot = &self.config.identity.hub_security;
        let data = Wire::of(|out| write::private(&c.nick, bot, bot, text, out));
        self.send(conn, data);
    }

    fn log(&mut self, level: Level, text: impl Into<String>) {
        self.out.push(Output::Log {
            level,
            text: text.into(),
        });
    }

    /// Answers a waiting script call.
    fn answer(&mut self, ctx: Ctx, value: impl Into<crate::value::Value<'static>>) {
        self.answer_with(ctx, Ok(value.into()));
    }

    fn answer_with(
        &mut self,
        ctx: Ctx,
        result: Result<crate::value::Value<'static>, crate::value::ApiError>,
    ) {
        if let Some(call) = ctx.call {
            self.out.push(Output::Answer { call, result });
        }
    }

    /// A pseudo-random number (xorshift64*); for lock digits, not for secrets.
    fn random(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn shutdown(&mut self, end: tick::End) {
        if self.stopping {
            // Who wants the end gets it, also when the hub was about to begin anew.
            if self.restart && !end.restart {
                self.restart = false;
                if let Some((_, code)) = &mut self.timers.end {
                    *code = end.code;
                }
            }
            return;
        }
        let tick::End { code, restart } = end;
        self.stopping = true;
        self.restart = restart;
        // By the documents 0 whatever the exit code: scripts clean up only then. Another number would
        // stand for a crash, in which no script is called any more.
        let event = Event::UnLoad { error_code: 0 };
        self.timers.end = Some((self.now.mono_ms, code));
        // Awaited, or scripts that hear of it from another one would be unloaded before.
        let needs = Needs::Nothing;
        self.ask(
            Hook::UnLoad,
            None,
            needs,
            |_| event,
            |hub, _| hub.unloaded(),
        );
    }

    /// The scripts have heard that this is the end, or took too long over it.
    fn unloaded(&mut self) {
        if let Some((_, code)) = self.timers.end.take() {
            let restart = self.restart;
            self.out.push(Output::Stop { code, restart });
        }
    }

    fn farewell(&mut self) {
        self.stopping = true;
        let text = self.parting();
        let data = self.bot_line(text.as_bytes());
        self.broadcast(Group::LISTED, data);
        let mut ids: Vec<ConnId> = self.conns.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            match self.conns.get(&id).is_some_and(|c| c.listed) {
                true => self.close_told(id, CloseReason::Default, text),
                false => self.close(id, CloseReason::Default, text),
            }
        }
    }

    /// What is said to who is here when the hub ends.
    const fn parting(&self) -> &'static str {
        match self.restart {
            true => "The hub restarts, please come back in a moment.",
            false => "The hub is shutting down.",
        }
    }

    /// A line of the hub bot in the operator chat.
    fn tell_operators(&mut self, text: &[u8]) {
        self.opchat_line(None, text, None);
    }

    fn call(&mut self, script: Option<ScriptId>, call: Call, reply: Option<CallId>) {
        self.ctx = Ctx {
            call: reply,
            ..Ctx::default()
        };
        self.script_call(script, call);
        self.ctx = Ctx::default();
    }
}

#[cfg(test)]
mod tests;
