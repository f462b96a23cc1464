//! Ports, addresses, TLS, hublists.

super::section! {
    /// Ports, addresses, TLS, hublists.
    pub struct Network;
    "IPv4 address to bind; 0.0.0.0 = all" listen_ip: Text = "0.0.0.0", Restart;
    "Main TCP port; restart needed; must not appear in extra_listen_ports" listen_port: u32 = 4111, Restart, in 1..=65_535;
    "Space separated additional TCP ports" extra_listen_ports: Text = "", Restart;
    "Address the hub listens on for the TLS proxy; connections whose source is this address must send $MyIP first" tls_listen_ip: Text = "127.0.0.1", Planned;
    "Internal port behind the TLS proxy; 0 disables the proxy" tls_listen_port: u32 = 0, Planned, in 0..=65_535;
    "Refuse non-TLS clients (version 0.0 in $MyIP) and announce TLSONLY_ in the lock" tls_only_mode: bool = false, Planned;
    "Address sent in $ForceMove to non-TLS clients in TLS-only mode" not_tls_redirect: Text = "", Planned;
    "Milliseconds the proxy waits for a TLS hello before treating a client as plain" tls_detect_wait: u32 = 500, Planned, in 0..=60_000;
    "Certificate file; relative names are under the config directory" tls_cert_file: Text = "hub.crt", Planned;
    "Key file; relative names are under the config directory" tls_key_file: Text = "hub.key", Planned;
    "Organisation for the self-generated certificate" tls_cert_org: Text = "Verlihub", Planned;
    "E-mail for the self-generated certificate" tls_cert_mail: Text = "verlihub@localhost", Planned;
    "Host for the self-generated certificate" tls_cert_host: Text = "localhost", Planned;
    "Minimum TLS version index 0..3 (2 = TLS 1.2)" tls_min_ver: u32 = 2, Planned, in 0..=3;
    "Proxy copy buffer size in KiB, live changeable; 0 = 10" tls_buf_size: u32 = 10, Planned, in 0..=1024;
    "Log proxy errors, live changeable" tls_err_log: bool = false, Planned;
    "Space separated hublist servers for registration; empty disables" hublist_host: Text = "hublist.te-home.net hublist.pwiam.com", Planned;
    "TCP port used for every hublist server" hublist_port: u32 = 2501, Planned, in 1..=65_535;
    "Prefix the registered description with [MINSHARE:nMB]" hublist_send_minshare: bool = true, Planned;
    "Append list host:port as a last field of the registration" hublist_send_listhost: bool = true, Planned;
    "Check the development version instead of the stable one" update_check_git: bool = false, Planned;
    "Seconds between version checks; 0 disables" update_check_period: i64 = 43200, Planned, in 0..=315_360_000;
}
