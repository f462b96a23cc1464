//! Commands typed in main chat or to the hub bot: one table, one dispatcher.

use bytes::Bytes;

use crate::config;
use crate::hooks::{Event, Hook};
use crate::io::{ConnId, EngineOp, Part, PluginOp, Service};
use crate::lists::List;
use crate::words::{TrimBlanks, is_blank};

use super::chat::Line;
use super::consoles::Act;
use super::flood::Shared;
use super::registration::Action;
use super::restrict::Right;
use super::rights::Needs;
use super::{Hub, cat};

mod bans;
mod info;
mod plugins;
mod power;
mod secrets;
mod staff;
mod talk;
mod user;
mod who;

pub(crate) use secrets::password_at;
use talk::proto;
use who::By;

/// Who may use a command.
#[derive(Clone, Copy)]
pub enum Least {
    /// Users of this class and above.
    Class(i32),
    /// Users of the class a setting names, and above.
    Setting(&'static str, fn(&config::Config) -> i32),
    /// Operators, and VIPs who were granted it.
    Kick,
    /// Users of class `min_class_register`, and operators who were granted it.
    Register,
}

impl Least {
    /// The class by the settings.
    pub fn class(&self, config: &config::Config) -> i32 {
        match self {
            Least::Class(class) => *class,
            Least::Setting(_, get) => get(config),
            Least::Kick => 3,
            Least::Register => config.rights.min_class_register,
        }
    }
}

/// One command.
pub struct CommandRow {
    /// Its names; the first is the one that is shown.
    pub names: &'static [&'static str],
    /// Its parameters, as shown in the help.
    pub syntax: &'static str,
    /// Who may use it.
    pub least: Least,
    /// One line of help.
    pub doc: &'static str,
    /// Typed with `!` only, and not shown to `OnOperatorCommand`: about scripts and plugins.
    pub engine: bool,
    /// A length may follow its name: `ban_5m`.
    pub timed: bool,
    /// It takes a password, which no log may show.
    pub secret: bool,
    run: fn(&mut Hub, &CommandLine, Bytes),
}

impl CommandRow {
    /// Whether users who are no operators have it, as far as the table says.
    pub fn is_for_users(&self) -> bool {
        matches!(self.least, Least::Class(..=2))
    }
}

macro_rules! commands {
    (@least class $n:literal) => { Least::Class($n) };
    (@least setting $section:ident $field:ident) => {
        Least::Setting(stringify!($field), |c| c.$section.$field)
    };
    (@least kick) => { Least::Kick };
    (@least register) => { Least::Register };
    (@timed timed) => { true };
    (@timed $($other:ident)?) => { false };
    (@engine timed) => { false };
    (@engine secret) => { false };
    (@secret secret) => { true };
    (@secret $($other:ident)?) => { false };
    (@engine) => { false };
    (@engine engine) => { true };
    ($( $($name:literal)|+ $syntax:literal, [$($least:tt)+] $($engine:ident)?, $doc:literal, $run:expr; )*) => {
        /// All commands of this version.
        pub static COMMANDS: &[CommandRow] = &[$( CommandRow {
            names: &[$($name),+],
            syntax: $syntax,
            least: commands!(@least $($least)+),
            doc: $doc,
            engine: commands!(@engine $($engine)?),
            timed: commands!(@timed $($engine)?),
            secret: commands!(@secret $($engine)?),
            run: $run,
        } ),*];
    };
}

commands! {
    "help" | "?" "", [class 0], "shows the commands you may use", |h, l, _| h.help(l);
    "myinfo" "", [class 0], "shows what the hub knows of you",
        |h, l, _| h.my_info_command(l);
    "myip" "", [class 0], "shows your address", |h, l, _| h.my_ip(l);
    "info" "", [class 0], "shows the hub and how you are in it", |h, l, _| h.hub_and_user(l);
    "about" | "release" | "viperhub" | "verlihub" | "vh" "", [class 0],
        "shows which program the hub is", |h, l, _| h.about(l);
    "report" "NICK [REASON]", [class -1], "tells the operators of somebody", |h, l, a| h.report(l, &a);
    "me" "TEXT", [class 0], "says something about you in main chat", |h, l, a| h.me(l, a);
    "chat" "", [class 0], "turns main chat on for you", |h, l, _| h.set_chat(l, true);
    "nochat" "", [class 0], "turns main chat off for you; with a nick the same as gag",
        |h, l, a| h.no_chat(l, &a);
    "passwd" | "password" "PASSWORD", [class 0] secret, "sets your password, if you are registered", |h, l, a| h.passwd(l, a);
    "regme" "[PASSWORD]", [class 0] secret, "registers you, or asks the operators to", |h, l, a| h.reg_me_command(l, a);
    "unregme" "", [class 0], "ends your registration, or asks the operators to", |h, l, _| h.unreg_me_command(l);
    "topic" | "hubtopic" "[TEXT]", [setting rights topic_mod_class],
        "sets the topic, or removes it", |h, l, a| h.change_topic(l.conn, a);
    "commands" | "cmds" "", [class 3], "lists all names of all commands", |h, l, _| h.list_commands(l);
    "getip" | "gi" "NICK...", [class 3], "shows addresses of users",
        |h, l, a| h.about_users(l, &a, |_, c| c.ip_text.clone());
    "gethost" | "gh" "NICK...", [class 3], "shows host names of users",
        |h, l, a| h.about_users(l, &a, |h, c| h.shown_host(c));
    "getinfo" | "gn" "NICK...", [class 3], "shows address, country, city and host of users",
        |h, l, a| h.about_users(l, &a, Hub::whereabouts_of);
    "hideme" | "hm" "CLASS", [class 3], "hides your kicks from a class and those below; -1 from nobody",
        |h, l, a| h.hide_me(l, &a);
    "hidekick" | "hk" "NICK...", [class 3], "has the kicks by others told to nobody",
        |h, l, a| h.hide_kicks(l, &a, true);
    "unhidekick" | "uhk" "NICK...", [class 3], "has the kicks by others told again",
        |h, l, a| h.hide_kicks(l, &a, false);
    "class" "NICK [CLASS]", [class 4], "gives a user another class until he leaves; 3 if none is given",
        |h, l, a| h.temp_class(l, &a);
    "protect" "NICK [CLASS]", [class 4], "protects a user from kicks by a class and those below, until he leaves; 0 ends it",
        |h, l, a| h.protect(l, &a);
    "whoip" | "wip" | "whoaddr" | "waddr" "IP", [class 3], "shows users with an address", |h, l, a| h.who_has(l, By::Ip, &a);
    "whorange" | "wrange" | "whosubnet" | "wsubnet" | "whosub" | "wsub" "RANGE", [class 3],
        "shows users with addresses of a range", |h, l, a| h.who_has(l, By::Range, &a);
    "whocc" | "wcc" | "whocountry" | "wcountry" "CC", [class 3], "shows users of a country",
        |h, l, a| h.who_has(l, By::Country, &a);
    "whocity" | "wcity" "TEXT", [class 3], "shows users of a city", |h, l, a| h.who_has(l, By::City, &a);
    "whoport" | "wport" | "whohubport" | "whubport" "PORT", [class 3],
        "shows users who came to a port of the hub", |h, l, a| h.who_has(l, By::Port, &a);
    "whourl" | "wurl" | "whohuburl" | "whuburl" "TEXT", [class 3],
        "shows users who know the hub by an address", |h, l, a| h.who_has(l, By::Url, &a);
    "whotls" | "wtls" "VERSION", [class 3], "shows users by the encryption of their connection; no is none",
        |h, l, a| h.who_has(l, By::Tls, &a);
    "whosups" | "wsups" | "whosupports" | "wsupports" "TEXT", [class 3],
        "shows users whose client announces something", |h, l, a| h.who_has(l, By::Feature, &a);
    "whover" | "wver" | "whonmdc" | "wnmdc" "TEXT", [class 3], "shows users by the protocol version of their client",
        |h, l, a| h.who_has(l, By::Version, &a);
    "whoinfo" | "winfo" | "whomyinfo" | "wmyinfo" "TEXT", [class 3], "shows users with something in their MyINFO",
        |h, l, a| h.who_has(l, By::Info, &a);
    "bc" | "broadcast" "TEXT", [setting rights min_class_bc], "writes to all users in private",
        |h, l, a| h.broadcast_command(l, &a, 0, 10);
    "guests" "TEXT", [setting rights min_class_bc_guests], "writes to all guests in private",
        |h, l, a| h.broadcast_command(l, &a, 0, 0);
    "regs" "TEXT", [setting rights min_class_bc_regs], "writes to all registered users in private",
        |h, l, a| h.broadcast_command(l, &a, 1, 1);
    "vips" "TEXT", [setting rights min_class_bc_vips], "writes to all VIPs in private",
        |h, l, a| h.broadcast_command(l, &a, 2, 2);
    "oc" | "ops" "TEXT", [class 3], "writes to all operators in private",
        |h, l, a| h.broadcast_command(l, &a, 3, 10);
    "cheefs" "TEXT", [class 3], "writes to chief operators and administrators in private",
        |h, l, a| h.broadcast_command(l, &a, 4, 5);
    "admins" "TEXT", [class 5], "writes to administrators and masters in private",
        |h, l, a| h.broadcast_command(l, &a, 5, 10);
    "masters" "TEXT", [class 5], "writes to masters in private",
        |h, l, a| h.broadcast_command(l, &a, 10, 10);
    "ccbc" | "ccbroadcast" ":CC:CC: TEXT", [class 4], "writes to all users of some countries in private",
        |h, l, a| h.country_broadcast(l, &a);
    "kick" "NICK REASON", [kick],
        "throws a user out and bans him for a while; _ban_1h in the reason sets the time",
        |h, l, a| h.kick_command(l, &a);
    "drop" "NICK [REASON]", [kick], "throws a user out, he may come back at once",
        |h, l, a| h.drop_command(l, &a);
    "vipgag" "NICK", [kick], "forbids a user to write in main chat for as long as a kick bans",
        |h, l, a| h.vip_gag(l, &a);
    "vipungag" "NICK", [kick], "lets a user write in main chat again",
        |h, l, a| h.lift_command(l, &a, Right::Chat);
    "gag" | "nochats" "NICK [TIME]", [class 3], "forbids a user to write in main chat; for 7d if no time is given",
        |h, l, a| h.restrict_command(l, &a, Right::Chat);
    "nopm" "NICK [TIME]", [class 3], "forbids a user to write private messages",
        |h, l, a| h.restrict_command(l, &a, Right::Pm);
    "nosearch" "NICK [TIME]", [class 3], "forbids a user to search",
        |h, l, a| h.restrict_command(l, &a, Right::Search);
    "noctm" | "nodl" "NICK [TIME]", [class 3], "forbids a user to connect to others",
        |h, l, a| h.restrict_command(l, &a, Right::Ctm);
    "ungag" | "unnochats" | "unnochat" "NICK", [class 3], "lets a user write in main chat again",
        |h, l, a| h.lift_command(l, &a, Right::Chat);
    "unnopm" "NICK", [class 3], "lets a user write private messages again",
        |h, l, a| h.lift_command(l, &a, Right::Pm);
    "unnosearch" "NICK", [class 3], "lets a user search again",
        |h, l, a| h.lift_command(l, &a, Right::Search);
    "unnoctm" | "unnodl" "NICK", [class 3], "lets a user connect to others again",
        |h, l, a| h.lift_command(l, &a, Right::Ctm);
    "maykick" | "kvip" "NICK [TIME]", [class 3], "lets a VIP kick and drop users, for 7d if no time is given",
        |h, l, a| h.restrict_command(l, &a, Right::Kick);
    "unmaykick" | "unkvip" "NICK", [class 3], "ends that",
        |h, l, a| h.lift_command(l, &a, Right::Kick);
    "noshare" "NICK [TIME]", [class 3], "lets a user share less than others must",
        |h, l, a| h.restrict_command(l, &a, Right::Share0);
    "unnoshare" "NICK", [class 3], "ends that",
        |h, l, a| h.lift_command(l, &a, Right::Share0);
    "mayreg" "NICK [TIME]", [setting rights min_class_register], "lets an operator register users",
        |h, l, a| h.restrict_command(l, &a, Right::Reg);
    "unmayreg" "NICK", [setting rights min_class_register], "ends that",
        |h, l, a| h.lift_command(l, &a, Right::Reg);
    "mayopchat" "NICK [TIME]", [class 3], "lets a user read and write in the operator chat",
        |h, l, a| h.restrict_command(l, &a, Right::OpChat);
    "unmayopchat" "NICK", [class 3], "ends that",
        |h, l, a| h.lift_command(l, &a, Right::OpChat);
    "mayinfo" | "noinfo" "NICK", [class 3], "shows what a user may and may not do for a while",
        |h, l, a| h.rights_command(l, &a);
    "temprights" "", [class 3], "lists what users may and may not do for a while",
        |h, l, _| h.list_rights(l.conn);
    "ban" | "bannickip" | "bannick" | "banip" | "banrange" | "banshare" | "banprefix" | "banhost1"
        | "banhost2" | "banhost3" | "banhostr1"
        "[this nick|ip] NICK|IP|RANGE|SHARE|PREFIX|HOST [REASON]", [class 3] timed,
        "bans a nick with its address, or what the name says; for a while as in ban_5m or banip_1d; \
         addban and newban are the same",
        |h, l, a| h.ban_command(l, &a);
    "unban" | "unbannickip" | "unbannick" | "unbanip" | "unbanrange" | "unbanshare"
        | "unbanprefix" | "unbanhost1" | "unbanhost2" | "unbanhost3" | "unbanhostr1"
        "NICK|IP|RANGE|SHARE|PREFIX|HOST [REASON]", [class 3], "lifts bans; delban and rmban are the same",
        |h, l, a| h.unban_command(l, &a);
    "infoban" | "infobannickip" | "infobannick" | "infobanip" | "infobanrange" | "infobanshare"
        | "infobanprefix" | "infobanhost1" | "infobanhost2" | "infobanhost3" | "infobanhostr1"
        "NICK|IP|RANGE|SHARE|PREFIX|HOST", [class 3], "shows bans",
        |h, l, a| h.info_ban_command(l, &a);
    "lstban" | "listban" | "lsban" "[NUMBER]", [class 3], "shows the newest bans",
        |h, l, a| h.list_bans_command(l, &a);
    "tempban" | "tempbannick" | "tempbanip" | "infotempban" | "infotempbannick" | "infotempbanip"
        "NICK|IP", [class 3], "shows a ban that is kept in memory only: after a kick, a wrong password and so on",
        |h, l, a| h.temp_ban_command(l, &a, false);
    "deltempban" | "deltempbannick" | "deltempbanip" | "untempban" | "untempbannick" | "untempbanip"
        "NICK|IP", [class 3], "lifts one", |h, l, a| h.temp_ban_command(l, &a, true);
    "cleanbanlist" | "cleantempbans" | "cleanunbanlist" | "cleankicklist" | "cleantemprights" | "cleanallban"
        "", [class 3], "empties the list that the name says; allban: bans of both kinds",
        |h, l, _| h.clean_command(l);
    "regnew" | "regnewuser" | "regn" | "regnuser" | "rn" | "rnew" | "rnewuser" | "rnuser" "NICK [CLASS] [PASSWORD]", [register] secret,
        "registers a user", |h, l, a| h.reg_new(l, &a);
    "regdel" | "regdelete" | "rdel" | "rdelete" "NICK", [register],
        "removes a registration", |h, l, a| h.reg_edit(l, &a, |_| Action::Delete);
    "regclass" | "regsetclass" | "rclass" | "rsetclass" "NICK CLASS", [register],
        "changes the class of a registered user", |h, l, a| h.reg_class(l, &a);
    "regpass" | "regpasswd" | "rpass" | "rpasswd" "NICK [PASSWORD]", [register] secret,
        "sets a user's password, or has him set one",
        |h, l, a| h.reg_edit(l, &a, Action::Password);
    "regenable" | "renable" "NICK", [register], "turns a registration on again",
        |h, l, a| h.reg_flag(l, &a, "enabled", 1);
    "regdisable" | "rdisable" "NICK", [register], "turns a registration off, so that its owner is a guest",
        |h, l, a| h.reg_flag(l, &a, "enabled", 0);
    "regprotect" | "regprotectclass" | "rprotect" | "rprotectclass" "NICK CLASS", [register],
        "protects a user from kicks by this class and those below",
        |h, l, a| h.reg_level(l, &a, "class_protect");
    "reghidekick" | "reghidekickclass" | "rhidekick" | "rhidekickclass" "NICK CLASS", [register],
        "hides a user's kicks from this class and those below",
        |h, l, a| h.reg_level(l, &a, "class_hidekick");
    "regset" | "reg=" | "rset" | "r=" "NICK FIELD [VALUE]", [class 5],
        "sets a field of a registration, such as auth_ip or hide_share",
        |h, l, a| h.reg_set_command(l, &a);
    "reginfo" | "rinfo" "NICK", [class 3], "shows a registration",
        |h, l, a| h.reg_edit(l, &a, |_| Action::Info);
    "reglist" | "reglst" | "rlist" | "rlst" "[CLASS]", [register],
        "lists the registrations of a class", |h, l, a| h.reg_list_command(l, &a);
    "set" | "=" "[FILE.]VARIABLE VALUE", [class 5], "changes a setting", |h, l, a| h.set(l, &a);
    "getconfig" | "getconf" | "gc" | "getvar" | "gv" "[PATTERN]", [class 5],
        "shows settings; the pattern may hold *", |h, l, a| h.get_config(l, &a);
    "ftget" | "triggerget" "COMMAND", [class 10], "shows the text or file of a trigger", |h, l, a| h.show_trigger(l, &a);
    "lsttrigger" | "listtrigger" "", [class 5], "lists triggers", |h, l, a| h.console(l, List::Triggers, Act::Show, &a);
    "addtrigger" "COMMAND OPTIONS", [class 5], "adds a trigger: a command that shows a text or file",
        |h, l, a| h.console(l, List::Triggers, Act::Add, &a);
    "modtrigger" "COMMAND OPTIONS", [class 5], "changes a trigger", |h, l, a| h.console(l, List::Triggers, Act::Change, &a);
    "deltrigger" "COMMAND", [class 5], "removes a trigger", |h, l, a| h.console(l, List::Triggers, Act::Remove, &a);
    "htrigger" "", [class 5], "explains the options of triggers", |h, l, a| h.console(l, List::Triggers, Act::Help, &a);
    "lstredirect" | "listredirect" "", [setting rights min_class_lstredir], "lists redirects",
        |h, l, a| h.console(l, List::Redirects, Act::Show, &a);
    "addredirect" "ADDRESS OPTIONS", [setting rights min_class_redir], "adds a hub to which users are sent who cannot stay",
        |h, l, a| h.console(l, List::Redirects, Act::Add, &a);
    "modredirect" "ADDRESS OPTIONS", [setting rights min_class_redir], "changes a redirect",
        |h, l, a| h.console(l, List::Redirects, Act::Change, &a);
    "delredirect" "ADDRESS", [setting rights min_class_redir], "removes a redirect",
        |h, l, a| h.console(l, List::Redirects, Act::Remove, &a);
    "hredirect" "", [setting rights min_class_redir], "explains the options of redirects",
        |h, l, a| h.console(l, List::Redirects, Act::Help, &a);
    "lstclient" | "listclient" "", [class 5], "lists known clients", |h, l, a| h.console(l, List::Clients, Act::Show, &a);
    "addclient" "NAME OPTIONS", [class 5], "adds a client: which versions may come, or none",
        |h, l, a| h.console(l, List::Clients, Act::Add, &a);
    "modclient" "NAME OPTIONS", [class 5], "changes a client", |h, l, a| h.console(l, List::Clients, Act::Change, &a);
    "delclient" "NAME", [class 5], "removes a client", |h, l, a| h.console(l, List::Clients, Act::Remove, &a);
    "hclient" "", [class 5], "explains the options of clients", |h, l, a| h.console(l, List::Clients, Act::Help, &a);
    "lstconntype" | "listconntype" "", [class 5], "lists connection types", |h, l, a| h.console(l, List::ConnTypes, Act::Show, &a);
    "addconntype" "SPEED OPTIONS", [class 5], "adds a connection type: which slots and limits it needs",
        |h, l, a| h.console(l, List::ConnTypes, Act::Add, &a);
    "modconntype" "SPEED OPTIONS", [class 5], "changes a connection type",
        |h, l, a| h.console(l, List::ConnTypes, Act::Change, &a);
    "delconntype" "SPEED", [class 5], "removes a connection type", |h, l, a| h.console(l, List::ConnTypes, Act::Remove, &a);
    "hconntype" "", [class 5], "explains the options of connection types",
        |h, l, a| h.console(l, List::ConnTypes, Act::Help, &a);
    "hubinfo" "", [class 5], "tells of the hub", |h, l, _| h.hub_info(l);
    "sysinfo" | "systeminfo" | "osinfo" | "servinfo" | "serverinfo" "", [class 5], "tells of the machine and the program",
        |h, l, _| h.describe(l, Part::System);
    "bufinfo" | "bufferinfo" "", [class 5], "tells what came in and went out over the sockets",
        |h, l, _| h.describe(l, Part::Buffers);
    "portinfo" "", [class 5], "counts users by the port they came to", |h, l, _| h.port_info(l);
    "urlinfo" | "huburlinfo" "", [class 5], "counts users by the address they know the hub by", |h, l, _| h.url_info(l);
    "protoinfo" | "protinfo" | "protocolinfo" "", [class 5], "counts the messages that came in", |h, l, _| h.proto_info(l);
    "mmdbinfo" | "geoipinfo" "", [class 5], "tells of the GeoIP databases", |h, l, _| h.geo_info(l);
    "protoall_hubname" | "protouser_hubname" | "protoactive_hubname" | "protopassive_hubname" "[NICK] TEXT", [class 5],
        "shows users another hub name", |h, l, a| h.proto(l, &a, proto::hub_name);
    "protoall_quit" | "protouser_quit" | "protoactive_quit" | "protopassive_quit" "[NICK] NICK", [class 5],
        "has a nick vanish from users' lists", |h, l, a| h.proto(l, &a, proto::quit);
    "protoall_redir" | "protouser_redir" | "protoactive_redir" | "protopassive_redir" "[NICK] ADDRESS", [class 5],
        "sends users to another hub", |h, l, a| h.proto(l, &a, proto::redirect);
    "protoall_pm" | "protouser_pm" | "protoactive_pm" | "protopassive_pm" "[NICK] TEXT", [class 5],
        "writes to users in private", |h, l, a| h.proto(l, &a, proto::pm);
    "protoall_chat" | "protouser_chat" | "protoactive_chat" | "protopassive_chat" "[NICK] TEXT", [class 5],
        "writes to users in main chat", |h, l, a| h.proto(l, &a, proto::chat);
    "userlimit" | "ul" "NUMBER [MINUTES]", [class 5], "changes max_users step by step; within 60 minutes if none are given",
        |h, l, a| h.user_limit(l, &a);
    "reload" | "re" "", [class 5], "reads settings, lists, bans, rights, registrations, names of hosts, certificates and GeoIP databases anew",
        |h, l, _| h.reload(Some(l.conn));
    "hublist" "", [class 10], "registers the hub at the hub lists",
        |h, l, _| h.service(Some(l.conn), Service::Hublist);
    "quit" "[TIME]", [class 10], "stops the hub, at once or later; -1 calls it off",
        |h, l, a| h.end_command(l.conn, &a, false);
    "restart" "[TIME]", [class 10], "starts the hub anew, at once or later; -1 calls it off",
        |h, l, a| h.end_command(l.conn, &a, true);
    "pyload" "FILE", [setting rights plugin_mod_class] engine, "loads a script",
        |h, l, a| h.engine(l.conn, EngineOp::Load(a));
    "pyunload" "SCRIPT", [setting rights plugin_mod_class] engine, "removes a script",
        |h, l, a| h.engine(l.conn, EngineOp::Unload(a));
    "pyreload" "SCRIPT", [setting rights plugin_mod_class] engine, "loads a script anew",
        |h, l, a| h.engine(l.conn, EngineOp::Reload(a));
    "pylist" "", [setting rights plugin_mod_class] engine, "lists loaded scripts",
        |h, l, _| h.engine(l.conn, EngineOp::List);
    "pyfiles" "", [setting rights plugin_mod_class] engine, "lists script files",
        |h, l, _| h.engine(l.conn, EngineOp::Files);
    "pystat" "", [setting rights plugin_mod_class] engine,
        "shows what scripts have done and how long it took", |h, l, _| h.engine(l.conn, EngineOp::Stat);
    "pyresume" "SCRIPT", [setting rights plugin_mod_class] engine, "lets a suspended script go on",
        |h, l, a| h.engine(l.conn, EngineOp::Resume(a));
    "pylog" "[LEVEL]", [setting rights plugin_mod_class] engine,
        "shows or sets the log level of scripts, 0 to 5",
        |h, l, a| h.engine(l.conn, EngineOp::LogLevel((!a.is_empty()).then_some(a)));
    "addplug" | "modplug" "NICK [-p PATH] [-d DESCRIPTION] [-a 0|1]", [setting rights plugin_mod_class] engine,
        "registers a native plugin, or changes its registration", |h, l, a| h.save_plugin(l, &a);
    "delplug" "NICK", [setting rights plugin_mod_class] engine, "forgets a native plugin",
        |h, l, a| h.plugin_op(l, a, PluginOp::Delete);
    "onplug" | "plugin" "NICK", [setting rights plugin_mod_class] engine, "loads a native plugin",
        |h, l, a| h.plugin_op(l, a, PluginOp::On);
    "offplug" | "plugout" "NICK", [setting rights plugin_mod_class] engine, "unloads a native plugin",
        |h, l, a| h.plugin_op(l, a, PluginOp::Off);
    "replug" | "plugreload" "NICK", [setting rights plugin_mod_class] engine, "loads a native plugin anew",
        |h, l, a| h.plugin_op(l, a, PluginOp::Again);
    "lstplug" | "listplug" | "hplug" | "pluglist" | "plugreg" "", [class 3] engine, "lists native plugins",
        |h, l, _| h.plugin(l.conn, PluginOp::List);
}

/// The command's row, its name being the first word without the trigger character.
fn find(name: &[u8]) -> Option<&'static CommandRow> {
    let name = &normal_name(name)[..];
    let is = |row: &CommandRow, name: &[u8]| {
        let mut names = row.names.iter();
        names.any(|n| n.as_bytes().eq_ignore_ascii_case(name))
    };
    // Other words for the same, with all kinds of bans behind them.
    let mut own = name.to_ascii_lowercase();
    for (other, ours) in [
        ("addban", "ban"),
        ("newban", "ban"),
        ("delban", "unban"),
        ("rmban", "unban"),
    ] {
        if let Some(kind) = own.strip_prefix(other.as_bytes()) {
            own = [ours.as_bytes(), kind].concat();
            break;
        }
    }
    let name = own.as_slice();
    let stem = name.split(|b| *b == b'_').next().unwrap_or_default();
    COMMANDS
        .iter()
        .find(|row| is(row, name) || (row.timed && is(row, stem)))
}

/// A command's name in lower case; `proto...` commands with the words that the table has.
fn normal_name(name: &[u8]) -> Vec<u8> {
    let name = name.to_ascii_lowercase();
    let end = name.iter().position(is_blank);
    let name = &name[..end.unwrap_or(name.len())];
    let parts = name.strip_prefix(b"proto").and_then(|rest| {
        let at = rest.iter().position(|b| *b == b'_')?;
        Some((&rest[..at], &rest[at + 1..]))
    });
    let Some((to, what)) = parts else {
        return name.to_vec();
    };
    let to: &[u8] = match to {
        b"usr" => b"user",
        b"act" => b"active",
        b"pas" => b"passive",
        to => to,
    };
    let what: &[u8] = match what {
        b"name" => b"hubname",
        b"move" => b"redir",
        b"mc" => b"chat",
        what => what,
    };
    [b"proto", to, b"_", what].concat()
}

/// `!word rest`: the trigger, the word and the rest.
fn split(line: &Bytes) -> (u8, Bytes, Bytes) {
    let trigger = line.first().copied().unwrap_or(b'!');
    let text = line.slice(line.len().min(1)..);
    let end = text.iter().position(is_blank).unwrap_or(text.len());
    let rest = text.slice_ref(text[end..].trim_blanks_start());
    (trigger, text.slice(..end), rest)
}

fn number(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// A command on its way.
#[derive(Debug)]
pub(super) struct CommandLine {
    pub conn: ConnId,
    /// With its trigger character.
    pub line: Bytes,
    pub pm: bool,
    /// By class and trigger character.
    pub op: bool,
    /// Typed by the user (parks him), not by `vh.ParseCommand`.
    pub typed: bool,
}

impl Hub {
    /// Whether a line is a command for this user, and if so an operator's (`true`) or a
    /// user's (`false`).
    pub(super) fn is_command(&self, id: ConnId, text: &[u8]) -> Option<bool> {
        let first = text.first()?;
        let class = self.conns.get(&id)?.class;
        let r = &self.config.rights;
        if class >= 3 && r.cmd_start_op.contains(first) {
            Some(true)
        } else {
            r.cmd_start_user.contains(first).then_some(false)
        }
    }

    pub(super) fn command(&mut self, conn: ConnId, line: Bytes, pm: bool, op: bool) {
        self.begin_command(CommandLine {
            conn,
            line,
            pm,
            op,
            typed: true,
        });
    }

    pub(super) fn begin_command(&mut self, line: CommandLine) {
        let (trigger, word, _) = split(&line.line);
        if trigger == b'!' && line.op && find(&word).is_some_and(|row| row.engine) {
            self.command_judged(line, true);
            return;
        }
        let (nick, command) = (self.nick_of(line.conn), line.line.clone());
        let parks = line.typed.then_some(line.conn);
        let (hook, event) = if line.op {
            (
                Hook::OperatorCommand,
                Event::OperatorCommand { nick, command },
            )
        } else {
            (Hook::UserCommand, Event::UserCommand { nick, command })
        };
        // Its row is looked up when it is its turn.
        self.ask(
            hook,
            parks,
            Needs::Nothing,
            |_| event,
            |hub, verdict| {
                hub.command_judged(line, verdict.allow);
            },
        );
    }

    fn command_judged(&mut self, line: CommandLine, allow: bool) {
        let Some(c) = self.conns.get(&line.conn).filter(|_| allow) else {
            self.answer(self.ctx, !allow);
            return;
        };
        let prefix = line.line.slice(..line.line.len().min(1));
        let event = Event::HubCommand {
            nick: c.nick.clone(),
            command: line.line.slice(prefix.len()..),
            user_class: i64::from(c.class),
            in_pm: i64::from(line.pm),
            prefix,
        };
        let parks = line.typed.then_some(line.conn);
        let needs = Needs::Nothing;
        self.ask(
            Hook::HubCommand,
            parks,
            needs,
            |_| event,
            |hub, verdict| {
                hub.hub_command_judged(line, verdict.allow);
            },
        );
    }

    pub(super) fn hub_command_judged(&mut self, line: CommandLine, allow: bool) {
        let ctx = self.ctx;
        let Some(c) = self.conns.get(&line.conn).filter(|_| allow) else {
            self.answer(ctx, !allow);
            return;
        };
        let class = c.class;
        let (trigger, word, rest) = split(&line.line);
        let row = find(&word).filter(|row| !row.engine || (trigger == b'!' && class >= 3));
        let Some(row) = row else {
            if let Err(line) = self.typed_trigger(line) {
                self.unknown_command(line);
            }
            return;
        };
        let least = row.least.class(&self.config);
        if !self.may_use(line.conn, row) {
            // Guests need not know what operators can do; operators are told what is missing.
            if class < 3 && least >= 3 {
                self.unknown_command(line);
            } else {
                self.reply(
                    &line,
                    format!("You need class {least} for {}.", row.names[0]),
                );
                self.answer(ctx, false);
            }
            return;
        }
        if class < 3 && self.config.rights.disable_usr_cmds {
            self.reply(&line, "User commands are turned off.");
            self.answer(ctx, false);
            return;
        }
        // The script learns that the command was found; what it does may take longer.
        self.answer(ctx, true);
        self.ctx.call = None;
        self.ctx.acts = Some((line.conn, row));
        (row.run)(self, &line, rest);
        self.ctx.acts = None;
    }

    /// Whether a user may use a command.
    pub(super) fn may_use(&self, id: ConnId, row: &CommandRow) -> bool {
        let class = self.conns.get(&id).map_or(-1, |c| c.class);
        let granted = match row.least {
            Least::Kick => self.may_kick(id),
            Least::Register => self.may_register(id),
            Least::Class(_) | Least::Setting(..) => false,
        };
        granted || class >= row.least.class(&self.config)
    }

    pub(super) fn unknown_command(&mut self, line: CommandLine) {
        self.answer(self.ctx, false);
        if line.pm {
            self.reply(
                &line,
                cat!["There is no command ", line.line, ", try +help."],
            );
            return;
        }
        if !line.typed {
            return;
        }
        let shown = self.config.rights.unknown_cmd_chat;
        if shown
            && (!self.may_say(line.conn, &line.line) || self.locked_out(line.conn, Shared::Chat))
        {
            return;
        }
        let nick = self.nick_of(line.conn);
        self.judge_line(
            line.conn,
            Line {
                nick,
                text: line.line,
                unknown_command: !shown,
            },
        );
    }

    /// Answers where the command was given.
    pub(super) fn reply(&mut self, line: &CommandLine, text: impl AsRef<[u8]>) {
        if line.pm {
            self.private_notice(line.conn, text.as_ref());
        } else {
            self.notice(line.conn, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_into_trigger_word_and_rest() {
        let (t, w, r) = split(&Bytes::from_static(b"!kick  bob  go away"));
        assert_eq!(
            (t, &w[..], &r[..]),
            (b'!', &b"kick"[..], &b"bob  go away"[..])
        );
        let (t, w, r) = split(&Bytes::from_static(b"+"));
        assert_eq!((t, &w[..], &r[..]), (b'+', &b""[..], &b""[..]));
    }

    /// By the regular expressions of the original.
    #[test]
    fn every_name_of_the_original_is_known() {
        let each = |befores: &[&str], stem: &str, afters: &[&str]| -> Vec<String> {
            let all = befores
                .iter()
                .flat_map(|b| afters.iter().map(move |a| (b, a)));
            all.map(|(b, a)| format!("{b}{stem}{a}")).collect()
        };
        let mut names: Vec<String> = "help ? myinfo myip info about verlihub vh release me chat \
            nochat passwd password regme unregme report kick drop vipgag vipungag commands cmds \
            topic hubtopic getip gi gethost gh getinfo gn hideme hm hidekick hk unhidekick uhk \
            class protect ccbc ccbroadcast userlimit ul reload re quit restart hublist ftget \
            triggerget set = gc getconfig getconf gv getvar bc broadcast oc ops regs guests vips \
            cheefs admins masters plugin plugout pluglist plugreg plugreload mayinfo noinfo \
            temprights"
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let kinds = [
            "", "nick", "ip", "nickip", "range", "host1", "host2", "host3", "hostr1", "share",
            "prefix", "_5m", "nick_1d",
        ];
        names.extend(each(&["", "add", "new"], "ban", &kinds));
        names.extend(each(&["del", "rm", "un", "info"], "ban", &kinds[..11]));
        names.extend(each(&["list", "ls", "lst"], "ban", &[""]));
        names.extend(each(
            &["", "info", "del", "un"],
            "tempban",
            &["", "nick", "ip"],
        ));
        for right in [
            "gag",
            "nochats",
            "nopm",
            "noctm",
            "nodl",
            "nosearch",
            "kvip",
            "maykick",
            "noshare",
            "mayreg",
            "mayopchat",
        ] {
            names.extend(each(&["", "un"], right, &[""]));
        }
        names.push("unnochat".into());
        let regs = [
            "n",
            "nuser",
            "new",
            "newuser",
            "del",
            "delete",
            "pass",
            "passwd",
            "enable",
            "disable",
            "class",
            "setclass",
            "protect",
            "protectclass",
            "hidekick",
            "hidekickclass",
            "set",
            "=",
            "info",
            "list",
            "lst",
        ];
        names.extend(each(&["r", "reg"], "", &regs));
        let about = [
            "hub", "serv", "server", "sys", "system", "os", "port", "url", "huburl", "prot",
            "proto", "protocol", "buf", "buffer", "mmdb", "geoip",
        ];
        names.extend(each(&about, "info", &[""]));
        let to = ["all", "user", "usr", "active", "act", "passive", "pas"];
        let what = [
            "_name", "_hubname", "_quit", "_redir", "_move", "_pm", "_chat", "_mc",
        ];
        for to in to {
            names.extend(each(&["proto"], to, &what));
        }
        let whom = [
            "ip", "addr", "range", "subnet", "sub", "cc", "country", "city", "port", "hubport",
            "url", "huburl", "tls", "sups", "supports", "ver", "nmdc", "info", "myinfo",
        ];
        names.extend(each(&["w", "who"], "", &whom));
        let lists = [
            "banlist",
            "tempbans",
            "unbanlist",
            "kicklist",
            "temprights",
            "allban",
        ];
        names.extend(each(&["clean"], "", &lists));
        for list in ["trigger", "client", "conntype", "redirect"] {
            names.extend(each(&["lst", "add", "mod", "del", "h"], list, &[""]));
        }
        let unknown: Vec<&String> = names
            .iter()
            .filter(|n| find(n.as_bytes()).is_none())
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn names_are_unique_and_documented() {
        let mut seen = std::collections::HashSet::new();
        for row in COMMANDS {
            assert!(!row.doc.is_empty());
            for name in row.names {
                assert!(seen.insert(*name), "{name} stands twice");
            }
        }
    }
}
