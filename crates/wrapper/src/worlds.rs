//! Interpreters that scripts have left.
//!
//! Each thread that has called a script keeps a thread state of its interpreter, which cannot
//! end before those threads have. So an interpreter waits for its script to be loaded again, as
//! hubs do all day; others end when they can, or take another script.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use python::script::{Closed, World};

/// So many wait for their script.
const MOST: usize = 8;

struct Left {
    path: PathBuf,
    world: Arc<World>,
}

/// The oldest first.
static LEFT: Mutex<Vec<Left>> = Mutex::new(Vec::new());

/// Those that could not end; for any script.
static STUCK: Mutex<Vec<Arc<World>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The interpreter for a script, unless it is to have a new one.
pub fn take(path: &Path) -> Option<Arc<World>> {
    let mut left = lock(&LEFT);
    if let Some(i) = left.iter().position(|l| l.path == path) {
        return Some(left.remove(i).world);
    }
    drop(left);
    lock(&STUCK).pop()
}

/// Keeps what a script has left. No Python code is below us on this thread.
pub fn keep(path: &Path, world: Arc<World>) {
    let mut left = lock(&LEFT);
    left.push(Left {
        path: path.to_owned(),
        world,
    });
    let oldest = (left.len() > MOST).then(|| left.remove(0));
    drop(left);
    if let Some(oldest) = oldest {
        end(oldest.world);
    }
}

/// Ends all that can end. As above.
pub fn end_all() {
    let left = std::mem::take(&mut *lock(&LEFT));
    let stuck = std::mem::take(&mut *lock(&STUCK));
    left.into_iter().map(|l| l.world).chain(stuck).for_each(end);
}

fn end(world: Arc<World>) {
    // Attaching to one that is closed fails, so it is looked at first.
    if !world.is_free() || world.end(Duration::ZERO) != Closed::Clean {
        lock(&STUCK).push(world);
    }
}
