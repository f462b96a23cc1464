//! A script's hook functions and how to call each of them.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use hub::hooks::{Arg, Event, Hook, HookSet};
use smallvec::SmallVec;

use super::number;
use crate::sys::{Attached, Borrowed, Owned, PyError, Slot, make, unicode};
use crate::value::Converter;

const COUNT: usize = Hook::ALL.len();

/// Which of the documented forms a function has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Shape {
    /// The reference's arguments.
    Documented = 0,
    /// `OnTimer()` without parameter.
    NoArguments = 1,
    /// `OnNewReg(nick, user_class, op_nick)`, `OnNewBan(ip, nick, op_nick, reason)` and
    /// `OnSetConfig(config, variable, value)`, as in the documents' overview.
    Overview = 2,
}

/// The functions found in a script, by hook.
pub(super) struct HookTable {
    slots: [Slot; COUNT],
    shapes: [AtomicU8; COUNT],
    pub(super) bits: AtomicU64,
}

impl HookTable {
    pub(super) fn new() -> HookTable {
        HookTable {
            slots: [const { Slot::EMPTY }; COUNT],
            shapes: [const { AtomicU8::new(0) }; COUNT],
            bits: AtomicU64::new(0),
        }
    }

    /// The function for a hook.
    #[inline]
    pub(super) fn get<'a>(&self, at: &'a Attached<'_>, hook: Hook) -> Option<(Owned<'a>, Shape)> {
        let function = self.slots[number(hook)].get(at)?;
        let shape = match self.shapes[number(hook)].load(Ordering::Relaxed) {
            0 => Shape::Documented,
            1 => Shape::NoArguments,
            _ => Shape::Overview,
        };
        Some((function, shape))
    }

    /// Looks all hooks up in the script's namespace. `inspect` says how many positional
    /// arguments a function takes and what the first one is called.
    pub(super) fn fill(
        &self,
        at: &Attached<'_>,
        globals: Borrowed<'_>,
        inspect: impl Fn(Hook, Borrowed<'_>) -> (i64, String),
    ) {
        let mut set = HookSet::EMPTY;
        for hook in Hook::ALL.iter().copied() {
            let found = unicode::new(at, hook.name())
                .and_then(|name| Ok(globals.dict_get(*name)?.map(Borrowed::to_owned)));
            let found = found.ok().flatten().filter(|f| f.is_callable());
            let slot = &self.slots[number(hook)];
            if let Some(function) = &found {
                set = set.with(hook);
                if !slot.is(**function) {
                    let shape = shape(hook, || inspect(hook, **function));
                    self.shapes[number(hook)].store(shape as u8, Ordering::Relaxed);
                }
            }
            if found.is_some() || !slot.is_empty() {
                slot.set(at, found);
            }
        }
        self.bits.store(set.0, Ordering::Relaxed);
    }

    /// Gives all functions back.
    pub(super) fn clear(&self, at: &Attached<'_>) {
        self.bits.store(0, Ordering::Relaxed);
        self.slots
            .iter()
            .filter(|s| !s.is_empty())
            .for_each(|s| s.set(at, None));
    }
}

/// The form of a function; only four hooks have more than one.
fn shape(hook: Hook, inspect: impl Fn() -> (i64, String)) -> Shape {
    match hook {
        Hook::Timer if inspect().0 == 0 => Shape::NoArguments,
        Hook::SetConfig if inspect().0 == 3 => Shape::Overview,
        Hook::NewReg if inspect().1 == "nick" => Shape::Overview,
        Hook::NewBan if inspect().1 == "ip" => Shape::Overview,
        _ => Shape::Documented,
    }
}

/// Calls a hook function with an event's arguments.
#[inline]
pub(super) fn call<'a>(
    at: &'a Attached<'_>,
    convert: &Converter,
    function: &Owned<'a>,
    shape: Shape,
    event: &Event,
) -> Result<Owned<'a>, PyError> {
    let mut args: SmallVec<[Owned<'_>; 6]> = SmallVec::new();
    if shape != Shape::NoArguments {
        for arg in event.args() {
            args.push(match arg {
                Arg::Text(t) => convert.text.decode(at, t)?,
                Arg::Int(n) => make::int(at, n)?,
                Arg::Float(f) => make::float(at, f)?,
            });
        }
        if shape == Shape::Overview {
            match event.hook() {
                // (op, nick, class), (op, ip, nick, reason): the operator comes third.
                Hook::NewReg | Hook::NewBan => args[..3].rotate_left(1),
                // (nick, conf, var, new, old, type)
                Hook::SetConfig => {
                    args.truncate(4);
                    args.remove(0);
                }
                _ => {}
            }
        }
    }
    function.call_owned(at, &args)
}
