//! Settings that are ours, not the original's.

super::section! {
    /// Settings that are ours, not the original's.
    pub struct Viper;
    "The version of Viperhub that runs; nobody can set it" viperhub_version: Text = env!("CARGO_PKG_VERSION"), Live;
    "Milliseconds a script may take for one hook call before the hub goes on without it; 0 = no limit" python_budget_ms: u32 = 1000, Live, in 0..=3_600_000;
    "Overruns of the budget after which a script is suspended until it is resumed or reloaded; 0 = never" python_strikes: u32 = 5, Live, in 0..=1_000_000;
    "Interpreter of scripts that do not say themselves: isolated (one each, in parallel) or shared (one for all, for packages that need it)" python_mode: Text = "isolated", Live;
    "Interpreters of single scripts, before what they say themselves: name=isolated or name=shared, separated by spaces" python_script_modes: Text = "", Live;
    "What the log holds of scripts beside what they print and their errors (!pylog): from 2 on calls of hooks and vh functions with values and results, 3 how long each took, 4 when each begins, 5 JSON on its way" python_log_level: u32 = 1, Live, in 0..=5;
    "Store new passwords as default_password_encryption says, so that Verlihub can check them too; weak, and --set does not do it, !set does" verlihub_passwords: bool = false, Live;
    "Store passwords that Verlihub made anew with a strong hash as their owners log in; Verlihub cannot check them then. --set does not do it, !set does" rehash_passwords: bool = false, Live;
    "Messages of one client that may wait for a script's verdict before reading from it pauses" parked_messages: u32 = 64, Live, in 0..=1_000_000;
    "Bytes that may wait so before reading from it pauses" parked_bytes: u32 = 65_536, Live, in 1024..=1_073_741_824;
    "Bytes that a client may send ahead of the hub's answers before it is logged in; who sends more is closed" parked_bytes_login: u32 = 4096, Live, in 1024..=1_048_576;
    "Bytes of all clients together that may wait for verdicts before reading from each of them pauses" parked_bytes_all: u32 = 33_554_432, Live, in 65_536..=4_000_000_000;
    "Bytes a second that are read of one client on average, with 64 more for each message and 20 for each microsecond it costs the hub; what it sends beyond that waits; 0 = no limit" max_read_rate: u32 = 2_000_000, Live, in 0..=1_000_000_000;
    "Window seconds for the messages of a login ($Supports, $Key, $ValidateNick, $Version, $MyPass, $MyHubURL, $BotINFO, $Quit); 0 = off" int_flood_login_period: u64 = 60, Live, in 0..=315_360_000;
    "Count allowed for messages of a login; 0 = off" int_flood_login_limit: u32 = 30, Live, in 0..=1_000_000;
    "Login message flood action 0-3" proto_flood_login_action: u32 = 3, Live, in 0..=3;
    "Window seconds for $UserIP, $WhoIP, $GetTopic and $GetBanList together; 0 = off" int_flood_question_period: u64 = 10, Live, in 0..=315_360_000;
    "Count allowed for those; 0 = off" int_flood_question_limit: u32 = 200, Live, in 0..=1_000_000;
    "Flood action for those 0-3" proto_flood_question_action: u32 = 3, Live, in 0..=3;
    "Window seconds for $Kick, $OpForceMove, $Ban, $TempBan, $UnBan and $SetTopic together; 0 = off" int_flood_operator_period: u64 = 10, Live, in 0..=315_360_000;
    "Count allowed for those; 0 = off" int_flood_operator_limit: u32 = 50, Live, in 0..=1_000_000;
    "Flood action for those 0-3" proto_flood_operator_action: u32 = 3, Live, in 0..=3;
    "Seconds after which a client that takes nothing of what it is sent is closed; 0 = when the system gives it up" timeout_unread: u32 = 270, Restart, in 0..=86_400;
    "Ports on which clients begin TLS at once, separated by spaces" tls_ports: Text = "", Restart;
    "Let clients begin TLS on the plain ports too; those without it are then greeted tls_detect_wait milliseconds later" tls_detect: bool = false, Live;
    "Unfinished logins at a time, in all; the oldest of where most come from goes first; 0 disables" max_logins: u32 = 4000, Live, in 0..=1_000_000;
    "Unfinished logins at a time per IP (IPv6: network of 64 bits); the oldest goes first; 0 disables" max_logins_from_ip: u32 = 100, Live, in 0..=1_000_000;
    "Unfinished logins at a time with the same nick; 0 disables" max_logins_of_nick: u32 = 8, Live, in 0..=1_000_000;
}
