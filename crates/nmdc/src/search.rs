//! Searches: `$Search`, and its short TTH forms `$SA` and `$SP` (sections 2 and 2.2).

use crate::scan::{number, rsplit_once, split_once};
use crate::wire::Part::{self, Fixed, Text};
use crate::wire::WireBuf;

/// Length of a Tiger tree hash in base32, as it stands in a search.
pub const TTH_LEN: usize = 39;

/// [`Search::kind`] of a search by hash.
pub const KIND_TTH: u8 = 9;

/// Where the answers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// To an address, by UDP.
    Active {
        /// Address as claimed.
        ip: &'a [u8],
        /// Port as sent, not checked (see [`crate::ctm::port_number`]).
        port: &'a [u8],
    },
    /// Through the hub, as `$SR`.
    Passive {
        /// Nick of the searcher as claimed.
        nick: &'a [u8],
    },
}

impl<'a> Origin<'a> {
    /// Reads `ip:port`.
    fn active(text: &'a [u8]) -> Option<Self> {
        let (ip, port) = rsplit_once(text, b':')?;
        Some(Origin::Active { ip, port })
    }

    /// Before a passive searcher's nick comes `prefix`.
    fn parts(&self, prefix: &'static [u8]) -> [Part<'a>; 3] {
        match *self {
            Origin::Active { ip, port } => [Text(ip), Fixed(b":"), Text(port)],
            Origin::Passive { nick } => [Fixed(prefix), Text(nick), Fixed(b"")],
        }
    }
}

/// The content of `$Search origin sized?max?size?kind?pattern` (and `$MultiSearch`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search<'a> {
    /// Where the answers go.
    pub origin: Origin<'a>,
    /// Does a size limit apply (first field `T`)?
    pub sized: bool,
    /// Is the size the largest wanted rather than the smallest (second field `T`)?
    pub is_max: bool,
    /// The size limit in bytes; 0 when unreadable.
    pub size: u64,
    /// 1 any, 2 audio, 3 archive, 4 document, 5 program, 6 picture, 7 video, 8 folder, 9 TTH;
    /// 0 when unreadable.
    pub kind: u8,
    /// The four fields as sent, with their question marks: `F?T?0?9?`.
    pub limits: &'a [u8],
    /// What is searched; `$` stands for a space.
    pub pattern: &'a [u8],
}

impl<'a> Search<'a> {
    /// Reads what follows the command word. `Hub:nick` in the first place makes it passive.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (origin, query) = split_once(text, b' ')?;
        let origin = match origin.strip_prefix(b"Hub:") {
            Some(nick) => Origin::Passive { nick },
            None => Origin::active(origin)?,
        };
        let (sized, rest) = split_once(query, b'?')?;
        let (is_max, rest) = split_once(rest, b'?')?;
        let (size, rest) = split_once(rest, b'?')?;
        let (kind, pattern) = split_once(rest, b'?')?;
        Some(Search {
            origin,
            sized: sized == b"T",
            is_max: is_max == b"T",
            size: number(size).unwrap_or(0),
            kind: number(kind).and_then(|n| u8::try_from(n).ok()).unwrap_or(0),
            limits: query.get(..query.len() - pattern.len())?,
            pattern,
        })
    }

    /// The hash searched for: what follows `TTH:` in a search of kind 9, when it has 39 bytes.
    pub fn tth(&self) -> Option<&'a [u8]> {
        if self.kind != KIND_TTH {
            return None;
        }
        self.pattern
            .strip_prefix(b"TTH:")
            .filter(|tth| tth.len() == TTH_LEN)
    }

    /// May this search be sent as `$SA` or `$SP` to those who know it: a TTH search without a
    /// size, limits ending in `?0?9?` (2.2)?
    pub fn has_short_form(&self) -> bool {
        self.limits.ends_with(b"?0?9?") && self.tth().is_some()
    }

    /// Appends `$Search ip:port limits pattern|` or `$Search Hub:nick limits pattern|`; limits
    /// and pattern are not separated.
    pub fn write(&self, out: &mut WireBuf) {
        write(&self.origin, self.limits, self.pattern, out);
    }
}

/// The content of `$SA tth ip:port` and `$SP tth nick`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortSearch<'a> {
    /// The hash as sent; 39 bytes when right, which is not checked here.
    pub tth: &'a [u8],
    /// Where the answers go; active for `$SA`, passive for `$SP`.
    pub origin: Origin<'a>,
}

impl<'a> ShortSearch<'a> {
    /// Reads what follows `$SA `.
    pub fn parse_active(text: &'a [u8]) -> Option<Self> {
        let (tth, address) = split_once(text, b' ')?;
        let origin = Origin::active(address)?;
        Some(ShortSearch { tth, origin })
    }

    /// Reads what follows `$SP `.
    pub fn parse_passive(text: &'a [u8]) -> Option<Self> {
        let (tth, nick) = split_once(text, b' ')?;
        let origin = Origin::Passive { nick };
        Some(ShortSearch { tth, origin })
    }

    /// Appends the short form, `$SA tth ip:port|` or `$SP tth nick|`.
    pub fn write(&self, out: &mut WireBuf) {
        write_short(self.tth, &self.origin, out);
    }

    /// Appends the long form of the same search, for those who do not know the short one:
    /// `$Search ip:port F?T?0?9?TTH:tth|` or `$Search Hub:nick F?T?0?9?TTH:tth|`.
    pub fn write_long(&self, out: &mut WireBuf) {
        let [a, b, c] = self.origin.parts(b"Hub:");
        let hash = Text(self.tth);
        out.message(&[Fixed(b"$Search "), a, b, c, Fixed(b" F?T?0?9?TTH:"), hash]);
    }
}

/// Appends `$Search origin limits pattern|`; limits and pattern are not separated.
pub fn write(origin: &Origin<'_>, limits: &[u8], pattern: &[u8], out: &mut WireBuf) {
    let [a, b, c] = origin.parts(b"Hub:");
    let (limits, pattern) = (Text(limits), Text(pattern));
    out.message(&[Fixed(b"$Search "), a, b, c, Fixed(b" "), limits, pattern]);
}

/// Appends `$SA tth ip:port|` or `$SP tth nick|`, by the origin.
pub fn write_short(tth: &[u8], origin: &Origin<'_>, out: &mut WireBuf) {
    match origin {
        Origin::Active { ip, port } => write_sa(tth, ip, port, out),
        Origin::Passive { nick } => write_sp(tth, nick, out),
    }
}

/// Appends `$SA tth ip:port|`.
pub fn write_sa(tth: &[u8], ip: &[u8], port: &[u8], out: &mut WireBuf) {
    let (ip, port) = (Text(ip), Text(port));
    out.message(&[
        Fixed(b"$SA "),
        Text(tth),
        Fixed(b" "),
        ip,
        Fixed(b":"),
        port,
    ]);
}

/// Appends `$SP tth nick|`.
pub fn write_sp(tth: &[u8], nick: &[u8], out: &mut WireBuf) {
    out.message(&[Fixed(b"$SP "), Text(tth), Fixed(b" "), Text(nick)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTH: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG";

    fn wire(append: impl FnOnce(&mut WireBuf)) -> String {
        let mut out = WireBuf::new();
        append(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn reads_an_active_search() {
        let search = Search::parse(b"1.2.3.4:412 T?F?1000?1?a$b?c").expect("parses");
        let origin = Origin::Active {
            ip: b"1.2.3.4",
            port: b"412",
        };
        assert_eq!(search.origin, origin);
        assert!(search.sized && !search.is_max);
        assert_eq!((search.size, search.kind), (1000, 1));
        assert_eq!(search.limits, b"T?F?1000?1?");
        assert_eq!(search.pattern, b"a$b?c");
        assert!(search.tth().is_none() && !search.has_short_form());
        assert_eq!(
            wire(|o| search.write(o)),
            "$Search 1.2.3.4:412 T?F?1000?1?a$b?c|"
        );
    }

    #[test]
    fn reads_a_passive_search_by_hash_and_its_short_form() {
        let text = format!("Hub:me F?T?0?9?TTH:{TTH}");
        let search = Search::parse(text.as_bytes()).expect("parses");
        assert_eq!(search.origin, Origin::Passive { nick: b"me" });
        assert_eq!(search.tth(), Some(TTH.as_bytes()));
        assert!(search.has_short_form());
        let short = ShortSearch {
            tth: TTH.as_bytes(),
            origin: search.origin,
        };
        assert_eq!(wire(|o| short.write(o)), format!("$SP {TTH} me|"));
        assert_eq!(wire(|o| short.write_long(o)), format!("$Search {text}|"));
        let text = format!("{TTH} 1.2.3.4:5");
        let short = ShortSearch::parse_active(text.as_bytes()).expect("parses");
        assert_eq!(wire(|o| short.write(o)), format!("$SA {text}|"));
    }

    #[test]
    fn unreadable_numbers_are_zero_and_wrong_hashes_none() {
        let search = Search::parse(b"Hub:me T?T?-1?900?TTH:AB").expect("parses");
        assert_eq!((search.size, search.kind), (0, 0));
        assert!(search.tth().is_none());
        let search = Search::parse(b"Hub:me F?T?0?9?TTH:AB").expect("parses");
        assert!(search.tth().is_none());
        assert!(Search::parse(b"Hub:me ???1").is_none());
    }
}
