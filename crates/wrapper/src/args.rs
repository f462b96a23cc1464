//! `w_Targs`: the block in which arguments and results travel.
//!
//! A block that this library makes is one piece of `malloc` memory:
//!
//! ```text
//! format*  elements (16 bytes each)  format text NUL  size(4)  [arrays]  [texts]
//! ```
//!
//! so that a plain `free()` gives all of it back. Texts given to `w_pack` are copied into the
//! block. Once a caller has asked for one with `w_unpack`, it is a piece of memory of its own,
//! because callers free what they unpacked, or do not; [`release`] knows both. Texts of results
//! are pieces of their own from the start: callers also read them without `w_unpack`.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::marker::PhantomData;
use std::ptr;

use python::script::given::Texts;

mod pack;
mod unpack;

pub(crate) use pack::vhw_pack;
pub(crate) use unpack::vhw_unpack;

/// The value of an element.
#[repr(C)]
#[derive(Clone, Copy)]
pub union WValue {
    /// `l`
    pub l: c_long,
    /// `s` and `D`
    pub s: *mut c_char,
    /// `d`
    pub d: f64,
    /// `p` and `O`
    pub p: *mut c_void,
    /// `L`
    pub list: *mut *mut c_char,
}

/// `w_Telement`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WElement {
    /// The letter of the format.
    pub kind: c_char,
    /// What it is.
    pub value: WValue,
}

/// `w_Targs`; elements follow.
#[repr(C)]
pub struct WArgs {
    /// One letter for each element.
    pub format: *const c_char,
    elements: [WElement; 0],
}

/// `w_Tcallback`.
pub type Callback = unsafe extern "C" fn(c_int, *mut WArgs) -> *mut WArgs;

const HEAD: usize = size_of::<WArgs>();
const ELEMENT: usize = size_of::<WElement>();
/// The size of the whole block, behind its format.
const TRAILER: usize = 4;

const _: () = assert!(HEAD == 8 && ELEMENT == 16, "the documented layout");
const _: () = assert!(size_of::<c_long>() == 8, "only LP64 systems");

fn is_letter(b: u8) -> bool {
    matches!(b, b'l' | b's' | b'd' | b'p' | b'L' | b'D' | b'O')
}

/// A block that somebody else keeps for `'a`.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    format: &'a [u8],
    elements: *const WElement,
    marker: PhantomData<&'a WElement>,
}

/// One element.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    /// `l`
    Long(i64),
    /// `d`
    Double(f64),
    /// `s`; `None` for NULL.
    Text(Option<&'a [u8]>),
    /// `D`; `None` for NULL.
    Json(Option<&'a [u8]>),
    /// `L`; NULL has no texts.
    List(Texts<'a>),
    /// `p`
    Pointer(*mut c_void),
    /// `O`
    Object(*mut c_void),
}

impl<'a> Args<'a> {
    /// No elements.
    pub const NONE: Args<'static> = Args {
        format: b"",
        elements: ptr::null(),
        marker: PhantomData,
    };

    /// Looks at a block; `None` for NULL, without format, or with letters that mean nothing.
    ///
    /// # Safety
    /// `args` is NULL or a block as documented that lives for `'a`.
    #[inline]
    pub unsafe fn new(args: *const WArgs) -> Option<Args<'a>> {
        // SAFETY: not NULL, then a block (the caller).
        let args = unsafe { args.as_ref()? };
        if args.format.is_null() {
            return None;
        }
        let format = args.format.cast::<u8>();
        let mut len = 0;
        // SAFETY: a NUL-terminated text (the caller), not read beyond its NUL.
        let format = unsafe {
            // Formats are so short that calling `strlen` takes longer.
            while is_letter(*format.add(len)) {
                len += 1;
            }
            if *format.add(len) != 0 {
                return None;
            }
            std::slice::from_raw_parts(format, len)
        };
        Some(Args {
            format,
            elements: args.elements.as_ptr(),
            marker: PhantomData,
        })
    }

    /// The letters.
    pub fn format(self) -> &'a [u8] {
        self.format
    }

    /// The elements in turn.
    #[inline]
    pub fn items(self) -> Items<'a> {
        Items {
            args: self,
            next: 0,
        }
    }

    #[inline(always)]
    fn item(self, i: usize) -> Item<'a> {
        // SAFETY: there is one element for each letter, and the letter says which member of
        // the union was written. Texts are NUL-terminated and live for `'a`.
        unsafe {
            let value = (*self.elements.add(i)).value;
            let text = || (!value.s.is_null()).then(|| CStr::from_ptr(value.s).to_bytes());
            match self.format[i] {
                b'l' => Item::Long(value.l),
                b'd' => Item::Double(value.d),
                b's' => Item::Text(text()),
                b'D' => Item::Json(text()),
                b'L' => Item::List(Texts::new(value.list.cast())),
                b'O' => Item::Object(value.p),
                _ => Item::Pointer(value.p),
            }
        }
    }
}

/// The elements of a block.
pub struct Items<'a> {
    args: Args<'a>,
    next: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;
    #[inline(always)]
    fn next(&mut self) -> Option<Item<'a>> {
        let i = self.next;
        (i < self.args.format.len()).then(|| {
            self.next += 1;
            self.args.item(i)
        })
    }
}

/// A block of documented layout with nothing in its elements but their letters.
///
/// Returns the block and where `extra` bytes begin, or NULL without memory.
fn allocate(format: &[u8], extra: usize) -> (*mut WArgs, *mut u8) {
    let text = HEAD + ELEMENT * format.len();
    let fixed = (text + format.len() + 1 + TRAILER).next_multiple_of(align_of::<*mut c_char>());
    let size = fixed + extra;
    let Ok(short) = u32::try_from(size) else {
        return (ptr::null_mut(), ptr::null_mut());
    };
    // SAFETY: all places written lie within the `size` bytes just allocated.
    unsafe {
        let block = libc::malloc(size).cast::<u8>();
        if block.is_null() {
            return (ptr::null_mut(), ptr::null_mut());
        }
        let letters = block.add(text);
        ptr::copy_nonoverlapping(format.as_ptr(), letters, format.len());
        letters.add(format.len()).write(0);
        letters
            .add(format.len() + 1)
            .cast::<u32>()
            .write_unaligned(short);
        let args = block.cast::<WArgs>();
        (*args).format = letters.cast();
        let elements = block.add(HEAD).cast::<WElement>();
        for (i, letter) in format.iter().enumerate() {
            (*elements.add(i)).kind = letter.cast_signed();
        }
        (args, block.add(fixed))
    }
}

/// The size of a block with one element and nothing else, as most results are.
const ONE: usize = 32;

/// A block of that size that was given back on this thread, as it was but for its letter and
/// its value.
struct Spare(Cell<*mut u8>);

impl Drop for Spare {
    fn drop(&mut self) {
        // SAFETY: NULL or `malloc` memory that nobody else has.
        unsafe { libc::free(self.0.get().cast()) };
    }
}

thread_local! {
    static SPARE: Spare = const { Spare(Cell::new(ptr::null_mut())) };
}

/// A block with one element; NULL without memory.
#[inline]
pub fn one(letter: u8, value: WValue) -> *mut WArgs {
    let spare = SPARE.try_with(|spare| spare.0.replace(ptr::null_mut()));
    let mut args = spare.unwrap_or(ptr::null_mut()).cast::<WArgs>();
    if args.is_null() {
        args = allocate(&[letter], 0).0;
        if args.is_null() {
            return args;
        }
    }
    // SAFETY: a block with one element and its format of one letter behind that, either fresh
    // or checked by `release`; nobody else has it.
    unsafe {
        args.cast::<u8>().add(HEAD + ELEMENT).write(letter);
        let kind = letter.cast_signed();
        elements(args).write(WElement { kind, value });
    }
    args
}

/// Gives back a block of this size, of which everything else was given back.
///
/// # Safety
/// `malloc` memory that nobody uses any more.
#[inline]
unsafe fn give_back(args: *mut WArgs, size: usize) {
    let block = args.cast::<u8>();
    let kept = size == ONE
        && (SPARE.try_with(|spare| {
            let old = spare.0.get();
            if old.is_null() {
                spare.0.set(block);
            } else if old == block {
                tracing::error!("w_free_args: this block was freed before");
                return true;
            }
            old.is_null()
        }))
        .unwrap_or(false);
    if !kept {
        // SAFETY: the caller.
        unsafe { libc::free(block.cast()) };
    }
}

/// Where the elements of a block are.
///
/// # Safety
/// `args` is a block.
unsafe fn elements(args: *mut WArgs) -> *mut WElement {
    // SAFETY: they follow the format (the caller).
    unsafe { args.cast::<u8>().add(HEAD).cast() }
}

/// The part of the memory that belongs to a block of our own; empty for one that somebody
/// else has put together.
///
/// # Safety
/// `args` is a block with `letters` elements.
unsafe fn inside(args: *mut WArgs, letters: usize) -> std::ops::Range<usize> {
    // SAFETY: a block (the caller); ours have their format behind the elements and their size
    // behind that.
    unsafe {
        let text = args.cast::<u8>().add(HEAD + ELEMENT * letters);
        if (*args).format.cast::<u8>() != text.cast_const() {
            return 0..0;
        }
        let size = text.add(letters + 1).cast::<u32>().read_unaligned();
        args.addr()..args.addr() + size as usize
    }
}

/// A piece of memory with this text, or NULL: without memory, or when the text holds a NUL,
/// which C would take for its end.
pub fn text_of_its_own(text: &[u8]) -> *mut c_char {
    match text.contains(&0) {
        true => ptr::null_mut(),
        false => copy(text),
    }
}

/// The same for text that holds no NUL.
pub fn copy(text: &[u8]) -> *mut c_char {
    // SAFETY: the bytes written lie within what was allocated.
    unsafe {
        let copy = libc::malloc(text.len() + 1).cast::<u8>();
        if !copy.is_null() {
            ptr::copy_nonoverlapping(text.as_ptr(), copy, text.len());
            copy.add(text.len()).write(0);
        }
        copy.cast()
    }
}

/// A result for the program: its texts are pieces of memory of their own, which the block
/// takes over. NULL without memory; the texts are freed then.
pub fn result(format: &[u8], values: &[WValue]) -> *mut WArgs {
    debug_assert_eq!(format.len(), values.len());
    let (args, _) = allocate(format, 0);
    if args.is_null() {
        free_texts(format, values);
        return args;
    }
    for (i, value) in values.iter().enumerate() {
        // SAFETY: a fresh block with one element for each letter.
        unsafe { (*elements(args).add(i)).value = *value };
    }
    args
}

/// Frees the texts of a result that was not finished.
pub fn free_texts(format: &[u8], values: &[WValue]) {
    for (letter, value) in format.iter().zip(values) {
        if matches!(letter, b's' | b'D') {
            // SAFETY: NULL, or made by `text_of_its_own` and not given away.
            unsafe { libc::free(value.s.cast()) };
        }
    }
}

/// An array with copies of texts that hold no NUL, each a piece by itself; NULL without memory.
pub fn list_of_its_own<'t>(texts: impl Iterator<Item = &'t [u8]> + Clone) -> *mut *mut c_char {
    let count = texts.clone().count();
    // SAFETY: the array has room for `count` texts and the closing NULL.
    unsafe {
        let list = libc::calloc(count + 1, size_of::<*mut c_char>()).cast::<*mut c_char>();
        if list.is_null() {
            return list;
        }
        for (i, text) in texts.enumerate() {
            let copy = copy(text);
            if copy.is_null() {
                free_list(list, &(0..0));
                return ptr::null_mut();
            }
            list.add(i).write(copy);
        }
        list
    }
}

/// Frees an array of texts as far as it does not lie in `own`.
///
/// # Safety
/// NULL, or a NULL-terminated array of texts, all from `malloc` unless in `own`.
unsafe fn free_list(list: *mut *mut c_char, own: &std::ops::Range<usize>) {
    if list.is_null() {
        return;
    }
    // SAFETY: the caller.
    unsafe {
        let mut item = list;
        while !(*item).is_null() {
            if !own.contains(&(*item).addr()) {
                libc::free((*item).cast());
            }
            item = item.add(1);
        }
        if !own.contains(&list.addr()) {
            libc::free(list.cast());
        }
    }
}

/// Whether a block is one of ours with a number in it, as most results are.
///
/// # Safety
/// A block.
#[inline]
unsafe fn is_one_number(args: *mut WArgs) -> bool {
    // SAFETY: a block (the caller); ours have their format behind the elements, and a text that
    // begins there is one of ours.
    unsafe {
        let format = (*args).format.cast::<u8>();
        format == args.cast::<u8>().add(HEAD + ELEMENT).cast_const()
            && matches!(*format, b'l' | b'd')
            && *format.add(1) == 0
    }
}

/// What `w_free_args` does: frees a block with everything in it.
///
/// # Safety
/// `args` is NULL or a block of `malloc` memory, and so are its format and its texts unless
/// they lie in it. Nobody uses any of it any more.
pub unsafe fn release(args: *mut WArgs) {
    if args.is_null() {
        return;
    }
    // SAFETY: the caller.
    unsafe {
        let format = (*args).format;
        if is_one_number(args) {
            give_back(args, inside(args, 1).len());
            return;
        }
        let mut size = 0;
        if !format.is_null() {
            let letters = CStr::from_ptr(format).to_bytes();
            let own = inside(args, letters.len());
            for (i, letter) in letters.iter().enumerate() {
                let value = (*elements(args).add(i)).value;
                match letter {
                    b's' | b'D' if !own.contains(&value.s.addr()) => libc::free(value.s.cast()),
                    b'L' => free_list(value.list, &own),
                    _ => {}
                }
            }
            if own.is_empty() {
                libc::free(format.cast_mut().cast());
            }
            size = own.len();
        }
        give_back(args, size);
    }
}
