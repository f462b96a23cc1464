//! `$MyINFO`: what a user shows of himself (1.6).

use crate::scan::{number, split_once};
use crate::tag;
use crate::wire::Part::{Field, Fixed, Line};
use crate::wire::{Wire, WireBuf};

/// Status bit: a normal user. Always set by clients.
pub const NORMAL: u8 = 1;
/// Status bit: away.
pub const AWAY: u8 = 2;
/// Status bit: file server, online for long.
pub const SERVER: u8 = 4;
/// Status bit: fireball, fast upload.
pub const FIREBALL: u8 = 8;
/// Status bit: can do encrypted transfers.
pub const TLS: u8 = 0x10;
/// Status bit: can do NAT traversal.
pub const NAT: u8 = 0x20;

/// The content of `$MyINFO $ALL nick desc<tag>$ $speedS$email$share$`, S being the status byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MyInfo<'a> {
    /// The user's nick.
    pub nick: &'a [u8],
    /// The description without the tag.
    pub desc: &'a [u8],
    /// The tag with its angle brackets and whatever follows it; empty when there is none.
    pub tag: &'a [u8],
    /// The connection type, without the status byte.
    pub speed: &'a [u8],
    /// The status byte ([`NORMAL`], [`AWAY`], ...): the last byte of the speed field, 1 when
    /// that is empty.
    pub status: u8,
    /// The e-mail address.
    pub email: &'a [u8],
    /// The share size as sent; see [`MyInfo::share_bytes`].
    pub share: &'a [u8],
}

impl<'a> MyInfo<'a> {
    /// Reads what follows `$MyINFO `. The destination word, usually `$ALL`, is not looked at.
    /// What follows the `$` after the share is dropped.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (_destination, rest) = split_once(text, b' ')?;
        let (nick, rest) = split_once(rest, b' ')?;
        let (described, rest) = split_once(rest, b'$')?;
        let (_unused, rest) = split_once(rest, b'$')?;
        let (speed_field, rest) = split_once(rest, b'$')?;
        let (email, rest) = split_once(rest, b'$')?;
        let share = split_once(rest, b'$').map_or(rest, |(share, _)| share);
        if nick.is_empty() {
            return None;
        }
        let (desc, tag) = tag::split(described);
        let (speed, status) = match speed_field.split_last() {
            Some((&status, speed)) => (speed, status),
            None => (speed_field, NORMAL),
        };
        Some(MyInfo {
            nick,
            desc,
            tag,
            speed,
            status,
            email,
            share,
        })
    }

    /// The share in bytes: 0 when it has more than 18 digits or is no number.
    pub fn share_bytes(&self) -> u64 {
        if self.share.len() > 18 {
            return 0;
        }
        number(self.share).unwrap_or(0)
    }

    /// Appends the message again, in its canonical form.
    pub fn write(&self, out: &mut WireBuf) {
        write(
            self.nick,
            self.desc,
            self.tag,
            self.speed,
            self.status,
            self.email,
            self.share,
            out,
        );
    }
}

/// Appends `$MyINFO $ALL nick desc<tag>$ $speedS$email$share$|`. `tag` comes with its angle
/// brackets, or empty. A status that is itself NUL, `$` or `|` gets [`NORMAL`] set, because it
/// would cut the message.
#[expect(
    clippy::too_many_arguments,
    reason = "one argument per field of the message"
)]
pub fn write(
    nick: &[u8],
    desc: &[u8],
    tag: &[u8],
    speed: &[u8],
    status: u8,
    email: &[u8],
    share: &[u8],
    out: &mut WireBuf,
) {
    let status = match status {
        0 | b'$' | b'|' => status | NORMAL,
        fine => fine,
    };
    out.message(&[
        Fixed(b"$MyINFO $ALL "),
        Line(nick),
        Fixed(b" "),
        Field(desc),
        Field(tag),
        Fixed(b"$ $"),
        Field(speed),
        Field(&[status]),
        Fixed(b"$"),
        Field(email),
        Fixed(b"$"),
        Field(share),
        Fixed(b"$"),
    ]);
}

/// A `$MyINFO` message without the TLS bit of its status; `None` when it is not set.
pub fn without_tls(line: &Wire) -> Option<Wire> {
    let plain = plain_status(line)?;
    Some(Wire::of(|out| out.again(&plain)))
}

/// All messages of `lines`, each without the TLS bit.
pub fn all_without_tls(lines: &WireBuf, out: &mut WireBuf) {
    for line in lines.split_inclusive(|b| *b == b'|') {
        match plain_status(line) {
            Some(plain) => out.again(&plain),
            None => out.again(line),
        }
    }
}

fn plain_status(line: &[u8]) -> Option<Vec<u8>> {
    // `$MyINFO $ALL nick desc$ $speedF$...`
    let first = 1 + line.get(1..)?.windows(3).position(|w| w == b"$ $")?;
    let speed = line.get(first + 3..)?;
    let end = speed.iter().position(|b| *b == b'$')?;
    let at = first + 3 + end.checked_sub(1)?;
    let status = *line.get(at)?;
    if status & TLS == 0 || status.is_ascii_alphanumeric() {
        return None;
    }
    let mut plain = line.to_vec();
    *plain.get_mut(at)? = status & !TLS;
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_usual_form() {
        let wire = b"$MyINFO $ALL me at home<++ V:0.868,M:A,H:1/0/0,S:3>$ $100\x31$a@b$1234567890$";
        let info = MyInfo::parse(&wire[8..]).expect("parses");
        assert_eq!(info.nick, b"me");
        assert_eq!(info.desc, b"at home");
        assert_eq!(info.tag, b"<++ V:0.868,M:A,H:1/0/0,S:3>");
        assert_eq!(info.speed, b"100");
        assert_eq!(info.status, NORMAL | TLS | NAT);
        assert_eq!(info.email, b"a@b");
        assert_eq!(info.share_bytes(), 1_234_567_890);
        let mut out = WireBuf::new();
        info.write(&mut out);
        assert_eq!(&out[..], [&wire[..], b"|"].concat());
    }

    #[test]
    fn reads_odd_forms() {
        let info = MyInfo::parse(b"x me $A$$$").expect("parses");
        assert_eq!((info.desc, info.tag), (&b""[..], &b""[..]));
        assert_eq!((info.speed, info.status), (&b""[..], NORMAL));
        assert_eq!((info.email, info.share), (&b""[..], &b""[..]));
        let info = MyInfo::parse(b"$ALL me d$ $s\x03$m$12$more$").expect("parses");
        assert_eq!((info.share, info.status), (&b"12"[..], NORMAL | AWAY));
    }

    #[test]
    fn shares() {
        for (share, bytes) in [
            ("0", 0),
            ("999999999999999999", 999_999_999_999_999_999),
            ("1000000000000000000", 0),
            ("-5", 0),
            ("12x", 0),
            ("", 0),
        ] {
            let text = format!("$ALL me d$ $s$m${share}$");
            let info = MyInfo::parse(text.as_bytes()).expect("parses");
            assert_eq!(info.share_bytes(), bytes, "{share}");
        }
    }

    #[test]
    fn a_status_that_would_cut_the_message_is_made_normal() {
        for (status, written) in [(0, 1), (b'$', b'%'), (b'|', b'}'), (2, 2)] {
            let mut out = WireBuf::new();
            write(b"n", b"", b"", b"", status, b"", b"0", &mut out);
            let expected = [&b"$MyINFO $ALL n $ $"[..], &[written], b"$$0$|"].concat();
            assert_eq!(&out[..], expected);
        }
    }
}
