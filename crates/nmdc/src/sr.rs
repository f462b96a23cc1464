//! `$SR`: an answer to a passive search, carried by the hub to the searcher (section 2).

use crate::scan::{rsplit_once, split_once};
use crate::wire::Part::{Fixed, Text};
use crate::wire::WireBuf;

/// The content of `$SR from path^Esize free/total^Ehub^Etarget`, where `^E` is byte 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchResult<'a> {
    /// Nick of the user who has the file.
    pub from: &'a [u8],
    /// Everything between `from` and the last byte 5; what the searcher is to be shown.
    pub body: &'a [u8],
    /// Nick of the searcher; `None` when there is no byte 5 at all.
    pub target: Option<&'a [u8]>,
}

impl<'a> SearchResult<'a> {
    /// Reads what follows `$SR `.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (from, rest) = split_once(text, b' ')?;
        let (body, target) = match rsplit_once(rest, 5) {
            Some((body, target)) => (body, Some(target)),
            None => (rest, None),
        };
        Some(SearchResult { from, body, target })
    }

    /// Appends the form the searcher gets: `$SR from body|`, without the target.
    pub fn write(&self, out: &mut WireBuf) {
        out.message(&[
            Fixed(b"$SR "),
            Text(self.from),
            Fixed(b" "),
            Text(self.body),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_cut_off() {
        let sr = SearchResult::parse(b"me a b.txt\x05123 1/2\x05hub (1.2.3.4:411)\x05you");
        let sr = sr.expect("parses");
        assert_eq!(sr.from, b"me");
        assert_eq!(sr.target, Some(&b"you"[..]));
        let mut out = WireBuf::new();
        sr.write(&mut out);
        assert_eq!(
            &out[..],
            &b"$SR me a b.txt\x05123 1/2\x05hub (1.2.3.4:411)|"[..]
        );
    }

    #[test]
    fn the_target_may_be_missing() {
        let sr = SearchResult::parse(b"me body").expect("parses");
        assert_eq!((sr.body, sr.target), (&b"body"[..], None));
        let sr = SearchResult::parse(b"me body\x05").expect("parses");
        assert_eq!((sr.body, sr.target), (&b"body"[..], Some(&b""[..])));
    }
}
