//! What native plugins find around them: the scripts, the database, the hub's charset.

use std::borrow::Cow;
use std::sync::Arc;

use ::plugins::{Charset, Scripts, Shelf};
use hub::api::Value;
use hub::hooks::Verdict;
use hub::io::Ask;
use hub::link::{DynamicFn, Whose};
use hub::reg::PluginRow;
use python::Engine;
use python::text::HubText;
use store::StoreThread;

/// The scripts, asked after the plugins.
pub struct After(pub Arc<Engine>);

impl Scripts for After {
    fn ask_after(&self, ask: Ask, so_far: Verdict) {
        self.0.ask_after(ask, so_far);
    }

    fn wake(&self) {
        self.0.wake();
    }

    fn call_function(
        &self,
        script: &str,
        name: &str,
        args: &[Value<'_>],
    ) -> Result<Value<'static>, String> {
        let called = self.0.call_function(script, name, args);
        called.map_err(|error| format!("{script}: {error}"))
    }

    fn paths(&self) -> Vec<String> {
        let scripts = self.0.list().into_iter();
        scripts.map(|s| s.path.display().to_string()).collect()
    }

    fn register(&self, whose: Whose, name: &str, function: DynamicFn) {
        self.0.register(whose, name, function);
    }

    fn unregister(&self, whose: &Whose, name: &str, function: &DynamicFn) -> bool {
        self.0.unregister(whose, name, Some(function))
    }
}

/// Registrations, in the database.
pub struct Rows(pub Arc<StoreThread>);

impl Shelf for Rows {
    fn list(&self) -> Result<Vec<PluginRow>, String> {
        self.0.with(|s| s.plugins()).map_err(|e| e.to_string())
    }

    fn save(&self, row: &PluginRow) -> Result<(), String> {
        self.0
            .with(|s| s.save_plugin(row))
            .map_err(|e| e.to_string())
    }

    fn delete(&self, nick: &[u8]) -> Result<bool, String> {
        self.0
            .with(|s| s.delete_plugin(nick))
            .map_err(|e| e.to_string())
    }
}

/// The hub's charset.
pub struct Text(pub Arc<HubText>);

impl Charset for Text {
    fn to_utf8<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.0.to_utf8(text)
    }

    fn to_hub<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.0.from_utf8(text)
    }
}
