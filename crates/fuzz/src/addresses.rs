//! What other programs tell of addresses: a TLS proxy (`$MyIP`), hub lists (`$Lock`).

pub(crate) const WORDS: &[&str] = &[
    "80.1.2.3",
    "::ffff:80.1.2.3",
    "2001:db8::1",
    " 1.3",
    " 0.0",
    " S",
    " P",
    "fe80::1%eth0",
];

/// `address version`.
pub(crate) fn my_ip(input: &[u8]) {
    if let Some((ip, tls)) = hub::fuzzing::my_ip(input) {
        assert_eq!(ip, ip.to_canonical(), "an address in two spellings");
        let again = format!("{ip} {}", tls.version());
        assert_eq!(hub::fuzzing::my_ip(again.as_bytes()), Some((ip, tls)));
    }
}

/// The greeting of a hub list: its key is one message and nothing else.
pub(crate) fn hublist(input: &[u8]) {
    if let Ok(answer) = viperhub::hublist_key(input) {
        let text = answer.strip_prefix(b"$Key ").expect("a key");
        assert_eq!(text.iter().position(|b| *b == b'|'), Some(text.len() - 1));
        assert!(!text.contains(&0), "a NUL in a key");
    }
}
