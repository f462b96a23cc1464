//! What a script's `vh` reaches: the program's functions.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use hub::api::{ApiError, Args, Complaint, Host, InFull, Query, QueryAnswer, Value};
use hub::config::Config;
use hub::io::{Call, ScriptId};
use hub::repeats::{Repeats, Tell, span};
use hub::view::View;
use python::text::HubText;

use crate::callback::{self, HoldsNul, Out, Reply, Slot};
use crate::{dynamic, registry, vh};

/// The [`Host`] of one script. Text of scripts is UTF-8, text of the program's functions is
/// in the hub's charset.
pub struct Caller {
    id: u32,
    view: View,
    path: Vec<u8>,
    config_name: String,
    /// Empty until text outside ASCII comes.
    charset: ArcSwapOption<HubText>,
    label: Mutex<(Bytes, Bytes)>,
    /// What has gone wrong in the script.
    repeats: Mutex<Repeats>,
    begun: Instant,
}

/// What a script is loaded with, beside its file.
pub struct Facts<'a> {
    /// `vh.myid`
    pub id: u32,
    /// As given to `w_Load`.
    pub path: &'a [u8],
    /// `vh.botname`
    pub bot: &'a [u8],
    /// `vh.opchatname`
    pub op_chat: &'a [u8],
    /// Seconds since 1970.
    pub start_time: i64,
    /// `vh.config_name`
    pub config_name: &'a [u8],
}

impl Caller {
    /// Asks the program for nothing: it may not be ready yet.
    pub fn new(facts: &Facts<'_>) -> Caller {
        let mut config = Config::default();
        config.identity.hub_security = Bytes::copy_from_slice(facts.bot);
        config.identity.opchat_name = Bytes::copy_from_slice(facts.op_chat);
        let config_name = String::from_utf8_lossy(facts.config_name).into_owned();
        Caller {
            id: facts.id,
            view: View::new(config, facts.start_time),
            path: facts.path.to_vec(),
            config_name,
            charset: ArcSwapOption::empty(),
            label: Mutex::default(),
            repeats: Mutex::default(),
            begun: Instant::now(),
        }
    }

    /// The hub's charset, which the program is asked for the first time.
    pub fn charset(&self) -> Arc<HubText> {
        if let Some(known) = self.charset.load_full() {
            return known;
        }
        let asked = Arc::new(charset(&self.config_name));
        self.charset.store(Some(Arc::clone(&asked)));
        asked
    }

    /// The charset may be another one now.
    pub fn forget_charset(&self) {
        self.charset.store(None);
    }

    /// The hub's bot or its operator chat goes by another name now.
    pub fn rename(&self, what: &[u8], to: &[u8]) {
        let mut config = Config::clone(&self.view.config());
        let to = Bytes::copy_from_slice(to);
        match what {
            b"_hub_security_change" => config.identity.hub_security = to,
            b"_opchat_name_change" => config.identity.opchat_name = to,
            _ => return,
        }
        self.view.set_config(config);
    }

    /// The nick of the hub's bot.
    pub fn bot(&self) -> Bytes {
        self.view.config().identity.hub_security.clone()
    }

    /// Calls a function of the program, texts in its charset.
    ///
    /// # Errors
    /// A text holds a NUL.
    #[inline]
    pub fn ask(
        &self,
        slot: Slot,
        format: &CStr,
        values: &[Out<'_>],
    ) -> Result<Option<Reply>, ApiError> {
        self.in_charset(values, |values| callback::ask(slot, format, values))
            .map_err(|HoldsNul| holds_nul(&format!("vh.{slot:?}()")))
    }

    /// Does something with values for the program, texts in its charset.
    #[inline]
    pub fn in_charset<R>(&self, values: &[Out<'_>], ask: impl FnOnce(&[Out<'_>]) -> R) -> R {
        let plain = |v: &Out<'_>| !matches!(v, Out::Text(Some(t)) if !t.is_ascii());
        if values.iter().all(plain) {
            return ask(values);
        }
        let charset = self.charset();
        let texts: Vec<_> = (values.iter())
            .map(|v| match v {
                Out::Text(Some(t)) => Some(charset.from_utf8(t)),
                _ => None,
            })
            .collect();
        let values: Vec<Out<'_>> = (values.iter().zip(&texts))
            .map(|(v, t)| t.as_ref().map_or(*v, |t| Out::Text(Some(t))))
            .collect();
        ask(&values)
    }

    /// Text of the program as a script gets it.
    pub fn text(&self, text: &[u8]) -> Bytes {
        match text.is_ascii() {
            true => Bytes::copy_from_slice(text),
            false => Bytes::copy_from_slice(&self.charset().to_utf8(text)),
        }
    }
}

/// The error for text that C would cut.
pub fn holds_nul(what: &str) -> ApiError {
    ApiError::Value(format!("{what}: a text holds a NUL character"))
}

/// The charset the program's texts are in: its setting `hub_encoding`. Programs that have no
/// settings speak UTF-8.
fn charset(config_name: &str) -> HubText {
    let values = [
        Out::Text(Some(config_name.as_bytes())),
        Out::Text(Some(b"hub_encoding")),
        Out::Text(None),
    ];
    let reply = callback::ask(Slot::GetConfig, c"sss", &values);
    let reply = reply.ok().flatten();
    match reply.as_ref().and_then(Reply::one) {
        Some(crate::args::Item::Text(Some(name))) => HubText::new(name),
        _ => HubText::new(b""),
    }
}

impl Host for Caller {
    fn view(&self) -> &View {
        &self.view
    }

    fn script(&self) -> ScriptId {
        ScriptId(self.id)
    }

    fn path(&self) -> &[u8] {
        &self.path
    }

    fn post(&self, _: Call) {}

    fn complain(&self, complaint: Complaint<'_>) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        let tell = repeats.note(&complaint.key, ms);
        drop(repeats);
        match tell {
            Tell::Full => {
                let InFull { text, log } = (complaint.in_full)();
                let text = log.unwrap_or(text);
                let text = String::from_utf8_lossy(&text);
                tracing::error!(target: "script", "{text}");
            }
            Tell::Count { times, within } => {
                let (brief, within) = (complaint.brief, span(within));
                tracing::error!(target: "script", "{brief} ({times} times more within {within})");
            }
            Tell::Nothing => {}
        }
    }

    fn call(&self, _: Call) -> Result<Value<'static>, ApiError> {
        Err(ApiError::Runtime("there is no hub to do this".into()))
    }

    fn sql(&self, _: &[u8], _: usize) -> Result<Vec<Vec<Option<Bytes>>>, String> {
        Err("there is no hub to do this".into())
    }

    fn plugin_config(&self, _: &[u8], _: &[u8]) -> Option<Bytes> {
        None
    }

    fn label(&self, set: Option<(Bytes, Bytes)>) -> (Bytes, Bytes) {
        let mut label = self.label.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = set {
            *label = set;
        }
        label.clone()
    }

    fn dynamic(&self, name: &[u8], args: &[Value<'_>]) -> Result<Value<'static>, ApiError> {
        dynamic::call(self.id, name, args)
    }

    fn query(&self, query: &Query<'_>) -> Result<Vec<QueryAnswer>, ApiError> {
        Ok(registry::query(self.path(), query))
    }

    fn config_name(&self) -> &str {
        &self.config_name
    }

    fn program(&self, place: usize, args: &Args<'_>) -> Result<Value<'static>, ApiError> {
        vh::answer(self, place, args)
    }
}
