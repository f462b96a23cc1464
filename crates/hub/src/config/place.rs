//! Addresses and ports as people write them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An address to listen on. `localhost` is 127.0.0.1, `*` is all of IPv4, brackets of IPv6 may be
/// there.
///
/// # Errors
/// What is wrong and how it is written, as a sentence.
pub fn address(text: &str) -> Result<IpAddr, String> {
    match text {
        "*" => return Ok(Ipv4Addr::UNSPECIFIED.into()),
        _ if text.eq_ignore_ascii_case("localhost") => return Ok(Ipv4Addr::LOCALHOST.into()),
        _ => {}
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if let Ok(ip) = bare.unwrap_or(text).parse() {
        return Ok(ip);
    }
    Err(match text.parse::<SocketAddr>() {
        Ok(place) => format!("{text:?} has a port; the address alone is {}.", place.ip()),
        Err(_) => format!("{text:?} is no address such as 192.0.2.1, ::1 or * (all of IPv4)."),
    })
}

/// `ADDRESS:PORT` to listen on. A port alone, `:PORT` and `*:PORT` mean all of IPv4's addresses.
///
/// # Errors
/// What is wrong and how it is written, as a sentence.
pub fn place(text: &str) -> Result<SocketAddr, String> {
    const FORMS: &str =
        "as 192.0.2.1:411, [::1]:411, localhost:411, or 411 alone for all of IPv4's addresses";
    let (host, port) = match text.rsplit_once(':') {
        // An address of IPv6 without a port has colons, too.
        _ if text.parse::<IpAddr>().is_ok() => {
            return Err(format!("{text:?} has no port; write it {FORMS}."));
        }
        Some(("", port)) => ("*", port),
        Some((host, _)) if host.contains(':') && !host.starts_with('[') => {
            return Err(format!(
                "{text:?}: an address of IPv6 stands in brackets before a port, {FORMS}."
            ));
        }
        Some(parts) => parts,
        None => ("*", text),
    };
    let Ok(port) = port.parse() else {
        return Err(format!(
            "{text:?} does not end with a port (0 to 65535); write it {FORMS}."
        ));
    };
    match address(host) {
        Ok(ip) => Ok(SocketAddr::new(ip, port)),
        Err(_) => Err(format!("{host:?} is no address; write it {FORMS}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_write_a_place() {
        for (text, means) in [
            ("4111", "0.0.0.0:4111"),
            (":4111", "0.0.0.0:4111"),
            ("*:4111", "0.0.0.0:4111"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("localhost:4111", "127.0.0.1:4111"),
            ("LocalHost:1", "127.0.0.1:1"),
            ("127.0.0.1:411", "127.0.0.1:411"),
            ("[::1]:411", "[::1]:411"),
            ("[::]:411", "[::]:411"),
        ] {
            assert_eq!(place(text), Ok(means.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_wrong_place_is_told_the_right_form() {
        for (text, about) in [
            ("", "does not end with a port"),
            ("nowhere", "does not end with a port"),
            ("nowhere:411", "\"nowhere\" is no address"),
            ("127.0.0.1", "has no port"),
            ("::1", "has no port"),
            ("fe80::1:4111:", "in brackets"),
            ("fe80::x:4111", "in brackets"),
            ("127.0.0.1:", "does not end with a port"),
            ("127.0.0.1:70000", "0 to 65535"),
            ("-1", "0 to 65535"),
        ] {
            let said = place(text).expect_err(text);
            assert!(said.contains(about), "{text}: {said}");
            assert!(said.contains("as 192.0.2.1:411"), "{text}: {said}");
        }
    }

    #[test]
    fn addresses_of_settings() {
        for (text, means) in [
            ("*", "0.0.0.0"),
            ("localhost", "127.0.0.1"),
            ("[::]", "::"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(address(text), Ok(means.parse().unwrap()), "{text}");
        }
        let said = address("10.0.0.1:411").unwrap_err();
        assert_eq!(
            said,
            "\"10.0.0.1:411\" has a port; the address alone is 10.0.0.1."
        );
        assert!(address("here").unwrap_err().contains("no address"));
    }
}
