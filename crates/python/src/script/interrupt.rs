//! Getting a script's attention from another thread.

use std::sync::Arc;

use super::world::World;
use crate::sys::threads;

/// Raises `HookTimeout` in a thread that runs a script's code. It is no `Exception`, so a
/// script's own handlers let it through.
#[derive(Clone)]
pub struct Interrupter {
    pub(super) world: Arc<World>,
}

impl Interrupter {
    /// Interrupts the thread, if `still` says so once the GIL is ours. May wait for the GIL as
    /// long as the script holds it.
    pub fn interrupt(&self, thread: u64, still: impl Fn() -> bool) {
        if let Some(at) = self.world.interp.attach()
            && still()
        {
            let class = self.world.timeout.get(&at);
            threads::raise_in(&at, thread, class.as_deref().copied());
        }
    }

    /// Takes back an interrupt that came too late for what it was meant.
    pub fn take_back(&self, thread: u64) {
        if let Some(at) = self.world.interp.attach() {
            threads::raise_in(&at, thread, None);
        }
    }
}
