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
use crate::sys::{Attached, Borrowed, Owned, PyError, Stored, make, unicode};

/// Every shared script that is loaded or loading. Never locked while a dict is looked into or
/// changed: that may run Python code (a key's `__eq__`), which may assign names itself.
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
        let (id, seen) = members().add(at, names, vh);
        for (name, owner) in seen {
            let key = unicode::interned(at, &name)?;
            if let Some(value) = owner.dict_get(*key)?.map(Borrowed::to_owned) {
                make::dict_put(names, *key, *value)?;
            }
        }
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
        for key in defined.tuple_items() {
            if let Some(name) = public(key)
                && let Ok(Some(value)) = names.dict_get(key).map(|v| v.map(Borrowed::to_owned))
            {
                assigned(at, self.id, name, key, *value);
            }
        }
        let mut all = members();
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
    let Some(gone) = members().remove(id) else {
        return;
    };
    for name in gone.own.keys() {
        if let Ok(key) = unicode::interned(at, name) {
            let change = members().change(at, name, id, None);
            // What others lose `gone` still has, so that no object ends here.
            change.next_owners(*key);
        }
    }
    gone.names.release(at);
    gone.vh.release(at);
}

/// The text of a name that others may see.
fn public<'a>(key: Borrowed<'a>) -> Option<&'a str> {
    let name = std::str::from_utf8(unicode::utf8(key)?).ok()?;
    (!is_private(name)).then_some(name)
}

/// Whether a name is a script's own affair.
fn is_private(name: &str) -> bool {
    name == "vh"
        || (name.starts_with("__") && name.ends_with("__"))
        || (name.starts_with("On") && Hook::from_name(name).is_some())
        || EXTRAS.iter().any(|(extra, ..)| *extra == name)
}

impl Members {
    /// A new script, and the names it finds, with the namespaces they are in.
    fn add<'a>(
        &mut self,
        at: &'a Attached<'_>,
        names: Borrowed<'_>,
        vh: Borrowed<'_>,
    ) -> (u64, Vec<(Box<str>, Owned<'a>)>) {
        let seen: HashSet<&Box<str>> = self.members.iter().flat_map(|m| m.own.keys()).collect();
        let seen = seen.into_iter().filter_map(|name| {
            let owner = self.owner(name)?;
            Some((name.clone(), owner.names.get(at).to_owned()))
        });
        let seen = seen.collect();
        self.next += 1;
        self.members.push(Member {
            id: self.next,
            names: names.to_owned().store(),
            vh: vh.to_owned().store(),
            own: HashMap::new(),
            loading: true,
        });
        (self.next, seen)
    }

    fn remove(&mut self, id: u64) -> Option<Member> {
        let i = self.members.iter().position(|m| m.id == id)?;
        Some(self.members.remove(i))
    }

    fn get(&mut self, id: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|m| m.id == id)
    }

    /// Who defined a name last.
    fn owner(&self, name: &str) -> Option<&Member> {
        let owners = self.members.iter();
        let dated = owners.filter_map(|m| m.own.get(name).map(|when| (when, m)));
        dated.max_by_key(|(when, _)| **when).map(|(_, m)| m)
    }

    /// What follows from a change of a name in the namespace of `from`: all others who have
    /// none of their own are to get it; with `owner`, that one as well.
    fn change<'a>(
        &self,
        at: &'a Attached<'_>,
        name: &str,
        from: u64,
        owner: Option<u64>,
    ) -> Change<'a> {
        let others = self.members.iter().filter(|m| m.id != from);
        let concerned = others.filter(|m| Some(m.id) == owner || !m.own.contains_key(name));
        Change {
            namespaces: concerned.map(|m| m.names.get(at).to_owned()).collect(),
            next: self.owner(name).map(|m| m.names.get(at).to_owned()),
        }
    }

    /// A script assigns a name; who else is to get the value.
    fn assign<'a>(
        &mut self,
        at: &'a Attached<'_>,
        id: u64,
        name: &str,
        value: Borrowed<'_>,
    ) -> Option<Change<'a>> {
        let owner = self.owner(name).map(|m| m.id);
        let when = self.next + 1;
        let me = self.get(id)?;
        if me.vh.is(value) {
            return None;
        }
        if me.own.contains_key(name) {
            return (owner == Some(id)).then(|| self.change(at, name, id, None));
        }
        if me.loading || owner.is_none() {
            me.own.insert(name.into(), when);
            self.next = when;
            return Some(self.change(at, name, id, None));
        }
        Some(self.change(at, name, id, owner))
    }

    /// A script deletes a name; for whom something else holds then.
    fn delete<'a>(&mut self, at: &'a Attached<'_>, id: u64, name: &str) -> Option<Change<'a>> {
        let owner = self.owner(name).map(|m| m.id);
        if self.get(id)?.own.remove(name).is_some() {
            return (owner == Some(id)).then(|| self.change(at, name, id, None));
        }
        self.get(owner?)?.own.remove(name);
        Some(self.change(at, name, id, None))
    }
}

/// Namespaces that are to get a name's value, or to lose it.
struct Change<'a> {
    namespaces: Vec<Owned<'a>>,
    /// That of the script which defined it last, now.
    next: Option<Owned<'a>>,
}

impl Change<'_> {
    fn put(&self, key: Borrowed<'_>, value: Option<Borrowed<'_>>) {
        for names in &self.namespaces {
            let changed = quietly(|| match value {
                Some(value) => make::dict_put(**names, key, value),
                None => names.dict_remove(key),
            });
            if let Err(e) = changed {
                tracing::warn!("sharing {}: {e}", unicode::lossy(key));
            }
        }
    }

    /// Gives them what the next owner has.
    fn next_owners(&self, key: Borrowed<'_>) {
        let next = self.next.as_ref().map(|names| names.dict_get(key));
        let value = next.and_then(|v| v.ok().flatten()).map(Borrowed::to_owned);
        self.put(key, value.as_deref().copied());
    }
}

fn assigned(at: &Attached<'_>, id: u64, name: &str, key: Borrowed<'_>, value: Borrowed<'_>) {
    let change = members().assign(at, id, name, value);
    if let Some(change) = change {
        change.put(key, Some(value));
    }
}

fn deleted(at: &Attached<'_>, id: u64, name: &str, key: Borrowed<'_>) {
    let change = members().delete(at, id, name);
    if let Some(change) = change {
        change.next_owners(key);
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
        if let Some(name) = public(key) {
            let at = key.at();
            match value {
                Some(value) => assigned(&at, self.id, name, key, value),
                None => deleted(&at, self.id, name, key),
            }
        }
    }

    fn cleared(&self, at: &Attached<'_>) {
        let own: Vec<Box<str>> = match members().get(self.id) {
            Some(me) => me.own.keys().cloned().collect(),
            None => return,
        };
        for name in own {
            if let Ok(key) = unicode::interned(at, &name) {
                deleted(at, self.id, &name, *key);
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
