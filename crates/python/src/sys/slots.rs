//! Places for references: the arguments of a call, and cells that many threads read.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use hub::api::Value;
use smallvec::SmallVec;

use super::{Attached, Borrowed, Owned, PyError, Stored, ffi};

/// Positional arguments of a call, kept on the stack. The first place stays free, so that a
/// bound method can put its object there instead of copying.
pub(crate) struct ArgStack<'a> {
    objects: [MaybeUninit<*mut ffi::PyObject>; ArgStack::MAX + 1],
    len: usize,
    marker: PhantomData<Owned<'a>>,
}

impl<'a> ArgStack<'a> {
    /// No hook has more arguments.
    pub(crate) const MAX: usize = 8;

    #[inline]
    pub(crate) fn new() -> ArgStack<'a> {
        ArgStack {
            objects: [const { MaybeUninit::uninit() }; ArgStack::MAX + 1],
            len: 0,
            marker: PhantomData,
        }
    }

    /// Adds one; beyond [`ArgStack::MAX`] it is dropped.
    #[inline]
    pub(crate) fn push(&mut self, object: Owned<'a>) {
        if let Some(place) = self.objects.get_mut(self.len + 1) {
            place.write(object.into_ptr());
            self.len += 1;
        }
    }

    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The arguments, to bring them into another order.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Borrowed<'a>] {
        // SAFETY: places 1 to `len` are filled with references of ours, never NULL.
        unsafe { std::slice::from_raw_parts_mut(self.objects.as_mut_ptr().add(1).cast(), self.len) }
    }

    /// Drops the last ones.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.len > len {
            drop(self.pop());
        }
    }

    /// Takes the last one back.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Owned<'a>> {
        if self.len == 0 {
            return None;
        }
        // SAFETY: place `len` is filled with a reference of ours.
        let object = unsafe { Borrowed::new(self.objects[self.len].assume_init()) };
        self.len -= 1;
        Some(Owned(object))
    }

    /// Calls `function` with them.
    #[inline]
    pub(crate) fn call(
        &mut self,
        at: &'a Attached<'_>,
        function: Borrowed<'_>,
    ) -> Result<Owned<'a>, PyError> {
        // SAFETY: attached; the arguments live, and place 0 may be written by the callee.
        unsafe {
            let args = self.objects.as_ptr().add(1).cast();
            let count = self.len | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
            let result = ffi::PyObject_Vectorcall(function.as_ptr(), args, count, ptr::null_mut());
            Owned::new(at, result)
        }
    }
}

impl Drop for ArgStack<'_> {
    #[inline]
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}

/// A place for a reference that many threads read, each while attached to its interpreter.
pub(crate) struct Slot(AtomicPtr<ffi::PyObject>);

impl Slot {
    /// Nothing in it.
    pub(crate) const fn empty() -> Slot {
        Slot(AtomicPtr::new(ptr::null_mut()))
    }

    /// What is in it, counted: the caller may replace it while using the old one.
    #[inline]
    pub(crate) fn get<'a>(&self, _: &'a Attached<'_>) -> Option<Owned<'a>> {
        let object = self.0.load(Ordering::Relaxed);
        if object.is_null() {
            return None;
        }
        // SAFETY: the slot holds a count, and changes only under the GIL that we hold.
        Some(unsafe { Borrowed::new(object) }.to_owned())
    }

    /// Whether it holds this object.
    pub(crate) fn is(&self, object: Borrowed<'_>) -> bool {
        self.0.load(Ordering::Relaxed) == object.as_ptr()
    }

    /// Whether there is nothing in it.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed).is_null()
    }

    /// Puts something else in.
    pub(crate) fn set(&self, at: &Attached<'_>, object: Option<Owned<'_>>) {
        let new = object.map_or(ptr::null_mut(), Owned::into_ptr);
        let old = self.0.swap(new, Ordering::Relaxed);
        if let Some(old) = NonNull::new(old) {
            Stored(old).release(at);
        }
    }
}

/// The values of a call's arguments, one per parameter.
pub(crate) type Values<'v> = SmallVec<[Value<'v>; 6]>;

/// Makes them all `Value::None`. By hand: building a value elsewhere and copying it in whole
/// stalls the processor, which costs as much as the rest of a small call.
#[inline]
pub(crate) fn fill_none(values: &mut Values<'_>, len: usize) {
    values.clear();
    values.reserve(len);
    // SAFETY: there is room for `len` values, each of which is written before it counts.
    unsafe {
        let first = values.as_mut_ptr();
        for i in 0..len {
            first.add(i).write(Value::None);
        }
        values.set_len(len);
    }
}

/// Puts a value in place of a `None`.
#[inline]
pub(crate) fn put<'v>(slot: &mut Value<'v>, value: Value<'v>) {
    debug_assert!(matches!(slot, Value::None));
    // SAFETY: a live slot; what was in it owns nothing (callers put once per slot).
    unsafe { ptr::write(slot, value) };
}

/// Something that only a thread attached to its interpreter may look at, so that the GIL is
/// lock enough.
pub(crate) struct GilCell<T>(UnsafeCell<T>, AtomicBool);

// SAFETY: `with` demands being attached, and the GIL admits one thread at a time.
unsafe impl<T: Send> Sync for GilCell<T> {}

impl<T> GilCell<T> {
    pub(crate) const fn new(value: T) -> GilCell<T> {
        GilCell(UnsafeCell::new(value), AtomicBool::new(false))
    }

    /// Looks at it. `look` must not run Python code: then nobody else can come in between.
    ///
    /// # Panics
    /// When `look` does so and comes back here.
    #[inline]
    pub(crate) fn with<R>(&self, _: &Attached<'_>, look: impl FnOnce(&mut T) -> R) -> R {
        assert!(!self.1.load(Ordering::Relaxed), "a GilCell within itself");
        self.1.store(true, Ordering::Relaxed);
        // SAFETY: attached, and nobody is in here (the flag, which the GIL guards).
        let result = look(unsafe { &mut *self.0.get() });
        self.1.store(false, Ordering::Relaxed);
        result
    }
}
