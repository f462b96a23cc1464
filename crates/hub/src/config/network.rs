//! Ports, addresses, TLS, hublists.

super::section! {
    /// Ports, addresses, TLS, hublists.
    pub struct Network;
    "Addresses to listen on, IPv4 or IPv6, separated by spaces; 0.0.0.0 or :: = all" listen_ip: Text = "0.0.0.0", Restart;
    "Main TCP port; restart needed; must not appear in extra_listen_ports" listen_port: u32 = 4111, Restart, in 1..=65_535;
    "Space separated additional TCP ports" extra_listen_ports: Text = "", Restart;
    "Address to listen on at tls_listen_port, and the only one connections to it may come from" tls_listen_ip: Text = "127.0.0.1", Live;
    "Port for a TLS proxy of your own, whose connections begin with $MyIP; not 0 also turns tls_detect on, as it turned on the original's proxy" tls_listen_port: u32 = 0, Restart, in 0..=65_535;
    "Refuse clients without TLS and announce TLSONLY_ in the lock" tls_only_mode: bool = false, Live;
    "Address to which clients without TLS are sent in TLS-only mode; hub_host when empty" not_tls_redirect: Text = "", Live;
    "Milliseconds a client may take to begin TLS on a plain port before it is greeted without (tls_detect)" tls_detect_wait: u32 = 500, Live, in 0..=60_000;
    "Certificate file (PEM), made with the key when neither is there; relative names are under the data directory" tls_cert_file: Text = "hub.crt", Live;
    "Key file (PEM); relative names are under the data directory" tls_key_file: Text = "hub.key", Live;
    "Organisation for the self-generated certificate" tls_cert_org: Text = "Verlihub", Live;
    "E-mail for the self-generated certificate" tls_cert_mail: Text = "verlihub@localhost", Live;
    "Host for the self-generated certificate" tls_cert_host: Text = "localhost", Live;
    "Least TLS version: 3 = TLS 1.3, 2 and less = TLS 1.2" tls_min_ver: u32 = 2, Live, in 0..=3;
    "Proxy copy buffer size in KiB, live changeable; 0 = 10" tls_buf_size: u32 = 10, Planned, in 0..=1024;
    "Log TLS handshakes that fail" tls_err_log: bool = false, Live;
    "Space separated hublist servers for registration; empty disables" hublist_host: Text = "hublist.te-home.net hublist.pwiam.com", Live;
    "TCP port used for every hublist server" hublist_port: u32 = 2501, Live, in 1..=65_535;
    "Prefix the registered description with [MINSHARE:nMB]" hublist_send_minshare: bool = true, Live;
    "Append list host:port as a last field of the registration" hublist_send_listhost: bool = true, Live;
    "Check the development version instead of the stable one" update_check_git: bool = false, Planned;
    "Seconds between version checks; 0 disables" update_check_period: i64 = 43200, Planned, in 0..=315_360_000;
}
