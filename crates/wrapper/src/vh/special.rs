//! The `vh` functions whose arguments come in several orders, or whose results are more than
//! one value.

use std::ffi::{CStr, c_char};

use bytes::{BufMut, Bytes, BytesMut};
use hub::api::{ApiError, Args, Host, Value};

use super::{Answer, Gives, nicks};
use crate::args::Item;
use crate::callback::{Out, Reply, Slot};
use crate::host::Caller;

const NO: Answer = Ok(Value::Bool(false));

fn text(value: Option<&[u8]>) -> Out<'_> {
    Out::Text(value)
}

/// Asks for something to be done.
fn done(caller: &Caller, slot: Slot, format: &'static CStr, values: &[Out<'_>]) -> Answer {
    let reply = caller.ask(slot, format, values)?;
    Ok(Gives::Bool.value(caller, reply.as_ref()))
}

fn text_of<'v>(value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Text(t) => Some(t),
        Value::Bytes(b) => Some(b),
        _ => None,
    }
}

fn is_raw(text: &[u8]) -> bool {
    text.starts_with(b"$") || text.starts_with(b"<") || text.starts_with(b"**")
}

/// There is no such function in the documents' table: plain text is said by the bot, the rest
/// is data.
pub(super) fn send_to_all(caller: &Caller, args: &Args<'_>) -> Answer {
    let Some(data) = args.text(0) else { return NO };
    if is_raw(data) {
        let values = [text(Some(data)), Out::Long(0), Out::Long(10), Out::Long(0)];
        return done(caller, Slot::SendDataToAll, c"slll", &values);
    }
    done(caller, Slot::mc, c"ss", &[text(Some(data)), text(None)])
}

/// The same for one user.
pub(super) fn send_to_user(caller: &Caller, args: &Args<'_>) -> Answer {
    let (Some(nick), Some(data)) = (args.text(0), args.text(1)) else {
        return NO;
    };
    let mut line = Vec::new();
    if !is_raw(data) {
        line.extend_from_slice(b"<");
        line.extend_from_slice(&caller.bot());
        line.extend_from_slice(b"> ");
    }
    line.extend_from_slice(data);
    if !line.ends_with(b"|") {
        line.push(b'|');
    }
    let values = [text(Some(&line)), text(Some(nick)), Out::Long(0)];
    done(caller, Slot::SendDataToUser, c"ssl", &values)
}

fn can_be_nick(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|b| b" \r\n$|<>".contains(b))
}

/// Whether a user or bot of this nick is there.
fn online(caller: &Caller, nick: &[u8]) -> Result<bool, ApiError> {
    let reply = caller.ask(Slot::GetUserClass, c"s", &[text(Some(nick))])?;
    Ok(matches!(reply.as_ref().and_then(Reply::one), Some(Item::Long(class)) if class != -2))
}

/// Two arguments in either order: nick and text. Nick first when nothing tells.
fn nick_and_text<'t>(
    caller: &Caller,
    a: &'t [u8],
    b: &'t [u8],
) -> Result<(&'t [u8], &'t [u8]), ApiError> {
    // What cannot be a nick is not online either, so the users are asked about only when both
    // can.
    Ok(match (can_be_nick(a), can_be_nick(b)) {
        (false, true) => (b, a),
        (true, true) if !online(caller, a)? && online(caller, b)? => (b, a),
        _ => (a, b),
    })
}

const NICK: usize = 0;
const TEXT: usize = 1;
const FROM: usize = 2;
const SHOWN: usize = 3;

/// Keywords say what is what; the rest takes the free places in order.
fn named<'a>(args: &'a Args<'_>) -> [Option<&'a [u8]>; 4] {
    let given = args.in_order();
    let mut rest = given.into_iter();
    [NICK, TEXT, FROM, SHOWN].map(|slot| match args.by_keyword(slot) {
        true => args.text(slot),
        false => rest.next().and_then(|v| text_of(v)),
    })
}

/// Nick, text, sender and shown sender of `vh.pm` and `vh.usermc` in any documented order.
fn letter<'a>(
    caller: &Caller,
    args: &'a Args<'_>,
    three_end_in_nick: bool,
) -> Result<Option<[Option<&'a [u8]>; 4]>, ApiError> {
    if args.by_keyword(NICK) || args.by_keyword(TEXT) {
        return Ok(Some(named(args)));
    }
    let given = args.in_order();
    let parts: Vec<Option<&'a [u8]>> = given.into_iter().map(|v| text_of(v)).collect();
    let mut sorted = match *parts.as_slice() {
        [Some(a), Some(b)] => {
            let (nick, text) = nick_and_text(caller, a, b)?;
            [Some(nick), Some(text), None, None]
        }
        [Some(a), Some(b), from] if !three_end_in_nick => {
            let (nick, text) = nick_and_text(caller, a, b)?;
            [Some(nick), Some(text), from, None]
        }
        // (nick, text, from)
        [Some(nick), Some(text), Some(from)] if begins_with_nick(caller, nick, text, from)? => {
            [Some(nick), Some(text), Some(from), None]
        }
        // (text, nick, from) or (from, nick, text)
        [first, Some(nick), Some(last)] => match first {
            Some(first) if is_text(caller, first, last)? => {
                [Some(nick), Some(first), Some(last), None]
            }
            from => [Some(nick), Some(last), from, None],
        },
        [Some(a), Some(b), from, shown] => {
            let (nick, text) = nick_and_text(caller, a, b)?;
            [Some(nick), Some(text), from, shown]
        }
        _ => return Ok(None),
    };
    for slot in [FROM, SHOWN] {
        if args.by_keyword(slot) {
            sorted[slot] = args.text(slot);
        }
    }
    Ok(Some(sorted))
}

/// Whether three parts are nick, text and sender, as in the hub's own `vh.pm`: the second can be no
/// nick, or is nobody's while the first is somebody's.
fn begins_with_nick(
    caller: &Caller,
    first: &[u8],
    second: &[u8],
    third: &[u8],
) -> Result<bool, ApiError> {
    if !can_be_nick(first) || !can_be_nick(third) {
        return Ok(false);
    }
    Ok(!can_be_nick(second) || !known(caller, second)? && online(caller, first)?)
}

/// A user, or a bot of the hub.
fn known(caller: &Caller, nick: &[u8]) -> Result<bool, ApiError> {
    let config = caller.view().config();
    let (bot, op_chat) = (&config.identity.hub_security, &config.identity.opchat_name);
    Ok(nick == bot || nick == op_chat || online(caller, nick)?)
}

/// Whether `first` is the text and `last` the sender.
fn is_text(caller: &Caller, first: &[u8], last: &[u8]) -> Result<bool, ApiError> {
    match (can_be_nick(first), can_be_nick(last)) {
        (a, b) if a != b => Ok(b),
        _ => Ok(!known(caller, first)? && known(caller, last)?),
    }
}

pub(super) fn usermc(caller: &Caller, args: &Args<'_>) -> Answer {
    let Some([nick, line, from, _]) = letter(caller, args, false)? else {
        return NO;
    };
    if nick.is_none() || line.is_none() {
        return NO;
    }
    let values = [line, nick, from].map(text);
    done(caller, Slot::usermc, c"sss", &values)
}

pub(super) fn pm(caller: &Caller, args: &Args<'_>) -> Answer {
    let Some([nick, line, from, shown]) = letter(caller, args, true)? else {
        return NO;
    };
    if nick.is_none() || line.is_none() {
        return NO;
    }
    let values = [line, nick, from, shown].map(text);
    done(caller, Slot::pm, c"ssss", &values)
}

/// `(msg, min, max)`, `(msg, min, from)` or `(msg, min, max, from)`.
pub(super) fn classmc(caller: &Caller, args: &Args<'_>) -> Answer {
    let (max, sender) = match &args.values[2] {
        Value::None => (10, None),
        Value::Int(max) => (*max, None),
        Value::Text(_) | Value::Bytes(_) if !args.by_keyword(2) => (10, args.text(2)),
        _ => {
            let text = "vh.classmc() argument 3 (max_class): expected int or str";
            return Err(ApiError::Type(text.into()));
        }
    };
    let values = [
        text(args.text(0)),
        Out::Long(args.int(1, 0)),
        Out::Long(max),
        text(args.text(3).or(sender)),
    ];
    done(caller, Slot::classmc, c"slls", &values)
}

/// The six texts, or nothing.
pub(super) fn get_my_info(caller: &Caller, args: &Args<'_>) -> Answer {
    let reply = caller.ask(Slot::GetMyINFO, c"s", &[text(args.text(0))])?;
    let reply = reply.as_ref().and_then(Reply::args);
    let Some(reply) = reply.filter(|r| r.format() == b"ssssss") else {
        return Ok(Value::None);
    };
    let mut fields = Box::new([const { Bytes::new() }; 6]);
    for (field, item) in fields.iter_mut().zip(reply.items()) {
        if let Item::Text(Some(t)) = item {
            *field = caller.text(t);
        }
    }
    let [nick, desc, tag, speed, email, share] = &*fields;
    let mut raw = BytesMut::from(&b"$MyINFO $ALL "[..]);
    raw.put_slice(nick);
    raw.put_u8(b' ');
    raw.put_slice(desc);
    raw.put_slice(tag);
    raw.put_slice(b"$ $");
    raw.put_slice(speed);
    for part in [email, share] {
        raw.put_u8(b'$');
        raw.put_slice(part);
    }
    raw.put_u8(b'$');
    Ok(Value::MyInfo {
        fields,
        raw: raw.freeze(),
    })
}

/// JSON, or pairs of a name and a number or text. What else the original put into an object
/// of C++ cannot be read here.
pub(super) fn get_geo_ip(caller: &Caller, args: &Args<'_>) -> Answer {
    let values = [text(args.text(0)), text(args.text(1))];
    let reply = caller.ask(Slot::GetGeoIP, c"ss", &values)?;
    let Some(reply) = reply.as_ref().and_then(Reply::args) else {
        return Ok(Value::None);
    };
    let mut items = reply.items();
    if reply.format() == b"D" {
        return Ok(match items.next() {
            Some(Item::Json(Some(json))) => match python::json::read(&caller.text(json)) {
                Ok(dict @ Value::Dict(_)) => dict,
                _ => Value::None,
            },
            _ => Value::None,
        });
    }
    let mut pairs = Vec::new();
    while let (Some(Item::Text(Some(name))), Some(item)) = (items.next(), items.next()) {
        let value = match item {
            Item::Long(n) => Value::Int(n),
            Item::Double(d) => Value::Float(d),
            Item::Text(t) => Value::Bytes(t.map_or(Bytes::new(), |t| caller.text(t))),
            _ => continue,
        };
        pairs.push((Value::Bytes(caller.text(name)), value));
    }
    Ok(match pairs.is_empty() {
        true => Value::None,
        false => Value::Dict(pairs),
    })
}

/// A list as clients get it: `$WORD a$$b$$`.
pub(super) fn raw_list(caller: &Caller, slot: Slot, word: &[u8]) -> Answer {
    let reply = caller.ask(slot, c"", &[])?;
    let list = reply.as_ref().and_then(Reply::one);
    let Some(list) = list.and_then(|item| nicks(caller, item)) else {
        return Ok(Value::None);
    };
    let mut out = BytesMut::from(word);
    for nick in list {
        out.put_slice(&nick);
        out.put_slice(b"$$");
    }
    Ok(Value::Bytes(out.freeze()))
}

/// Without arguments the hub's name and version, with some the script's own label.
pub(super) fn name_and_version(caller: &Caller, args: &Args<'_>) -> Answer {
    let (name, version) = (args.bytes(0), args.bytes(1));
    if name.is_some() || version.is_some() {
        let (old_name, old_version) = caller.label(None);
        let keep = |new: Option<Bytes>, old| new.filter(|n| !n.is_empty()).unwrap_or(old);
        let label = (keep(name, old_name), keep(version, old_version));
        let (name, version) = caller.label(Some(label));
        return Ok(Value::Tuple(vec![name.into(), version.into()]));
    }
    let values = [text(None), text(None)];
    if let Some(reply) = caller.ask(Slot::name_and_version, c"ss", &values)?
        && let Some(reply) = reply.args()
    {
        let texts = reply.items().filter_map(|item| match item {
            Item::Text(Some(t)) => Some(caller.text(t)),
            _ => None,
        });
        let texts: Vec<Bytes> = texts.collect();
        if !texts.is_empty() {
            return Ok(Value::Bytes(texts.join(&b' ').into()));
        }
    }
    let mut texts = Vec::new();
    for var in [&b"hub_name"[..], b"hub_version"] {
        if let Value::Bytes(t) = config(caller, None, Some(var), None)? {
            texts.push(t);
        }
    }
    Ok(Value::Bytes(texts.join(&b' ').into()))
}

/// Looks like the address of a hub: a scheme or host:port, no space.
fn is_address(text: &[u8]) -> bool {
    let word = !text.is_empty() && !text.iter().any(u8::is_ascii_whitespace);
    let scheme = text.windows(3).skip(1).any(|w| w == b"://");
    let port = text.iter().rposition(|&b| b == b':').is_some_and(|at| {
        let port = &text[at + 1..];
        at > 0 && (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit)
    });
    word && (scheme || port)
}

/// The program takes op, nick, reason, redirect, the operators' note and the user's note. It
/// gets empty texts for what is missing: the original makes C++ strings of them.
pub(super) fn kick_user(caller: &Caller, args: &Args<'_>) -> Answer {
    const NOTE: usize = 3;
    const TIME: usize = 5;
    const REDIRECT: usize = 6;
    let (Some(op), Some(nick)) = (args.text(0), args.text(1)) else {
        return NO;
    };
    let mut note = args.text(NOTE).unwrap_or_default();
    let op_note = args.text(4).unwrap_or_default();
    let mut redirect = args.text(REDIRECT).unwrap_or_default();
    let last_note = match args.by_keyword(TIME) {
        true => None,
        false => args.text(TIME),
    };
    if !args.by_keyword(NOTE) && (is_address(note) || last_note.is_some()) {
        if redirect.is_empty() {
            redirect = note;
        }
        note = last_note.unwrap_or_default();
    }
    let mut reason = args.bytes_or_empty(2);
    let seconds = args.int(TIME, 0);
    if seconds > 0 {
        reason = [&reason[..], format!(" _ban_{seconds}s").as_bytes()]
            .concat()
            .into();
    }
    let values = [op, nick, &reason, redirect, op_note, note].map(|t| text(Some(t)));
    done(caller, Slot::KickUser, c"ssssss", &values)
}

/// The highest documented `eCR_*` number.
const LAST_REASON: i64 = 21;

/// `(nick, reason, delay)`; scripts for older versions write `(nick, delay, reason)`, as the
/// program takes it.
pub(super) fn close_connection(caller: &Caller, args: &Args<'_>) -> Answer {
    let (mut reason, mut delay) = (args.int(1, 0), args.int(2, 0));
    let named = args.by_keyword(1) || args.by_keyword(2);
    if !named && reason > LAST_REASON && delay <= LAST_REASON {
        (reason, delay) = (delay, reason);
    }
    let values = [text(args.text(0)), Out::Long(delay), Out::Long(reason)];
    done(caller, Slot::CloseConnection, c"sll", &values)
}

/// A dict as JSON or as four numbers; a program that only says whether anything is restricted
/// is taken at its word.
pub(super) fn user_restrictions(caller: &Caller, args: &Args<'_>) -> Answer {
    const NAMES: [&str; 4] = ["chat", "pm", "search", "ctm"];
    let texts: [Bytes; 5] = std::array::from_fn(|i| args.bytes_or_empty(i));
    let values = texts.each_ref().map(|t| text(Some(t)));
    let reply = caller.ask(Slot::UserRestrictions, c"sssss", &values)?;
    let args = reply.as_ref().and_then(Reply::args);
    match args {
        Some(four) if four.format() == b"llll" => {
            let set = four
                .items()
                .map(|item| matches!(item, Item::Long(n) if n != 0));
            let name = |n: &str| Value::Bytes(Bytes::copy_from_slice(n.as_bytes()));
            let pairs = NAMES.into_iter().zip(set);
            Ok(Value::Dict(
                pairs.map(|(n, s)| (name(n), Value::Bool(s))).collect(),
            ))
        }
        Some(json) if json.format() == b"D" => match json.items().next() {
            Some(Item::Json(Some(json))) => {
                Ok(python::json::read(json).unwrap_or(Value::Dict(Vec::new())))
            }
            _ => Ok(Value::Dict(Vec::new())),
        },
        _ => Ok(Gives::Bool.value(caller, reply.as_ref())),
    }
}

/// A setting; `None` when the program has none.
fn config(
    caller: &Caller,
    file: Option<&[u8]>,
    var: Option<&[u8]>,
    default: Option<&[u8]>,
) -> Answer {
    let file = file.unwrap_or(caller.config_name().as_bytes());
    let values = [Some(file), var, default].map(text);
    let reply = caller.ask(Slot::GetConfig, c"sss", &values)?;
    Ok(match reply.as_ref().and_then(Reply::one) {
        Some(Item::Text(Some(t))) => Value::Bytes(caller.text(t)),
        Some(Item::Long(n)) => Value::Bytes(n.to_string().into()),
        _ => Value::None,
    })
}

/// `(var)`, `(type, var)` or `(type, var, default)`.
pub(super) fn get_config(caller: &Caller, args: &Args<'_>) -> Answer {
    let [file, var, default] = by_count(args, 1);
    let text_default = default.as_ref().and_then(as_text);
    let value = config(
        caller,
        file.as_ref().and_then(text_of),
        var.as_ref().and_then(text_of),
        text_default.as_deref(),
    )?;
    Ok(match (value, default) {
        (Value::None, Some(default)) => own(default),
        (value, _) => value,
    })
}

/// `(var, value)` or `(type, var, value)`.
pub(super) fn set_config(caller: &Caller, args: &Args<'_>) -> Answer {
    let [file, var, value] = by_count(args, 2);
    let file = file.as_ref().and_then(text_of);
    let file = file.unwrap_or(caller.config_name().as_bytes());
    let (Some(var), Some(value)) = (
        var.as_ref().and_then(text_of),
        value.as_ref().and_then(as_text),
    ) else {
        return NO;
    };
    let values = [text(Some(file)), text(Some(var)), text(Some(&value))];
    let answer = done(caller, Slot::SetConfig, c"sss", &values);
    if var == b"hub_encoding" {
        caller.forget_charset();
    }
    answer
}

/// `str(value)` of what a setting can be.
fn as_text(value: &Value<'_>) -> Option<Bytes> {
    match value {
        Value::Text(t) => Some(Bytes::copy_from_slice(t)),
        Value::Bytes(b) => Some(b.clone()),
        Value::Int(n) => Some(n.to_string().into()),
        Value::Bool(b) => Some(Bytes::from_static(if *b { b"1" } else { b"0" })),
        Value::Float(f) => Some(format!("{f:?}").into()),
        _ => None,
    }
}

/// What a script gave, to give it back.
fn own(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Bool(b) => Value::Bool(b),
        Value::Int(n) => Value::Int(n),
        Value::Float(f) => Value::Float(f),
        other => as_text(&other).map_or(Value::None, Value::Bytes),
    }
}

/// Sorts out three slots by how many came by position: with `short` of them the first is
/// left out. Keywords are what they say.
fn by_count<'a>(args: &Args<'a>, short: usize) -> [Option<Value<'a>>; 3] {
    let mut slots: [Option<Value<'a>>; 3] = Default::default();
    for (i, slot) in slots.iter_mut().enumerate() {
        if args.by_keyword(i) {
            *slot = Some(args.values[i].clone());
        }
    }
    let keywords = (1..=short).filter(|i| args.by_keyword(*i)).count();
    let given = args.in_order();
    let without_file = given.len() + keywords <= short && !args.by_keyword(0);
    let mut next = usize::from(without_file);
    for value in given {
        while slots.get(next).is_some_and(Option::is_some) {
            next += 1;
        }
        if let Some(slot) = slots.get_mut(next) {
            *slot = Some(value.clone());
        }
        next += 1;
    }
    slots
}

/// Rows a script gets when it gives no limit.
const ROWS: i64 = 100;

/// `(query, limit)` or, with a number first, `(query_type, query)`.
pub(super) fn sql(caller: &Caller, args: &Args<'_>) -> Answer {
    let given = args.in_order();
    let first = given.first().copied();
    let (query, limit) = match first {
        Some(Value::Int(_) | Value::Bool(_)) => (given.get(1).copied(), None),
        _ if args.by_keyword(0) => (Some(&args.values[0]), None),
        _ => (first, given.get(1).copied()),
    };
    let limit = match limit.unwrap_or(&args.values[1]) {
        Value::Int(n) if *n >= 1 => *n,
        _ => ROWS,
    };
    let Some(query) = query.and_then(text_of) else {
        let text = "vh.SQL() argument 1 (query): expected str";
        return Err(ApiError::Type(text.into()));
    };
    let values = [text(Some(query)), Out::Long(limit)];
    let reply = caller.ask(Slot::SQL, c"sl", &values)?;
    let failed = || Ok(Value::Tuple(vec![Value::Int(0), Value::List(Vec::new())]));
    let Some(reply) = reply.as_ref().and_then(Reply::args) else {
        return failed();
    };
    if reply.format() != b"lllp" {
        return failed();
    }
    let mut items = reply.items();
    let mut number = || match items.next() {
        Some(Item::Long(n)) => usize::try_from(n).unwrap_or(0),
        _ => 0,
    };
    let (ok, rows, columns) = (number(), number(), number());
    let Some(Item::Pointer(cells)) = items.next() else {
        return failed();
    };
    let cells = Cells {
        cells: cells.cast(),
        count: rows.saturating_mul(columns),
    };
    if ok == 0 {
        return failed();
    }
    let cell = |i| Value::Bytes(caller.text(cells.get(i)));
    let row = |r: usize| (r * columns..(r + 1) * columns).map(cell);
    let rows = match cells.cells.is_null() {
        true => Vec::new(),
        false => (0..rows).map(|r| Value::List(row(r).collect())).collect(),
    };
    Ok(Value::Tuple(vec![Value::Int(1), Value::List(rows)]))
}

/// The result of a query, row by row; given back when dropped.
struct Cells {
    cells: *mut *mut c_char,
    count: usize,
}

impl Cells {
    fn get(&self, i: usize) -> &[u8] {
        if self.cells.is_null() || i >= self.count {
            return b"";
        }
        // SAFETY: the program has given a table of so many texts.
        unsafe {
            let cell = *self.cells.add(i);
            match cell.is_null() {
                true => b"NULL",
                false => CStr::from_ptr(cell).to_bytes(),
            }
        }
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        if self.cells.is_null() {
            return;
        }
        // SAFETY: the table and each text in it are `malloc` memory that was given away.
        unsafe {
            for i in 0..self.count {
                libc::free((*self.cells.add(i)).cast());
            }
            libc::free(self.cells.cast());
        }
    }
}

/// `(cmd, data, plugin)` or `(cmd, data, immediate)`; the program takes the latter.
pub(super) fn script_command(caller: &Caller, args: &Args<'_>) -> Answer {
    let values = [
        text(args.text(0)),
        text(args.text(1)),
        Out::Long(args.int(2, 0)),
    ];
    done(caller, Slot::ScriptCommand, c"ssl", &values)
}
