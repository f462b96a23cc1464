//! The names that shared scripts see of one another.
//!
//! Each script keeps a namespace of its own, and finds the others' names in it:
//!
//! * What a script's top level assigns is its own, whatever others call theirs. For scripts that
//!   have no such name of their own it is there, too; if several have it, that of the one that
//!   defined it last.
//! * Later, assigning (`global x`) or deleting a name that a script does not own changes it for
//!   its owner and everybody who sees it.
//! * Hooks, `vh` and names like `__file__` are never seen by others.
//! * When a script goes, its names go.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hub::hooks::{EXTRAS, Hook};

use crate::sys::watch::{Watch, Watcher, quietly};
use crate::sys::{Attached, Borrowed, PyError, Stored, make, unicode};

/// Every shared script that is loaded or loading. The GIL of the main interpreter is held
/// wherever this is locked, and no Python code runs under the lock.
static MEMBERS: Mutex<Members> = Mutex::new(Members {
    members: Vec::new(),
    next: 0,
});

struct Members {
    members: Vec<Member>,
    next: u64,
}

struct Member {
    id: u64,
    names: Stored,
    vh: Stored,
    /// The names it has defined, and when, counted in definitions.
    own: HashMap<Box<str>, u64>,
    /// Its top level runs.
    loading: bool,
}

fn members() -> MutexGuard<'static, Members> {
    MEMBERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A script's part in it.
pub(super) struct Membership {
    id: u64,
    watch: Watch,
}

/// What the watch on a script's names does.
struct Mirror {
    id: u64,
    hooks: Arc<dyn Fn() + Send + Sync>,
}

impl Membership {
    /// A script is to run: it finds the names of the others. `hooks` is told when its hooks may
    /// have changed.
    ///
    /// # Errors
    /// What CPython said.
    pub(super) fn join(
        at: &Attached<'_>,
        names: Borrowed<'_>,
        vh: Borrowed<'_>,
        hooks: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Membership, PyError> {
        let id = {
            let mut all = members();
            let seen: HashSet<&str> = all
                .members
                .iter()
                .flat_map(|m| m.own.keys().map(|n| &**n))
                .collect();
            for name in seen {
                if let Some(owner) = all.owner(name, None) {
                    let key = unicode::interned(at, name)?;
                    if let Some(value) = owner.names.get(at).dict_get(*key)? {
                        make::dict_put(names, *key, value)?;
                    }
                }
            }
            all.next += 1;
            let id = all.next;
            all.members.push(Member {
                id,
                names: names.to_owned().store(),
                vh: vh.to_owned().store(),
                own: HashMap::new(),
                loading: true,
            });
            id
        };
        match Watch::start(at, names, Arc::new(Mirror { id, hooks })) {
            Ok(watch) => Ok(Membership { id, watch }),
            Err(e) => {
                leave(at, id);
                Err(e)
            }
        }
    }

    /// The script's top level, which defines these names, has run. (The watch does not see that
    /// a name gets the very object it has already, as in `import time`.)
    pub(super) fn loaded(&self, at: &Attached<'_>, names: Borrowed<'_>, defined: Borrowed<'_>) {
        let mut all = members();
        for key in defined.tuple_items() {
            let name = unicode::utf8(key).and_then(|n| std::str::from_utf8(n).ok());
            if let Some(name) = name.filter(|n| !is_private(n))
                && let Ok(Some(value)) = names.dict_get(key)
            {
                quietly(|| all.assigned(at, self.id, name, key, value));
            }
        }
        if let Some(m) = all.members.iter_mut().find(|m| m.id == self.id) {
            m.loading = false;
        }
    }

    /// The script is gone, and with it what is its own.
    pub(super) fn leave(self, at: &Attached<'_>, names: Borrowed<'_>) {
        self.watch.end(at, names);
        leave(at, self.id);
    }
}

fn leave(at: &Attached<'_>, id: u64) {
    let mut all = members();
    let Some(i) = all.members.iter().position(|m| m.id == id) else {
        return;
    };
    let gone = all.members.remove(i);
    for name in gone.own.keys() {
        if let Ok(key) = unicode::interned(at, name) {
            // What others lose `gone` still has: no object ends under the lock.
            quietly(|| all.disown(at, name, *key, None));
        }
    }
    drop(all);
    gone.names.release(at);
    gone.vh.release(at);
}

/// Whether a name is a script's own affair.
fn is_private(name: &str) -> bool {
    name == "vh"
        || (name.starts_with("__") && name.ends_with("__"))
        || (name.starts_with("On") && Hook::from_name(name).is_some())
        || EXTRAS.iter().any(|(extra, ..)| *extra == name)
}

impl Members {
    /// Who defined a name last, but for one.
    fn owner(&self, name: &str, but: Option<u64>) -> Option<&Member> {
        let owners = self.members.iter().filter(|m| Some(m.id) != but);
        let dated = owners.filter_map(|m| m.own.get(name).map(|when| (when, m)));
        dated.max_by_key(|(when, _)| **when).map(|(_, m)| m)
    }

    /// Gives a name its value for all but `from` who have none of their own; with `owner`, for
    /// that one as well.
    fn show(
        &self,
        at: &Attached<'_>,
        name: &str,
        key: Borrowed<'_>,
        value: Option<Borrowed<'_>>,
        from: u64,
        owner: Option<u64>,
    ) {
        for m in self.members.iter().filter(|m| m.id != from) {
            if Some(m.id) != owner && m.own.contains_key(name) {
                continue;
            }
            let names = m.names.get(at);
            let changed = match value {
                Some(value) => make::dict_put(names, key, value),
                None => names.dict_remove(key),
            };
            if let Err(e) = changed {
                tracing::warn!("sharing {name}: {e}");
            }
        }
    }

    /// A name has lost an owner: those without one of their own see the next owner's, or none.
    fn disown(&self, at: &Attached<'_>, name: &str, key: Borrowed<'_>, from: Option<u64>) {
        let next = self.owner(name, from);
        let value = next.and_then(|m| m.names.get(at).dict_get(key).ok().flatten());
        self.show(at, name, key, value, from.unwrap_or(0), None);
    }

    fn assigned(
        &mut self,
        at: &Attached<'_>,
        id: u64,
        name: &str,
        key: Borrowed<'_>,
        value: Borrowed<'_>,
    ) {
        let Some(i) = self.members.iter().position(|m| m.id == id) else {
            return;
        };
        let me = &self.members[i];
        if me.vh.is(value) {
            return;
        }
        let owner = self.owner(name, None).map(|m| m.id);
        if me.own.contains_key(name) {
            if owner == Some(id) {
                self.show(at, name, key, Some(value), id, None);
            }
        } else if me.loading || owner.is_none() {
            self.next += 1;
            let when = self.next;
            self.members[i].own.insert(name.into(), when);
            self.show(at, name, key, Some(value), id, None);
        } else {
            self.show(at, name, key, Some(value), id, owner);
        }
    }

    fn deleted(&mut self, at: &Attached<'_>, id: u64, name: &str, key: Borrowed<'_>) {
        let owner = self.owner(name, None).map(|m| m.id);
        let Some(me) = self.members.iter_mut().find(|m| m.id == id) else {
            return;
        };
        if me.own.remove(name).is_some() {
            if owner == Some(id) {
                self.disown(at, name, key, Some(id));
            }
        } else if let Some(owner) = owner {
            if let Some(m) = self.members.iter_mut().find(|m| m.id == owner) {
                m.own.remove(name);
                let names = m.names.get(at);
                if let Err(e) = names.dict_remove(key) {
                    tracing::warn!("sharing {name}: {e}");
                }
            }
            self.disown(at, name, key, Some(id));
        }
    }
}

impl Watcher for Mirror {
    fn hooks_changed(&self) {
        (self.hooks)();
    }

    fn wants_names(&self) -> bool {
        true
    }

    fn name_changed(&self, key: Borrowed<'_>, value: Option<Borrowed<'_>>) {
        let Some(name) = unicode::utf8(key).and_then(|n| std::str::from_utf8(n).ok()) else {
            return;
        };
        if is_private(name) {
            return;
        }
        let at = key.at();
        match value {
            Some(value) => members().assigned(&at, self.id, name, key, value),
            None => members().deleted(&at, self.id, name, key),
        }
    }

    fn cleared(&self, at: &Attached<'_>) {
        let mut all = members();
        let me = all.members.iter().find(|m| m.id == self.id);
        let own: Vec<Box<str>> = me.map_or_else(Vec::new, |m| m.own.keys().cloned().collect());
        for name in own {
            if let Ok(key) = unicode::interned(at, &name) {
                all.deleted(at, self.id, &name, *key);
            }
        }
    }
}

/// The watch of an isolated script.
pub(super) struct HooksOnly(pub(super) Arc<dyn Fn() + Send + Sync>);

impl Watcher for HooksOnly {
    fn hooks_changed(&self) {
        (self.0)();
    }
}
