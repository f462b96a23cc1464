//! Functions of the program that it registers one by one, by number and name
//! (`w_RegisterCallback`): those of the documented table, which then count before the table's, and
//! any others, which scripts see in `vh` by their names.

use std::ffi::{CStr, CString, c_int};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::args::Callback;
use crate::callback::Slot;

/// `W_MAX_CALLBACKS`
const MOST: usize = 100;

/// The documented ones, by number.
static OWN: [AtomicPtr<()>; MOST] = [const { AtomicPtr::new(std::ptr::null_mut()) }; MOST];

/// One beyond the documented ones.
struct Extra {
    /// Never freed: scripts' modules and programs have it.
    name: &'static CStr,
    number: c_int,
    /// `None` while it is not registered.
    function: Option<Callback>,
}

/// A name keeps its place for ever, since modules of scripts know their functions by place.
static EXTRAS: Mutex<Vec<Extra>> = Mutex::new(Vec::new());

fn extras() -> MutexGuard<'static, Vec<Extra>> {
    EXTRAS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The function registered for a documented number.
#[inline]
pub fn of_slot(slot: usize) -> Option<Callback> {
    let function = OWN.get(slot)?.load(Ordering::Acquire);
    // SAFETY: NULL, which is `None`, or a function of this type (`register`).
    unsafe { std::mem::transmute::<*mut (), Option<Callback>>(function) }
}

/// Registers a function, or takes it back with `None`. A name may begin with `W_`, as the constants
/// do. Whether that was done.
pub fn register(number: c_int, name: Option<&CStr>, function: Option<Callback>) -> bool {
    let Some(place) = usize::try_from(number).ok().filter(|n| *n < MOST) else {
        tracing::error!("w_RegisterCallback: numbers go from 0 to {}", MOST - 1);
        return false;
    };
    if place < Slot::NAMES.len() {
        let function = function.map_or(std::ptr::null_mut(), |f| f as *mut ());
        OWN[place].store(function, Ordering::Release);
        return true;
    }
    let name = name.map(CStr::to_bytes).unwrap_or_default();
    let name = name.strip_prefix(b"W_").unwrap_or(name);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    if name.is_empty() || name[0].is_ascii_digit() || !name.iter().all(is_name) {
        tracing::error!(
            "w_RegisterCallback: number {number} needs a name of letters, as in W_Name"
        );
        return false;
    }
    let mut all = extras();
    if let Some(known) = all.iter_mut().find(|e| e.name.to_bytes() == name) {
        (known.number, known.function) = (number, function);
        return true;
    }
    if all.len() >= MOST {
        tracing::error!("w_RegisterCallback: too many names");
        return false;
    }
    let Ok(name) = CString::new(name) else {
        return false;
    };
    all.push(Extra {
        name: Box::leak(name.into_boxed_c_str()),
        number,
        function,
    });
    true
}

/// The places and names of those that are registered now.
pub fn registered() -> Vec<(usize, &'static str)> {
    let all = extras();
    let registered = all.iter().enumerate().filter(|(_, e)| e.function.is_some());
    registered
        .filter_map(|(i, e)| Some((i, e.name.to_str().ok()?)))
        .collect()
}

/// The name, number and function at a place; no function while it is not registered.
pub fn at(place: usize) -> Option<(&'static str, c_int, Option<Callback>)> {
    let all = extras();
    let extra = all.get(place)?;
    Some((extra.name.to_str().ok()?, extra.number, extra.function))
}

/// The name of a number beyond the documented ones.
pub fn name_of(number: usize) -> Option<&'static CStr> {
    let all = extras();
    let has = |e: &&Extra| usize::try_from(e.number) == Ok(number) && e.function.is_some();
    let extra = all.iter().find(has);
    extra.map(|e| e.name)
}

/// Takes all back.
pub fn clear() {
    for own in &OWN {
        own.store(std::ptr::null_mut(), Ordering::Release);
    }
    extras().iter_mut().for_each(|e| e.function = None);
}
