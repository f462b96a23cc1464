//! `w_pack`: a block of values, texts copied into it.

use std::ffi::{CStr, c_char};
use std::ptr;

use python::script::given::Texts;

use super::{WArgs, WValue, allocate, elements, is_letter, one};
use crate::taken;

/// What `w_pack` does.
///
/// # Safety
/// `format` is NULL or a text; there are `count` values, for the first letters of the format,
/// each as documented.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn vhw_pack(
    format: *const c_char,
    values: *const WValue,
    count: usize,
) -> *mut WArgs {
    if format.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: a text (the caller).
    let format = unsafe { CStr::from_ptr(format) }.to_bytes();
    if format.len() != count || !format.iter().all(|b| is_letter(*b)) {
        tracing::error!("w_pack: a format has only the letters l s d p L D O");
        return ptr::null_mut();
    }
    // SAFETY: `count` values (the caller), each of the kind that its letter says.
    unsafe {
        if let [letter @ (b'l' | b'd')] = format {
            return one(*letter, *values);
        }
        let args = pack(format, values);
        for (i, letter) in format.iter().enumerate() {
            if matches!(letter, b's' | b'D') {
                taken::packed((*values.add(i)).s);
            }
        }
        args
    }
}

/// A block with copies of all texts; NULL without memory.
///
/// # Safety
/// One value for each letter of the format, of the kind that it says.
unsafe fn pack(format: &[u8], values: *const WValue) -> *mut WArgs {
    // SAFETY: the caller; texts are NUL-terminated. What is written lies within the room measured
    // first: the texts do not change meanwhile.
    unsafe {
        let measure = |text: *const c_char| match text.is_null() {
            true => 0,
            false => libc::strlen(text) + 1,
        };
        let list = |value: WValue| Texts::new(value.list.cast());
        let (mut arrays, mut texts) = (0, 0);
        for (i, letter) in format.iter().enumerate() {
            let value = *values.add(i);
            match letter {
                b's' | b'D' => texts += measure(value.s),
                b'L' if !value.list.is_null() => {
                    arrays += (list(value).left() + 1) * size_of::<*mut c_char>();
                    texts += list(value).map(|t| t.len() + 1).sum::<usize>();
                }
                _ => {}
            }
        }
        let (args, room) = allocate(format, arrays + texts);
        if args.is_null() {
            return args;
        }
        let mut array = room.cast::<*mut c_char>();
        let mut text = room.add(arrays);
        let mut copy = |from: *const u8, len: usize| {
            let to = text;
            ptr::copy_nonoverlapping(from, to, len);
            text = text.add(len);
            to.cast::<c_char>()
        };
        for (i, letter) in format.iter().enumerate() {
            let mut value = *values.add(i);
            match letter {
                b's' | b'D' if !value.s.is_null() => {
                    value.s = copy(value.s.cast(), measure(value.s));
                }
                b'L' if !value.list.is_null() => {
                    let first = array;
                    for item in list(value) {
                        // With its NUL.
                        array.write(copy(item.as_ptr(), item.len() + 1));
                        array = array.add(1);
                    }
                    array.write(ptr::null_mut());
                    array = array.add(1);
                    value.list = first;
                }
                _ => {}
            }
            (*elements(args).add(i)).value = value;
        }
        args
    }
}
