//! A script's hook functions and how to call each of them.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use hub::hooks::{Arg, Event, Hook, HookSet};

use super::given::Given;
use crate::sys::spare::SpareStr;
use crate::sys::{ArgStack, Attached, Borrowed, Owned, PyError, Slot, make, unicode};
use crate::value::Converter;

const COUNT: usize = Hook::ALL.len();

/// A hook's number in tables.
fn number(hook: Hook) -> usize {
    hook as usize
}

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
    /// By argument.
    spares: [SpareStr; ArgStack::MAX],
    bits: AtomicU64,
}

impl HookTable {
    pub(super) fn new() -> HookTable {
        HookTable {
            slots: [const { Slot::empty() }; COUNT],
            shapes: [const { AtomicU8::new(0) }; COUNT],
            spares: [const { SpareStr::empty() }; ArgStack::MAX],
            bits: AtomicU64::new(0),
        }
    }

    /// Which there are.
    pub(super) fn set(&self) -> HookSet {
        HookSet(self.bits.load(Ordering::Relaxed))
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
        self.spares.iter().for_each(|s| s.clear(at));
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
    table: &HookTable,
    function: &Owned<'a>,
    shape: Shape,
    event: &Event,
) -> Result<Owned<'a>, PyError> {
    let mut pusher = Pusher {
        at,
        convert,
        table,
        args: ArgStack::new(),
        spare: [0; ArgStack::MAX],
    };
    if shape != Shape::NoArguments {
        // Gathered first: 41 events then share one loop that turns them into objects.
        let mut given = [Arg::Int(0); ArgStack::MAX];
        let mut len = 0;
        event.each_arg(|arg| {
            if let Some(place) = given.get_mut(len) {
                *place = arg;
                len += 1;
            }
        });
        for arg in given.iter().take(len) {
            pusher.push(arg)?;
        }
    }
    if shape == Shape::Overview {
        pusher.overview(event.hook());
        return pusher.args.call(at, **function);
    }
    let result = pusher.args.call(at, **function);
    pusher.give_back();
    result
}

/// The same with arguments that a program around the script has put together, as many as it
/// likes.
#[inline]
pub(super) fn call_given<'a, 'g>(
    at: &'a Attached<'_>,
    convert: &Converter,
    table: &HookTable,
    function: &Owned<'a>,
    (hook, shape): (Hook, Shape),
    args: impl Iterator<Item = Given<'g>>,
) -> Result<Owned<'a>, PyError> {
    let mut pusher = Pusher {
        at,
        convert,
        table,
        args: ArgStack::new(),
        spare: [0; ArgStack::MAX],
    };
    if shape != Shape::NoArguments {
        for arg in args {
            pusher.push_given(arg)?;
        }
    }
    if shape == Shape::Overview && pusher.args.len() == hook.params().len() {
        pusher.overview(hook);
        return pusher.args.call(at, **function);
    }
    let result = pusher.args.call(at, **function);
    pusher.give_back();
    result
}

/// Turns arguments into objects one by one.
struct Pusher<'a, 'i, 't> {
    at: &'a Attached<'i>,
    convert: &'t Converter,
    table: &'t HookTable,
    args: ArgStack<'a>,
    /// The lengths of those that are spare strings, else 0.
    spare: [u8; ArgStack::MAX],
}

impl Pusher<'_, '_, '_> {
    #[inline]
    fn push(&mut self, arg: &Arg<'_>) -> Result<(), PyError> {
        match *arg {
            Arg::Text(t) => return self.push_text(t),
            Arg::Int(n) => self.args.push(make::int(self.at, n)?),
            Arg::Float(f) => self.args.push(make::float(self.at, f)?),
        }
        Ok(())
    }

    #[inline]
    fn push_text(&mut self, text: &[u8]) -> Result<(), PyError> {
        let i = self.args.len();
        let spare = self.table.spares.get(i);
        let object = match spare.and_then(|spare| spare.ascii(self.at, text)) {
            Some(object) => {
                // Spares are shorter than 256 bytes.
                self.spare[i] = text.len() as u8;
                object?
            }
            None => self.convert.text.decode(self.at, text)?,
        };
        self.args.push(object);
        Ok(())
    }

    /// The same for an argument of another kind; one too many is a failure.
    #[inline]
    fn push_given(&mut self, arg: Given<'_>) -> Result<(), PyError> {
        if self.args.len() == ArgStack::MAX {
            let text = format!("TypeError: more than {} arguments", ArgStack::MAX);
            return Err(PyError::ours(&text));
        }
        match arg {
            Given::Text(t) => self.push_text(t),
            other => {
                let object = self.convert.given(self.at, other)?;
                self.args.push(object);
                Ok(())
            }
        }
    }

    /// Brings the documented arguments into the order of the documents' overview.
    fn overview(&mut self, hook: Hook) {
        match hook {
            // (op, nick, class), (op, ip, nick, reason): the operator comes third.
            Hook::NewReg | Hook::NewBan if self.args.len() >= 3 => {
                self.args.as_mut_slice()[..3].rotate_left(1);
            }
            // (nick, conf, var, new, old, type)
            Hook::SetConfig if self.args.len() >= 4 => {
                self.args.truncate(4);
                self.args.as_mut_slice().rotate_left(1);
                self.args.truncate(3);
            }
            _ => {}
        }
    }

    #[inline]
    fn give_back(&mut self) {
        while let Some(object) = self.args.pop() {
            let i = self.args.len();
            match usize::from(self.spare[i]) {
                0 => drop(object),
                len => self.table.spares[i].give(object, len),
            }
        }
    }
}
