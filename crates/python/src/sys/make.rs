//! New Python objects of the plain kinds.

use super::{Attached, Borrowed, Owned, PyError, ffi};

type Result<'a> = std::result::Result<Owned<'a>, PyError>;

/// `None`.
#[inline]
pub(crate) fn none<'a>(_: &'a Attached<'_>) -> Owned<'a> {
    // SAFETY: attached; `None` lives for ever.
    unsafe { Borrowed::new(ffi::Py_None()) }.to_owned()
}

/// `True` or `False`.
#[inline]
pub(crate) fn bool<'a>(_: &'a Attached<'_>, b: bool) -> Owned<'a> {
    // SAFETY: attached; both live for ever.
    unsafe { Borrowed::new(if b { ffi::Py_True() } else { ffi::Py_False() }) }.to_owned()
}

/// An int.
#[inline]
pub(crate) fn int<'a>(at: &'a Attached<'_>, n: i64) -> Result<'a> {
    // SAFETY: attached.
    unsafe { Owned::new(at, ffi::PyLong_FromLongLong(n)) }
}

/// A float.
#[inline]
pub(crate) fn float<'a>(at: &'a Attached<'_>, n: f64) -> Result<'a> {
    // SAFETY: attached.
    unsafe { Owned::new(at, ffi::PyFloat_FromDouble(n)) }
}

/// A list of `len` items, made one by one.
///
/// # Errors
/// No memory, or the first item that cannot be made.
pub(crate) fn list<'a, 'o>(
    at: &'a Attached<'_>,
    len: usize,
    mut item: impl FnMut(usize) -> std::result::Result<Owned<'o>, PyError>,
) -> Result<'a> {
    // SAFETY: attached; a fresh list has room for `len` items, each given away once; one that
    // is dropped half full has NULL for the others, which CPython expects.
    unsafe {
        let list = Owned::new(at, ffi::PyList_New(len as ffi::Py_ssize_t))?;
        for i in 0..len {
            let item = item(i)?.into_ptr();
            ffi::PyList_SET_ITEM(list.as_ptr(), i as ffi::Py_ssize_t, item);
        }
        Ok(list)
    }
}

/// A tuple of `len` items, made one by one.
///
/// # Errors
/// No memory, or the first item that cannot be made.
pub(crate) fn tuple<'a, 'o>(
    at: &'a Attached<'_>,
    len: usize,
    mut item: impl FnMut(usize) -> std::result::Result<Owned<'o>, PyError>,
) -> Result<'a> {
    // SAFETY: as for a list.
    unsafe {
        let tuple = Owned::new(at, ffi::PyTuple_New(len as ffi::Py_ssize_t))?;
        for i in 0..len {
            let item = item(i)?.into_ptr();
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i as ffi::Py_ssize_t, item);
        }
        Ok(tuple)
    }
}

/// An empty dict.
pub(crate) fn dict<'a>(at: &'a Attached<'_>) -> Result<'a> {
    // SAFETY: attached.
    unsafe { Owned::new(at, ffi::PyDict_New()) }
}

/// Puts a pair into a dict.
pub(crate) fn dict_put(
    dict: Borrowed<'_>,
    key: Borrowed<'_>,
    value: Borrowed<'_>,
) -> std::result::Result<(), PyError> {
    // SAFETY: attached, all alive; the call checks that this is a dict.
    let r = unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) };
    if r < 0 {
        return Err(PyError::fetch(&dict.at()));
    }
    Ok(())
}

/// A set of the items of something iterable.
pub(crate) fn set<'a>(at: &'a Attached<'_>, items: Borrowed<'_>, frozen: bool) -> Result<'a> {
    // SAFETY: attached, alive.
    unsafe {
        let set = match frozen {
            true => ffi::PyFrozenSet_New(items.as_ptr()),
            false => ffi::PySet_New(items.as_ptr()),
        };
        Owned::new(at, set)
    }
}

/// The items of a list, a set or anything iterable, as they are now.
pub(crate) fn to_tuple<'a>(sequence: Borrowed<'a>) -> Result<'a> {
    // SAFETY: attached, alive.
    unsafe { sequence.adopt(ffi::PySequence_Tuple(sequence.as_ptr())) }
}

/// Runs source text as a module's code in a fresh namespace, with builtins of its own, which is
/// returned.
pub(crate) fn run<'a>(at: &'a Attached<'_>, name: &str, source: &std::ffi::CStr) -> Result<'a> {
    let name = std::ffi::CString::new(name).unwrap_or_default();
    let globals = dict(at)?;
    // SAFETY: attached; source and name are NUL-terminated and live through the calls; the
    // objects are alive.
    unsafe {
        let builtins = Owned::new(at, ffi::PyImport_ImportModule(c"builtins".as_ptr()))?;
        // Its own: a script may empty those of everybody.
        let builtins = Owned::new(
            at,
            ffi::PyDict_Copy(builtins.attr(at, "__dict__")?.as_ptr()),
        )?;
        globals.dict_set("__builtins__", *builtins)?;
        let code = ffi::Py_CompileString(source.as_ptr(), name.as_ptr(), ffi::Py_file_input);
        let code = Owned::new(at, code)?;
        drop(Owned::new(
            at,
            ffi::PyEval_EvalCode(code.as_ptr(), globals.as_ptr(), globals.as_ptr()),
        )?);
    }
    Ok(globals)
}
