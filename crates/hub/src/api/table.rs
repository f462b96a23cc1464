//! The table itself: every `vh` function is one row.
//!
//! A row is `"documentation" Name(param / alias: Kind, param: opt Kind) -> "type", status, flag => body;`
//! Names and order are those of the documents; see `docs/vh-functions.md`.

use super::function::{ApiFn, Body, Flags, Param, ParamKind};
use super::{bots, config, geoip, lists, messaging, misc, registration, scripts, users};
use crate::hooks::Status;

macro_rules! api {
    ($( $doc:literal $name:ident
        ( $( $p:ident $(/ $alias:ident)* : $($kind:ident)+ ),* )
        -> $returns:literal, $status:ident $(, $flag:ident)* $(=> $($body:ident)::+)?; )*) => {
        /// Every `vh` function, in the order of the documents.
        pub static API: &[ApiFn] = &[$( ApiFn {
            name: stringify!($name),
            doc: $doc,
            params: &[$( Param {
                name: stringify!($p),
                kind: api!(@kind $($kind)+),
                optional: api!(@optional $($kind)+),
                aliases: &[$(stringify!($alias)),*],
            } ),*],
            returns: $returns,
            status: Status::$status,
            flags: Flags::NONE$(.$flag())*,
            body: Body::new(api!(@body $name $($($body)::+)?)),
        } ),*];
    };
    (@kind opt $kind:ident) => { ParamKind::$kind };
    (@kind $kind:ident) => { ParamKind::$kind };
    (@optional opt $kind:ident) => { true };
    (@optional $kind:ident) => { false };
    (@body $name:ident $($body:ident)::+) => { $($body)::+ };
    (@body $name:ident) => {{
        use $crate::api::{ApiError, Args, Host, Value};
        fn planned(_: &dyn Host, _: &Args<'_>) -> Result<Value<'static>, ApiError> {
            Err(ApiError::NotImplemented(stringify!($name)))
        }
        planned
    }};
}

api! {
    // Messaging
    "Says something in main chat as the hub's bot; text beginning with $, < or ** is sent as it is."
    SendToAll(text: Str) -> "bool", Works => messaging::send_to_all;
    "Says something in main chat."
    mc(message / msg: Str, from_nick / from: opt Str) -> "bool", Works => messaging::mc;
    "Says something in one user's main chat window; nick and message are told apart in either order."
    usermc(nick: Str, message / msg: Str, from_nick / from: opt Str) -> "bool", Works, any_order => messaging::usermc;
    "Sends a private message; nick and message are told apart in either order."
    pm(nick / to: Str, message / msg: Str, from_nick / from: opt Str, shown_nick: opt Str) -> "bool", Works, any_order => messaging::pm;
    "Says something in the main chat of users from one class to another."
    classmc(message / msg: Str, min_class / min: Int, max_class / max: opt Any, from_nick / from: opt Str) -> "bool", Works, any_order => messaging::classmc;
    "Says something in the operator chat."
    SendToOpChat(message / msg: Str, from_nick / from: opt Str) -> "bool", Works => messaging::send_to_op_chat;
    "Sends protocol data to users from one class to another."
    SendDataToAll(data: Str, min_class: Int, max_class: Int, delay: opt Int) -> "bool", Works => messaging::send_data_to_all;
    "Sends protocol data to one user."
    SendDataToUser(data: Str, nick: Str, delay: opt Int) -> "bool", Works => messaging::send_data_to_user;
    "Sends a private message to every user from one class to another."
    SendPMToAll(message / msg: Str, from_nick / from: Str, min_class: Int, max_class: Int) -> "bool", Works => messaging::send_pm_to_all;
    "Sends protocol data to all active users."
    SendToActive(data: Str, delay: opt Int) -> "bool", Works => messaging::send_to_active;
    "Sends protocol data to all passive users."
    SendToPassive(data: Str, delay: opt Int) -> "bool", Works => messaging::send_to_passive;
    "Sends protocol data to active users from one class to another."
    SendToActiveClass(data: Str, min_class: Int, max_class: Int, delay: opt Int) -> "bool", Works => messaging::send_to_active_class;
    "Sends protocol data to passive users from one class to another."
    SendToPassiveClass(data: Str, min_class: Int, max_class: Int, delay: opt Int) -> "bool", Works => messaging::send_to_passive_class;
    "Sends a user protocol data, or a line of the hub's bot."
    SendToUser(nick / conn: Str, text: Str) -> "bool", Works => messaging::send_to_user;

    // User information
    "A user's class: -1 pinger, 0 guest, 1 registered, 2 VIP, 3 operator, 4 chief, 5 admin, 10 master; -2 for nobody."
    GetUserClass(nick: Str) -> "int", Works => users::get_user_class;
    "A user's host name, looked up when it is asked for (four seconds at most), or an empty text when there is none."
    GetUserHost(nick: Str) -> "str", Works => users::get_user_host;
    "A user's address, 127.0.0.1 for bots, empty for nobody."
    GetUserIP(nick: Str) -> "str", Works => users::get_user_ip;
    "A user's two-letter country code; L1 loopback, P1 private address, -- unknown."
    GetUserCC(nick: Str) -> "str", Works => geoip::get_user_cc;
    "The hub address by which a user's client came, if it told."
    GetUserHubURL(nick: Str) -> "str", Works => users::get_user_hub_url;
    "A user's last $ExtJSON message, if any."
    GetUserExtJSON(nick: Str) -> "str", Works => users::get_user_ext_json;
    "The two-letter country code of an address; L1 loopback, P1 private address, -- unknown."
    GetIPCC(ip: Str) -> "str", Works => geoip::get_ip_cc;
    "The country name of an address: Local Network, Private Network, -- unknown."
    GetIPCN(ip: Str) -> "str", Works => geoip::get_ip_cn;
    "The city of an address, from the GeoIP database or that in the file db: Local Network, Private Network, -- unknown."
    GetIPCity(ip: Str, db: opt Str) -> "str", Works, keeps_text => geoip::get_ip_city;
    "Who runs the network of an address, as in AS1221 Telstra: Local Network, Private Network, -- unknown."
    GetIPASN(ip: Str, db: opt Str) -> "str", Works, keeps_text => geoip::get_ip_asn;
    "Everything the GeoIP database, or that in the file db, knows of an address; see docs/scripting.md for the keys."
    GetGeoIP(ip: Str, db: opt Str) -> "dict | None", Works, keeps_text => geoip::get_geo_ip;
    "A user's MyINFO: the raw line, which by index and unpacked reads as (nick, desc, tag, speed, email, share)."
    GetMyINFO(nick: Str) -> "MyINFO | None", Works => users::get_my_info;
    "Changes how a user is shown; what is left out stays."
    SetMyINFO(nick: Str, desc: opt Str, tag: opt Str, speed: opt Text, email: opt Str, share: opt Text) -> "bool", Works => users::set_my_info;
    "Overrides a user's address."
    SetUserIP(nick: Str, ip: Str) -> "bool", Works => users::set_user_ip;
    "Sets a MyINFO flag: 1 normal, 2 away, 4 server, 8 fireball, 16 TLS, 32 NAT."
    SetMyINFOFlag(nick: Str, flag: Int) -> "bool", Works => users::set_my_info_flag;
    "Clears a MyINFO flag."
    UnsetMyINFOFlag(nick: Str, flag: Int) -> "bool", Works => users::unset_my_info_flag;

    // Lists and counters
    "The nicks of all users and bots, a list that also reads as the text a$$b$$c."
    GetNickList() -> "list[str]", Works => lists::get_nick_list;
    "The nicks of all operators, a list that also reads as the text a$$b$$c."
    GetOpList() -> "list[str]", Works => lists::get_op_list;
    "The nicks of all bots, a list that also reads as the text a$$b$$c."
    GetBotList() -> "list[str]", Works => lists::get_bot_list;
    "The nick list as clients get it: $NickList a$$b$$"
    GetRawNickList() -> "str", Works => lists::get_raw_nick_list;
    "The operator list as clients get it: $OpList a$$b$$"
    GetRawOpList() -> "str", Works => lists::get_raw_op_list;
    "The bot list as clients get it: $BotList a$$b$$"
    GetRawBotList() -> "str", Works => lists::get_raw_bot_list;
    "How many users there are, bots not counted."
    GetUsersCount() -> "int", Works => lists::get_users_count;
    "Bytes shared by all users together."
    GetTotalShareSize() -> "str", Works => lists::get_total_share_size;
    "Turns of the hub's main loop per second."
    GetServFreq() -> "int", Works => lists::get_serv_freq;
    "The hub's topic; sets it when a text is given."
    Topic(topic / new_topic / text: opt Str) -> "str", Works => lists::topic;
    "The hub's name and version; labels the script when a name or version is given, and is that label from then on."
    name_and_version(name: opt Str, version: opt Str) -> "str | tuple[str, str]", Works => lists::name_and_version;

    // Registration, kicks, bans
    "Registers a nick, class 0 to 5; op_note is an online operator's nick or a note."
    AddRegUser(nick: Str, class / user_class / uclass: Int, password / passwd: opt Str, op_note / op: opt Str) -> "bool", Works => registration::add_reg_user;
    "Forgets a registration."
    DelRegUser(nick: Str) -> "bool", Works => registration::del_reg_user;
    "Changes a registered user's class: 1 to 5 or 10."
    SetRegClass(nick: Str, class / user_class / uclass: Int) -> "bool", Works => registration::set_reg_class;
    "Bans an online user; seconds 0 is for ever, at most 1000 years; ban_type one of vh.eBF_*."
    Ban(op / op_nick: Str, nick / target_nick: Str, reason: Str, seconds / duration_sec: Int, ban_type: Int) -> "bool", Works => registration::ban;
    "Kicks a user with a temporary ban (ban_time in seconds, 1000 years at most); an address in the place of the note is a redirect."
    KickUser(op / op_nick: Str, nick / target_nick: Str, reason: Str, note / note_user: opt Str, op_note / note_op: opt Str, ban_time: opt Any, redirect / address: opt Str) -> "bool", Works => registration::kick_user;
    "Closes a user's connection for a reason (vh.eCR_*) after some milliseconds."
    CloseConnection(nick: Str, reason_code / reason: opt Int, delay / nice: opt Int) -> "bool", Works => registration::close_connection;
    "Lifts a nick's temporary ban."
    DelNickTempBan(nick: Str) -> "bool", Works => registration::del_nick_temp_ban;
    "Lifts an address's temporary ban."
    DelIPTempBan(ip: Str) -> "bool", Works => registration::del_ip_temp_ban;
    "Restricts a user: each of the four is empty (keep), 0 (lift) or a time such as 10m."
    UserRestrictions(nick: Str, nochat / chat: opt Text, nopm / pm: opt Text, nosearch / search: opt Text, noctm / ctm: opt Text) -> "dict[str, bool]", Works => registration::user_restrictions;

    // Configuration, scripts, bots, misc
    "A setting as text, the default or None when there is none: (var), (type, var) or (type, var, default)."
    GetConfig(type / config_type / conf: Any, var / variable: opt Any, default: opt Any) -> "str | None", Works, any_order => config::get_config;
    "Changes a setting: (var, value) or (type, var, value)."
    SetConfig(type / config_type / conf: Any, var / variable: Any, value: opt Any) -> "bool", Works, any_order => config::set_config;
    "Whether a bot may have this nick: one of vh.eBOT_*."
    IsRobotNickBad(nick: Str) -> "int", Works => bots::is_robot_nick_bad;
    "Adds a bot to the user list."
    AddRobot(nick: Str, class / user_class / uclass: Int, desc: Str, speed: Text, email: Str, share: Text) -> "bool", Works => bots::add_robot;
    "Removes a bot."
    DelRobot(nick: Str) -> "bool", Works => bots::del_robot;
    "Runs a statement in the hub's database; (1, rows) or (0, []). A first number is taken as the old query_type."
    SQL(query: Any, limit: opt Any, query_type: opt Int) -> "tuple[int, list[list[str]]]", Works, any_order => config::sql;
    "Runs a command as if this online user had typed it."
    ParseCommand(nick: Str, command / cmd: Str, is_pm / pm: opt Int) -> "bool", Works => bots::parse_command;
    "Sends a command to all scripts (OnScriptCommand)."
    ScriptCommand(cmd / command: Str, data: Str, plugin / immediate: opt Any) -> "bool", Works, keeps_text => misc::script_command;
    "Asks all scripts, or the one with this path, by OnScriptQuery: their answers, with with_sender as (answer, path)."
    ScriptQuery(cmd / command: Str, data: Str, recipient: opt Str, with_sender: opt Int) -> "list[str] | list[tuple[str, str]]", Works, keeps_text => scripts::script_query;
    "Escapes the characters of the protocol: $ | ` ~ and byte 5."
    Encode(text / string: Str) -> "str", Works => misc::encode;
    "The inverse of Encode."
    Decode(text / string: Str) -> "str", Works => misc::decode;
    "The same as Encode."
    encode(text / string: Str) -> "str", Works => misc::encode;
    "The same as Decode."
    decode(text / string: Str) -> "str", Works => misc::decode;
    "Ends the hub with an exit code, after some seconds."
    StopHub(code / exit_code: Int, delay: opt Int) -> "bool", Works => misc::stop_hub;
    "Calls a function that the program around the scripts has registered."
    CallDynamicFunction(name / func_name: Str) -> "object", Works, variadic => scripts::call_dynamic_function;

    // Accessors of the oldest documents, whose hooks passed handles
    "Gives back the nick it is given, for old scripts."
    GetUserNick(user: Any) -> "str", Works => misc::same;
    "Gives back the nick it is given, for old scripts."
    GetConnNick(conn: Any) -> "str", Works => misc::same;
    "Gives back the message it is given, for old scripts."
    GetChatMessage(message: Any) -> "str", Works => misc::same;
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static ApiFn> {
    API.iter().find(|f| f.name == name)
}
