//! Python exceptions as values.

use std::ffi::CStr;

use super::{Attached, Borrowed, Owned, ffi};

/// An exception that was raised, taken out of the interpreter as text. Boxed, so that
/// results with it travel in registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PyError(Box<Fetched>);

/// What an exception said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fetched {
    /// The class, as `ImportError`.
    pub class: String,
    /// Class and message, the last line of the traceback.
    pub last_line: String,
    /// The whole traceback with source lines.
    pub traceback: String,
}

impl std::ops::Deref for PyError {
    type Target = Fetched;
    fn deref(&self) -> &Fetched {
        &self.0
    }
}

impl std::fmt::Display for PyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.last_line)
    }
}

impl PyError {
    /// Its parts.
    pub(crate) fn into_inner(self) -> Fetched {
        *self.0
    }

    /// An error of our own in the same dress.
    pub(crate) fn ours(text: &str) -> PyError {
        PyError(Box::new(Fetched {
            class: String::new(),
            last_line: text.into(),
            traceback: text.into(),
        }))
    }

    /// Takes the exception that is set. Slow, and runs Python code for the traceback.
    #[cold]
    pub(crate) fn fetch(at: &Attached<'_>) -> PyError {
        // SAFETY: attached; the call gives the reference away and clears the indicator.
        let raised = unsafe { ffi::PyErr_GetRaisedException() };
        if raised.is_null() {
            return PyError::ours("a C function failed without saying why");
        }
        // SAFETY: a new reference, not NULL.
        let Ok(raised) = (unsafe { Owned::new(at, raised) }) else {
            return PyError::ours("unknown error");
        };
        let class = raised.type_name();
        let traceback = format(at, *raised).unwrap_or_else(|| {
            let text = raised.to_str_quietly(at);
            if text.is_empty() {
                format!("{class}\n")
            } else {
                format!("{class}: {text}\n")
            }
        });
        let last_line = traceback.lines().rev().find(|l| !l.trim().is_empty());
        PyError(Box::new(Fetched {
            last_line: last_line.unwrap_or(&class).trim().to_owned(),
            class,
            traceback,
        }))
    }
}

impl<'a> Borrowed<'a> {
    /// `str(x)` as text, empty when that fails.
    pub(crate) fn to_str_quietly(self, at: &'a Attached<'_>) -> String {
        // SAFETY: attached, alive. A failure's exception is cleared at once.
        unsafe {
            let text = ffi::PyObject_Str(self.as_ptr());
            if text.is_null() {
                ffi::PyErr_Clear();
                return String::new();
            }
            match Owned::new(at, text) {
                Ok(text) => super::unicode::lossy(*text),
                Err(_) => String::new(),
            }
        }
    }
}

/// What `traceback.format_exception` says; `None` when it fails (no stdlib, no memory).
fn format(at: &Attached<'_>, raised: Borrowed<'_>) -> Option<String> {
    /// A step that may fail without a word: fetching an error here would recurse.
    fn quiet<'a>(at: &'a Attached<'_>, object: *mut ffi::PyObject) -> Option<Owned<'a>> {
        if object.is_null() {
            // SAFETY: attached.
            unsafe { ffi::PyErr_Clear() };
            return None;
        }
        // SAFETY: a new reference, not NULL.
        unsafe { Owned::new(at, object) }.ok()
    }
    let import: &CStr = c"traceback";
    // SAFETY: attached; all objects are alive; NULL is handled by `quiet`.
    unsafe {
        let module = quiet(at, ffi::PyImport_ImportModule(import.as_ptr()))?;
        let function = ffi::PyObject_GetAttrString(module.as_ptr(), c"format_exception".as_ptr());
        let function = quiet(at, function)?;
        let lines = ffi::PyObject_CallOneArg(function.as_ptr(), raised.as_ptr());
        let lines = quiet(at, lines)?;
        let empty = quiet(at, ffi::PyUnicode_FromStringAndSize(c"".as_ptr(), 0))?;
        let text = quiet(at, ffi::PyUnicode_Join(empty.as_ptr(), lines.as_ptr()))?;
        Some(super::unicode::lossy(*text))
    }
}
