//! The way from C into Rust: no panic gets out, errors become Python exceptions.

use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Attached, Owned, ffi};

/// Runs the body of a C entry. A panic becomes a `SystemError`.
///
/// # Safety
/// CPython has called this thread: it is attached.
#[inline]
pub(crate) unsafe fn guard(
    body: impl for<'a> FnOnce(&'a Attached<'_>) -> Result<Owned<'a>, Raised>,
) -> *mut ffi::PyObject {
    // SAFETY: the caller.
    let at = unsafe { Attached::assume() };
    match catch_unwind(AssertUnwindSafe(|| {
        body(&at).map_or(std::ptr::null_mut(), Owned::into_ptr)
    })) {
        Ok(result) => result,
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            let text = format!("Viperhub panicked: {text}");
            tracing::error!("{text}");
            raise(&at, Kind::System, &text);
            std::ptr::null_mut()
        }
    }
}

/// Proof that the Python exception of a failure is set.
pub(crate) struct Raised(());

/// Exception classes we raise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Type,
    Value,
    Name,
    Runtime,
    NotImplemented,
    System,
    Permission,
}

/// Sets an exception.
#[cold]
pub(crate) fn raise(_: &Attached<'_>, kind: Kind, text: &str) -> Raised {
    let text = CString::new(text.replace('\0', "\\0")).unwrap_or_default();
    // SAFETY: attached; the classes are objects that every interpreter has; the text is
    // copied. Texts of ours are UTF-8.
    unsafe {
        let class = match kind {
            Kind::Type => ffi::PyExc_TypeError,
            Kind::Value => ffi::PyExc_ValueError,
            Kind::Name => ffi::PyExc_NameError,
            Kind::Runtime => ffi::PyExc_RuntimeError,
            Kind::NotImplemented => ffi::PyExc_NotImplementedError,
            Kind::System => ffi::PyExc_SystemError,
            Kind::Permission => ffi::PyExc_PermissionError,
        };
        ffi::PyErr_SetString(class, text.as_ptr());
    }
    Raised(())
}
