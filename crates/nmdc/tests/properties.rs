//! Properties that hold for every input, tried on random ones.

use nmdc::{COMMANDS, ConnectToMe, Tag, TooLong, escape, frame, lock, message, nick, write};
use nmdc::{Framer, Message, MyInfo, Origin, Search, SearchResult, ShortSearch, WireBuf, parse};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes, most of them from `alphabet` so that structure shows up often.
fn bytes_like(
    alphabet: &'static [u8],
    len: impl Into<proptest::collection::SizeRange>,
) -> impl Strategy<Value = Vec<u8>> {
    let usual = proptest::sample::select(alphabet);
    vec(prop_oneof![4 => usual, 1 => any::<u8>()], len)
}

/// Any byte but those in `except`. Chosen, not filtered: proptest gives up after many rejects.
fn byte_but(except: &[u8]) -> impl Strategy<Value = u8> + use<> {
    let allowed: Vec<u8> = (0..=u8::MAX).filter(|b| !except.contains(b)).collect();
    proptest::sample::select(allowed)
}

/// Text without the bytes in `except`.
fn text(except: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    vec(byte_but(except), 0..30)
}

/// A non-empty nick as the hub lets it in.
fn nick() -> impl Strategy<Value = Vec<u8>> {
    vec(byte_but(&nick::FORBIDDEN), 1..20)
}

fn digits() -> impl Strategy<Value = Vec<u8>> {
    vec(b'0'..=b'9', 1..20)
}

fn origin() -> impl Strategy<Value = (bool, Vec<u8>, Vec<u8>)> {
    (any::<bool>(), text(b" :|"), digits())
}

fn as_origin((active, host, port): &(bool, Vec<u8>, Vec<u8>)) -> Origin<'_> {
    if *active {
        Origin::Active { ip: host, port }
    } else {
        Origin::Passive { nick: host }
    }
}

/// The frames of `data` fed in pieces that end at `cuts`, by push or by the buffer in turn, and
/// how it ended.
fn feed(data: &[u8], cuts: &[usize], limit: usize) -> (Vec<Vec<u8>>, Result<usize, TooLong>) {
    let mut framer = Framer::new(limit);
    let mut frames = Vec::new();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (data.len() + 1)).collect();
    cuts.extend([0, data.len()]);
    cuts.sort_unstable();
    for (index, pair) in cuts.windows(2).enumerate() {
        let piece = &data[pair[0]..pair[1]];
        if index % 2 == 0 {
            framer.push(piece);
        } else {
            framer.buffer().extend_from_slice(piece);
        }
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
        assert!(framer.pending() <= limit);
    }
    (frames, Ok(framer.pending()))
}

/// What [`feed`] must give, written in the obvious way.
fn expected(data: &[u8], limit: usize) -> (Vec<Vec<u8>>, Result<usize, TooLong>) {
    let mut frames: Vec<Vec<u8>> = data.split(|&b| b == b'|').map(<[u8]>::to_vec).collect();
    match frames.iter().position(|frame| frame.len() > limit) {
        Some(bad) => {
            frames.truncate(bad);
            (frames, Err(TooLong { limit }))
        }
        None => {
            let rest = frames.pop().map_or(0, |rest| rest.len());
            (frames, Ok(rest))
        }
    }
}

/// One message as sent, and what it must parse to.
fn written(append: impl FnOnce(&mut WireBuf)) -> Vec<u8> {
    let mut out = WireBuf::new();
    append(&mut out);
    assert_eq!(out.last(), Some(&b'|'));
    let frame = out[..out.len() - 1].to_vec();
    assert!(!frame.contains(&b'|'), "cut: {}", out.escape_ascii());
    frame
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn frames_do_not_depend_on_the_split(
        data in bytes_like(b"ab|", 0..300),
        cuts in vec(any::<usize>(), 0..12),
        limit in 0_usize..40,
    ) {
        prop_assert_eq!(feed(&data, &cuts, limit), expected(&data, limit));
    }

    #[test]
    fn frames_do_not_depend_on_draining(data in bytes_like(b"ab|", 0..300), limit in 0_usize..40) {
        let mut framer = Framer::new(limit);
        for piece in data.chunks(7) {
            framer.push(piece);
        }
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = framer.next_frame() {
            frames.push(frame.to_vec());
        }
        prop_assert_eq!(frames, expected(&data, limit).0);
    }

    #[test]
    fn nothing_panics_on_any_bytes(data in bytes_like(b"$|<> :?VvMHSLF,./-09\x05", 0..200)) {
        let parsed = parse(&data);
        if let Ok(message) = parsed {
            prop_assert!(!message.command().is_empty());
        }
        if let Some(tag) = Tag::parse(&data) {
            tag.version_number();
            tag.hubs_total(3);
        }
        frame::strip_nuls(&data);
        message::features(&data).count();
        message::nick_list(&data).count();
        lock::unescape(&data);
        escape::decode(&data);
    }

    #[test]
    fn no_command_panics_on_any_content(
        row in 0..COMMANDS.len(),
        data in bytes_like(b"$|<> :?VvMHSLF,./-09\x05", 0..200),
    ) {
        let row = &COMMANDS[row];
        let frame = [row.prefix, &data].concat();
        match parse(&frame) {
            Ok(Message::Search(_)) => prop_assert!(row.name.ends_with("Search")),
            Ok(message) => prop_assert_eq!(message.command(), row.name),
            Err(error) => prop_assert_eq!(error.command, row.name),
        }
    }

    #[test]
    fn myinfo_comes_back(
        nick in nick(),
        desc in text(b"$|<>"),
        tagged in any::<bool>(),
        hubs in any::<[u32; 3]>(),
        slots in any::<u32>(),
        speed in text(b"$|"),
        status in byte_but(b"\0$|"),
        email in text(b"$|"),
        share in 0_u64..=999_999_999_999_999_999,
    ) {
        let [a, b, c] = hubs;
        let tag = format!("<++ V:0.868,M:A,H:{a}/{b}/{c},S:{slots}>");
        let tag = if tagged { tag.as_bytes() } else { b"" };
        let share_text = share.to_string();
        let info = MyInfo {
            nick: &nick, desc: &desc, tag, speed: &speed, status, email: &email,
            share: share_text.as_bytes(),
        };
        let frame = written(|out| info.write(out));
        prop_assert_eq!(parse(&frame), Ok(Message::MyInfo(info)));
        prop_assert_eq!(info.share_bytes(), share);
        let tag = Tag::parse(info.tag);
        prop_assert_eq!(tag.is_some(), tagged);
        if let Some(tag) = tag {
            prop_assert_eq!(tag.hubs, hubs.map(Some));
            prop_assert_eq!(tag.slots, Some(slots));
        }
    }

    #[test]
    fn any_parsed_myinfo_is_written_in_one_piece(data in bytes_like(b"$$$$$ <>V:,1", 0..80)) {
        // Frames never hold a pipe.
        let data: Vec<u8> = data.into_iter().filter(|&b| b != b'|').collect();
        let data = [b"$MyINFO $ALL n ", &data[..]].concat();
        if let Ok(Message::MyInfo(info)) = parse(&data) {
            let frame = written(|out| info.write(out));
            let again = parse(&frame);
            let status = if info.status == 0 { 1 } else { info.status };
            // With no speed text but a status byte the field is that byte, so this holds too.
            prop_assert_eq!(again, Ok(Message::MyInfo(MyInfo { status, ..info })));
        }
    }

    #[test]
    fn search_comes_back(
        origin in origin(), sized in any::<bool>(), is_max in any::<bool>(),
        size in any::<u64>(), kind in any::<u8>(), pattern in text(b"|"),
    ) {
        let flag = |on| if on { 'T' } else { 'F' };
        let limits = format!("{}?{}?{size}?{kind}?", flag(sized), flag(is_max));
        let search = Search {
            origin: as_origin(&origin), sized, is_max, size, kind,
            limits: limits.as_bytes(), pattern: &pattern,
        };
        let frame = written(|out| search.write(out));
        prop_assert_eq!(parse(&frame), Ok(Message::Search(search)));
    }

    #[test]
    fn short_search_comes_back(origin in origin(), tth in text(b" |")) {
        let search = ShortSearch { tth: &tth, origin: as_origin(&origin) };
        let frame = written(|out| search.write(out));
        prop_assert_eq!(parse(&frame), Ok(Message::ShortSearch(search)));
    }

    #[test]
    fn connect_to_me_comes_back(to in nick(), ip in text(b"|: ["), port in digits(), suffix in text(b"|0123456789")) {
        let ctm = ConnectToMe { to: &to, ip: &ip, port: &port, suffix: &suffix };
        let frame = written(|out| ctm.write(out));
        prop_assert_eq!(parse(&frame), Ok(Message::ConnectToMe(ctm)));
    }

    #[test]
    fn private_messages_come_back(to in nick(), from in nick(), nick in nick(), text in text(b"|")) {
        let frame = written(|out| write::private(&to, &from, &nick, &text, out));
        let message = Message::To { to: &to, from: &from, nick: &nick, text: &text };
        prop_assert_eq!(parse(&frame), Ok(message));
        let frame = written(|out| write::mcto(&to, &from, &text, out));
        prop_assert_eq!(parse(&frame), Ok(Message::MCTo { to: &to, from: &from, text: &text }));
        let frame = written(|out| write::chat(&nick, &text, out));
        prop_assert_eq!(parse(&frame), Ok(Message::Chat { nick: &nick, text: &text }));
    }

    #[test]
    fn results_come_back_without_their_target(from in nick(), body in text(b"|"), to in text(b"|\x05")) {
        let frame = [b"$SR ", &from[..], b" ", &body, b"\x05", &to].concat();
        let result = SearchResult { from: &from, body: &body, target: Some(&to) };
        prop_assert_eq!(parse(&frame), Ok(Message::Sr(result)));
        let frame = written(|out| result.write(out));
        prop_assert_eq!(frame, [b"$SR ", &from[..], b" ", &body].concat());
    }

    #[test]
    fn escaping_is_reversed(data in bytes_like(b"$|`~\x05&#;0123456789", 0..100)) {
        let encoded = escape::encode(&data);
        prop_assert!(!encoded.iter().any(|b| b"\x05$|`~".contains(b)));
        // A text that already holds an escape cannot be told from an escaped one.
        if escape::decode(&data).as_ref() == data.as_slice() {
            prop_assert_eq!(escape::decode(&encoded).into_owned(), data);
        } else {
            let decoded = escape::decode(&encoded);
            prop_assert_eq!(escape::encode(&decoded), encoded.clone());
        }
    }

    #[test]
    fn keys_hold_no_forbidden_byte(text in vec(any::<u8>(), 0..60)) {
        let key = lock::key_for(&text);
        prop_assert!(!key.iter().any(|b| [0, 5, 36, 96, 124, 126].contains(b)));
        prop_assert!(text.len() < 2 || lock::unescape(&key).len() == lock::unescape(&text).len());
    }

    #[test]
    fn nick_keys_agree_with_same(one in bytes_like(b"aAbB\xe9\xc9", 0..4), two in bytes_like(b"aAbB\xe9\xc9", 0..4)) {
        prop_assert_eq!(nick::key(&one) == nick::key(&two), nick::same(&one, &two));
    }
}
