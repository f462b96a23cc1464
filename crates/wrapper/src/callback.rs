//! Calling functions of the program: those of the table given to `w_Begin`, and dynamic ones.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use python::calls;
use smallvec::SmallVec;

use crate::args::{Args, Callback, Item, WArgs, WElement, WValue, release};
use crate::named;
use crate::registry::Underway;

macro_rules! slots {
    ($($name:ident)*) => {
        /// The functions a program offers; the number is the documented one.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[expect(clippy::upper_case_acronyms, non_camel_case_types, reason = "the documented names")]
        #[expect(dead_code, reason = "the documents have some that no vh function needs")]
        pub enum Slot { $($name),* }

        impl Slot {
            /// Their names, by number.
            pub const NAMES: &'static [&'static CStr] = &[$(
                match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                    Ok(name) => name,
                    Err(_) => panic!("a name holds a NUL"),
                }
            ),*];
        }
    };
}

slots! {
    SendToOpChat SendToActive SendToPassive SendToActiveClass SendToPassiveClass SendDataToUser
    SendDataToAll SendPMToAll CloseConnection GetMyINFO SetMyINFO GetUserClass GetUserHost
    GetUserIP SetUserIP SetMyINFOFlag UnsetMyINFOFlag GetUserHubURL GetUserExtJSON GetUserCC
    GetIPCC GetIPCN GetIPCity GetIPASN GetGeoIP GetNickList GetOpList GetBotList AddRegUser
    DelRegUser SetRegClass Ban KickUser DelNickTempBan DelIPTempBan ParseCommand ScriptCommand
    SetConfig GetConfig IsRobotNickBad AddRobot DelRobot SQL SQLQuery SQLFetch SQLFree
    GetServFreq GetUsersCount GetTotalShareSize UserRestrictions Topic mc usermc classmc pm
    name_and_version StopHub
}

const _: () = assert!(
    Slot::StopHub as usize == 56,
    "the documents number 57 functions"
);

/// The program's table, not copied: entries may change while it is in use.
static TABLE: AtomicPtr<Option<Callback>> = AtomicPtr::new(ptr::null_mut());

/// Of which functions it was said that there are none.
static SAID: [AtomicBool; Slot::NAMES.len()] =
    [const { AtomicBool::new(false) }; Slot::NAMES.len()];

/// Takes a table into use; NULL for none.
pub fn set_table(table: *mut Option<Callback>) {
    SAID.iter()
        .for_each(|said| said.store(false, Ordering::Relaxed));
    TABLE.store(table, Ordering::Release);
}

fn find(slot: Slot) -> Option<Callback> {
    if let Some(function) = named::of_slot(slot as usize) {
        return Some(function);
    }
    let table = TABLE.load(Ordering::Acquire);
    if table.is_null() {
        return None;
    }
    // SAFETY: the program keeps `W_MAX_CALLBACKS` entries there until `w_End` has returned.
    unsafe { table.add(slot as usize).read_volatile() }
}

/// One argument for the program.
#[derive(Clone, Copy)]
pub enum Out<'a> {
    /// `l`
    Long(i64),
    /// `d`
    Double(f64),
    /// `s` or `D`; `None` for NULL.
    Text(Option<&'a [u8]>),
}

/// A text for C held a NUL.
pub struct HoldsNul;

/// What a function of the program returned; given back when dropped.
pub struct Reply(*mut WArgs);

impl Drop for Reply {
    fn drop(&mut self) {
        // SAFETY: the program gave it away.
        unsafe { release(self.0) };
    }
}

impl Reply {
    /// The result; `None` when the program returned nothing that could be read.
    pub fn args(&self) -> Option<Args<'_>> {
        // SAFETY: NULL or a block, which lives until `self` is dropped.
        unsafe { Args::new(self.0) }
    }

    /// The one element of a result that has one.
    pub fn one(&self) -> Option<Item<'_>> {
        let args = self.args().filter(|a| a.format().len() == 1)?;
        args.items().next()
    }
}

/// Words for the block of a call: few calls need memory.
type Words = SmallVec<[u64; 40]>;

/// Writes a block into `words`, which must stay where they are while it is used.
fn write_block<'w>(
    words: &'w mut Words,
    format: &'w CStr,
    values: &[Out<'_>],
) -> Result<Block<'w>, HoldsNul> {
    let texts = values.iter().map(|v| match v {
        Out::Text(Some(t)) => t.len() + 1,
        _ => 0,
    });
    let fixed = 1 + 2 * values.len();
    let words_needed = fixed + texts.sum::<usize>().div_ceil(8);
    words.clear();
    words.resize(words_needed, 0);
    let block = words.as_mut_ptr();
    // SAFETY: there is room for the head, one element a value and then all texts; the words
    // are aligned for each of them.
    unsafe {
        block
            .cast::<*const std::ffi::c_char>()
            .write(format.as_ptr());
        let elements = block.add(1).cast::<WElement>();
        let mut text = block.add(fixed).cast::<u8>();
        for (i, (value, letter)) in values.iter().zip(format.to_bytes()).enumerate() {
            let value = match value {
                Out::Long(n) => WValue { l: *n },
                Out::Double(d) => WValue { d: *d },
                Out::Text(None) => WValue { s: ptr::null_mut() },
                Out::Text(Some(t)) => {
                    if t.contains(&0) {
                        return Err(HoldsNul);
                    }
                    ptr::copy_nonoverlapping(t.as_ptr(), text, t.len());
                    let s = text.cast();
                    // The NUL is there: all words were zero.
                    text = text.add(t.len() + 1);
                    WValue { s }
                }
            };
            elements.add(i).write(WElement {
                kind: letter.cast_signed(),
                value,
            });
        }
    }
    Ok(Block(block.cast(), PhantomData))
}

struct Block<'w>(*mut WArgs, PhantomData<&'w mut Words>);

// SAFETY: the memory is borrowed for as long as this lives, whoever uses it.
unsafe impl Send for Block<'_> {}

/// What a function of the program gives away, on its way back to this thread.
struct Given(*mut WArgs);

// SAFETY: plain memory that nobody else has.
unsafe impl Send for Given {}

/// Calls a function of the program with the GIL released. `format` has a letter for each
/// value.
///
/// # Errors
/// A text held a NUL.
pub fn call(
    function: Callback,
    id: c_int,
    format: &CStr,
    values: &[Out<'_>],
) -> Result<Option<Reply>, HoldsNul> {
    debug_assert_eq!(format.count_bytes(), values.len());
    let mut words = Words::new();
    let block = write_block(&mut words, format, values)?;
    let returned = python::detached(move || {
        let block = block;
        let _underway = Underway::new();
        // SAFETY: a function of the program, with a block as documented that outlives it.
        Given(unsafe { function(id, block.0) })
    });
    let returned = returned.0;
    // One that gives its arguments back has given nothing away.
    let is_ours = ptr::eq(returned.cast(), words.as_ptr());
    Ok((!returned.is_null() && !is_ours).then(|| Reply(returned)))
}

/// Calls a function of the table; `None` when there is none or it has no answer.
///
/// # Errors
/// A text held a NUL.
pub fn ask(slot: Slot, format: &CStr, values: &[Out<'_>]) -> Result<Option<Reply>, HoldsNul> {
    match find(slot) {
        Some(function) => call(function, slot as c_int, format, values),
        None => {
            if !SAID[slot as usize].swap(true, Ordering::Relaxed) {
                tracing::info!(target: calls::STATUS, "the program offers no {slot:?}, which scripts ask for");
            }
            Ok(None)
        }
    }
}
