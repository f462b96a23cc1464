//! Login, registration, passwords, kicks.

super::section! {
    /// Login, registration, passwords, kicks.
    pub struct Users;
    "Minimum milliseconds between chat messages below VIP; refused attempts restart the timer; 0 = off" int_chat_ms: u64 = 1000, Live, in 0..=3_600_000;
    "Show main chat by default to users below operator" chat_default_on: bool = true, Live;
    "Report blocked chat/PM attempts of gagged users to operator chat" notify_gag_chats: bool = false, Live;
    "!cleanallban also removes chat and PM gags" clean_gags_cleanbans: bool = false, Live;
    "Seconds between \"not allowed\" search/download notices; 0 = every time" use_hub_msg_time: u64 = 0, Live, in 0..=315_360_000;
    "Ask for the existing password even when pwd_change is set" always_ask_password: bool = false, Live;
    "Storage of new passwords when verlihub_passwords is set: 0 plain, 1 crypt(3), 2 MD5 hex" default_password_encryption: u32 = 2, Live, in 0..=2;
    "Minimum password bytes" password_min_len: u32 = 6, Live, in 0..=1000;
    "Temporary IP ban seconds after wrong password or authorization IP mismatch" pwd_tmpban: u32 = 60, Live, in 0..=315_360_000;
    "Replaces the reason text stored in the wrong-password temp ban" wrongpass_message: Text = "", Live;
    "Report wrong passwords to operator chat" wrongpassword_report: bool = true, Live;
    "Report !regpass resets to operator chat" report_pass_reset: bool = false, Live;
    "Minimum class whose authorization IP mismatch is reported (a class, not a flag)" wrongauthip_report: i32 = 1, Live, in -1..=11;
    "Tell the user when a wrong IP in CTM/Search is replaced" wrongip_message: bool = false, Live;
    "Matching users on same IP needed to call it a clone; 0 = off" clone_detect_count: u32 = 0, Live, in 0..=1_000_000;
    "Report clones to operator chat" clone_detect_report: bool = true, Live;
    "Report NUL byte attempts to operator chat" nullchars_report: bool = true, Live;
    "Report $BotINFO to operator chat" botinfo_report: bool = false, Live;
    "Send $UserIP (to clients with UserIP2)" send_user_ip: bool = false, Live;
    "Send the \"your information\" block at login" send_user_info: bool = true, Live;
    "Send $GetPass after login when a password must be set" send_pass_request: bool = true, Live;
    "Send a backtrace over HTTP after a crash" send_crash_report: bool = true, Planned;
    "Theoretical class from which nick/IP/range/host bans are not tested" ban_bypass_class: i32 = 10, Live, in -1..=11;
    "Header as five or six separate messages instead of one line" extended_welcome_message: bool = true, Live;
    "0 = no header and neutral Pk; 1 = header at login; 2 or more = header right after $Lock; nonzero reveals software in Pk" host_header: u32 = 1, Live, in 0..=10;
    "Minimum seconds between accepted $MyINFO updates; others silently dropped" int_myinfo: u32 = 60, Live, in 0..=315_360_000;
    "Minimum seconds between $GetNickList answers below operator" int_nicklist: u32 = 60, Live, in 0..=315_360_000;
    "Temporary nick ban seconds applied at each login (reconnect throttle); 0 = off" int_login: u32 = 60, Live, in 0..=315_360_000;
    "Highest class subject to int_login" max_class_int_login: i32 = 3, Live, in -1..=11;
    "Highest class subject to clone detection" max_class_check_clone: u32 = 0, Live, in 0..=11;
    "Class FROM which +passwd works without pwd_change (name says max); 0 = off" max_class_self_repass: u32 = 0, Live, in 0..=11;
    "Temporary nick ban seconds for clones" clone_det_tban_time: u64 = 1800, Live, in 0..=315_360_000;
    "Temporary IP ban seconds for clones (only with the nick ban); 0 = off" clone_ip_tban_time: u64 = 0, Live, in 0..=315_360_000;
    "Seconds of the ban a kick creates; also vipgag time; 0 makes it permanent" tban_kick: u32 = 300, Live, in 0..=315_360_000;
    "Upper bound in seconds for _ban_ time in kick reasons" tban_max: u32 = 2592000, Live, in 0..=315_360_000;
    "Resolve hosts for operator reports" report_dns_lookup: bool = false, Live;
    "Append country code to reported IPs" report_user_country: bool = true, Live;
    "Do not broadcast \"is kicking\" text" hide_all_kicks: bool = true, Live;
    "Minimum class that gets kick/drop/ban/gag announcements in chat; -1 = only the operator" notify_kicks_to_all: i32 = -1, Live, in -1..=11;
    "Allow the same user to replace his own old connection" allow_same_user: bool = true, Live;
    "Highest class for which allow_same_user=0 has effect" max_class_same_user: i32 = 0, Live, in -1..=11;
    "Suppress connection-request error texts" hide_msg_badctm: bool = false, Live;
    "Suppress TLS compatibility texts" hide_msg_badtlsctm: bool = false, Live;
    "Disconnect when $Key is wrong" drop_invalid_key: bool = false, Live;
    "Detect clients connecting to the hub as if it were a peer" detect_ctmtohub: bool = true, Live;
    "Hide the TLS bit of others' MyINFO from users without it" myinfo_tls_filter: bool = false, Live;
}
