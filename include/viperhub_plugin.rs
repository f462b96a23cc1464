//! Native plugins for Viperhub, from Rust: the types of `viperhub_plugin.h`, where each is
//! explained. Put this file beside your own and say `mod viperhub_plugin;`.
//!
//! Part of Viperhub; GPL-3.0-or-later.

use std::ffi::{c_char, c_int, c_void};

/// What plugins of this version are made for.
pub const VERSION: u32 = 1 << 16;

#[allow(missing_docs, reason = "Python's names")]
pub mod types {
    pub const NONE: i32 = 0;
    pub const BOOL: i32 = 1;
    pub const INT: i32 = 2;
    pub const FLOAT: i32 = 3;
    pub const TEXT: i32 = 4;
    pub const LIST: i32 = 5;
    pub const TUPLE: i32 = 6;
    pub const SET: i32 = 7;
    pub const DICT: i32 = 8;
}

/// What an event's function says.
pub const BLOCK: c_int = 0;
/// What an event's function says.
pub const ALLOW: c_int = 1;

/// One loaded plugin.
#[repr(C)]
pub struct Plugin {
    _private: [u8; 0],
}

/// Memory and errors of one callback.
#[repr(C)]
pub struct Scope {
    _private: [u8; 0],
}

/// What a value holds; its type says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub union Content {
    /// `BOOL`, `INT`.
    pub integer: i64,
    /// `FLOAT`.
    pub real: f64,
    /// `TEXT`.
    pub text: *const c_char,
    /// Containers.
    pub items: *const Value,
}

/// A value of Python.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    /// One of [`types`].
    pub kind: i32,
    /// Bytes, items or pairs.
    pub count: usize,
    /// The content.
    pub content: Content,
}

/// Something that happened.
#[repr(C)]
pub struct Event {
    /// As in docs/hooks.md.
    pub name: *const c_char,
    /// Its documented number.
    pub id: i32,
    /// How many arguments.
    pub count: usize,
    /// The arguments.
    pub args: *const Value,
}

/// Is told of an event.
pub type OnEvent = unsafe extern "C" fn(*mut c_void, *mut Scope, *const Event) -> c_int;
/// Is called by scripts.
pub type Function =
    unsafe extern "C" fn(*mut c_void, *mut Scope, *const Value, usize, *mut Value) -> c_int;

/// What the hub offers.
#[repr(C)]
#[allow(missing_docs, reason = "explained in viperhub_plugin.h")]
pub struct Api {
    pub version: u32,
    pub size: u32,
    pub log: unsafe extern "C" fn(*mut Plugin, c_int, *const c_char),
    pub subscribe:
        unsafe extern "C" fn(*mut Plugin, *const c_char, Option<OnEvent>, *mut c_void) -> c_int,
    pub unsubscribe: unsafe extern "C" fn(*mut Plugin, *const c_char) -> c_int,
    pub register_function: unsafe extern "C" fn(
        *mut Plugin,
        *const c_char,
        *const c_char,
        Option<Function>,
        *mut c_void,
    ) -> c_int,
    pub unregister_function:
        unsafe extern "C" fn(*mut Plugin, *const c_char, *const c_char) -> c_int,
    pub call_vh: unsafe extern "C" fn(
        *mut Plugin,
        *mut Scope,
        *const c_char,
        *const Value,
        usize,
        *mut Value,
    ) -> c_int,
    pub call_python: unsafe extern "C" fn(
        *mut Plugin,
        *mut Scope,
        *const c_char,
        *const c_char,
        *const Value,
        usize,
        *mut Value,
    ) -> c_int,
    pub alloc: unsafe extern "C" fn(*mut Scope, usize) -> *mut c_void,
    pub error: unsafe extern "C" fn(*mut Scope) -> *const c_char,
    pub fail: unsafe extern "C" fn(*mut Scope, *const c_char),
    pub reply: unsafe extern "C" fn(*mut Scope, *const c_char) -> c_int,
    pub replace: unsafe extern "C" fn(*mut Scope, *const Value, usize) -> c_int,
    pub scope_open: unsafe extern "C" fn(*mut Plugin) -> *mut Scope,
    pub scope_close: unsafe extern "C" fn(*mut Scope),
    pub data_dir: unsafe extern "C" fn(*mut Plugin) -> *const c_char,
    pub nick: unsafe extern "C" fn(*mut Plugin) -> *const c_char,
}

/// What a plugin says of itself.
#[repr(C)]
pub struct Description {
    /// [`VERSION`] of the file it was compiled with.
    pub version: u32,
    /// Its name.
    pub name: *const c_char,
    /// Its release.
    pub release: *const c_char,
    /// Called once; NULL, or why it cannot run.
    pub start: Option<unsafe extern "C" fn(*mut Plugin) -> *const c_char>,
    /// Called once at the end.
    pub stop: Option<unsafe extern "C" fn(*mut Plugin)>,
}

// SAFETY: names and functions that stay where they are, as a static of a plugin's.
unsafe impl Sync for Description {}

/// The entry point, which a plugin exports as `viperhub_plugin`.
pub type Entry = unsafe extern "C" fn(*const Api) -> *const Description;
