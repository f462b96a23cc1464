//! Doors for the fuzz targets (`crates/fuzz`): a C program that packs, unpacks and frees, in safe
//! functions.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

use crate::abi::{w_free_args, w_packprint};
use crate::args::{Args, Item, WValue, vhw_pack, vhw_unpack};
use crate::json::{self, Events};

/// The texts of a list, with the array that C is given.
struct List {
    // The array points into them.
    _texts: Vec<CString>,
    array: Vec<*mut c_char>,
}

fn list(texts: &[&[u8]]) -> List {
    let texts: Vec<CString> = texts.iter().map(|t| c_text(t)).collect();
    let mut array: Vec<*mut c_char> = texts.iter().map(|t| t.as_ptr().cast_mut()).collect();
    array.push(ptr::null_mut());
    List {
        _texts: texts,
        array,
    }
}

fn c_text(text: &[u8]) -> CString {
    CString::new(text).unwrap_or_default()
}

/// Packs texts by a format and unpacks them by another, as a C program would: the values of the
/// block are those that were given, whatever is wrong with the formats.
///
/// # Panics
/// When they are not.
pub fn pack_and_unpack(format: &[u8], wanted: &[u8], texts: &[&[u8]]) {
    let (format, wanted) = (c_text(format), c_text(wanted));
    let text_at = |i: usize| -> Option<&[u8]> {
        let text = texts.get(i % texts.len().max(1))?;
        // An empty one stands for NULL.
        (!text.is_empty()).then_some(*text)
    };
    let given: Vec<Option<CString>> = (0..format.as_bytes().len())
        .map(|i| text_at(i).map(c_text))
        .collect();
    let mut lists: Vec<List> = (0..given.len())
        .map(|i| list(&texts[i.min(texts.len())..]))
        .collect();
    let mut values = Vec::new();
    for (i, letter) in format.as_bytes().iter().enumerate() {
        let text = given[i].as_ref().map_or(ptr::null(), |t| t.as_ptr());
        values.push(match letter {
            b'l' => WValue { l: i as i64 - 3 },
            b'd' => WValue { d: i as f64 / 3.0 },
            b's' | b'D' => WValue { s: text.cast_mut() },
            b'L' => WValue {
                list: lists[i].array.as_mut_ptr(),
            },
            _ => WValue {
                p: ptr::without_provenance_mut(i),
            },
        });
    }
    // SAFETY: a text, and a value for each of its letters of the kind it says.
    let args = unsafe { vhw_pack(format.as_ptr(), values.as_ptr(), values.len()) };
    let valid = format.as_bytes().iter().all(|b| b"lsdpLDO".contains(b));
    assert_eq!(args.is_null(), !valid, "{format:?}");
    // SAFETY: NULL, or a block that nobody has freed.
    unsafe {
        if let Some(view) = Args::new(args) {
            assert_eq!(view.format(), format.as_bytes());
            for (i, item) in view.items().enumerate() {
                check(item, i, given[i].as_deref(), &texts[i.min(texts.len())..]);
            }
            let shown = CStr::from_ptr(w_packprint(args));
            assert!(shown.to_bytes().len() < 1024, "more than there is room for");
        }
    }
    let mut room = vec![u64::MAX; wanted.as_bytes().len()];
    let places: Vec<*mut c_void> = (wanted.as_bytes().iter().zip(&mut room))
        .filter(|(letter, _)| **letter != b'|')
        .map(|(_, place)| ptr::from_mut(place).cast())
        .collect();
    // SAFETY: NULL or a block, a text, and a place of eight bytes for each letter.
    let done = unsafe { vhw_unpack(args, wanted.as_ptr(), places.as_ptr(), places.len()) };
    if valid && wanted == format {
        assert_eq!(done, 1, "what was packed by {format:?} cannot be unpacked");
    }
    if done == 1 {
        let letters = wanted.as_bytes().iter().filter(|b| **b != b'|');
        for ((i, letter), stored) in letters.enumerate().zip(format.as_bytes()) {
            // SAFETY: a place that was just written, and texts that live in the block, or, by
            // another letter than they are stored by, are ours to free.
            unsafe {
                let place = places[i];
                match letter {
                    b's' | b'D' if letter == stored => {
                        let text = *place.cast::<*const c_char>();
                        let same = match given[i].as_deref() {
                            None => text.is_null(),
                            Some(given) => !text.is_null() && CStr::from_ptr(text) == given,
                        };
                        assert!(same, "element {i} of {format:?}");
                    }
                    b's' | b'D' => libc::free(*place.cast()),
                    b'L' if letter != stored => free_list(*place.cast()),
                    _ => {}
                }
            }
        }
    }
    // SAFETY: NULL or a block, freed once.
    unsafe { w_free_args(args) };
}

/// # Safety
/// NULL or an array that ends with NULL; it and its texts are ours.
unsafe fn free_list(list: *mut *mut c_char) {
    if list.is_null() {
        return;
    }
    // SAFETY: the caller.
    unsafe {
        let mut at = list;
        while !(*at).is_null() {
            libc::free((*at).cast());
            at = at.add(1);
        }
        libc::free(list.cast());
    }
}

fn check(item: Item<'_>, i: usize, given: Option<&CStr>, rest: &[&[u8]]) {
    let same = match item {
        Item::Long(n) => n == i as i64 - 3,
        Item::Double(d) => d.to_bits() == (i as f64 / 3.0).to_bits(),
        Item::Text(t) | Item::Json(t) => t == given.map(CStr::to_bytes),
        Item::List(texts) => {
            // A text with a NUL in it was given as an empty one.
            let plain = |t: &&[u8]| {
                if t.contains(&0) {
                    Vec::new()
                } else {
                    t.to_vec()
                }
            };
            texts.map(<[u8]>::to_vec).eq(rest.iter().map(plain))
        }
        Item::Pointer(p) | Item::Object(p) => p.addr() == i,
    };
    assert!(same, "element {i} is another one");
}

/// What a program that reads JSON is told, as JSON again; `None` when the text is none.
///
/// # Panics
/// When the texts it is told cannot be written.
pub fn read_json(text: &[u8]) -> Option<String> {
    let mut told = Told::default();
    let events = Events {
        null: Some(null),
        boolean: Some(boolean),
        integer: Some(integer),
        real: Some(real),
        string: Some(string),
        key: Some(key),
        begin: Some(begin),
        end: Some(end),
    };
    // SAFETY: so many bytes, and functions that take what they are told into `told`.
    let done = unsafe {
        json::w_json_parse(
            text.as_ptr().cast(),
            text.len(),
            &events,
            ptr::from_mut(&mut told).cast(),
        )
    };
    assert!(done == 1 || told.text.is_empty(), "told of what is no JSON");
    (done == 1).then_some(told.text)
}

#[derive(Default)]
struct Told {
    text: String,
    /// A value that comes next needs a comma before it.
    more: bool,
}

impl Told {
    fn value(&mut self, text: &str) {
        if std::mem::replace(&mut self.more, true) {
            self.text.push(',');
        }
        self.text.push_str(text);
    }

    fn quoted(&mut self, text: *const c_char, length: usize) {
        // SAFETY: a text that the parser tells, and what comes back is ours to free.
        let text = unsafe {
            let json = json::w_json_string(text, length);
            assert!(!json.is_null(), "a text without JSON");
            let text = CStr::from_ptr(json).to_string_lossy().into_owned();
            libc::free(json.cast());
            text
        };
        self.value(&text);
    }
}

macro_rules! events {
    ($($name:ident($told:ident $(, $arg:ident: $ty:ty)*) $body:block)*) => {$(
        unsafe extern "C" fn $name(to: *mut c_void $(, $arg: $ty)*) {
            // SAFETY: what `read_json` has given, nobody else looks at it meanwhile.
            let $told = unsafe { &mut *to.cast::<Told>() };
            $body
        }
    )*};
}

events! {
    null(told) { told.value("null") }
    boolean(told, b: c_int) { told.value(if b != 0 { "true" } else { "false" }) }
    integer(told, n: i64) { told.value(&n.to_string()) }
    real(told, n: f64) {
        let json = json::w_json_real(n);
        // SAFETY: ours to free.
        unsafe {
            told.value(&CStr::from_ptr(json).to_string_lossy());
            libc::free(json.cast());
        }
    }
    string(told, text: *const c_char, length: usize) { told.quoted(text, length) }
    key(told, text: *const c_char, length: usize) {
        told.quoted(text, length);
        told.text.push(':');
        told.more = false;
    }
    begin(told, object: c_int) {
        told.value(if object != 0 { "{" } else { "[" });
        told.more = false;
    }
    end(told, object: c_int) {
        told.text.push(if object != 0 { '}' } else { ']' });
        told.more = true;
    }
}
