//! Settings that are ours, not the original's.

super::section! {
    /// Settings that are ours, not the original's.
    pub struct Viper;
    "Milliseconds a script may take for one hook call before the hub goes on without it; 0 = no limit" python_budget_ms: u32 = 1000, Live, in 0..=3_600_000;
    "Overruns of the budget after which a script is suspended until it is resumed or reloaded; 0 = never" python_strikes: u32 = 5, Live, in 0..=1_000_000;
    "Interpreter of scripts that do not say themselves: isolated (one each, in parallel) or shared (one for all, for packages that need it)" python_mode: Text = "isolated", Live;
    "Interpreters of single scripts, before what they say themselves: name=isolated or name=shared, separated by spaces" python_script_modes: Text = "", Live;
    "What the log holds of scripts beside what they print and their errors (!pylog): from 2 on each hook call, from 3 on what they ask the hub to do" python_log_level: u32 = 1, Live, in 0..=5;
    "Store new passwords as default_password_encryption says, so that Verlihub can check them too; weak, and --set does not do it, !set does" verlihub_passwords: bool = false, Live;
    "Store passwords that Verlihub made anew with a strong hash as their owners log in; Verlihub cannot check them then. --set does not do it, !set does" rehash_passwords: bool = false, Live;
    "Messages of one client that may wait for a script's verdict before reading from it pauses" parked_messages: u32 = 64, Live, in 0..=1_000_000;
    "Seconds after which a client that takes nothing of what it is sent is closed; 0 = when the system gives it up" timeout_unread: u32 = 270, Restart, in 0..=86_400;
    "Ports on which clients begin TLS at once, separated by spaces" tls_ports: Text = "", Restart;
    "Let clients begin TLS on the plain ports too; those without it are then greeted tls_detect_wait milliseconds later" tls_detect: bool = false, Live;
}
