//! Calls by a program that has its arguments in another form than events and values, and
//! wants to read the result where it lies: the C library.

use std::ffi::{CStr, c_char};

use hub::hooks::Hook;
use smallvec::SmallVec;

use super::{CallError, Script, hooks};
use crate::sys::unicode::KnownStrs;
use crate::sys::{Attached, Borrowed, Owned, PyError, ffi, make, walk};
use crate::text::HubBytes;
use crate::value::Converter;
use crate::{calls, json};

/// One argument. Text is in the charset of the script's `ScriptConfig::text`.
pub enum Given<'g> {
    /// `None`.
    None,
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A str.
    Text(&'g [u8]),
    /// A list of str.
    List(Texts<'g>),
    /// What JSON text says; `{}` when it says nothing or is wrong.
    Json(&'g [u8]),
    /// An object as it is.
    Object(Foreign<'g>),
}

/// A NULL-terminated array of C texts.
#[derive(Clone, Copy)]
pub struct Texts<'g>(*const *const c_char, std::marker::PhantomData<&'g ()>);

impl Texts<'_> {
    /// Takes an array; NULL has no texts.
    ///
    /// # Safety
    /// It is NULL, or ends with a NULL and lives for `'g`, as its texts do.
    #[inline]
    pub unsafe fn new(array: *const *const c_char) -> Self {
        Texts(array, std::marker::PhantomData)
    }

    /// How many texts are still to come.
    pub fn left(self) -> usize {
        if self.0.is_null() {
            return 0;
        }
        let mut len = 0;
        // SAFETY: not beyond the NULL (`new`).
        while unsafe { !(*self.0.add(len)).is_null() } {
            len += 1;
        }
        len
    }
}

impl<'g> Iterator for Texts<'g> {
    type Item = &'g [u8];
    #[inline]
    fn next(&mut self) -> Option<&'g [u8]> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: not at the end yet (below), and the array and its texts live for `'g`.
        unsafe {
            let text = *self.0;
            if text.is_null() {
                return None;
            }
            self.0 = self.0.add(1);
            Some(CStr::from_ptr(text).to_bytes())
        }
    }
}

/// An object of the program around the script.
#[derive(Clone, Copy)]
pub struct Foreign<'g>(*mut ffi::PyObject, std::marker::PhantomData<&'g ()>);

impl Foreign<'_> {
    /// Takes a pointer; NULL means `None`.
    ///
    /// # Safety
    /// It is NULL or points to an object that lives for `'g` and that the script's interpreter
    /// may use: its own, or an immortal one.
    pub unsafe fn new(object: *mut std::ffi::c_void) -> Self {
        Foreign(object.cast(), std::marker::PhantomData)
    }
}

impl Converter {
    /// A Python object of an argument.
    #[inline]
    pub(crate) fn given<'a>(
        &self,
        at: &'a Attached<'_>,
        value: Given<'_>,
    ) -> Result<Owned<'a>, PyError> {
        match value {
            Given::None => Ok(make::none(at)),
            Given::Int(n) => make::int(at, n),
            Given::Float(n) => make::float(at, n),
            Given::Text(t) => self.text.decode(at, t),
            Given::List(mut texts) => make::list(at, texts.left(), |_| {
                self.text.decode(at, texts.next().unwrap_or_default())
            }),
            Given::Json([]) => make::dict(at),
            Given::Json(t) if calls::wants(calls::PARSER) => {
                calls::json("JSON for a script", t);
                json_or_dict(at, t, &self.keys)
            }
            Given::Json(t) => json_or_dict(at, t, &self.keys),
            // SAFETY: `Foreign::new` demanded it.
            Given::Object(o) => Ok(unsafe { walk::from_outside(at, o.0) }),
        }
    }
}

/// What JSON text says; `{}`, and a message, when it is none.
fn json_or_dict<'a>(
    at: &'a Attached<'_>,
    text: &[u8],
    keys: &KnownStrs,
) -> Result<Owned<'a>, PyError> {
    json::to_python(at, text, keys).or_else(|e| {
        tracing::warn!("an argument is no JSON, taken as {{}}: {e}");
        make::dict(at)
    })
}

/// A result, where it lies.
#[derive(Clone, Copy)]
pub struct Answer<'v> {
    object: Borrowed<'v>,
    convert: &'v Converter,
}

/// A buffer for JSON larger than this is not kept.
const KEPT: usize = 16 * 1024;

/// What a result is.
pub enum AnswerKind<'v> {
    /// `None`.
    None,
    /// An int or bool of 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
    /// A str, in the script's charset.
    Text(HubBytes<'v>),
    /// A tuple; see [`Answer::items`].
    Tuple,
    /// A list or a set.
    List,
    /// A dict.
    Dict,
    /// Something else: its type, or why it does not fit.
    Other(String),
}

impl<'v> Answer<'v> {
    /// What it is.
    #[inline(always)]
    pub fn kind(self) -> AnswerKind<'v> {
        let object = self.object;
        if self.convert.one.is(object) {
            return AnswerKind::Int(1);
        }
        if object.is_int() {
            return match object.as_i64() {
                Ok(n) => AnswerKind::Int(n),
                Err(_) => AnswerKind::Other("an int of more than 64 bits".into()),
            };
        }
        if object.is_none() {
            return AnswerKind::None;
        }
        if let Some(text) = self.convert.text.encode(object) {
            return AnswerKind::Text(text);
        }
        if object.is_float() {
            return match object.as_f64() {
                Ok(n) => AnswerKind::Float(n),
                Err(e) => AnswerKind::Other(e.last_line.clone()),
            };
        }
        if object.is_tuple() {
            AnswerKind::Tuple
        } else if object.is_list() || object.is_set() {
            AnswerKind::List
        } else if object.is_dict() {
            AnswerKind::Dict
        } else {
            AnswerKind::Other(format!("an object of type {}", object.type_name()))
        }
    }

    /// The items of a tuple; none for anything else.
    pub fn items(self) -> impl ExactSizeIterator<Item = Answer<'v>> {
        let convert = self.convert;
        self.object
            .tuple_items()
            .map(move |object| Answer { object, convert })
    }

    /// Has `read` look at it as JSON, which holds no NUL.
    ///
    /// # Errors
    /// Why there is no JSON for it, as a Python exception would say it.
    pub fn json<R>(self, read: impl FnOnce(&[u8]) -> R) -> Result<R, String> {
        let (at, kept) = (self.object.at(), &self.convert.json);
        let mut out = kept.with(&at, std::mem::take);
        out.clear();
        out.reserve(256);
        json::write(self.object, &mut out).map_err(|e| e.last_line.clone())?;
        if calls::wants(calls::PARSER) {
            calls::json("JSON of a script", &out);
        }
        let result = read(&out);
        if out.capacity() <= KEPT {
            kept.with(&at, |kept| *kept = out);
        }
        Ok(result)
    }
}

impl Script {
    /// Calls the function of a hook and reads what it returned.
    ///
    /// # Errors
    /// There is no such function, or it raised; that was logged.
    #[inline]
    pub fn call_hook_given<'g, R>(
        &self,
        hook: Hook,
        args: impl Iterator<Item = Given<'g>>,
        read: impl FnOnce(Answer<'_>) -> R,
    ) -> Result<R, CallError> {
        let Some(at) = self.attach() else {
            return Err(CallError::Gone);
        };
        let _here = self.here(&at);
        if self.dirty.load(std::sync::atomic::Ordering::Relaxed) {
            self.rescan(&at);
        }
        let Some((function, shape)) = self.table.get(&at, hook) else {
            return Err(CallError::Missing(hook.name().into()));
        };
        let Some(convert) = self.identity.convert.get() else {
            return Err(CallError::Gone);
        };
        match hooks::call_given(&at, convert, &self.table, &function, (hook, shape), args) {
            Ok(result) => Ok(read(Answer {
                object: *result,
                convert,
            })),
            Err(e) => {
                self.report(hook.name(), &e);
                Err(CallError::Raised(e.into()))
            }
        }
    }

    /// Calls any top-level function and reads what it returned.
    ///
    /// # Errors
    /// There is no such function, or it raised; that was logged.
    #[inline]
    pub fn call_given<'g, R>(
        &self,
        name: &[u8],
        args: impl Iterator<Item = Given<'g>>,
        read: impl FnOnce(Answer<'_>) -> R,
    ) -> Result<R, CallError> {
        let Some(at) = self.attach() else {
            return Err(CallError::Gone);
        };
        let _here = self.here(&at);
        let Some(globals) = self.globals.get(&at) else {
            return Err(CallError::Gone);
        };
        let Some(convert) = self.identity.convert.get() else {
            return Err(CallError::Gone);
        };
        let raised = |e: PyError| {
            self.report(&String::from_utf8_lossy(name), &e);
            CallError::Raised(e.into())
        };
        let key = self.name(&at, name).map_err(raised)?;
        let function = globals.dict_get(key).map_err(raised)?;
        let missing = || CallError::Missing(String::from_utf8_lossy(name).into_owned());
        let function = function.ok_or_else(missing)?.to_owned();
        let mut objects: SmallVec<[Owned<'_>; 6]> = SmallVec::new();
        for arg in args {
            objects.push(convert.given(&at, arg).map_err(raised)?);
        }
        let result = match function.call_owned(&at, &objects) {
            Ok(result) => result,
            Err(_) if !function.is_callable() => return Err(missing()),
            Err(e) => return Err(raised(e)),
        };
        Ok(read(Answer {
            object: *result,
            convert,
        }))
    }
}
