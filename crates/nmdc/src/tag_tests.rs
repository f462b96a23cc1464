use super::*;

fn tag(text: &str) -> Tag<'_> {
    Tag::parse(text.as_bytes()).expect("is a tag")
}

#[test]
fn reads_a_usual_tag() {
    let tag = tag("<++ V:0.868,M:A,H:1/2/3,S:4,L:10.5>");
    assert_eq!(tag.client, b"++");
    assert_eq!(tag.version, b"0.868");
    assert_eq!(tag.mode, Mode::Active);
    assert_eq!(tag.hubs, [Some(1), Some(2), Some(3)]);
    assert_eq!(tag.slots, Some(4));
    assert_eq!(tag.limit, Some(10.5));
    assert_eq!(tag.version_number(), Some(0.868));
    assert_eq!(tag.hubs_total(1), Some(1));
    assert_eq!(tag.hubs_total(2), Some(3));
    assert_eq!(tag.hubs_total(3), Some(6));
}

#[test]
fn reads_odd_tags() {
    assert_eq!(tag("<Eiskalt DC++ V:2.2,M:P>").client, b"Eiskalt DC++");
    assert_eq!(tag("<a  v1,>").client, b"a");
    assert_eq!(tag("<a v1,>").version, b"1");
    assert_eq!(tag("<a V:,>").version, b":");
    assert_eq!(tag("<a V,b V:3,>").version, b"3");
    assert_eq!(tag("<a V:1,m:5>").mode, Mode::Socks5);
    assert_eq!(tag("<a V:1,M:x>").mode, Mode::Other);
    assert_eq!(tag("<a V:1,M:,S:1>").mode, Mode::None);
    assert_eq!(tag("<a V:1,H:7>").hubs, [Some(7), None, None]);
    assert_eq!(tag("<a V:1,H:7/8>").hubs, [Some(7), Some(8), None]);
    assert_eq!(tag("<a V:1,H:x>").hubs_total(3), None);
    assert_eq!(tag("<a V:1,S:99999999999>").slots, Some(u32::MAX));
    assert_eq!(tag("<a V:1,F:100/20>").limit, Some(20.0));
    assert_eq!(tag("<a V:1,F:/20,B:3>").limit, Some(3.0));
    assert_eq!(tag("<a V:1,L:5.25>").limit, Some(5.2));
    for none in [
        "", "<", "<>", "<a>", "<a V:1>", "a V:1,", "< V:1,>", "<a V:1,",
    ] {
        assert_eq!(Tag::parse(none.as_bytes()), None, "{none}");
    }
}

#[test]
fn versions_are_numbers() {
    for (version, number) in [
        ("0.868", Some(0.868)),
        ("0.7.0.2", Some(0.702)),
        ("r504-x64-18507", Some(504.18507)),
        ("(r504)-18507", Some(504.18507)),
        ("2.02-r123", Some(2.02)),
        ("2.0.1-5", Some(2.015)),
        ("-5", Some(5.0)),
        (".", Some(0.0)),
        ("beta", None),
    ] {
        let text = format!("<a V:{version},M:A>");
        assert_eq!(tag(&text).version_number(), number, "{version}");
    }
}

#[test]
fn splits_a_description() {
    for (described, desc) in [
        ("hello<++ V:1,M:A>", "hello"),
        ("I <3 you <++ V:1,M:A>", "I <3 you "),
        ("x<++ V:1,M:A> tail", "x"),
        ("x<++ V:1,M:A> <3", "x"),
        ("x<StrgDC++ v1.0><++ V:1,M:A>", "x"),
        ("x<odd><++ V:1,M:A>", "x<odd>"),
        ("no tag <at all>", "no tag <at all>"),
        ("", ""),
    ] {
        let (got, tag) = split(described.as_bytes());
        assert_eq!(got, desc.as_bytes(), "{described}");
        assert_eq!([got, tag].concat(), described.as_bytes());
    }
}

#[test]
fn hostile_tags_take_linear_time() {
    for unit in ["<", "< ", "<a V", " V ", "<a V>", "M:"] {
        let text = format!("<a {}", unit.repeat(500_000));
        split(text.as_bytes());
        let fields = format!("<a V:1,{}>", unit.replace(['<', '>'], "").repeat(500_000));
        Tag::parse(fields.as_bytes());
    }
}
