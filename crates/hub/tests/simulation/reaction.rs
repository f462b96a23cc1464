//! What the hub puts out, and what the world makes of it.

use std::hash::Hash;
use std::sync::Arc;

use bytes::Bytes;
use hub::hooks::Event;
use hub::io::{Ask, Audience, CallId, ConnId, Input, Output, ScriptId, Service, Traits};

use crate::invariants::{check_messages, check_private};
use crate::net::{Seen, look_at};
use crate::world::{Open, World};

impl World {
    pub fn call(&mut self, script: Option<ScriptId>, call: hub::io::Call) {
        self.next_call += 1;
        let reply = self.rng.percent(70).then_some(CallId(self.next_call));
        self.calls.extend(reply);
        self.stats.calls += 1;
        self.input(Input::Call {
            script,
            call: Box::new(call),
            reply,
        });
    }

    pub fn input(&mut self, input: Input) {
        self.events += 1;
        if self.trace {
            println!("{} {:?} {input:?}", self.events, self.now);
        }
        let mut out = std::mem::take(&mut self.out);
        self.watch_begins(&input);
        self.hub.handle(self.now, input, &mut out);
        let mut told = Vec::new();
        for output in out.drain(..) {
            if self.trace {
                println!("    {output:?}");
            }
            self.take(output, &mut told);
        }
        self.out = out;
        self.watch_ends();
        for event in &told {
            self.check_told(event);
        }
    }

    fn take(&mut self, output: Output, told: &mut Vec<Event>) {
        self.note_output(&output);
        let hash = &mut self.hash;
        match output {
            Output::Send { to, data } => {
                let sent = memchr::memchr_iter(b'|', &data).count();
                assert_eq!(
                    sent,
                    data.messages(),
                    "not as many messages as meant: {data:?}"
                );
                check_messages(&data);
                self.deliver(&to, &data.into_bytes());
            }
            Output::Traits { conn, traits } => {
                (conn, traits).hash(hash);
                let c = self.clients.get_mut(&conn).expect("traits of nobody");
                let enters = !c.listed() && traits.has(Traits::LISTED);
                c.traits = traits;
                if enters {
                    self.stats.logins += 1;
                    self.note_newcomer(conn);
                }
            }
            Output::Read { conn, on } => {
                (conn, on).hash(hash);
                let c = self.clients.get_mut(&conn).expect("read from nobody");
                assert_ne!(c.reading, on, "{:?}: reading is {on} already", c.nick);
                c.reading = on;
            }
            Output::Close { conn } => {
                conn.hash(hash);
                assert!(self.clients.remove(&conn).is_some(), "closed twice");
            }
            Output::Ask(Ask { id, event, nested }) => {
                let event = Arc::unwrap_or_clone(event);
                (id, event.hook(), nested).hash(hash);
                self.stats.asks += 1;
                let wanted = self.hooks.union(self.plugin_hooks);
                assert!(wanted.has(event.hook()), "not asked for: {event:?}");
                told.push(event.clone());
                if let (Event::UserLogout { nick }, Some(_)) = (&event, id) {
                    self.leaving.insert(nick.clone());
                }
                let message = self.message_of(&event);
                if let Some((kind, sender)) = message {
                    // He waits for the verdict: nothing of his is looked at before.
                    let mut open = self.asks.iter().filter_map(|open| open.message);
                    assert!(open.all(|(_, s)| s != sender), "{sender:?} was not held up");
                    self.note_asked(kind, sender, &event);
                }
                if let Some(id) = id {
                    assert!(self.ask_ids.insert(id), "{id:?} twice");
                    self.asks.push(Open { id, event, message });
                }
            }
            Output::Store { req, op } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.check_deed(&op);
                self.store.queue.push_back((req, op));
            }
            Output::LookUp { req, ip } => {
                (req, ip).hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.lookups.push((req, ip));
            }
            Output::Engine { req, .. } | Output::Plugin { req, .. } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.engine.push(req);
            }
            Output::Program { req, op } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                self.programs.push((req, op));
            }
            Output::Answer { call, result } => {
                (call, result.is_ok()).hash(hash);
                assert!(self.calls.remove(&call), "{call:?} answered without need");
            }
            Output::Log { text, .. } => text.hash(hash),
            Output::Service { req, op } => {
                req.hash(hash);
                assert!(self.reqs.insert(req), "{req:?} twice");
                match op {
                    Service::Reload { changes } => self.reloads.push((req, changes)),
                    Service::Hublist => self.engine.push(req),
                }
            }
            Output::Stop { code, restart } => {
                (code, restart).hash(hash);
                self.stops += 1;
                assert!(!(restart && self.told_to_end), "the end was forgotten");
            }
        }
    }

    fn deliver(&mut self, to: &Audience, data: &Bytes) {
        data.hash(&mut self.hash);
        self.place += 1;
        self.check_told_of_registrations(data);
        if data.ends_with(b" temporary bans are gone.|") {
            self.kept_out.clear();
        }
        let seen = look_at(data);
        let direct = match to {
            Audience::One(id) => {
                let c = self.clients.get_mut(id);
                let c = c.unwrap_or_else(|| panic!("sent to nobody ({id:?}): {data:?}"));
                check_private(&self.hub, &self.view, c, data);
                self.note_delivered(true, &seen);
                self.note_direct(*id, &seen);
                true
            }
            Audience::Group(g) => {
                (g.all, g.any, g.none, g.except).hash(&mut self.hash);
                assert!(g.all.has(Traits::LISTED), "to unlisted: {data:?}");
                self.note_delivered(false, &seen);
                self.note_broadcast(&seen);
                false
            }
        };
        for c in self.clients.values_mut().filter(|c| c.receives(to)) {
            self.stats.bytes += data.len() as u64;
            c.receive(direct, &seen, self.place, data.len());
        }
    }

    /// Whose address is kept out for a flood is not let in.
    fn note_direct(&mut self, id: ConnId, seen: &[Seen]) {
        let now = self.now.mono_ms;
        for one in seen {
            let Some(c) = self.clients.get_mut(&id) else {
                return;
            };
            match one {
                Seen::Lock => c.greeted = now,
                Seen::Full => self.stats.full += 1,
                Seen::Locked => self.stats.locked += 1,
                Seen::Flooded(what) => {
                    self.stats.floods += 1;
                    let (ip, moved) = (c.ip, c.moved);
                    let action = self.flood_action(what);
                    assert!(action >= 2, "thrown out for too many {what:?}");
                    let until = now + self.view.config().flood.proto_flood_tban_time * 1000;
                    let old = self.kept_out.get(&ip).map_or(0, |k| k.1);
                    if action == 3 && !moved && until > old {
                        self.kept_out.insert(ip, (now, until));
                    }
                }
                Seen::Hello | Seen::GetPass => {
                    let greeted = c.greeted;
                    let banned = matches!(one, Seen::Hello)
                        && (self.kept_out.get(&c.ip))
                            .is_some_and(|(from, until)| *from < greeted && greeted < *until);
                    assert!(!banned, "{:?} of {} is let in", c.nick, c.ip);
                }
                _ => {}
            }
        }
    }

    /// A script lifted the ban of an address.
    pub fn forgive(&mut self, ip: &[u8]) {
        if let Ok(ip) = String::from_utf8_lossy(ip).parse() {
            self.kept_out.remove(&ip);
        }
    }

    /// What all were told decides who is announced and in which order lines were said.
    fn note_broadcast(&mut self, seen: &[Seen]) {
        for one in seen {
            match one {
                Seen::Info { nick, line } => {
                    self.announced.insert(nick.clone(), line.clone());
                }
                Seen::Quit(nick) => {
                    self.leaving.remove(nick);
                    let was = self.announced.remove(nick);
                    assert!(was.is_some(), "$Quit of {nick:?} who was not there");
                }
                Seen::Chat(n) => {
                    self.stats.chat += 1;
                    let sender = self.said.remove(n).expect("a line said once");
                    if let Some(c) = self.clients.get_mut(&sender) {
                        assert!(*n > c.own_shown, "{n} of {:?} out of order", c.nick);
                        c.own_shown = *n;
                    }
                }
                _ => {}
            }
        }
    }
}
