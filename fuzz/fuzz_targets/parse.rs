//! Any frame parses or is refused, and what the hub writes again reads the same.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use nmdc::{Message, Tag, escape, frame, lock, message, parse};

fuzz_target!(|data: &[u8]| {
    frame::strip_nuls(data);
    lock::key_for(data);
    let encoded = escape::encode(data);
    assert_eq!(escape::encode(&escape::decode(&encoded)), encoded);
    message::features(data).count();
    message::nick_list(data).count();

    // The framer never lets a pipe through, and the round trips below rest on that.
    let frame = data.split(|&byte| byte == b'|').next().unwrap_or(b"");
    let Ok(parsed) = parse(frame) else { return };
    parsed.command();
    let mut out = BytesMut::new();
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
    let wire = out.strip_suffix(b"|").expect("messages end in a pipe");
    let again = parse(wire).expect("what the hub writes is well formed");
    match (parsed, again) {
        // A status byte that would cut the message is changed on purpose.
        (Message::MyInfo(mut before), Message::MyInfo(after)) => {
            if before.status == 0 {
                before.status = after.status;
            }
            assert_eq!(before, after);
        }
        (before, after) => assert_eq!(before, after),
    }
});
