//! Questions to scripts, to the store and to the program, and what follows their answers.
//!
//! A question that comes of a message *parks* its connection: later messages of that connection
//! wait in its inbox, and everybody else goes on. What follows is a closure, written where the
//! question is asked.

use std::sync::Arc;

use bytes::Bytes;
use nmdc::Wire;

use crate::constants::CloseReason;
use crate::hooks::{Event, Hook, Verdict};
use crate::io::{
    Ask, AskId, ConnId, EngineOp, Level, Output, Part, PluginOp, ProgramOp, ProgramReply, ReqId,
    Service,
};
use crate::reg::{StoreOp, StoreReply};

use super::commands::CommandLine;
use super::consoles::Reply;
use super::leave::Leaver;
use super::rights::Needs;
use super::{Ctx, Hub, MAX_NESTING, Map, cat, reread};

/// How long operators are told nothing more of a database that refuses requests.
const STORE_REPORT_MS: u64 = 60_000;

/// A file's content, `None` when it is not there, or why it cannot be read.
type FileRead = Result<Option<Bytes>, String>;

/// What is done with an answer.
type Follow<A> = Box<dyn FnOnce(&mut Hub, A) + Send>;

/// The same with the name of a host; `None` when none came in time, which says nothing of the name.
type FollowName = Box<dyn FnOnce(&mut Hub, Option<&[u8]>) + Send>;

/// Something begun that waits for an answer.
struct Waiting<A> {
    follow: Follow<A>,
    needs: Needs,
    /// The connection whose further messages wait meanwhile.
    parks: Option<ConnId>,
    ctx: Ctx,
}

/// All that waits for an answer.
#[derive(Default)]
pub(super) struct Waits {
    verdicts: Map<AskId, (Hook, Waiting<Verdict>)>,
    stored: Map<ReqId, Waiting<StoreReply>>,
    programs: Map<ReqId, Waiting<ProgramReply>>,
    /// Who is shown a text when it comes, if anybody.
    texts: Map<ReqId, Option<ConnId>>,
    /// What is done with the name of a host.
    names: Map<ReqId, FollowName>,
    /// Users whose end the scripts are hearing of.
    leavers: Map<AskId, Leaver>,
    last_id: u64,
}

impl Waits {
    /// How many questions are not answered.
    pub fn len(&self) -> usize {
        self.verdicts.len()
            + self.stored.len()
            + self.programs.len()
            + self.texts.len()
            + self.names.len()
    }
}

impl Hub {
    /// A number that nothing had before.
    pub(super) fn id(&mut self) -> u64 {
        self.waits.last_id += 1;
        self.waits.last_id
    }

    // ---- scripts ---------------------------------------------------------------------------

    /// Whether any script wants to hear of this now.
    pub(super) fn hooked(&self, hook: Hook) -> bool {
        self.hooks.has(hook) && self.ctx.depth < MAX_NESTING
    }

    /// Tells the scripts something; nobody waits.
    pub(super) fn tell(&mut self, hook: Hook, event: impl FnOnce(&Hub) -> Event) {
        if self.hooked(hook) {
            let event = Arc::new(event(self));
            self.out.push(Output::Ask(Ask {
                id: None,
                event,
                nested: false,
            }));
        }
    }

    /// Asks the scripts and goes on with `then` when they have answered, at once when no script
    /// has the hook. `parks`: whose further messages wait meanwhile.
    pub(super) fn ask(
        &mut self,
        hook: Hook,
        parks: Option<ConnId>,
        needs: Needs,
        event: impl FnOnce(&Hub) -> Event,
        then: impl FnOnce(&mut Hub, Verdict) + Send + 'static,
    ) {
        if !self.hooked(hook) {
            // Nothing is kept.
            return then(self, Verdict::ALLOW);
        }
        let event = event(self);
        let id = AskId(self.id());
        self.put_question(id, hook, parks, needs, event, Box::new(then));
    }

    /// The same about a connection, which is parked; nothing follows when it is gone.
    pub(super) fn ask_about(
        &mut self,
        conn: ConnId,
        hook: Hook,
        needs: Needs,
        event: impl FnOnce(&Hub) -> Event,
        then: impl FnOnce(&mut Hub, Verdict) + Send + 'static,
    ) {
        self.ask(hook, Some(conn), needs, event, move |hub, verdict| {
            if hub.conns.contains_key(&conn) {
                then(hub, verdict);
            }
        });
    }

    /// The same, where a no ends the connection.
    pub(super) fn ask_to_stay(
        &mut self,
        conn: ConnId,
        hook: Hook,
        reason: CloseReason,
        event: impl FnOnce(&Hub) -> Event,
        then: impl FnOnce(&mut Hub, Verdict) + Send + 'static,
    ) {
        // A login is looked at anew by itself.
        self.ask_about(
            conn,
            hook,
            Needs::Nothing,
            event,
            move |hub, verdict| match verdict.allow {
                true => then(hub, verdict),
                false => hub.refused_by_script(conn, hook, reason, &verdict.replies),
            },
        );
    }

    fn put_question(
        &mut self,
        id: AskId,
        hook: Hook,
        parks: Option<ConnId>,
        needs: Needs,
        event: Event,
        follow: Follow<Verdict>,
    ) {
        debug_assert_eq!(event.hook(), hook, "the event of its own hook");
        let nested = self.ctx.call.is_some();
        let waiting = self.keep_waiting(parks, needs, follow);
        self.waits.verdicts.insert(id, (hook, waiting));
        self.out.push(Output::Ask(Ask {
            id: Some(id),
            event: Arc::new(event),
            nested,
        }));
    }

    fn keep_waiting<A>(
        &mut self,
        parks: Option<ConnId>,
        needs: Needs,
        follow: Follow<A>,
    ) -> Waiting<A> {
        self.park(parks);
        Waiting {
            follow,
            needs,
            parks,
            ctx: self.ctx,
        }
    }

    /// What the scripts answer.
    pub(super) fn verdict(&mut self, ask: AskId, verdict: Verdict) {
        let Some((hook, waiting)) = self.waits.verdicts.remove(&ask) else {
            return;
        };
        let Waiting {
            follow,
            needs,
            parks,
            ctx,
        } = waiting;
        self.ctx = Ctx {
            depth: ctx.depth + 1,
            ..ctx
        };
        // The documents know no connection of an operator chat's line to send a script's text to.
        let told = hook != Hook::OpChatMessage;
        if let Some(conn) = parks.filter(|c| told && self.conns.contains_key(c)) {
            for reply in &verdict.replies {
                self.send(conn, Wire::raw(reply.clone()));
            }
        }
        self.resume(parks, |hub| {
            if hub.still_may(parks, &needs) {
                follow(hub, verdict);
            }
        });
    }

    // ---- who leaves ------------------------------------------------------------------------

    /// Tells the scripts of somebody's end. He can be asked about until they have heard, so that
    /// the answer is awaited; the result stands for him until then.
    pub(super) fn tell_of_leaver(&mut self, leaver: Leaver, event: Event) -> AskId {
        let id = AskId(self.id());
        self.waits.leavers.insert(id, leaver);
        let heard: Follow<Verdict> = Box::new(move |hub, _| hub.finish_leaving(id));
        self.put_question(id, Hook::UserLogout, None, Needs::Nothing, event, heard);
        id
    }

    /// The scripts have heard of it, or somebody needs the nick now.
    pub(super) fn finish_leaving(&mut self, ask: AskId) {
        if let Some(leaver) = self.waits.leavers.remove(&ask) {
            self.left(leaver);
        }
    }

    // ---- the store -------------------------------------------------------------------------

    /// Has the store do something and goes on with `then`. `parks`: whose further messages wait
    /// meanwhile.
    pub(super) fn store(
        &mut self,
        parks: Option<ConnId>,
        needs: Needs,
        op: StoreOp,
        then: impl FnOnce(&mut Hub, StoreReply) + Send + 'static,
    ) {
        self.edits += u64::from(reread::is_edit(&op));
        let waiting = self.keep_waiting(parks, needs, Box::new(then));
        self.put_store(op, waiting);
    }

    /// The same about a connection, which is parked; nothing follows when it is gone.
    pub(super) fn store_about(
        &mut self,
        conn: ConnId,
        needs: Needs,
        op: StoreOp,
        then: impl FnOnce(&mut Hub, StoreReply) + Send + 'static,
    ) {
        self.store(Some(conn), needs, op, move |hub, reply| {
            if hub.conns.contains_key(&conn) {
                then(hub, reply);
            }
        });
    }

    /// The same for a connection that is parked for this already, and for nobody else.
    pub(super) fn store_for_parked(
        &mut self,
        conn: ConnId,
        op: StoreOp,
        then: impl FnOnce(&mut Hub, StoreReply) + Send + 'static,
    ) {
        let waiting = Waiting {
            follow: Box::new(then) as Follow<StoreReply>,
            needs: Needs::Nothing,
            parks: Some(conn),
            ctx: Ctx::default(),
        };
        self.put_store(op, waiting);
    }

    fn put_store(&mut self, op: StoreOp, waiting: Waiting<StoreReply>) {
        let req = ReqId(self.id());
        self.waits.stored.insert(req, waiting);
        self.out.push(Output::Store { req, op });
    }

    /// Has the store write something nobody waits for.
    pub(super) fn store_and_forget(&mut self, op: StoreOp) {
        self.store(None, Needs::Nothing, op, |_, _| ());
    }

    /// What the store answers.
    pub(super) fn store_reply(&mut self, req: ReqId, reply: StoreReply) {
        let Some(waiting) = self.waits.stored.remove(&req) else {
            return;
        };
        self.ctx = waiting.ctx;
        if let StoreReply::Failed(why) = &reply {
            self.report_store_failure(why);
        }
        self.follow(waiting, reply);
    }

    fn follow<A>(&mut self, waiting: Waiting<A>, answer: A) {
        let Waiting {
            follow,
            needs,
            parks,
            ..
        } = waiting;
        self.resume(parks, |hub| {
            if hub.still_may(parks, &needs) {
                follow(hub, answer);
            }
        });
    }

    fn report_store_failure(&mut self, why: &str) {
        self.log(Level::Error, format!("store: {why}"));
        // Many requests fail together; operators need not be told of each.
        if self.now.mono_ms < self.timers.store_report {
            return;
        }
        self.timers.store_report = self.now.mono_ms.saturating_add(STORE_REPORT_MS);
        self.tell_operators(&cat!["The database refused a request: ", why]);
    }

    // ---- the program -----------------------------------------------------------------------

    /// Has the program read a file of texts and goes on with `then`. `parks`: whose further
    /// messages wait meanwhile.
    pub(super) fn read_file(
        &mut self,
        parks: Option<ConnId>,
        path: Bytes,
        then: impl FnOnce(&mut Hub, FileRead) + Send + 'static,
    ) {
        let op = ProgramOp::ReadFile { path };
        let follow = |hub: &mut Hub, reply| match reply {
            ProgramReply::File(read) => then(hub, read),
            ProgramReply::Text(_) => hub.log(Level::Error, "a text came instead of a file"),
        };
        self.program(parks, Needs::Nothing, op, Box::new(follow));
    }

    /// Has the program describe what only it knows, in reply to a command.
    pub(super) fn describe(&mut self, line: &CommandLine, part: Part) {
        let to = Reply::to(line);
        let follow = move |hub: &mut Hub, reply| match reply {
            ProgramReply::Text(text) => hub.reply_later(to, text),
            ProgramReply::File(_) => hub.log(Level::Error, "a file came instead of a text"),
        };
        let op = ProgramOp::Describe(part);
        self.program(Some(line.conn), Needs::Command, op, Box::new(follow));
    }

    fn program(
        &mut self,
        parks: Option<ConnId>,
        needs: Needs,
        op: ProgramOp,
        follow: Follow<ProgramReply>,
    ) {
        let req = ReqId(self.id());
        let waiting = self.keep_waiting(parks, needs, follow);
        self.waits.programs.insert(req, waiting);
        self.out.push(Output::Program { req, op });
    }

    /// What the program answers.
    pub(super) fn program_reply(&mut self, req: ReqId, reply: ProgramReply) {
        let Some(waiting) = self.waits.programs.remove(&req) else {
            return;
        };
        self.ctx = waiting.ctx;
        self.follow(waiting, reply);
    }

    /// Has the script engine do something and shows the answer to `conn`.
    pub(super) fn engine(&mut self, conn: ConnId, op: EngineOp) {
        let req = self.show_answer_to(Some(conn));
        self.out.push(Output::Engine { req, op });
    }

    /// The same of the native plugins' manager.
    pub(super) fn plugin(&mut self, conn: ConnId, op: PluginOp) {
        let req = self.show_answer_to(Some(conn));
        self.out.push(Output::Plugin { req, op });
    }

    /// The same of the program; `by`: who gets the answer, if anybody.
    pub(super) fn service(&mut self, by: Option<ConnId>, op: Service) {
        let req = self.show_answer_to(by);
        self.out.push(Output::Service { req, op });
    }

    fn show_answer_to(&mut self, conn: Option<ConnId>) -> ReqId {
        let req = ReqId(self.id());
        self.waits.texts.insert(req, conn);
        req
    }

    /// Whoever was to be shown an answer that has come; `None`: nothing of the kind was asked.
    pub(super) fn shown_to(&mut self, req: ReqId) -> Option<Option<ConnId>> {
        self.waits.texts.remove(&req)
    }

    /// A text that somebody is to be shown.
    pub(super) fn engine_reply(&mut self, req: ReqId, text: Bytes) {
        let to = self.shown_to(req).flatten();
        if let Some(conn) = to.filter(|c| self.conns.contains_key(c)) {
            self.notice(conn, text);
        }
    }

    /// Has the name of a host looked up; what follows is done for nobody's call unless it says so.
    pub(super) fn look_up(
        &mut self,
        ip: std::net::IpAddr,
        then: impl FnOnce(&mut Hub, Option<&[u8]>) + Send + 'static,
    ) {
        let req = ReqId(self.id());
        self.waits.names.insert(req, Box::new(then));
        self.out.push(Output::LookUp { req, ip });
    }

    /// What a host is called.
    pub(super) fn host_known(&mut self, req: ReqId, name: Option<&[u8]>) {
        if let Some(then) = self.waits.names.remove(&req) {
            then(self, name);
        }
    }
}
