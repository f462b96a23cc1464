//! Memory and errors of one callback.

use std::alloc::Layout;
use std::ffi::{CStr, CString};
use std::ptr::NonNull;
use std::sync::Arc;

use bumpalo::Bump;
use hub::hooks::{Hook, Verdict};

use crate::{Charset, abi};

/// What the plugin holds as `vhp_scope`.
pub(crate) struct Scope {
    pub memory: Bump,
    pub charset: Arc<dyn Charset>,
    error: CString,
    /// What was told by `fail`.
    pub failure: Option<String>,
    /// The event this is about, and what the plugin has said of it.
    pub event: Option<(Hook, Verdict)>,
}

impl Scope {
    pub(crate) fn new(charset: &Arc<dyn Charset>, event: Option<Hook>) -> Scope {
        Scope {
            memory: Bump::new(),
            charset: Arc::clone(charset),
            error: CString::default(),
            failure: None,
            event: event.map(|hook| (hook, Verdict::ALLOW)),
        }
    }

    pub(crate) fn as_ptr(&mut self) -> *mut abi::Scope {
        std::ptr::from_mut(self).cast()
    }

    /// Memory that stays as long as the scope; aligned for anything.
    pub(crate) fn alloc(&self, size: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(size.max(1), 16).ok()?;
        self.memory.try_alloc_layout(layout).ok()
    }

    pub(crate) fn error(&self) -> &CStr {
        &self.error
    }

    pub(crate) fn set_error(&mut self, text: &str) {
        self.error = CString::new(text.replace('\0', " ")).unwrap_or_default();
    }
}
