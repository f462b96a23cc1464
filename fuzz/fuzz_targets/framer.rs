//! The frames of a stream do not depend on how it is split, and memory stays bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nmdc::Framer;

fn drain(framer: &mut Framer, frames: &mut Vec<Vec<u8>>) -> bool {
    loop {
        match framer.next_frame() {
            Ok(Some(frame)) => frames.push(frame.to_vec()),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fuzz_target!(|input: (u8, Vec<u8>, Vec<u8>)| {
    let (limit, cuts, data) = input;
    let limit = usize::from(limit);

    let mut whole = Framer::new(limit);
    let mut at_once = Vec::new();
    whole.push(&data);
    let fine = drain(&mut whole, &mut at_once);

    let mut pieces = Framer::new(limit);
    let mut in_pieces = Vec::new();
    let mut still_fine = true;
    let mut rest = &data[..];
    for (index, &cut) in cuts
        .iter()
        .chain([&u8::MAX].into_iter().cycle())
        .enumerate()
    {
        let (piece, after) = rest.split_at(usize::from(cut).min(rest.len()));
        if index % 2 == 0 {
            pieces.push(piece);
        } else {
            pieces.buffer().extend_from_slice(piece);
        }
        still_fine &= drain(&mut pieces, &mut in_pieces);
        assert!(pieces.pending() <= limit);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(at_once, in_pieces);
    assert_eq!(fine, still_fine);
    assert!(
        at_once
            .iter()
            .all(|frame| frame.len() <= limit && !frame.contains(&b'|'))
    );
});
