use super::*;

fn frames(framer: &mut Framer) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    while let Ok(Some(frame)) = framer.next_frame() {
        out.push(frame.to_vec());
    }
    out
}

#[test]
fn cuts_at_pipes_and_keeps_the_rest() {
    let mut framer = Framer::new(100);
    framer.push(b"$Key k|||<a> b|$Get");
    assert_eq!(
        frames(&mut framer),
        [b"$Key k".to_vec(), vec![], vec![], b"<a> b".to_vec()]
    );
    assert_eq!(framer.pending(), 4);
    framer.push(b"NickList|");
    assert_eq!(frames(&mut framer), [b"$GetNickList".to_vec()]);
    assert_eq!(framer.pending(), 0);
}

#[test]
fn a_message_of_exactly_the_limit_passes_and_one_more_fails_for_good() {
    let mut framer = Framer::new(4);
    framer.push(b"1234");
    assert_eq!(framer.next_frame(), Ok(None));
    framer.push(b"|a|12345|b|");
    assert_eq!(frames(&mut framer), [b"1234".to_vec(), b"a".to_vec()]);
    assert_eq!(framer.next_frame(), Err(TooLong { limit: 4 }));
    framer.push(b"c|");
    framer.buffer().extend_from_slice(b"d|");
    assert_eq!(framer.next_frame(), Err(TooLong { limit: 4 }));
    assert_eq!(framer.pending(), 0); // what is read after the failure is not kept either
}

#[test]
fn frames_before_a_long_message_still_come() {
    let mut framer = Framer::new(4);
    framer.push(b"a|b|ccccccccccccccccccccc|d|");
    assert_eq!(frames(&mut framer), [b"a".to_vec(), b"b".to_vec()]);
    assert!(framer.next_frame().is_err());
}

#[test]
fn reads_into_the_buffer_count_like_pushes() {
    let mut framer = Framer::new(10);
    framer.buffer().extend_from_slice(b"ab");
    assert_eq!(framer.next_frame(), Ok(None));
    framer.buffer().extend_from_slice(b"c|d");
    framer.push(b"e|");
    assert_eq!(frames(&mut framer), [b"abc".to_vec(), b"de".to_vec()]);
}

#[test]
fn memory_stays_flat_without_a_pipe() {
    let mut framer = Framer::new(10_240);
    let chunk = [b'a'; 65_536];
    for _ in 0..16_384 {
        framer.push(&chunk); // 1 GiB in all
        assert!(framer.next_frame().is_err());
    }
    assert!(framer.buffer().capacity() < 65_536);

    let mut framer = Framer::new(10_240);
    framer.push(&vec![b'a'; 64 << 20]);
    assert!(framer.buffer().capacity() < 65_536);
    assert!(framer.next_frame().is_err());
}

#[test]
fn memory_stays_flat_over_many_messages() {
    let mut framer = Framer::new(10_240);
    for _ in 0..100_000 {
        framer.push(b"<nick> a line of chat|<nick> half");
        framer.push(b" and the other half|");
        assert_eq!(frames(&mut framer).len(), 2);
    }
    assert!(framer.buffer().capacity() < 65_536);
}

/// Where in memory a frame lies, and how much of the block around it would live on with it.
#[test]
fn a_frame_keeps_no_block_of_others() {
    let mut framer = Framer::new(10_240);
    let mut read = b"<a> first|".repeat(3000);
    read.extend_from_slice(b"half");
    framer.push(&read);
    let mut kept = Vec::new();
    while let Ok(Some(frame)) = framer.next_frame() {
        // Whoever holds the only reference gets the block itself.
        let block = frame.try_into_mut().expect("nobody else holds its block");
        assert!(block.capacity() <= 64, "{} bytes", block.capacity());
        kept.push(block);
    }
    assert_eq!(kept.len(), 3000);
    // Nor does the rest keep what was read with it.
    assert_eq!(framer.pending(), 4);
    assert!(framer.buffer().capacity() <= 64);
    framer.push(b"|");
    assert_eq!(frames(&mut framer), [b"half".to_vec()]);
    assert_eq!(
        framer.buffer().capacity(),
        0,
        "an idle client holds nothing"
    );
    // What was read into room for much more is copied out of it.
    framer.buffer().reserve(65_536);
    framer.push(b"alone|");
    let frame = framer.next_frame().expect("short").expect("whole");
    let block = frame.try_into_mut().expect("nobody else holds its block");
    assert!(block.capacity() <= 64, "{} bytes", block.capacity());
    assert_eq!(framer.buffer().capacity(), 0);
}

#[test]
fn tells_a_tls_hello() {
    assert!(is_tls_hello(&[0x16, 0x03, 0x01]));
    assert!(!is_tls_hello(&[0x16, 0x03]));
    assert!(!is_tls_hello(b"$Key"));
}

#[test]
fn strips_nuls() {
    assert_eq!(strip_nuls(b"<a> b"), Some(&b"<a> b"[..]));
    assert_eq!(strip_nuls(b"<a> b\0\0"), Some(&b"<a> b"[..]));
    assert_eq!(strip_nuls(b"<a>\0 b"), None);
    assert_eq!(strip_nuls(b"$Lock x\0y"), Some(&b"$Lock x"[..]));
}
