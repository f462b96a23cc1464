use super::*;

fn wire(parts: &[Part<'_>]) -> Wire {
    Wire::of(|out| out.message(parts))
}

#[test]
fn each_part_is_escaped_as_it_needs() {
    let hostile = b"a|$Quit b|\r\n\0<c>";
    let all = wire(&[
        Part::Fixed(b"$X "),
        Part::Text(hostile),
        Part::Fixed(b"$"),
        Part::Field(hostile),
        Part::Fixed(b"$"),
        Part::Line(hostile),
    ]);
    let text = b"a&#124;$Quit b&#124;\r\n\0<c>";
    let field = b"a&#124;&#36;Quit b&#124;\r\n\0<c>";
    let line = b"a&#124;&#36;Quit b&#124;   <c>";
    let expected = [b"$X ", &text[..], b"$", field, b"$", line, b"|"].concat();
    assert_eq!(
        all.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    assert_eq!(all.messages(), 1);
}

#[test]
fn what_is_escaped_already_stays() {
    let escaped = b"&#124; &#36; &amp;";
    for part in [
        Part::Text(escaped),
        Part::Field(escaped),
        Part::Line(escaped),
    ] {
        assert_eq!(&wire(&[part])[..escaped.len()], escaped);
    }
}

#[test]
fn frames_are_passed_on_and_raw_messages_counted() {
    assert_eq!(&Wire::forward(b"$Search x y")[..], b"$Search x y|");
    assert_eq!(&Wire::forward(b"<a> b|$Quit c")[..], b"<a> b&#124;$Quit c|");
    for (raw, sent, messages) in [
        ("", "", 0),
        ("|", "|", 1),
        ("<a> b", "<a> b|", 1),
        ("<a> b|", "<a> b|", 1),
        ("$A|$B", "$A|$B|", 2),
    ] {
        let wire = Wire::raw(raw);
        assert_eq!(&wire[..], sent.as_bytes());
        assert_eq!(wire.messages(), messages, "{raw}");
    }
}

#[test]
fn messages_are_put_together_and_replaced() {
    let [a, b, c] = [&b"$A 1"[..], b"$B 22", b"$C"].map(Wire::forward);
    let mut out = WireBuf::with_capacity(64);
    for message in [&a, &b, &a] {
        out.append(message);
    }
    assert!(out.replace(&b, &c) && !out.replace(&b, &c));
    assert_eq!(&out[..], b"$A 1|$C|$A 1|");
    assert!(out.replace(&a, &Wire::default()));
    let mut twice = out.clone();
    twice.append_all(&out);
    assert_eq!((out.finish().messages(), twice.messages), (2, 4));
    assert_eq!(a.without_pipe(), "$A 1");
    assert_eq!(Wire::default().without_pipe(), "");
}

#[test]
fn an_item_is_replaced_where_it_stands_alone() {
    let edited = |list: &str, old: &str, new: &str| {
        let mut list = list.as_bytes().to_vec();
        let done = replace(&mut list, b"$$", old.as_bytes(), new.as_bytes());
        (done, String::from_utf8(list).expect("text"))
    };
    let done = |list: &str| (true, list.to_owned());
    assert_eq!(edited("ba$$a$$c$$", "a$$", ""), done("ba$$c$$"));
    assert_eq!(edited("a$$ba$$", "a$$", ""), done("ba$$"));
    assert_eq!(edited("b$$a$$", "a$$", ""), done("b$$"));
    assert_eq!(edited("b$$a$$c$$", "a$$", "long$$"), done("b$$long$$c$$"));
    assert_eq!(edited("b$$aa$$c$$", "aa$$", "d$$"), done("b$$d$$c$$"));
    assert_eq!(edited("b$$a$$c$$", "a$$", "d$$"), done("b$$d$$c$$"));
    assert_eq!(edited("ba$$", "a$$", ""), (false, "ba$$".to_owned()));
}

#[test]
fn items_are_found_as_they_were_put_in() {
    let mut items = Items::default();
    for nick in [&b"a"[..], b"b$$c|", b"d\n"] {
        items.push(nick);
    }
    assert_eq!(&items[..], b"a$$b&#36;&#36;c&#124;$$d $$");
    assert!(items.remove(b"b$$c|") && !items.remove(b"b") && items.remove(b"d\n"));
    assert_eq!(&items[..], b"a$$");
    items.clear();
    items.push_address(b"a", b"1.2.3.4");
    items.push_address(b"b", b"5.6.7.8");
    assert!(items.remove_address(b"a", b"1.2.3.4") && !items.remove_address(b"b", b""));
    assert_eq!(&items[..], b"b 5.6.7.8$$");
}
