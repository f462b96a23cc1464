//! `nmdc`: frames out of a stream, messages out of frames.

use nmdc::{
    Framer, Message, Tag, Wire, WireBuf, escape, frame, lock, message, parse as parse_message,
};

pub(crate) const WORDS: &[&str] = &[
    "$MyINFO $ALL ",
    "$Search ",
    "Hub:",
    "?T?0?9?TTH:",
    "$SR ",
    "\u{5}",
    "$ConnectToMe ",
    "$RevConnectToMe ",
    "$To: ",
    " From: ",
    " $<",
    "> ",
    "$MCTo: ",
    "<++ V:0.868,M:A,H:1/0/0,S:5>",
    "$ $",
    "$SA ",
    "$SP ",
    "$Supports ",
    "$Key ",
    "$ValidateNick ",
    "$Version ",
    "$GetNickList",
    "$MyHubURL ",
    "$MyPass ",
    "$BotINFO ",
    "$GetINFO ",
    "$UserIP ",
    "$$",
    "$Kick ",
    "$OpForceMove $Who:",
    "$Where:",
    "$Msg:",
    "$MultiConnectToMe ",
    "$MultiSearch ",
    "$Quit ",
    "$Ban ",
    "$TempBan ",
    "$UnBan ",
    "$GetBanList",
    "$WhoIP ",
    "$GetTopic",
    "$SetTopic ",
    "$MyIP ",
    "$MyNick ",
    "$Lock ",
    "$IN ",
    "$ExtJSON ",
    "&#124;",
    "&#36;",
    "/%DCN000%/",
    "[::1]:412",
    "RS",
    "NS",
    "1.2.3.4:412",
];

/// The frames of a stream do not depend on how it is split, and memory stays bounded.
///
/// The first byte is the limit, the second how many bytes that follow say where it is cut.
pub(crate) fn frames(input: &[u8]) {
    let (limit, rest) = crate::choose(input, 256);
    let (cuts, rest) = crate::choose(rest, 256);
    let (cuts, data) = rest.split_at(cuts.min(rest.len()));

    let mut whole = Framer::new(limit);
    let mut at_once = Vec::new();
    whole.push(data);
    let fine = drain(&mut whole, &mut at_once);

    let mut pieces = Framer::new(limit);
    let mut in_pieces = Vec::new();
    let mut still_fine = true;
    let mut left = data;
    let sizes = cuts.iter().chain([&u8::MAX].into_iter().cycle());
    for (index, &cut) in sizes.enumerate() {
        let (piece, after) = left.split_at(usize::from(cut).min(left.len()));
        if index % 2 == 0 {
            pieces.push(piece);
        } else {
            pieces.buffer().extend_from_slice(piece);
        }
        still_fine &= drain(&mut pieces, &mut in_pieces);
        assert!(pieces.pending() <= limit, "more is kept than may come");
        left = after;
        if left.is_empty() {
            break;
        }
    }
    assert_eq!(at_once, in_pieces);
    assert_eq!(fine, still_fine);
    let fits = |frame: &Vec<u8>| frame.len() <= limit && !frame.contains(&b'|');
    assert!(at_once.iter().all(fits), "no frame: {at_once:?}");
}

fn drain(framer: &mut Framer, frames: &mut Vec<Vec<u8>>) -> bool {
    loop {
        match framer.next_frame() {
            Ok(Some(frame)) => frames.push(frame.to_vec()),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Any frame parses or is refused, and what the hub writes again reads the same.
pub(crate) fn parse(data: &[u8]) {
    frame::strip_nuls(data);
    lock::key_for(data);
    let encoded = escape::encode(data);
    assert_eq!(escape::encode(&escape::decode(&encoded)), encoded);
    let passed = Wire::forward(data);
    assert_eq!(
        passed.iter().position(|b| *b == b'|'),
        Some(passed.len() - 1),
        "a forged message"
    );
    message::features(data).count();
    message::nick_list(data).count();

    // The framer never lets a pipe through, and the round trips below rest on that.
    let frame = data.split(|&byte| byte == b'|').next().unwrap_or(b"");
    let Ok(parsed) = parse_message(frame) else {
        return;
    };
    parsed.command();
    // Nothing with a NUL in it goes on, the hub closes who sends one; and the line breaks of a field
    // become blanks, which no nick has.
    if frame.iter().any(|b| matches!(b, 0 | b'\r' | b'\n')) {
        return;
    }
    let mut out = WireBuf::new();
    match parsed {
        Message::MyInfo(info) => {
            if let Some(tag) = Tag::parse(info.tag) {
                tag.version_number();
                tag.hubs_total(3);
            }
            info.share_bytes();
            info.write(&mut out);
        }
        Message::Search(search) => {
            search.tth();
            search.write(&mut out);
        }
        Message::ShortSearch(search) => search.write(&mut out),
        Message::ConnectToMe(ctm) => {
            ctm.port_number();
            ctm.nat_nick();
            ctm.write(&mut out);
        }
        Message::Sr(result) => {
            result.write(&mut out);
            return; // the target is gone on purpose
        }
        _ => return,
    }
    let wire = out.finish();
    let frame = wire.strip_suffix(b"|").expect("messages end in a pipe");
    let again = parse_message(frame).expect("what the hub writes is well formed");
    // A `$` in a field would end it, so it is escaped.
    let escaped = frame.windows(5).any(|w| w == b"&#36;");
    match (parsed, again) {
        // A status byte that would cut the message is changed on purpose.
        (Message::MyInfo(mut before), Message::MyInfo(after)) => {
            if before.status == 0 {
                before.status = after.status;
            }
            assert!(escaped || before == after, "{before:?} became {after:?}");
        }
        (before, after) => assert!(escaped || before == after, "{before:?} became {after:?}"),
    }
}
