//! From the settings to the sockets: limits, TLS. Read at start and whenever they change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hub::config::Config;
use net::{Identity, Limits, Net, Security, TlsFiles, Zlib};

/// Keeps the sockets as the settings want them.
pub struct SocketSettings {
    data_dir: PathBuf,
    /// TLS was asked for on the command line.
    always_tls: bool,
    /// How many connections the system allows.
    sockets: usize,
    limits: Limits,
    zlib: Option<Zlib>,
    identity: Option<Loaded>,
    /// What was wrong with certificate or key, told once.
    broken: Option<(TlsFiles, [Stamp; 2])>,
    detect: Option<Duration>,
    log_errors: bool,
}

struct Loaded {
    files: TlsFiles,
    stamps: [Stamp; 2],
    identity: Identity,
}

/// By what a changed file is known.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn stamps(files: &TlsFiles) -> [Stamp; 2] {
    [stamp(&files.cert), stamp(&files.key)]
}

impl SocketSettings {
    pub fn new(data_dir: &Path, always_tls: bool, sockets: usize) -> SocketSettings {
        SocketSettings {
            data_dir: data_dir.to_owned(),
            always_tls,
            sockets,
            limits: Limits::default(),
            zlib: None,
            identity: None,
            broken: None,
            detect: None,
            log_errors: false,
        }
    }

    /// The certificate's keyprint, when there is TLS.
    pub fn keyprint(&self) -> Option<&str> {
        self.identity.as_ref().map(|l| l.identity.keyprint())
    }

    /// What holds now.
    pub fn security(&self) -> Security {
        Security {
            identity: self.identity.as_ref().map(|l| l.identity.clone()),
            detect: self.detect,
            log_errors: self.log_errors,
        }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    pub fn zlib(&self) -> Option<Zlib> {
        self.zlib
    }

    /// Looks at the settings and files; what is new is given to `net`. Problems and news come
    /// back as sentences.
    pub fn look(&mut self, config: &Config, net: Option<&Arc<Net>>) -> Vec<String> {
        let mut said = Vec::new();
        let limits = limits(config, self.sockets);
        if limits != self.limits {
            self.limits = limits;
            if let Some(net) = net {
                net.set_limits(limits);
            }
        }
        let zlib = zlib(config);
        if zlib != self.zlib {
            self.zlib = zlib;
            if let Some(net) = net {
                net.set_zlib(zlib);
            }
        }
        let mut changed = self.look_at_files(config, &mut said);
        let detect = detects(config)
            .then(|| Duration::from_millis(u64::from(config.network.tls_detect_wait)));
        let log_errors = config.network.tls_err_log;
        changed |= detect != self.detect || log_errors != self.log_errors;
        self.detect = detect;
        self.log_errors = log_errors;
        if changed && let Some(net) = net {
            net.set_security(&self.security());
        }
        said
    }

    /// Whether the certificate is another one now.
    fn look_at_files(&mut self, config: &Config, said: &mut Vec<String>) -> bool {
        let wanted = self.always_tls || detects(config) || !config.viper.tls_ports.is_empty();
        if !wanted {
            self.broken = None;
            return self.identity.take().is_some();
        }
        let files = files(config, &self.data_dir);
        let now = stamps(&files);
        if let Some(loaded) = &self.identity
            && loaded.files == files
            && loaded.stamps == now
        {
            return false;
        }
        if self
            .broken
            .as_ref()
            .is_some_and(|(f, s)| *f == files && *s == now)
        {
            return false;
        }
        match files.load() {
            Ok(identity) => {
                let before = self.keyprint();
                if identity.is_new() {
                    said.push(format!(
                        "A self-signed certificate was made: {}",
                        files.cert.display()
                    ));
                }
                if before != Some(identity.keyprint()) {
                    said.push(format!("TLS keyprint: {}", identity.keyprint()));
                }
                // Those of the files just made, not of none.
                let stamps = stamps(&files);
                self.identity = Some(Loaded {
                    files,
                    stamps,
                    identity,
                });
                self.broken = None;
                true
            }
            Err(error) => {
                said.push(match self.identity {
                    Some(_) => format!("{error}; the certificate stays as it was."),
                    None => error.to_string(),
                });
                self.broken = Some((files, now));
                false
            }
        }
    }
}

/// Whether plain ports know TLS: by our own setting, or since the original's proxy was on.
fn detects(config: &Config) -> bool {
    config.viper.tls_detect || config.network.tls_listen_port != 0
}

fn files(config: &Config, data_dir: &Path) -> TlsFiles {
    let n = &config.network;
    let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    TlsFiles {
        cert: data_dir.join(text(&n.tls_cert_file)),
        key: data_dir.join(text(&n.tls_key_file)),
        subject: [
            text(&n.tls_cert_org),
            text(&n.tls_cert_mail),
            text(&n.tls_cert_host),
        ],
        only_1_3: n.tls_min_ver >= 3,
    }
}

fn limits(config: &Config, max_sockets: usize) -> Limits {
    let e = &config.engine;
    let v = &config.viper;
    let bytes = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    Limits {
        max_message: bytes(e.adv_max_message_size),
        max_outbuf: bytes(e.adv_max_outbuf_size),
        max_outfill: bytes(e.adv_max_outfill_size),
        max_unblock: bytes(e.adv_max_unblock_size),
        max_rate: bytes(config.viper.max_read_rate.into()),
        max_sockets,
        max_opening: count(v.max_logins),
        max_opening_from_ip: count(v.max_logins_from_ip),
    }
}

fn zlib(config: &Config) -> Option<Zlib> {
    let e = &config.engine;
    (!e.disable_zlib).then_some(Zlib {
        level: e.zlib_compress_level,
        min_len: usize::try_from(e.zlib_min_len).unwrap_or(usize::MAX),
    })
}
