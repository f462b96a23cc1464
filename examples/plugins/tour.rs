//! A tour of what a native plugin can do, in Rust. Scripts get:
//!
//!   rust_stats(nick)       {'lines': 2, 'words': 5}, or None
//!   rust_reverse(list)     the list backwards
//!   rust_add_field(dict, key, value)   the dict with one more field
//!   rust_summary(list)     (smallest, largest, mean) of numbers
//!
//! And what somebody writes in main chat between stars is written in capitals: *so*.
//!
//!   rustc --edition 2024 --crate-type cdylib tour.rs -o tour_rust.so

#[path = "../../include/viperhub_plugin.rs"]
#[allow(dead_code)]
mod viperhub_plugin;

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::catch_unwind;
use std::sync::{Mutex, OnceLock, PoisonError};

use viperhub_plugin::{ALLOW, Api, Content, Description, Event, Plugin, Scope, VERSION, Value, types};

static HUB: OnceLock<&'static Api> = OnceLock::new();

fn hub() -> &'static Api {
    HUB.get().expect("the hub has introduced itself before it calls anything else")
}

/// Lines and words by nick.
static USERS: Mutex<Option<HashMap<String, (i64, i64)>>> = Mutex::new(None);

fn with_users<R>(f: impl FnOnce(&mut HashMap<String, (i64, i64)>) -> R) -> R {
    let mut users = USERS.lock().unwrap_or_else(PoisonError::into_inner);
    f(users.get_or_insert_default())
}

// ---- values, as safe as they can be -----------------------------------------------------------

const NONE: Value = Value {
    kind: types::NONE,
    count: 0,
    content: Content { integer: 0 },
};

fn int(integer: i64) -> Value {
    Value {
        kind: types::INT,
        content: Content { integer },
        ..NONE
    }
}

fn float(real: f64) -> Value {
    Value {
        kind: types::FLOAT,
        content: Content { real },
        ..NONE
    }
}

fn text(value: &Value) -> Option<String> {
    (value.kind == types::TEXT).then(|| {
        // SAFETY: the hub gives texts of `count` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(value.content.text.cast::<u8>(), value.count) };
        String::from_utf8_lossy(bytes).into_owned()
    })
}

fn items(value: &Value) -> &[Value] {
    let count = match value.kind {
        types::LIST | types::TUPLE | types::SET => value.count,
        types::DICT => 2 * value.count,
        _ => 0,
    };
    match count {
        0 => &[],
        // SAFETY: the hub gives containers of `count` items, or pairs of them.
        _ => unsafe { std::slice::from_raw_parts(value.content.items, count) },
    }
}

/// Memory of one call.
struct Here(*mut Scope);

impl Here {
    fn keep<T: Copy>(&self, all: &[T]) -> *const T {
        // SAFETY: the hub gives memory for all of it, aligned for anything, or NULL.
        unsafe {
            let memory = (hub().alloc)(self.0, size_of_val(all)).cast::<T>();
            assert!(!memory.is_null(), "no memory");
            memory.copy_from_nonoverlapping(all.as_ptr(), all.len());
            memory
        }
    }

    fn text(&self, text: &str) -> Value {
        Value {
            kind: types::TEXT,
            count: text.len(),
            content: Content {
                text: self.keep(text.as_bytes()).cast(),
            },
        }
    }

    fn container(&self, kind: i32, all: &[Value]) -> Value {
        let each = if kind == types::DICT { 2 } else { 1 };
        Value {
            kind,
            count: all.len() / each,
            content: Content {
                items: self.keep(all),
            },
        }
    }
}

// ---- what scripts can call --------------------------------------------------------------------

type Body = fn(&Here, &[Value]) -> Result<Value, String>;

fn stats(here: &Here, args: &[Value]) -> Result<Value, String> {
    let nick = args.first().and_then(text).ok_or("rust_stats(nick) wants a nick")?;
    let Some((lines, words)) = with_users(|users| users.get(&nick).copied()) else {
        return Ok(NONE);
    };
    let fields = [here.text("lines"), int(lines), here.text("words"), int(words)];
    Ok(here.container(types::DICT, &fields))
}

fn reverse(here: &Here, args: &[Value]) -> Result<Value, String> {
    match args {
        [list] if list.kind == types::LIST => {
            let all: Vec<Value> = items(list).iter().rev().copied().collect();
            Ok(here.container(types::LIST, &all))
        }
        _ => Err("rust_reverse(list) wants a list".into()),
    }
}

fn add_field(here: &Here, args: &[Value]) -> Result<Value, String> {
    match args {
        [dict, key, value] if dict.kind == types::DICT => {
            let mut fields = items(dict).to_vec();
            fields.extend([*key, *value]);
            Ok(here.container(types::DICT, &fields))
        }
        _ => Err("rust_add_field(dict, key, value) wants a dict first".into()),
    }
}

fn summary(here: &Here, args: &[Value]) -> Result<Value, String> {
    let number = |v: &Value| match v.kind {
        // SAFETY: read as the type says.
        types::INT => Some(unsafe { v.content.integer } as f64),
        // SAFETY: as above.
        types::FLOAT => Some(unsafe { v.content.real }),
        _ => None,
    };
    let list = args.first().map(items).unwrap_or_default();
    let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
    let numbers = numbers.filter(|n| !n.is_empty()).ok_or("rust_summary(list) wants numbers")?;
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    Ok(here.container(types::TUPLE, &[float(low), float(high), float(mean)]))
}

/// What the hub calls: `data` is the body. No panic may leave it.
unsafe extern "C" fn function(
    data: *mut c_void,
    scope: *mut Scope,
    args: *const Value,
    count: usize,
    result: *mut Value,
) -> c_int {
    let done = catch_unwind(|| {
        // SAFETY: `data` is what was registered, and the hub lends `count` arguments.
        let (body, args) = unsafe {
            let body = std::mem::transmute::<*mut c_void, Body>(data);
            (body, if count == 0 { &[] } else { std::slice::from_raw_parts(args, count) })
        };
        body(&Here(scope), args)
    });
    match done.unwrap_or_else(|_| Err("the plugin panicked".into())) {
        Ok(value) => {
            // SAFETY: the hub lends a place for the result.
            unsafe { result.write(value) };
            1
        }
        Err(why) => {
            let why = CString::new(why).unwrap_or_default();
            // SAFETY: the scope of this call and a text with a closing NUL.
            unsafe { (hub().fail)(scope, why.as_ptr()) };
            0
        }
    }
}

// ---- events -----------------------------------------------------------------------------------

/// `OnParsedMsgChat(nick, message)`
unsafe extern "C" fn on_chat(_: *mut c_void, scope: *mut Scope, event: *const Event) -> c_int {
    let done = catch_unwind(|| {
        // SAFETY: the hub lends an event with its arguments.
        let args = unsafe { std::slice::from_raw_parts((*event).args, (*event).count) };
        let (Some(nick), Some(line)) = (text(&args[0]), text(&args[1])) else {
            return;
        };
        let words = i64::try_from(line.split_whitespace().count()).unwrap_or(i64::MAX);
        with_users(|users| {
            let mine = users.entry(nick).or_default();
            mine.0 += 1;
            mine.1 += words;
        });
        let mut parts = line.split('*');
        if let (Some(before), Some(loud), Some(after), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            let line = format!("{before}{}{after}", loud.to_uppercase());
            let instead = [NONE, Here(scope).text(&line)];
            // SAFETY: the scope of this event and two values.
            unsafe { (hub().replace)(scope, instead.as_ptr(), instead.len()) };
        }
    });
    if done.is_err() {
        // The panic has said why on standard error.
        with_users(HashMap::clear);
    }
    ALLOW
}

unsafe extern "C" fn start(this: *mut Plugin) -> *const c_char {
    let functions: [(&CStr, Body); 4] = [
        (c"rust_stats", stats),
        (c"rust_reverse", reverse),
        (c"rust_add_field", add_field),
        (c"rust_summary", summary),
    ];
    let hub = hub();
    // SAFETY: functions and names of this library, which stays as long as the plugin is loaded.
    let taken = unsafe {
        (hub.subscribe)(this, c"OnParsedMsgChat".as_ptr(), Some(on_chat), std::ptr::null_mut()) == 1
            && functions.iter().all(|(name, body)| {
                let data = *body as *mut c_void;
                (hub.register_function)(this, std::ptr::null(), name.as_ptr(), Some(function), data) == 1
            })
    };
    match taken {
        true => std::ptr::null(),
        false => c"not all of it was taken".as_ptr(),
    }
}

unsafe extern "C" fn stop(_: *mut Plugin) {
    *USERS.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

static ABOUT: Description = Description {
    version: VERSION,
    name: c"Tour in Rust".as_ptr(),
    release: c"1.0".as_ptr(),
    start: Some(start),
    stop: Some(stop),
};

#[unsafe(no_mangle)]
unsafe extern "C" fn viperhub_plugin(api: *const Api) -> *const Description {
    // SAFETY: the hub's table is there as long as the hub is.
    let api = unsafe { &*api };
    // The same table when it is loaded again within one open library.
    HUB.get_or_init(|| api);
    &raw const ABOUT
}
