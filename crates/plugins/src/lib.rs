//! Native plugins: shared objects that see the hub's events and give scripts functions.
//!
//! * [`abi`]: the C types, the same file that authors of plugins in Rust use;
//!   `include/viperhub_plugin.h` says them in C.
//! * `table`: the functions a plugin calls; `value`: values across the border; `scope`: memory
//!   and errors of one callback.
//! * `library`: the shared object; `cell`, `worker`: one plugin and its thread; `host`: what its
//!   `vh` calls reach; `here`: the script on whose thread a plugin's function runs.
//! * `job`: an event on its way along the plugins and then the scripts; `watch`: the watchdog;
//!   `admin`: what operators want.
//!
//! `unsafe` is in `library`, `table`, `value`, `here` and the calls of `worker` only.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub::api::{ApiError, Value};
use hub::hooks::Verdict;
use hub::io::{Ask, CallId, Input, PluginOp, ReqId};
use hub::link::{DynamicFn, Link, Whose};
use hub::reg::PluginRow;

#[path = "../../../include/viperhub_plugin.rs"]
pub mod abi;
mod admin;
mod cell;
mod core;
mod here;
mod host;
mod job;
mod library;
mod scope;
mod table;
mod value;
mod watch;
mod worker;

use core::{Core, FIRST_CALL, lock};
use job::Job;

/// The scripts, which come after the plugins.
pub trait Scripts: Send + Sync {
    /// Asks or tells them of an event that the plugins have seen. Never waits. They may hear of
    /// it as late as with the next `wake`.
    fn ask_after(&self, ask: Ask, so_far: Verdict);
    /// Has them hear of all that they were asked.
    fn wake(&self);
    /// Calls a top-level function of a script and waits for the result.
    ///
    /// # Errors
    /// What went wrong, for whoever wrote the plugin.
    fn call_function(
        &self,
        script: &str,
        name: &str,
        args: &[Value<'_>],
    ) -> Result<Value<'static>, String>;
    /// The files of the loaded scripts, in call order.
    fn paths(&self) -> Vec<String>;
    /// Gives scripts a function.
    fn register(&self, whose: Whose, name: &str, function: DynamicFn);
    /// Takes it away if it is still this one; whether it was.
    fn unregister(&self, whose: &Whose, name: &str, function: &DynamicFn) -> bool;
}

/// Where registrations are kept.
pub trait Shelf: Send + Sync {
    /// All, by name.
    ///
    /// # Errors
    /// The database's words.
    fn list(&self) -> Result<Vec<PluginRow>, String>;
    /// Writes one.
    ///
    /// # Errors
    /// The database's words.
    fn save(&self, row: &PluginRow) -> Result<(), String>;
    /// Forgets one.
    ///
    /// # Errors
    /// The database's words.
    fn delete(&self, nick: &[u8]) -> Result<bool, String>;
}

/// The hub's charset.
pub trait Charset: Send + Sync {
    /// Hub text as UTF-8.
    fn to_utf8<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]>;
    /// The inverse.
    fn to_hub<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]>;
}

/// What is around the plugins.
pub struct Around {
    /// The way to the hub.
    pub link: Arc<dyn Link>,
    /// Who is asked next.
    pub scripts: Arc<dyn Scripts>,
    /// The database.
    pub shelf: Arc<dyn Shelf>,
    /// For text.
    pub charset: Arc<dyn Charset>,
    /// Where a plugin is looked for that is named without a slash: in `plugins` below it.
    pub data_dir: PathBuf,
}

/// All native plugins of a hub, each on a thread of its own.
pub struct Plugins {
    core: Arc<Core>,
    /// Wishes of operators, done one after the other; gone after the stop.
    requests: Mutex<Option<Sender<(ReqId, PluginOp)>>>,
}

impl Plugins {
    /// Starts the manager; no plugin is loaded yet.
    ///
    /// # Errors
    /// No thread.
    pub fn start(around: Around) -> std::io::Result<Plugins> {
        library::tidy(&around.data_dir);
        let core = Arc::new(Core::new(around));
        let (requests, todo) = channel();
        let mine = Arc::clone(&core);
        threads::vital("plug admin", move || {
            admin::serve(&mine, todo);
            Ok(())
        })?;
        Ok(Plugins {
            core,
            requests: Mutex::new(Some(requests)),
        })
    }

    /// Loads the plugins that are to be loaded at the start, and waits for them. The hub must be
    /// handling inputs meanwhile. What cannot be loaded is logged.
    pub fn autoload(&self) {
        admin::autoload(&self.core);
    }

    /// Puts a question or news before the plugins and then the scripts. Never waits. When there
    /// are no plugins, somebody is to have the scripts wake up soon.
    pub fn ask(&self, ask: Ask) {
        Job::start(&self.core, ask);
    }

    /// Gives a plugin's call its answer. False: it is none of a plugin's.
    pub fn answer(&self, call: CallId, result: Result<Value<'static>, ApiError>) -> AnswerTo {
        if call.0 < FIRST_CALL {
            return AnswerTo::Scripts(result);
        }
        self.core.answer(call, result);
        AnswerTo::Plugin
    }

    /// Does what an operator asked for; the answer comes as an input of the hub.
    pub fn admin(&self, req: ReqId, op: PluginOp) {
        let sent = match &*lock(&self.requests) {
            Some(requests) => requests.send((req, op)).is_ok(),
            None => false,
        };
        if !sent {
            let text = "The hub is stopping.".into();
            self.core.around.link.submit(Input::Engine { req, text });
        }
    }

    /// Unloads all plugins, within the time given even if some hang.
    pub fn stop(&self, limit: Duration) {
        drop(lock(&self.requests).take());
        self.core.stopped.store(true, Ordering::SeqCst);
        admin::stop(&self.core, limit);
    }
}

/// Whose call an answer was for.
pub enum AnswerTo {
    /// A plugin's, which has it now.
    Plugin,
    /// A script's.
    Scripts(Result<Value<'static>, ApiError>),
}
