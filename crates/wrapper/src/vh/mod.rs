//! The `vh` functions, answered by the program: which of its functions, with what arguments.

use std::ffi::CStr;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use hub::api::{API, ApiError, ApiFn, Args, Body, Flags, Host, Param, ParamKind, Value};
use hub::hooks::Status;
use smallvec::SmallVec;

use crate::args::Item;
use crate::callback::{Out, Reply, Slot};
use crate::dynamic::Told;
use crate::host::Caller;
use crate::named;

mod special;

pub(super) type Answer = Result<Value<'static>, ApiError>;

/// How a `vh` function is answered.
#[derive(Clone, Copy)]
enum Way {
    /// The program's function takes the documented arguments in their order.
    Plain(Slot, &'static CStr, Gives),
    /// Its arguments or its result take some work.
    Special(fn(&Caller, &Args<'_>) -> Answer),
    /// Needs nothing of the program.
    Own,
    /// Nobody can answer.
    None,
}

/// What a reply is for a script.
#[derive(Clone, Copy)]
enum Gives {
    /// True unless there is none, or a 0.
    Bool,
    /// An int, `None` when there is no reply.
    Int,
    /// A str, `None` when there is no reply.
    Text,
    /// A list of nicks, `None` when there is no reply.
    Nicks,
}

fn way(name: &str) -> Way {
    use Gives::{Bool, Int, Nicks, Text};
    use Way::{Own, Plain, Special};
    match name {
        "SendToOpChat" => Plain(Slot::SendToOpChat, c"ss", Bool),
        "SendToActive" => Plain(Slot::SendToActive, c"sl", Bool),
        "SendToPassive" => Plain(Slot::SendToPassive, c"sl", Bool),
        "SendToActiveClass" => Plain(Slot::SendToActiveClass, c"slll", Bool),
        "SendToPassiveClass" => Plain(Slot::SendToPassiveClass, c"slll", Bool),
        "SendDataToUser" => Plain(Slot::SendDataToUser, c"ssl", Bool),
        "SendDataToAll" => Plain(Slot::SendDataToAll, c"slll", Bool),
        "SendPMToAll" => Plain(Slot::SendPMToAll, c"ssll", Bool),
        "mc" => Plain(Slot::mc, c"ss", Bool),
        "SetMyINFO" => Plain(Slot::SetMyINFO, c"ssssss", Bool),
        "GetUserClass" => Plain(Slot::GetUserClass, c"s", Int),
        "GetUserHost" => Plain(Slot::GetUserHost, c"s", Text),
        "GetUserIP" => Plain(Slot::GetUserIP, c"s", Text),
        "SetUserIP" => Plain(Slot::SetUserIP, c"ss", Bool),
        "SetMyINFOFlag" => Plain(Slot::SetMyINFOFlag, c"sl", Bool),
        "UnsetMyINFOFlag" => Plain(Slot::UnsetMyINFOFlag, c"sl", Bool),
        "GetUserHubURL" => Plain(Slot::GetUserHubURL, c"s", Text),
        "GetUserExtJSON" => Plain(Slot::GetUserExtJSON, c"s", Text),
        "GetUserCC" => Plain(Slot::GetUserCC, c"s", Text),
        "GetIPCC" => Plain(Slot::GetIPCC, c"s", Text),
        "GetIPCN" => Plain(Slot::GetIPCN, c"s", Text),
        "GetIPCity" => Plain(Slot::GetIPCity, c"ss", Text),
        "GetIPASN" => Plain(Slot::GetIPASN, c"ss", Text),
        "GetNickList" => Plain(Slot::GetNickList, c"", Nicks),
        "GetOpList" => Plain(Slot::GetOpList, c"", Nicks),
        "GetBotList" => Plain(Slot::GetBotList, c"", Nicks),
        "AddRegUser" => Plain(Slot::AddRegUser, c"slss", Bool),
        "DelRegUser" => Plain(Slot::DelRegUser, c"s", Bool),
        "SetRegClass" => Plain(Slot::SetRegClass, c"sl", Bool),
        "Ban" => Plain(Slot::Ban, c"sssll", Bool),
        "DelNickTempBan" => Plain(Slot::DelNickTempBan, c"s", Bool),
        "DelIPTempBan" => Plain(Slot::DelIPTempBan, c"s", Bool),
        "ParseCommand" => Plain(Slot::ParseCommand, c"ssl", Bool),
        "IsRobotNickBad" => Plain(Slot::IsRobotNickBad, c"s", Int),
        "AddRobot" => Plain(Slot::AddRobot, c"slssss", Bool),
        "DelRobot" => Plain(Slot::DelRobot, c"s", Bool),
        "GetServFreq" => Plain(Slot::GetServFreq, c"", Int),
        "GetUsersCount" => Plain(Slot::GetUsersCount, c"", Int),
        "GetTotalShareSize" => Plain(Slot::GetTotalShareSize, c"", Text),
        "Topic" => Plain(Slot::Topic, c"s", Text),
        "StopHub" => Plain(Slot::StopHub, c"ll", Bool),
        "SendToAll" => Special(special::send_to_all),
        "SendToUser" => Special(special::send_to_user),
        "usermc" => Special(special::usermc),
        "pm" => Special(special::pm),
        "classmc" => Special(special::classmc),
        "GetMyINFO" => Special(special::get_my_info),
        "GetGeoIP" => Special(special::get_geo_ip),
        "GetRawNickList" => Special(|c, _| special::raw_list(c, Slot::GetNickList, b"$NickList ")),
        "GetRawOpList" => Special(|c, _| special::raw_list(c, Slot::GetOpList, b"$OpList ")),
        "GetRawBotList" => Special(|c, _| special::raw_list(c, Slot::GetBotList, b"$BotList ")),
        "name_and_version" => Special(special::name_and_version),
        "KickUser" => Special(special::kick_user),
        "CloseConnection" => Special(special::close_connection),
        "UserRestrictions" => Special(special::user_restrictions),
        "GetConfig" => Special(special::get_config),
        "SetConfig" => Special(special::set_config),
        "SQL" => Special(special::sql),
        "ScriptCommand" => Special(special::script_command),
        "Encode"
        | "Decode"
        | "encode"
        | "decode"
        | "GetUserNick"
        | "GetConnNick"
        | "GetChatMessage"
        | "CallDynamicFunction"
        | "ScriptQuery" => Own,
        _ => Way::None,
    }
}

/// The ways of all functions, in the order of the hub's table.
static WAYS: LazyLock<Vec<Way>> = LazyLock::new(|| API.iter().map(|f| way(f.name)).collect());

/// A body for each place of the table: a function knows its place by being the one for it.
fn body<const N: usize>(host: &dyn Host, args: &Args<'_>) -> Answer {
    host.program(N, args)
}

macro_rules! bodies {
    ($($tens:literal)*) => { [$(
        body::<{ $tens * 10 }>, body::<{ $tens * 10 + 1 }>, body::<{ $tens * 10 + 2 }>,
        body::<{ $tens * 10 + 3 }>, body::<{ $tens * 10 + 4 }>, body::<{ $tens * 10 + 5 }>,
        body::<{ $tens * 10 + 6 }>, body::<{ $tens * 10 + 7 }>, body::<{ $tens * 10 + 8 }>,
        body::<{ $tens * 10 + 9 }>,
    )*] };
}

type Code = fn(&dyn Host, &Args<'_>) -> Answer;

/// Those of the hub's table, then those of functions that programs name themselves.
static BODIES: [Code; 200] = bodies!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);

/// The hub's row with this body.
fn row(f: &ApiFn, body: Body) -> ApiFn {
    ApiFn {
        name: f.name,
        doc: f.doc,
        params: f.params,
        returns: f.returns,
        status: f.status,
        flags: f.flags,
        body,
    }
}

/// What functions take that programs name themselves: anything, by place.
const ANYTHING: &[Param] = {
    macro_rules! params {
        ($($name:literal)*) => { &[$(
            Param { name: $name, kind: ParamKind::Any, optional: true, aliases: &[] }
        ),*] };
    }
    params!("a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p")
};

/// The hub's table with bodies that ask the program, and what the program offers beyond.
pub fn table() -> &'static [ApiFn] {
    type Key = Vec<(usize, &'static str)>;
    /// By what is registered beyond: programs register once, scripts keep their table for ever.
    static TABLES: Mutex<Vec<(Key, &'static [ApiFn])>> = Mutex::new(Vec::new());
    let extras = named::registered();
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, table)) = tables.iter().find(|(key, _)| *key == extras) {
        return table;
    }
    let place = |name: &str| extras.iter().find(|(_, n)| *n == name);
    let extra_body = |i: usize| BODIES.get(API.len() + i).copied();
    let known = API.iter().zip(&BODIES).map(|(f, code)| {
        let code = match place(f.name).and_then(|(i, _)| extra_body(*i)) {
            Some(code) => Body::new(code),
            None if matches!(way(f.name), Way::Own) => f.body,
            None => Body::new(*code),
        };
        row(f, code)
    });
    let new = extras.iter().filter_map(|(i, name)| {
        let is_new = API.iter().all(|f| f.name != *name);
        let code = extra_body(*i).filter(|_| is_new)?;
        Some(ApiFn {
            name,
            doc: "A function of the program around the script.",
            params: ANYTHING,
            returns: "object",
            status: Status::Works,
            flags: Flags::NONE,
            body: Body::new(code),
        })
    });
    let table: &'static [ApiFn] = Box::leak(known.chain(new).collect());
    tables.push((extras, table));
    table
}

/// Calls a function that the program has named itself.
fn extra(caller: &Caller, place: usize, args: &Args<'_>) -> Answer {
    let (name, number, function) = match named::at(place) {
        Some((name, number, Some(function))) => (name, number, function),
        Some((name, ..)) => return Err(unavailable(name)),
        None => return Err(unavailable("?")),
    };
    let named = (u32::BITS - args.keywords.leading_zeros()) as usize;
    let given = args.positional.max(named).min(args.values.len());
    let told = Told {
        function,
        number,
        what: &format!("vh.{name}()"),
        first: 1,
        caller: Some(caller),
    };
    told.call(&args.values[..given])
}

#[cold]
fn unavailable(name: &str) -> ApiError {
    ApiError::Runtime(format!(
        "vh.{name} is not available: the program that loaded this script has no such function"
    ))
}

/// Answers the function at a place of the table.
///
/// # Errors
/// What its row says.
pub fn answer(caller: &Caller, place: usize, args: &Args<'_>) -> Answer {
    match WAYS.get(place) {
        Some(Way::Plain(slot, format, gives)) => {
            let values: SmallVec<[Out<'_>; 6]> = (format.to_bytes().iter().enumerate())
                .map(|(i, letter)| out(args, i, *letter))
                .collect();
            let reply = caller.ask(*slot, format, &values)?;
            Ok(gives.value(caller, reply.as_ref()))
        }
        Some(Way::Special(special)) => special(caller, args),
        Some(_) => Err(unavailable(API[place].name)),
        None => extra(caller, place - WAYS.len(), args),
    }
}

/// An argument for the program; what was not given is NULL or 0.
fn out<'a>(args: &'a Args<'_>, i: usize, letter: u8) -> Out<'a> {
    match letter {
        b'l' => Out::Long(args.int(i, 0)),
        _ => Out::Text(args.text(i)),
    }
}

impl Gives {
    fn value(self, caller: &Caller, reply: Option<&Reply>) -> Value<'static> {
        let one = reply.and_then(Reply::one);
        match (self, one) {
            (Gives::Bool, Some(Item::Long(n))) => Value::Bool(n != 0),
            (Gives::Bool, Some(Item::Double(d))) => Value::Bool(d != 0.0),
            // Those without a word to say have done it.
            (Gives::Bool, one) => Value::Bool(reply.is_some() && one.is_none()),
            (Gives::Int, Some(Item::Long(n))) => Value::Int(n),
            #[expect(clippy::cast_possible_truncation, reason = "Rust's casts saturate")]
            (Gives::Int, Some(Item::Double(d))) => Value::Int(d as i64),
            (Gives::Text, Some(Item::Text(t))) => {
                Value::Bytes(t.map_or(Bytes::new(), |t| caller.text(t)))
            }
            (Gives::Text, Some(Item::Long(n))) => Value::Bytes(n.to_string().into()),
            (Gives::Text, Some(Item::Double(d))) => Value::Bytes(format!("{d:.0}").into()),
            (Gives::Nicks, Some(item)) => match nicks(caller, item) {
                Some(nicks) => Value::NickList(nicks),
                None => Value::None,
            },
            _ => Value::None,
        }
    }
}

/// The nicks of a reply: JSON, or an array.
fn nicks(caller: &Caller, item: Item<'_>) -> Option<Vec<Bytes>> {
    match item {
        Item::List(texts) => Some(texts.map(|t| caller.text(t)).collect()),
        // As the older documents have it.
        Item::Text(Some(texts)) => {
            let texts = texts.split(|b| *b == b'$').filter(|t| !t.is_empty());
            Some(texts.map(|t| caller.text(t)).collect())
        }
        Item::Json(json) => {
            let json = json.unwrap_or_default();
            let read = match python::json::read(json) {
                // Nicks in the hub's charset make it no JSON before they are converted.
                Err(_) => python::json::read(&caller.text(json)),
                read => read,
            };
            match read {
                Ok(Value::List(items)) => items
                    .into_iter()
                    .map(|item| match item {
                        Value::Bytes(nick) => Some(nick),
                        _ => None,
                    })
                    .collect(),
                Ok(_) => None,
                Err(e) => {
                    tracing::warn!("a list of nicks is no JSON: {e}");
                    None
                }
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_of_the_documents_has_a_way() {
        assert_eq!(table().len(), API.len());
        for f in API {
            let known = !matches!(way(f.name), Way::None);
            assert!(known, "vh.{} has no way", f.name);
            if let Way::Plain(_, format, _) = way(f.name) {
                let letters = format.to_bytes().len();
                assert!(letters <= f.params.len(), "vh.{}", f.name);
            }
        }
    }
}
