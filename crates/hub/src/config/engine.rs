//! Timers, buffers, timeouts, logging, GeoIP.

super::section! {
    /// Timers, buffers, timeouts, logging, GeoIP.
    pub struct Engine;
    "Seconds between hublist registrations; 0 disables" timer_hublist_period: i64 = 21600, Live, in 0..=315_360_000;
    "Queue searches and results until next flush instead of writing immediately" delayed_search: bool = true, Planned;
    "Queue chat until next flush" delayed_chat: bool = false, Planned;
    "Log verbosity" log_level: i32 = 0, Planned, in 0..=5;
    "Look up the host name of every client, for scripts and kicks; bans of host names and scripts that ask for one do it by themselves; 0 = off" dns_lookup: i32 = 0, Live, in 0..=2;
    "Seconds between per-connection timer runs" adv_timer_conn_period: i32 = 4, Planned, in 0..=315_360_000;
    "Seconds from one OnTimer of the scripts to the next, 1 at least; timer_serv_period is another name of it" adv_timer_serv_period: i32 = 1, Live, in 0..=315_360_000;
    "Main loop frequency (Hz) reference for load states" adv_min_frequency: f64 = 0.3, Live, in 0.0..=1000.0;
    "Milliseconds slept per main loop step" adv_step_delay: u32 = 50, Planned, in 0..=1_000_000;
    "Microseconds slept when nothing is ready" adv_no_conn_delay: u32 = 50, Planned, in 0..=1_000_000;
    "Extra recv retries on EAGAIN" adv_no_read_try: u32 = 100, Planned, in 0..=1_000_000;
    "Microseconds between those retries" adv_no_read_delay: u32 = 5, Planned, in 0..=1_000_000;
    "Milliseconds for poll/select" adv_conn_choose_timeout: u32 = 10, Planned, in 0..=1_000_000;
    "Connections accepted per step; also listen backlog" adv_conn_accept_num: u32 = 100, Planned, in 0..=1_000_000;
    "Accept retries on EAGAIN" adv_conn_accept_try: u32 = 10, Planned, in 0..=1_000_000;
    "Total upload in KiB/s above which load becomes Progressive; 0 = off" adv_max_upload_kbps: f64 = 131072.0, Live, in 0.0..=1_000_000_000.0;
    "Per-connection output limit in bytes; exceeding disconnects" adv_max_outbuf_size: u64 = 1048576, Live, in 4096..=1_073_741_824;
    "Output backlog in bytes at which reading is paused" adv_max_outfill_size: u64 = 786432, Live, in 4096..=1_073_741_824;
    "Output backlog in bytes under which reading resumes" adv_max_unblock_size: u64 = 524288, Live, in 4096..=1_073_741_824;
    "Max bytes collected for one incomplete message before disconnect" adv_max_message_size: u64 = 10240, Live, in 256..=16_777_216;
    "Seconds between reloads as with !reload; 0 = off" timer_reloadcfg_period: i64 = 300, Live, in 0..=315_360_000;
    "Keep registered nicks in memory to avoid queries" use_reglist_cache: bool = true, Planned;
    "Keep nicks with temporary rights in memory" use_penlist_cache: bool = true, Planned;
    "Queue MyINFO/OpList/Quit/UserIP/BotList broadcasts until next flush" delayed_myinfo: bool = true, Planned;
    "Seconds between lone-pipe keepalives to logged users; 0 = off" delayed_ping: u32 = 60, Live, in 0..=86_400;
    "Turn off ZPipe compression (support flag still announced)" disable_zlib: bool = true, Live;
    "Deflate level -1 or 1..9 (0 becomes 1)" zlib_compress_level: i32 = -1, Live, in -1..=9;
    "Minimum flush bytes to compress" zlib_min_len: u32 = 100, Live, in 0..=1_048_576;
    "GeoIP name language; empty = en" mmdb_names_lang: Text = "", Live;
    "GeoIP name conversion: 0 none, 1 charset, 2 transliterate" mmdb_conv_depth: u32 = 2, Live, in 0..=2;
    "Cache GeoIP lookups; a lookup takes microseconds here, so none is kept" mmdb_cache: bool = true, Planned;
    "Minutes a GeoIP cache entry lives; 0 = forever; none is kept" mmdb_cache_mins: u32 = 60, Planned, in 0..=525_600;
    "Seconds to receive $Key after the lock; 0 = off" timeout_key: f64 = 60.0, Live, in 0.0..=86_400.0;
    "Seconds to receive $ValidateNick after $Key" timeout_nick: f64 = 30.0, Live, in 0.0..=86_400.0;
    "Seconds from connect to completed login" timeout_login: f64 = 600.0, Live, in 0.0..=86_400.0;
    "Seconds to receive $MyINFO, and before it the password where one is asked for, after $ValidateNick" timeout_myinfo: f64 = 40.0, Live, in 0.0..=86_400.0;
    "Seconds for flushing; the original takes it for timeout_setpass by mistake" timeout_flush: f64 = 30.0, Planned, in 0.0..=86_400.0;
    "Seconds that somebody who must set a password has for it" timeout_setpass: f64 = 300.0, Live, in 0.0..=86_400.0;
}
