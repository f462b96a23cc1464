//! The script on whose thread a plugin's function runs: what the plugin calls meanwhile is done
//! in that script's name, so that a script that waits for the hub goes on serving its hooks.

use std::cell::Cell;
use std::ptr::NonNull;

use hub::api::Host;

thread_local! {
    static HOST: Cell<Option<NonNull<dyn Host>>> = const { Cell::new(None) };
}

struct Back(Option<NonNull<dyn Host>>);

impl Drop for Back {
    fn drop(&mut self) {
        HOST.set(self.0);
    }
}

/// Runs `f` as a call of the script behind `host`.
pub(crate) fn within<R>(host: &dyn Host, f: impl FnOnce() -> R) -> R {
    let host = NonNull::from(host);
    // SAFETY: only the lifetime is changed, and what `host` refers to outlives this call, at
    // whose end, also by a panic, the pointer is replaced by the one before.
    let host = unsafe { std::mem::transmute::<NonNull<dyn Host + '_>, NonNull<dyn Host>>(host) };
    let _back = Back(HOST.replace(Some(host)));
    f()
}

/// Runs `f` outside of any script's call: the plugin's own code, reached from within one.
pub(crate) fn apart<R>(f: impl FnOnce() -> R) -> R {
    let _back = Back(HOST.replace(None));
    f()
}

/// Hands over the script whose call this thread is in, if any.
pub(crate) fn with<R>(f: impl FnOnce(Option<&dyn Host>) -> R) -> R {
    // SAFETY: set by `within` further up this thread's stack, which has not returned.
    f(HOST.get().map(|host| unsafe { host.as_ref() }))
}
