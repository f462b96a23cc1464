//! The Pythons that Viperhub can be built for. `build.rs` asks here and `tools/find-python` reads the two
//! numbers, so that a Python is taken or refused by both.

/// The oldest minor version of Python 3: interpreters with a lock of their own came with it.
pub(crate) const OLDEST: u8 = 12;

/// The newest one: up to it our pyo3-ffi and `sys` know what CPython keeps where.
pub(crate) const NEWEST: u8 = 15;

/// What a build needs to know of a Python.
pub(crate) struct Python {
    /// Whether it is CPython: nothing else has interpreters that run side by side.
    pub(crate) cpython: bool,
    /// As in 3.14.
    pub(crate) version: (u8, u8),
    /// Whether it is the build without the global lock (`Py_GIL_DISABLED`, "3.14t").
    pub(crate) free_threaded: bool,
}

/// Why Viperhub cannot be built for a Python and what to do, in lines to show; `None` when it can.
pub(crate) fn refusal(python: &Python) -> Option<Vec<String>> {
    let (major, minor) = python.version;
    let why = if !python.cpython {
        "this Python is not CPython, the only one whose interpreters run side by side in one program.".to_owned()
    } else if python.version < (3, OLDEST) {
        format!(
            "this is Python {major}.{minor}; interpreters with a lock of their own came with 3.{OLDEST}."
        )
    } else if python.version > (3, NEWEST) {
        format!("this is Python {major}.{minor}; Viperhub knows no newer one than 3.{NEWEST}.")
    } else if python.free_threaded {
        format!(
            "this is the free-threaded build of Python {major}.{minor} (Py_GIL_DISABLED). There two threads may \
             be in one interpreter at once, while Viperhub relies on the lock that each interpreter has in the \
             usual build. Scripts lose nothing by that: each runs in an interpreter of its own, beside the others."
        )
    } else {
        return None;
    };
    Some(vec![
        format!("Viperhub cannot be built for this Python: {why}"),
        format!(
            "Install a usual CPython 3.{OLDEST} to 3.{NEWEST} and name it, as in PYO3_PYTHON=/usr/bin/python3.{NEWEST}; \
             `tools/find-python --all` lists those that will do."
        ),
    ])
}
