//! The functions of the program around the scripts, for `vh.CallDynamicFunction`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hub::api::ApiError;
use hub::io::ScriptId;
use hub::link::{DynamicFn, Whose};

type All = HashMap<Whose, HashMap<String, DynamicFn>>;

/// By script and name.
#[derive(Default)]
pub(super) struct Functions(RwLock<All>);

impl Functions {
    fn read(&self) -> RwLockReadGuard<'_, All> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, All> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one or replaces the one of this name.
    pub(super) fn add(&self, whose: Whose, name: &str, function: DynamicFn) {
        let mut all = self.write();
        let old = all.entry(whose).or_default().insert(name.into(), function);
        // What it holds may be ours again when it is dropped.
        drop(all);
        drop(old);
    }

    /// Removes one, if it is still this one; whether it was there.
    pub(super) fn remove(&self, whose: &Whose, name: &str, only: Option<&DynamicFn>) -> bool {
        let mut all = self.write();
        let Some(names) = all.get_mut(whose) else {
            return false;
        };
        let same = |f: &DynamicFn| only.is_none_or(|only| Arc::ptr_eq(only, f));
        if !names.get(name).is_some_and(same) {
            return false;
        }
        let old = names.remove(name);
        if names.is_empty() {
            all.remove(whose);
        }
        drop(all);
        old.is_some()
    }

    /// The script is gone: so are its functions.
    pub(super) fn forget(&self, script: ScriptId) {
        let old = self.write().remove(&Whose::Script(script));
        drop(old);
    }

    /// What a script means by a name: its own before those for all.
    ///
    /// # Errors
    /// As documented for `vh.CallDynamicFunction`.
    pub(super) fn find(
        &self,
        script: ScriptId,
        path: &Path,
        name: &str,
    ) -> Result<DynamicFn, ApiError> {
        let all = self.read();
        let known_as = [
            path.to_str(),
            path.file_name().and_then(|n| n.to_str()),
            path.file_stem().and_then(|n| n.to_str()),
        ];
        let named = known_as
            .into_iter()
            .flatten()
            .map(|n| Whose::Named(n.to_owned()));
        let places = std::iter::once(Whose::Script(script))
            .chain(named)
            .chain(std::iter::once(Whose::All));
        let mut any = false;
        for names in places.filter_map(|whose| all.get(&whose)) {
            if let Some(function) = names.get(name) {
                return Ok(Arc::clone(function));
            }
            any = true;
        }
        Err(match any {
            true => ApiError::Name(format!("there is no dynamic function '{name}'")),
            false => ApiError::Runtime("no functions are registered for this script".into()),
        })
    }
}
