//! References: [`Owned`] gives back its count when dropped, [`Borrowed`] never had one,
//! [`Stored`] is an owned one that outlives being attached.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::ptr::{self, NonNull};

use smallvec::SmallVec;

use super::{Attached, PyError, ffi};

/// A reference somebody else keeps alive for `'a`, during which this thread is attached.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Borrowed<'a> {
    object: NonNull<ffi::PyObject>,
    marker: PhantomData<(&'a (), *mut ())>,
}

/// What an object is, as far as values go; subclasses count as their base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    None,
    Bool(bool),
    Int,
    Float,
    Str,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
    Other,
}

/// A reference of our own, for `'a`, during which this thread is attached.
#[repr(transparent)]
pub(crate) struct Owned<'a>(pub(super) Borrowed<'a>);

impl Drop for Owned<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: one count is ours, and the thread is attached for `'a`.
        unsafe { ffi::Py_DECREF(self.as_ptr()) }
    }
}

impl<'a> Deref for Owned<'a> {
    type Target = Borrowed<'a>;
    #[inline]
    fn deref(&self) -> &Borrowed<'a> {
        &self.0
    }
}

impl<'a> Owned<'a> {
    /// Takes over a new reference; NULL becomes the exception that came with it.
    ///
    /// # Safety
    /// `object` is NULL with an exception set, or a reference that is given away.
    #[inline]
    pub(crate) unsafe fn new(
        at: &'a Attached<'_>,
        object: *mut ffi::PyObject,
    ) -> Result<Owned<'a>, PyError> {
        match NonNull::new(object) {
            Some(object) => Ok(Owned(Borrowed {
                object,
                marker: PhantomData,
            })),
            None => Err(PyError::fetch(at)),
        }
    }

    /// Gives the reference away, as C functions return it.
    #[inline]
    pub(crate) fn into_ptr(self) -> *mut ffi::PyObject {
        let object = self.as_ptr();
        std::mem::forget(self);
        object
    }

    /// Keeps the reference beyond being attached.
    pub(crate) fn store(self) -> Stored {
        let object = self.0.object;
        std::mem::forget(self);
        Stored(object)
    }
}

impl<'a> Borrowed<'a> {
    /// Adopts a reference that somebody else keeps.
    ///
    /// # Safety
    /// `object` is not NULL, alive for `'a`, and the thread is attached for `'a`.
    #[inline]
    pub(crate) unsafe fn new(object: *mut ffi::PyObject) -> Borrowed<'a> {
        debug_assert!(!object.is_null());
        Borrowed {
            // SAFETY: not NULL (the caller).
            object: unsafe { NonNull::new_unchecked(object) },
            marker: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn as_ptr(self) -> *mut ffi::PyObject {
        self.object.as_ptr()
    }

    /// A proof of being attached: a borrowed reference is one.
    #[inline]
    pub(crate) fn at(self) -> Attached<'a> {
        // SAFETY: the invariant of the type.
        unsafe { Attached::assume() }
    }

    /// Takes over a new reference that came from working on this one.
    ///
    /// # Safety
    /// As for [`Owned::new`].
    #[inline]
    pub(super) unsafe fn adopt(self, object: *mut ffi::PyObject) -> Result<Owned<'a>, PyError> {
        match NonNull::new(object) {
            Some(object) => Ok(Owned(Borrowed {
                object,
                marker: PhantomData,
            })),
            None => Err(PyError::fetch(&self.at())),
        }
    }

    /// One more reference.
    #[inline]
    pub(crate) fn to_owned(self) -> Owned<'a> {
        // SAFETY: attached, alive.
        unsafe { ffi::Py_INCREF(self.as_ptr()) };
        Owned(self)
    }

    /// What an ordinary truth value or a small int of `True` and `False` says, without asking
    /// the object.
    #[inline]
    pub(crate) fn as_bool_constant(self) -> Option<bool> {
        // SAFETY: the addresses of static objects.
        unsafe {
            if self.as_ptr() == ffi::Py_True() {
                Some(true)
            } else if self.as_ptr() == ffi::Py_False() {
                Some(false)
            } else {
                None
            }
        }
    }

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        // SAFETY: the address of a static object.
        self.as_ptr() == unsafe { ffi::Py_None() }
    }

    #[inline]
    fn has_flag(self, flag: std::ffi::c_ulong) -> bool {
        // SAFETY: attached, alive; every object has a type.
        unsafe { ffi::PyType_FastSubclass(ffi::Py_TYPE(self.as_ptr()), flag) != 0 }
    }

    #[inline]
    pub(crate) fn is_str(self) -> bool {
        self.has_flag(ffi::Py_TPFLAGS_UNICODE_SUBCLASS)
    }

    #[inline]
    pub(crate) fn is_int(self) -> bool {
        self.has_flag(ffi::Py_TPFLAGS_LONG_SUBCLASS)
    }

    #[inline]
    pub(crate) fn is_tuple(self) -> bool {
        self.has_flag(ffi::Py_TPFLAGS_TUPLE_SUBCLASS)
    }

    #[inline]
    pub(crate) fn is_list(self) -> bool {
        self.has_flag(ffi::Py_TPFLAGS_LIST_SUBCLASS)
    }

    #[inline]
    pub(crate) fn is_dict(self) -> bool {
        self.has_flag(ffi::Py_TPFLAGS_DICT_SUBCLASS)
    }

    pub(crate) fn is_bool(self) -> bool {
        // SAFETY: attached, alive.
        unsafe { ffi::PyBool_Check(self.as_ptr()) != 0 }
    }

    pub(crate) fn is_float(self) -> bool {
        // SAFETY: attached, alive.
        unsafe { ffi::PyFloat_Check(self.as_ptr()) != 0 }
    }

    pub(crate) fn is_set(self) -> bool {
        // SAFETY: attached, alive.
        unsafe { ffi::PyAnySet_Check(self.as_ptr()) != 0 }
    }

    pub(crate) fn is_frozen_set(self) -> bool {
        // SAFETY: attached, alive.
        unsafe { ffi::PyFrozenSet_Check(self.as_ptr()) != 0 }
    }

    /// Whether both are the same object.
    pub(crate) fn same(self, other: Borrowed<'_>) -> bool {
        self.object == other.object
    }

    /// Whether its type is this very class.
    pub(crate) fn is_exactly(self, class: &Stored) -> bool {
        // SAFETY: attached, alive.
        unsafe { ffi::Py_TYPE(self.as_ptr()).cast() == class.0.as_ptr() }
    }

    pub(crate) fn is_callable(self) -> bool {
        // SAFETY: attached, alive.
        unsafe { ffi::PyCallable_Check(self.as_ptr()) != 0 }
    }

    /// What it is, the usual first: most are told from the flags of their type alone.
    pub(crate) fn kind(self) -> Kind {
        if self.is_str() {
            Kind::Str
        } else if let Some(b) = self.as_bool_constant() {
            Kind::Bool(b)
        } else if self.is_int() {
            Kind::Int
        } else if self.is_none() {
            Kind::None
        } else if self.is_list() {
            Kind::List
        } else if self.is_dict() {
            Kind::Dict
        } else if self.is_tuple() {
            Kind::Tuple
        } else if self.is_float() {
            Kind::Float
        } else if self.is_set() {
            match self.is_frozen_set() {
                true => Kind::FrozenSet,
                false => Kind::Set,
            }
        } else {
            Kind::Other
        }
    }

    /// The name of its type, for messages.
    pub(crate) fn type_name(self) -> String {
        // SAFETY: attached; a type's name is a NUL-terminated text that lives with the type.
        let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(self.as_ptr())).tp_name) };
        let name = name.to_string_lossy();
        name.rsplit('.').next().unwrap_or(&name).to_owned()
    }

    /// The value of an int; an error when it does not fit.
    pub(crate) fn as_i64(self) -> Result<i64, PyError> {
        // SAFETY: attached, alive; -1 needs a look at the error indicator.
        unsafe {
            let n = ffi::PyLong_AsLongLong(self.as_ptr());
            if n == -1 && !ffi::PyErr_Occurred().is_null() {
                return Err(PyError::fetch(&self.at()));
            }
            Ok(n)
        }
    }

    /// The digits of an int, whatever its size. Runs no Python code.
    ///
    /// # Errors
    /// More digits than Python writes.
    pub(crate) fn int_text(self) -> Result<String, PyError> {
        let mut overflow = 0;
        // SAFETY: attached, alive, an int or else an error that is taken.
        unsafe {
            let n = ffi::PyLong_AsLongLongAndOverflow(self.as_ptr(), &raw mut overflow);
            if overflow == 0 {
                if n == -1 && !ffi::PyErr_Occurred().is_null() {
                    return Err(PyError::fetch(&self.at()));
                }
                return Ok(n.to_string());
            }
            let text = self.adopt(ffi::PyNumber_ToBase(self.as_ptr(), 10))?;
            Ok(super::unicode::lossy(*text))
        }
    }

    /// Whether an int is not 0, whatever its size.
    #[inline]
    pub(crate) fn is_true(self) -> Result<bool, PyError> {
        // SAFETY: attached, alive.
        match unsafe { ffi::PyObject_IsTrue(self.as_ptr()) } {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(PyError::fetch(&self.at())),
        }
    }

    /// The value of a float or int.
    pub(crate) fn as_f64(self) -> Result<f64, PyError> {
        // SAFETY: attached, alive; -1.0 needs a look at the error indicator.
        unsafe {
            let n = ffi::PyFloat_AsDouble(self.as_ptr());
            if n == -1.0 && !ffi::PyErr_Occurred().is_null() {
                return Err(PyError::fetch(&self.at()));
            }
            Ok(n)
        }
    }

    /// `str(x)`.
    pub(crate) fn to_str(self, at: &'a Attached<'_>) -> Result<Owned<'a>, PyError> {
        // SAFETY: attached, alive.
        unsafe { Owned::new(at, ffi::PyObject_Str(self.as_ptr())) }
    }

    /// Items of a tuple; empty for anything else.
    #[inline]
    pub(crate) fn as_tuple(self) -> &'a [Borrowed<'a>] {
        if !self.is_tuple() {
            return &[];
        }
        // SAFETY: a tuple keeps its items, one pointer after the other and none of them NULL
        // once Python code has seen it, as long as it lives; `Borrowed` is such a pointer.
        unsafe {
            let tuple = self.as_ptr().cast::<ffi::PyTupleObject>();
            let len = usize::try_from(ffi::Py_SIZE(self.as_ptr())).unwrap_or(0);
            std::slice::from_raw_parts((&raw const (*tuple).ob_item).cast(), len)
        }
    }

    /// The same one by one.
    pub(crate) fn tuple_items(self) -> impl ExactSizeIterator<Item = Borrowed<'a>> {
        self.as_tuple().iter().copied()
    }

    /// An attribute.
    pub(crate) fn attr(self, at: &'a Attached<'_>, name: &str) -> Result<Owned<'a>, PyError> {
        let name = super::unicode::new(at, name)?;
        // SAFETY: attached, both alive.
        unsafe { Owned::new(at, ffi::PyObject_GetAttr(self.as_ptr(), name.as_ptr())) }
    }

    /// Sets an attribute.
    pub(crate) fn set_attr(self, name: &str, value: Borrowed<'_>) -> Result<(), PyError> {
        let at = self.at();
        let name = super::unicode::new(&at, name)?;
        // SAFETY: attached, all alive.
        let r = unsafe { ffi::PyObject_SetAttr(self.as_ptr(), name.as_ptr(), value.as_ptr()) };
        if r < 0 {
            Err(PyError::fetch(&at))
        } else {
            Ok(())
        }
    }

    /// How many entries a dict has; 0 for what is none.
    #[inline]
    pub(crate) fn dict_len(self) -> usize {
        // SAFETY: attached, alive; the call checks that this is a dict, and only then fails not.
        let len = unsafe { ffi::PyDict_Size(self.as_ptr()) };
        usize::try_from(len).unwrap_or_else(|_| {
            // SAFETY: attached.
            unsafe { ffi::PyErr_Clear() };
            0
        })
    }

    /// The value under a key of a dict.
    #[inline]
    pub(crate) fn dict_get(self, key: Borrowed<'_>) -> Result<Option<Borrowed<'a>>, PyError> {
        // SAFETY: a dict (the call checks), attached. The result is borrowed from the dict;
        // callers take a count of their own before running anything that may change it.
        unsafe {
            let value = ffi::PyDict_GetItemWithError(self.as_ptr(), key.as_ptr());
            if value.is_null() {
                if ffi::PyErr_Occurred().is_null() {
                    return Ok(None);
                }
                return Err(PyError::fetch(&self.at()));
            }
            Ok(Some(Borrowed::new(value)))
        }
    }

    /// Takes a key out of a dict, if it is there.
    pub(crate) fn dict_remove(self, key: Borrowed<'_>) -> Result<(), PyError> {
        // SAFETY: attached, alive; the calls check that this is a dict.
        unsafe {
            match ffi::PyDict_Contains(self.as_ptr(), key.as_ptr()) {
                0 => return Ok(()),
                1 if ffi::PyDict_DelItem(self.as_ptr(), key.as_ptr()) == 0 => return Ok(()),
                _ => {}
            }
        }
        Err(PyError::fetch(&self.at()))
    }

    /// Puts a value under a key of a dict.
    pub(crate) fn dict_set(self, key: &str, value: Borrowed<'_>) -> Result<(), PyError> {
        let at = self.at();
        let key = super::unicode::new(&at, key)?;
        // SAFETY: attached, all alive; the call checks that this is a dict.
        let r = unsafe { ffi::PyDict_SetItem(self.as_ptr(), key.as_ptr(), value.as_ptr()) };
        if r < 0 {
            Err(PyError::fetch(&at))
        } else {
            Ok(())
        }
    }

    /// Calls with positional arguments that are ours.
    #[inline]
    pub(crate) fn call_owned(
        self,
        at: &'a Attached<'_>,
        args: &[Owned<'_>],
    ) -> Result<Owned<'a>, PyError> {
        // SAFETY: `Owned` is a transparent `Borrowed`.
        let args = unsafe { std::slice::from_raw_parts(args.as_ptr().cast(), args.len()) };
        self.call(at, args)
    }

    /// Calls with positional arguments.
    #[inline]
    pub(crate) fn call(
        self,
        at: &'a Attached<'_>,
        args: &[Borrowed<'_>],
    ) -> Result<Owned<'a>, PyError> {
        // SAFETY: attached; `Borrowed` is a transparent pointer, and the arguments live.
        unsafe {
            let result = ffi::PyObject_Vectorcall(
                self.as_ptr(),
                args.as_ptr().cast(),
                args.len(),
                ptr::null_mut(),
            );
            Owned::new(at, result)
        }
    }
}

/// A reference that stays counted while nobody is attached. It is given back by
/// [`Stored::release`] only; dropped otherwise it is left to the end of its interpreter.
pub(crate) struct Stored(pub(super) NonNull<ffi::PyObject>);

// SAFETY: the pointer is only used through `get` and `release`, which demand being attached.
unsafe impl Send for Stored {}
// SAFETY: as above.
unsafe impl Sync for Stored {}

impl Stored {
    /// The object, for a thread attached to the interpreter it came from.
    #[inline]
    pub(crate) fn get<'a>(&self, _: &'a Attached<'_>) -> Borrowed<'a> {
        Borrowed {
            object: self.0,
            marker: PhantomData,
        }
    }

    /// Whether it is this object.
    #[inline]
    pub(crate) fn is(&self, object: Borrowed<'_>) -> bool {
        self.0.as_ptr() == object.as_ptr()
    }

    /// Gives the reference back.
    pub(crate) fn release(self, at: &Attached<'_>) {
        drop(Owned(self.get(at)));
    }
}

/// References that are kept for a while because something is borrowed from their objects.
///
/// Lists and dicts may change while we look at them (another thread's turn, code that looking
/// at an item runs), so a look at one begins with a reference to each thing in it.
pub(crate) struct Keep<'a> {
    kept: RefCell<SmallVec<[Stored; 24]>>,
    at: &'a Attached<'a>,
}

impl<'a> Keep<'a> {
    #[inline]
    pub(crate) fn new(at: &'a Attached<'_>) -> Keep<'a> {
        Keep {
            kept: RefCell::new(SmallVec::new_const()),
            at,
        }
    }

    /// Keeps one as long as itself.
    pub(crate) fn hold<'k>(&'k self, object: Owned<'_>) -> Borrowed<'k> {
        let object = object.store();
        let borrowed = object.get(self.at);
        self.kept.borrow_mut().push(object);
        borrowed
    }

    /// One of those kept.
    #[inline]
    pub(crate) fn item(&self, i: usize) -> Borrowed<'_> {
        self.kept.borrow()[i].get(self.at)
    }

    /// Keeps the keys and values of a dict as they are now, in turn, and says where. Nothing
    /// for anything else.
    pub(crate) fn hold_dict(&self, dict: Borrowed<'_>) -> Range<usize> {
        let (mut pos, mut key, mut value) = (0, ptr::null_mut(), ptr::null_mut());
        let kept = &mut *self.kept.borrow_mut();
        let start = kept.len();
        if !dict.is_dict() {
            return start..start;
        }
        // SAFETY: attached, a dict, and nothing runs between the steps that could change it:
        // taking a count and growing our own memory ask no Python. What is yielded is borrowed
        // from the dict, never NULL, and gets a count.
        unsafe {
            while ffi::PyDict_Next(dict.as_ptr(), &raw mut pos, &raw mut key, &raw mut value) != 0 {
                kept.push(Borrowed::new(key).to_owned().store());
                kept.push(Borrowed::new(value).to_owned().store());
            }
        }
        start..kept.len()
    }
}

impl Drop for Keep<'_> {
    #[inline]
    fn drop(&mut self) {
        for object in self.kept.get_mut() {
            // Each once: nobody asks for an item any more, and a `Stored` gives nothing back
            // on its own.
            drop(Owned(object.get(self.at)));
        }
    }
}
