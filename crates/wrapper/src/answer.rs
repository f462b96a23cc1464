//! Results of Python functions as blocks for the program.

use std::ptr;

use python::script::given::{Answer, AnswerKind};
use smallvec::SmallVec;

use crate::args::{self, WArgs, WValue, one};

/// Values of a result on the way.
struct Values {
    format: SmallVec<[u8; 8]>,
    values: SmallVec<[WValue; 8]>,
}

impl Values {
    fn push(&mut self, letter: u8, value: WValue) {
        self.format.push(letter);
        self.values.push(value);
    }

    /// Text, or why not.
    fn text(&mut self, letter: u8, text: &[u8]) -> Result<(), String> {
        let s = args::text_of_its_own(text);
        if s.is_null() {
            return Err("a text that holds a NUL character".into());
        }
        self.push(letter, WValue { s });
        Ok(())
    }
}

/// Makes a block of what `fill` puts together; NULL, and a message, when it cannot.
fn block(what: &[u8], fill: impl FnOnce(&mut Values) -> Result<(), String>) -> *mut WArgs {
    let mut out = Values {
        format: SmallVec::new(),
        values: SmallVec::new(),
    };
    match fill(&mut out) {
        Ok(()) => args::result(&out.format, &out.values),
        Err(why) => {
            args::free_texts(&out.format, &out.values);
            let what = String::from_utf8_lossy(what);
            tracing::error!(target: "script", "{what} returned {why}, which C cannot have");
            ptr::null_mut()
        }
    }
}

/// The result of a hook. A tuple becomes its elements; `None` is a 1.
#[inline]
pub fn of_hook(name: &[u8], answer: Answer<'_>) -> *mut WArgs {
    match answer.kind() {
        AnswerKind::Int(l) => one(b'l', WValue { l }),
        AnswerKind::None => one(b'l', WValue { l: 1 }),
        AnswerKind::Float(d) => one(b'd', WValue { d }),
        AnswerKind::Text(t) => block(name, |out| out.text(b's', t.as_slice())),
        AnswerKind::Tuple => block(name, |out| {
            answer.items().try_for_each(|item| element(item, out))
        }),
        AnswerKind::List => block(name, |_| Err("a list".into())),
        AnswerKind::Dict => block(name, |_| Err("a dict".into())),
        AnswerKind::Other(what) => block(name, |_| Err(what)),
    }
}

fn element(item: Answer<'_>, out: &mut Values) -> Result<(), String> {
    match item.kind() {
        AnswerKind::Int(l) => out.push(b'l', WValue { l }),
        AnswerKind::Float(d) => out.push(b'd', WValue { d }),
        AnswerKind::None => out.push(b's', WValue { s: ptr::null_mut() }),
        AnswerKind::Text(t) => return out.text(b's', t.as_slice()),
        AnswerKind::Tuple | AnswerKind::List | AnswerKind::Dict => {
            return Err("a container in a tuple".into());
        }
        AnswerKind::Other(what) => return Err(what),
    }
    Ok(())
}

/// The result of any function. Containers become JSON; `None` is a 0.
#[inline]
pub fn of_function(name: &[u8], answer: Answer<'_>) -> *mut WArgs {
    match answer.kind() {
        AnswerKind::Int(l) => one(b'l', WValue { l }),
        AnswerKind::None => one(b'l', WValue { l: 0 }),
        AnswerKind::Float(d) => one(b'd', WValue { d }),
        AnswerKind::Text(t) => block(name, |out| out.text(b's', t.as_slice())),
        // JSON writes a NUL as `\u0000`.
        AnswerKind::Tuple | AnswerKind::List | AnswerKind::Dict => match answer.json(args::copy) {
            Ok(s) if !s.is_null() => one(b'D', WValue { s }),
            Ok(_) => block(name, |_| Err("more than there is memory for".into())),
            Err(e) => block(name, |_| Err(format!("what JSON has not ({e})"))),
        },
        AnswerKind::Other(what) => block(name, |_| Err(what)),
    }
}
