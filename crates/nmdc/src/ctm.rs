//! `$ConnectToMe`: "connect to my address", the start of a transfer (section 2).

use crate::scan::{number, split_digits, split_once, split_seq};
use crate::wire::Part::{Fixed, Line, Text};
use crate::wire::WireBuf;

/// The content of `$ConnectToMe to ip:port[suffix]` (and `$MultiConnectToMe`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectToMe<'a> {
    /// Nick of the user who shall connect.
    pub to: &'a [u8],
    /// The sender's address as claimed; an IPv6 address keeps its brackets.
    pub ip: &'a [u8],
    /// The port's digits as sent, possibly none or too many.
    pub port: &'a [u8],
    /// What follows the port: empty, `S`, `R`, `RS`, `N nick`, `NS nick`, or anything at all.
    pub suffix: &'a [u8],
}

impl<'a> ConnectToMe<'a> {
    /// Reads what follows the command word.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (mut to, mut address) = split_once(text, b' ')?;
        // The newer clients of NMDC put their own nick before the other one.
        if let Some((second, rest)) = split_once(address, b' ')
            && !second.contains(&b':')
        {
            (to, address) = (second, rest);
        }
        let (ip, rest) = if address.starts_with(b"[") {
            let (inner, rest) = split_seq(address, b"]:")?;
            (address.get(..inner.len() + 1)?, rest)
        } else {
            split_once(address, b':')?
        };
        let (port, suffix) = split_digits(rest);
        // With a blank before it, it would be read as another address when it is passed on.
        (!to.is_empty() && !ip.contains(&b' ')).then_some(ConnectToMe {
            to,
            ip,
            port,
            suffix,
        })
    }

    /// The port when it is 1 to 65535 in at most 5 digits.
    pub fn port_number(&self) -> Option<u16> {
        port_number(self.port)
    }

    /// Is an encrypted transfer asked for (`S`, `RS`, `NS nick`)?
    pub fn is_secure(&self) -> bool {
        matches!(self.suffix, b"S" | b"RS") || self.suffix.starts_with(b"NS ")
    }

    /// Is this the answer to a NAT request (`R`, `RS`)?
    pub fn is_nat_answer(&self) -> bool {
        matches!(self.suffix, b"R" | b"RS")
    }

    /// The nick in `N nick` or `NS nick`, a NAT traversal request; the sender's own when honest.
    pub fn nat_nick(&self) -> Option<&'a [u8]> {
        self.suffix
            .strip_prefix(b"NS ")
            .or_else(|| self.suffix.strip_prefix(b"N "))
    }

    /// Appends `$ConnectToMe to ip:portsuffix|`.
    pub fn write(&self, out: &mut WireBuf) {
        out.message(&[
            Fixed(b"$ConnectToMe "),
            Line(self.to),
            Fixed(b" "),
            Text(self.ip),
            Fixed(b":"),
            Text(self.port),
            Text(self.suffix),
        ]);
    }
}

/// The port written by `digits`: 1 to 65535 in at most 5 digits.
pub fn port_number(digits: &[u8]) -> Option<u16> {
    if digits.len() > 5 {
        return None;
    }
    u16::try_from(number(digits)?)
        .ok()
        .filter(|&port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_suffix() {
        for (suffix, secure, answer, nat) in [
            ("", false, false, None),
            ("S", true, false, None),
            ("R", false, true, None),
            ("RS", true, true, None),
            ("N me", false, false, Some("me")),
            ("NS me:2", true, false, Some("me:2")),
            ("N", false, false, None),
            ("X", false, false, None),
        ] {
            let text = format!("you 1.2.3.4:412{suffix}");
            let ctm = ConnectToMe::parse(text.as_bytes()).expect(&text);
            assert_eq!((ctm.to, ctm.ip), (&b"you"[..], &b"1.2.3.4"[..]));
            assert_eq!(ctm.port_number(), Some(412));
            assert_eq!(ctm.suffix, suffix.as_bytes());
            assert_eq!(ctm.is_secure(), secure, "{suffix}");
            assert_eq!(ctm.is_nat_answer(), answer, "{suffix}");
            assert_eq!(ctm.nat_nick(), nat.map(str::as_bytes));
            let mut out = WireBuf::new();
            ctm.write(&mut out);
            assert_eq!(&out[..], format!("$ConnectToMe {text}|").as_bytes());
        }
    }

    #[test]
    fn addresses_have_no_blanks() {
        for text in ["me you x [::1]:5", "me you 1.1 1.1:5", "you  1.1.1.1:5"] {
            assert_eq!(ConnectToMe::parse(text.as_bytes()), None, "{text}");
        }
        let ctm = ConnectToMe::parse(b"me you [::1]:5N me").expect("parses");
        assert_eq!(
            (ctm.to, ctm.ip, ctm.suffix),
            (&b"you"[..], &b"[::1]"[..], &b"N me"[..])
        );
    }

    #[test]
    fn reads_ipv6() {
        let ctm = ConnectToMe::parse(b"you [::1]:5S").expect("parses");
        assert_eq!((ctm.ip, ctm.port), (&b"[::1]"[..], &b"5"[..]));
    }

    #[test]
    fn ports() {
        for (digits, port) in [
            ("1", Some(1)),
            ("65535", Some(65535)),
            ("00412", Some(412)),
            ("0", None),
            ("65536", None),
            ("000001", None),
            ("", None),
            ("4x", None),
        ] {
            assert_eq!(port_number(digits.as_bytes()), port, "{digits}");
        }
    }
}
