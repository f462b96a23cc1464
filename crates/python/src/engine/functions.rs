//! The functions of the program around the scripts, for `vh.CallDynamicFunction`.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hub::api::{ApiError, Value};
use hub::io::ScriptId;

/// What scripts can call by name. It runs on the thread of the script that calls, with the
/// GIL released.
pub type DynamicFn =
    Arc<dyn Fn(&[Value<'_>]) -> Result<Value<'static>, ApiError> + Send + Sync + 'static>;

/// By script (`None`: for all) and name.
#[derive(Default)]
pub(super) struct Functions(RwLock<HashMap<Option<ScriptId>, HashMap<String, DynamicFn>>>);

impl Functions {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<Option<ScriptId>, HashMap<String, DynamicFn>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Option<ScriptId>, HashMap<String, DynamicFn>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one or replaces the one of this name.
    pub(super) fn add(&self, script: Option<ScriptId>, name: &str, function: DynamicFn) {
        let mut all = self.write();
        let old = all.entry(script).or_default().insert(name.into(), function);
        // What it holds may be ours again when it is dropped.
        drop(all);
        drop(old);
    }

    /// Removes one; whether it was there.
    pub(super) fn remove(&self, script: Option<ScriptId>, name: &str) -> bool {
        let mut all = self.write();
        let Some(names) = all.get_mut(&script) else {
            return false;
        };
        let old = names.remove(name);
        if names.is_empty() {
            all.remove(&script);
        }
        drop(all);
        old.is_some()
    }

    /// The script is gone: so are its functions.
    pub(super) fn forget(&self, script: ScriptId) {
        let old = self.write().remove(&Some(script));
        drop(old);
    }

    /// What a script means by a name: its own before those for all.
    ///
    /// # Errors
    /// As documented for `vh.CallDynamicFunction`.
    pub(super) fn find(&self, script: ScriptId, name: &str) -> Result<DynamicFn, ApiError> {
        let all = self.read();
        let (own, shared) = (all.get(&Some(script)), all.get(&None));
        if own.is_none() && shared.is_none() {
            let text = "no functions are registered for this script";
            return Err(ApiError::Runtime(text.into()));
        }
        let found = own
            .and_then(|f| f.get(name))
            .or_else(|| shared.and_then(|f| f.get(name)));
        found
            .cloned()
            .ok_or_else(|| ApiError::Name(format!("there is no dynamic function '{name}'")))
    }
}
