//! A module made of a table of functions whose state says which script it belongs to.
//!
//! Python calls `entry::<N>`; its module's state leads to the script, whatever thread calls.

use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use super::{Attached, Borrowed, Owned, PyError, Raised, ffi, guard};

/// Arguments as CPython hands them over.
pub(crate) struct RawArgs<'a> {
    /// Positional values, then the values of the keywords.
    pub values: &'a [Borrowed<'a>],
    /// How many of them are positional.
    pub positional: usize,
    /// The tuple of keyword names.
    pub names: Option<Borrowed<'a>>,
}

/// What answers the calls of one module.
pub(crate) trait Dispatch: Send + Sync + Sized + 'static {
    /// Function number `index` of the table was called.
    fn call<'a>(
        &self,
        at: &'a Attached<'_>,
        index: usize,
        args: &RawArgs<'_>,
    ) -> Result<Owned<'a>, Raised>;
}

/// Name and documentation of one function.
pub(crate) struct Method {
    /// As Python sees it.
    pub name: String,
    /// Signature and text.
    pub doc: String,
}

/// The most functions one module can have.
pub(crate) const MAX: usize = 96;

type Entry = unsafe extern "C" fn(
    *mut ffi::PyObject,
    *const *mut ffi::PyObject,
    ffi::Py_ssize_t,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

/// The C function behind function number `N`.
///
/// # Safety
/// Called by CPython only: `module` is the module that `create` made, `args` has `nargs`
/// values and one more per keyword name.
unsafe extern "C" fn entry<D: Dispatch, const N: usize>(
    module: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython's calling convention, see above. The state holds an `Arc` that lives
    // as long as the module, which lives as long as this call. `Borrowed` is a transparent
    // pointer, and the caller keeps the arguments alive.
    unsafe {
        guard(|at| {
            let state = ffi::PyModule_GetState(module).cast::<*const D>();
            if state.is_null() || (*state).is_null() {
                return Err(super::raise(
                    at,
                    super::Raise::Runtime,
                    "this module is not in use",
                ));
            }
            let positional = usize::try_from(nargs).unwrap_or(0);
            let names = (!names.is_null()).then(|| Borrowed::new(names));
            let len = positional + names.map_or(0, |n| n.tuple_items().len());
            let values = if len == 0 {
                &[]
            } else {
                std::slice::from_raw_parts(args.cast::<Borrowed<'_>>(), len)
            };
            let args = RawArgs {
                values,
                positional,
                names,
            };
            (**state).call(at, N, &args)
        })
    }
}

macro_rules! entries {
    ($d:ident: $($tens:literal)*) => { [$(
        entry::<$d, { $tens * 8 }>, entry::<$d, { $tens * 8 + 1 }>, entry::<$d, { $tens * 8 + 2 }>,
        entry::<$d, { $tens * 8 + 3 }>, entry::<$d, { $tens * 8 + 4 }>, entry::<$d, { $tens * 8 + 5 }>,
        entry::<$d, { $tens * 8 + 6 }>, entry::<$d, { $tens * 8 + 7 }>,
    )*] };
}

const fn entry_table<D: Dispatch>() -> [Entry; MAX] {
    entries!(D: 0 1 2 3 4 5 6 7 8 9 10 11)
}

/// A module definition. Lives for ever: CPython keeps pointers into it.
pub(crate) struct Definition<D> {
    def: *mut ffi::PyModuleDef,
    marker: std::marker::PhantomData<fn(D)>,
}

// SAFETY: written once before it is shared; CPython changes its base under its own lock.
unsafe impl<D> Send for Definition<D> {}
// SAFETY: as above.
unsafe impl<D> Sync for Definition<D> {}

impl<D: Dispatch> Definition<D> {
    /// Builds a definition. Function number `i` of the module is that of `methods[i]`.
    pub(crate) fn new(name: &str, doc: &str, methods: &[Method]) -> Definition<D> {
        assert!(methods.len() <= MAX, "more functions than C entries");
        let leak = |s: &str| CString::new(s).unwrap_or_default().into_raw().cast_const();
        let entries = entry_table::<D>();
        let one = |(i, m): (usize, &Method)| ffi::PyMethodDef {
            ml_name: leak(&m.name),
            ml_meth: ffi::PyMethodDefPointer {
                PyCFunctionFastWithKeywords: entries[i],
            },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: leak(&m.doc),
        };
        let mut table: Vec<_> = methods.iter().enumerate().map(one).collect();
        table.push(ffi::PyMethodDef::zeroed());
        let table = Vec::leak(table).as_mut_ptr();
        let slots = Vec::leak(vec![
            ffi::PyModuleDef_Slot {
                slot: ffi::Py_mod_exec,
                value: exec as *mut c_void,
            },
            ffi::PyModuleDef_Slot {
                slot: ffi::Py_mod_multiple_interpreters,
                value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
            },
            ffi::PyModuleDef_Slot::default(),
        ]);
        let def = Box::leak(Box::new(ffi::PyModuleDef {
            m_base: ffi::PyModuleDef_HEAD_INIT,
            m_name: leak(name),
            m_doc: leak(doc),
            m_size: size_of::<*const D>() as ffi::Py_ssize_t,
            m_methods: table,
            m_slots: slots.as_mut_ptr(),
            m_traverse: None,
            m_clear: None,
            m_free: Some(free::<D>),
        }));
        Definition {
            def,
            marker: std::marker::PhantomData,
        }
    }

    /// Makes the module for one script.
    ///
    /// # Errors
    /// What CPython said.
    pub(crate) fn create<'a>(
        &'static self,
        at: &'a Attached<'_>,
        spec: Borrowed<'_>,
        dispatch: Arc<D>,
    ) -> Result<Owned<'a>, PyError> {
        // SAFETY: attached; the definition lives for ever; the module's state is `m_size`
        // zeroed bytes after its execution, and holds the `Arc` until `free`.
        unsafe {
            let module = ffi::PyModule_FromDefAndSpec(self.def, spec.as_ptr());
            let module = Owned::new(at, module)?;
            if ffi::PyModule_ExecDef(module.as_ptr(), self.def) < 0 {
                return Err(PyError::fetch(at));
            }
            let state = ffi::PyModule_GetState(module.as_ptr()).cast::<*const D>();
            *state = Arc::into_raw(dispatch);
            Ok(module)
        }
    }
}

/// Nothing to do: the state is filled by `create`.
unsafe extern "C" fn exec(_: *mut ffi::PyObject) -> c_int {
    0
}

/// The module is gone: so is its hold on the script.
///
/// # Safety
/// Called by CPython with a module of `create`.
unsafe extern "C" fn free<D: Dispatch>(module: *mut c_void) {
    // SAFETY: the state is absent, zero, or what `create` put there, and is taken once.
    unsafe {
        let state = ffi::PyModule_GetState(module.cast()).cast::<*const D>();
        if !state.is_null() && !(*state).is_null() {
            let dispatch = Arc::from_raw(ptr::replace(state, ptr::null()));
            // Its end may run code of the program, which must not unwind into C.
            drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
                || drop(dispatch),
            )));
        }
    }
}
