//! Python exceptions as values.

use std::ffi::CStr;

use hub::cut;

use super::{Attached, Borrowed, Owned, ffi, process};

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
    /// Files and lines it came through, the innermost last; the innermost ones if there are many.
    pub places: Vec<(String, u32)>,
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
            places: Vec::new(),
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
        let class = cut::line(&raised.type_name(), CLASS).into_owned();
        let places = places(at, *raised);
        let traceback = format(at, *raised).unwrap_or_else(|| {
            let text = raised.to_str_quietly(at);
            if text.is_empty() {
                format!("{class}\n")
            } else {
                format!("{class}: {text}\n")
            }
        });
        if process::is_forked() {
            process::end_child(last_words(at, *raised, &class, &traceback));
        }
        let traceback = match DATABASE.contains(&&*class) {
            true => without_values(&traceback, &class),
            false => traceback,
        };
        let last_line = traceback.lines().rev().find(|l| !l.trim().is_empty());
        let last_line = cut::line(last_line.unwrap_or(&class).trim(), LAST_LINE).into_owned();
        PyError(Box::new(Fetched {
            last_line,
            class,
            traceback: cut::text(&traceback, cut::REPORT).into_owned(),
            places,
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

/// What an exception's class, and its last line, may have in bytes.
const CLASS: usize = 200;
const LAST_LINE: usize = 1000;
/// So many places of a traceback are kept, and so many looked at.
const PLACES: usize = 32;
const DEEPEST: usize = 10_000;

/// The exceptions of Python's modules for databases (PEP 249): they say what is in a statement.
const DATABASE: &[&str] = &[
    "DataError",
    "DatabaseError",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
];

/// An exception comes out of the script in a child that it has forked: its exit code.
fn last_words(at: &Attached<'_>, raised: Borrowed<'_>, class: &str, traceback: &str) -> i32 {
    if class != "SystemExit" {
        process::write_from_child(traceback.trim_end());
        return 1;
    }
    // SAFETY: attached, alive; a failure is cleared by `quiet`.
    let code = unsafe { ffi::PyObject_GetAttrString(raised.as_ptr(), c"code".as_ptr()) };
    match quiet(at, code) {
        Some(code) if code.is_none() => 0,
        Some(code) => code.as_i64().map_or(1, |n| (n & 0xff) as i32),
        None => 1,
    }
}

/// The traceback with `?` for texts and numbers in what the exception says.
fn without_values(traceback: &str, class: &str) -> String {
    let mut at = 0;
    let message = traceback.split_inclusive('\n').find_map(|line| {
        let begins = at;
        at += line.len();
        let name = line.split(':').next().unwrap_or_default().trim_end();
        name.ends_with(class).then_some(begins + name.len())
    });
    let Some(message) = message else {
        return traceback.to_owned();
    };
    let (before, said) = traceback.split_at(message);
    let said = hub::api::without_values(said.as_bytes());
    format!("{before}{}\n", String::from_utf8_lossy(&said).trim_end())
}

/// Files and lines of an exception's traceback.
fn places(at: &Attached<'_>, raised: Borrowed<'_>) -> Vec<(String, u32)> {
    let attr = |object: &Owned<'_>, name: &CStr| {
        // SAFETY: attached, alive; the name is NUL-terminated. A failure is cleared by `quiet`.
        quiet(at, unsafe {
            ffi::PyObject_GetAttrString(object.as_ptr(), name.as_ptr())
        })
    };
    let mut places = std::collections::VecDeque::new();
    let mut next = attr(&raised.to_owned(), c"__traceback__");
    for _ in 0..DEEPEST {
        let Some(traceback) = next.filter(|t| !t.is_none()) else {
            break;
        };
        let file = attr(&traceback, c"tb_frame")
            .and_then(|frame| attr(&frame, c"f_code"))
            .and_then(|code| attr(&code, c"co_filename"));
        let line = attr(&traceback, c"tb_lineno").and_then(|line| line.as_i64().ok());
        if places.len() == PLACES {
            places.pop_front();
        }
        let file = file
            .map(|file| super::unicode::lossy(*file))
            .unwrap_or_default();
        places.push_back((file, line.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)));
        next = attr(&traceback, c"tb_next");
    }
    places.into()
}

/// A new reference that may be missing without a word: fetching an error here would recurse.
fn quiet<'a>(at: &'a Attached<'_>, object: *mut ffi::PyObject) -> Option<Owned<'a>> {
    if object.is_null() {
        // SAFETY: attached.
        unsafe { ffi::PyErr_Clear() };
        return None;
    }
    // SAFETY: a new reference, not NULL.
    unsafe { Owned::new(at, object) }.ok()
}

/// What `traceback.format_exception` says; `None` when it fails (no stdlib, no memory).
fn format(at: &Attached<'_>, raised: Borrowed<'_>) -> Option<String> {
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
