//! Who the hub is towards TLS clients: certificate and key from files, or self-signed.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Where certificate and key are, and what a self-signed one says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The certificate and those it depends on, as PEM.
    pub cert: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
    /// Organisation, e-mail and host of a self-signed one.
    pub subject: [String; 3],
    /// Let nobody in with less than TLS 1.3.
    pub only_1_3: bool,
}

/// A certificate that clients can be shown.
#[derive(Clone)]
pub struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    keyprint: String,
    made: bool,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.keyprint).finish()
    }
}

/// Certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Only one of the two files is there.
    #[error(
        "{there} is there but {missing} is not; both are needed, or neither: then they are made"
    )]
    Half {
        /// The one that is there.
        there: PathBuf,
        /// The one that is not.
        missing: PathBuf,
    },
    /// Certificate and key do not fit each other, or neither is usable.
    #[error("{cert} and {key} cannot be used for TLS: {why}")]
    Unfit {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        why: String,
    },
}

fn file_error(path: &Path, why: impl fmt::Display) -> TlsError {
    TlsError::File {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

impl TlsFiles {
    /// Reads certificate and key; makes both when neither is there.
    ///
    /// # Errors
    /// When they cannot be read, made or used.
    pub fn load(&self) -> Result<Identity, TlsError> {
        let made = match (self.cert.exists(), self.key.exists()) {
            (true, true) => false,
            (false, false) => {
                self.make()?;
                true
            }
            (cert, _) => {
                let (there, missing) = match cert {
                    true => (&self.cert, &self.key),
                    false => (&self.key, &self.cert),
                };
                return Err(TlsError::Half {
                    there: there.clone(),
                    missing: missing.clone(),
                });
            }
        };
        let chain = CertificateDer::pem_file_iter(&self.cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|why| file_error(&self.cert, why))?;
        let Some(first) = chain.first() else {
            return Err(file_error(&self.cert, "there is no certificate in it"));
        };
        let keyprint = keyprint(first);
        let key =
            PrivateKeyDer::from_pem_file(&self.key).map_err(|why| file_error(&self.key, why))?;
        let versions: &[&rustls::SupportedProtocolVersion] = match self.only_1_3 {
            true => &[&rustls::version::TLS13],
            false => &[&rustls::version::TLS13, &rustls::version::TLS12],
        };
        let unfit = |why: rustls::Error| TlsError::Unfit {
            cert: self.cert.clone(),
            key: self.key.clone(),
            why: why.to_string(),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(unfit)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unfit)?;
        // Clients stay for hours: nothing is gained by resumption, and it costs memory.
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Identity {
            config: Arc::new(config),
            keyprint,
            made,
        })
    }

    /// Writes a self-signed certificate and its key.
    fn make(&self) -> Result<(), TlsError> {
        let [organisation, mail, host] = &self.subject;
        let problem = |why: rcgen::Error| file_error(&self.cert, format!("cannot be made: {why}"));
        let names = match host.is_empty() {
            true => vec!["localhost".to_owned()],
            false => vec![host.clone()],
        };
        let common = names[0].clone();
        let mut params = CertificateParams::new(names).map_err(problem)?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, common);
        for (kind, text) in [
            (DnType::OrganizationName, organisation),
            // emailAddress of PKCS #9.
            (
                DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1]),
                mail,
            ),
        ] {
            if !text.is_empty() {
                name.push(kind, text.as_str());
            }
        }
        params.distinguished_name = name;
        // Clients remember the keyprint, not the date; one that ends would only be a trap.
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2120, 1, 1);
        let key = KeyPair::generate().map_err(problem)?;
        let cert = params.self_signed(&key).map_err(problem)?;
        write_new(&self.key, &key.serialize_pem(), 0o600)?;
        write_new(&self.cert, &cert.pem(), 0o644)
    }
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|why| file_error(path, why))
}

impl Identity {
    /// What clients compare the certificate with: `SHA256/` and the digest in base 32.
    pub fn keyprint(&self) -> &str {
        &self.keyprint
    }

    /// Whether the certificate was made just now.
    pub fn is_new(&self) -> bool {
        self.made
    }
}

/// The keyprint of a certificate, as in `nmdcs://host:port/?kp=...`.
fn keyprint(cert: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = ring::digest::digest(&ring::digest::SHA256, cert);
    let mut out = String::from("SHA256/");
    let (mut bits, mut count) = (0u32, 0);
    for byte in digest.as_ref() {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            out.push(char::from(DIGITS[(bits >> count & 31) as usize]));
        }
    }
    if count > 0 {
        out.push(char::from(DIGITS[(bits << (5 - count) & 31) as usize]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn files(dir: &Path) -> TlsFiles {
        TlsFiles {
            cert: dir.join("hub.crt"),
            key: dir.join("hub.key"),
            subject: ["Vipers".into(), "a@b.c".into(), "hub.example".into()],
            only_1_3: false,
        }
    }

    #[test]
    fn a_keyprint_is_base_32_without_padding() {
        // SHA-256 of nothing is e3b0c442...7852b855.
        assert_eq!(
            keyprint(b""),
            "SHA256/4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ"
        );
    }

    #[test]
    fn a_certificate_is_made_once_and_kept() {
        let dir = tempfile::tempdir().expect("writable");
        let files = files(dir.path());
        let first = files.load().expect("is made");
        assert!(first.is_new());
        let again = files.load().expect("is read");
        assert!(!again.is_new());
        assert_eq!(first.keyprint(), again.keyprint());
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&files.key).expect("is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().expect("writable");
        let files = files(dir.path());
        files.load().expect("is made");
        fs::write(&files.cert, "no certificate").expect("writable");
        let error = files.load().expect_err("no certificate").to_string();
        assert!(error.contains("hub.crt"), "{error}");
        fs::remove_file(&files.cert).expect("is there");
        let error = files.load().expect_err("half").to_string();
        assert!(error.contains("hub.crt is not"), "{error}");
        // A certificate of somebody else.
        let other = TlsFiles {
            key: dir.path().join("other.key"),
            ..files.clone()
        };
        other.load().expect("is made");
        let error = files.load().expect_err("does not fit").to_string();
        assert!(error.contains("hub.key"), "{error}");
    }
}
