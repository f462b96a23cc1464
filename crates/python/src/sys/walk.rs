//! Going through containers where they lie, and making them grow: what JSON needs.

use super::{Attached, Borrowed, Owned, PyError, ffi};

/// The items of a list one by one, whatever happens to the list meanwhile.
///
/// # Errors
/// The first one of `look`.
pub(crate) fn each_of_list<E>(
    list: Borrowed<'_>,
    mut look: impl FnMut(usize, Borrowed<'_>) -> Result<(), E>,
) -> Result<(), E> {
    if !list.is_list() {
        return Ok(());
    }
    let mut i = 0;
    loop {
        // SAFETY: attached, a list (checked); the place is below its present length, and the
        // item gets a count of its own before anything else runs.
        let item = unsafe {
            if i >= ffi::PyList_GET_SIZE(list.as_ptr()) {
                return Ok(());
            }
            Borrowed::new(ffi::PyList_GET_ITEM(list.as_ptr(), i)).to_owned()
        };
        look(i.cast_unsigned(), *item)?;
        i += 1;
    }
}

/// The pairs of a dict one by one. `look` must not run Python code.
///
/// # Errors
/// The first one of `look`.
pub(crate) fn each_of_dict<E>(
    dict: Borrowed<'_>,
    mut look: impl FnMut(Borrowed<'_>, Borrowed<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut pos, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    if !dict.is_dict() {
        return Ok(());
    }
    // SAFETY: attached, a dict (checked) that cannot change, since no Python code runs. What
    // is yielded is borrowed from it and not NULL.
    unsafe {
        while ffi::PyDict_Next(dict.as_ptr(), &raw mut pos, &raw mut key, &raw mut value) != 0 {
            look(Borrowed::new(key), Borrowed::new(value))?;
        }
    }
    Ok(())
}

/// Adds an item at the end of a list.
///
/// # Errors
/// No memory.
pub(crate) fn push(list: Borrowed<'_>, item: Borrowed<'_>) -> Result<(), PyError> {
    // SAFETY: attached, both alive; the call checks that this is a list.
    if unsafe { ffi::PyList_Append(list.as_ptr(), item.as_ptr()) } < 0 {
        return Err(PyError::fetch(&list.at()));
    }
    Ok(())
}

/// An int beyond what is signed.
///
/// # Errors
/// No memory.
pub(crate) fn unsigned<'a>(at: &'a Attached<'_>, n: u64) -> Result<Owned<'a>, PyError> {
    // SAFETY: attached.
    unsafe { Owned::new(at, ffi::PyLong_FromUnsignedLongLong(n)) }
}

/// An object that came from outside; NULL is `None`.
///
/// # Safety
/// `object` is NULL or alive, and may be used by the interpreter this thread is attached to.
pub(crate) unsafe fn from_outside<'a>(
    at: &'a Attached<'_>,
    object: *mut ffi::PyObject,
) -> Owned<'a> {
    if object.is_null() {
        return super::make::none(at);
    }
    // SAFETY: alive (the caller).
    unsafe { Borrowed::new(object) }.to_owned()
}
