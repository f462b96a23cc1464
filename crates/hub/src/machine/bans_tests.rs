use super::*;

const NOW: i64 = 1_700_000_000;

fn ban(whom: Whom, until: Option<i64>) -> Ban {
    Ban {
        whom,
        reason: "r".into(),
        op: "op".into(),
        start: NOW,
        until,
        last_hit: 0,
        host: Bytes::new(),
        note_op: Bytes::new(),
        note_usr: Bytes::new(),
        rows: Vec::new(),
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn hit(bans: &mut Bans, nick: &str, from: &str, guest: bool) -> Option<Whom> {
    let nick = NickKey::of(nick.as_bytes());
    bans.find(&nick, (ip(from), b""), guest, NOW)
        .map(|b| b.whom.clone())
}

#[test]
fn hosts_are_banned_by_parts_of_their_names() {
    for (whom, met, not) in [
        (
            Whom::Host(Kind::Host1, ".com".into()),
            "a.b.example.com",
            "a.example.org",
        ),
        (
            Whom::Host(Kind::Host2, ".Example.com".into()),
            "a.b.example.com",
            "a.bexample.com",
        ),
        (
            Whom::Host(Kind::Host2, ".example.com".into()),
            "example.com",
            "com",
        ),
        (
            Whom::Host(Kind::Host3, ".b.example.com".into()),
            "a.b.example.com",
            "a.c.example.com",
        ),
        (
            Whom::Host(Kind::HostR1, "dyn-1".into()),
            "dyn-1.b.com",
            "dyn-11.b.com",
        ),
    ] {
        let mut bans = Bans::default();
        assert!(!bans.has_hosts());
        bans.add(ban(whom.clone(), None), NOW);
        assert!(bans.has_hosts());
        let nick = NickKey::of(b"a");
        let mut hit = |host: &str, guest| {
            let from = (ip("1.1.1.1"), host.as_bytes());
            bans.find(&nick, from, guest, NOW).map(|b| b.whom.clone())
        };
        assert_eq!(hit(met, true), Some(whom.clone()));
        assert_eq!(hit(met, false), Some(whom.clone()));
        assert_eq!(hit(not, true), None, "{whom:?}");
        assert_eq!(hit("", true), None);
        assert!(whom.meets(&nick, ip("1.1.1.1"), met.as_bytes()));
        assert!(!whom.meets(&nick, ip("1.1.1.1"), not.as_bytes()));
        assert_eq!(bans.about(whom.kind(), met.as_bytes(), NOW), [whom.key()]);
        assert!(bans.remove(&whom.key()).is_some() && !bans.has_hosts());
    }
}

#[test]
fn each_kind_keeps_out_whom_it_names() {
    let pair = Whom::NickIp("Ann".into(), ip("1.1.1.1"));
    let range = Whom::Range(ip("5.5.0.0"), ip("5.5.255.255"));
    for (whom, nick, from) in [
        (pair.clone(), "aNN", "9.9.9.9"),
        (pair, "bob", "1.1.1.1"),
        (Whom::Ip(ip("1.1.1.1")), "bob", "1.1.1.1"),
        (Whom::Ip(ip("1.1.1.1")), "bob", "::ffff:1.1.1.1"),
        (Whom::Nick("ANN".into()), "ann", "9.9.9.9"),
        (range.clone(), "bob", "5.5.0.0"),
        (range, "bob", "5.5.255.255"),
        (
            Whom::Range(ip("fd00::1"), ip("fd00::ff")),
            "bob",
            "fd00::20",
        ),
        (Whom::Prefix("an".into()), "ANNE", "9.9.9.9"),
        (Whom::Prefix("anne".into()), "anne", "9.9.9.9"),
    ] {
        let mut bans = Bans::default();
        bans.add(ban(whom.clone(), None), NOW);
        assert_eq!(hit(&mut bans, nick, from, true), Some(whom.clone()));
        assert_eq!(bans.get(&whom.key()).unwrap().last_hit, NOW);
        assert_eq!(hit(&mut bans, "carl", "5.6.0.0", true), None);
        let is_prefix = matches!(whom, Whom::Prefix(_));
        assert_eq!(hit(&mut bans, nick, from, false).is_none(), is_prefix);
        assert!(bans.remove(&whom.key()).is_some() && bans.remove(&whom.key()).is_none());
        assert_eq!(hit(&mut bans, nick, from, true), None);
        assert!(bans.ips_of.is_empty() && bans.nicks_of.is_empty() && bans.prefixes == 0);
    }
    let mut bans = Bans::default();
    bans.add(ban(Whom::Share(77), None), NOW);
    assert!(bans.find_share(77, NOW).is_some() && bans.find_share(78, NOW).is_none());
}

#[test]
fn the_latest_end_wins_over_others_and_over_for_good() {
    let mut bans = Bans::default();
    bans.add(ban(Whom::Nick("a".into()), None), NOW);
    bans.add(ban(Whom::Ip(ip("1.1.1.1")), Some(NOW + 10)), NOW);
    bans.add(
        ban(Whom::Range(ip("1.1.1.0"), ip("1.1.1.9")), Some(NOW + 20)),
        NOW,
    );
    let range = Whom::Range(ip("1.1.1.0"), ip("1.1.1.9"));
    assert_eq!(hit(&mut bans, "a", "1.1.1.1", true), Some(range));
    bans.sweep(NOW + 30);
    assert_eq!(
        hit(&mut bans, "a", "1.1.1.1", true),
        Some(Whom::Nick("a".into()))
    );
    assert_eq!(bans.newest(9, NOW).len(), 1);
}

#[test]
fn very_many_are_loaded_and_found() {
    const MANY: u32 = 50_000;
    let row = |ban_type, ip: String, nick: String| crate::reg::BanRow {
        ip: ip.into(),
        nick: nick.into(),
        ban_type,
        date_start: NOW,
        ..Default::default()
    };
    let address = |n: u32| std::net::Ipv4Addr::from_bits(0x0a00_0000 + n * 16);
    let rows = (0..MANY).flat_map(|n| {
        let mut range = row(3, format!("typed {n}"), "_rangeban_".into());
        let first = i64::from(0x6000_0000 + n * 16);
        range.range = Some((first, first + 7));
        let mut share = row(7, n.to_string(), "_shareban_".into());
        share.share_size = (1_000_000 + u64::from(n)).to_string().into();
        [
            row(0, address(n).to_string(), format!("pair{n}")),
            row(1, address(MANY + n).to_string(), "_ipban_".into()),
            row(2, "_nickban_".into(), format!("nick{n}")),
            row(8, "_prefixban_".into(), format!("[{n}]")),
            range,
            share,
        ]
    });
    let (mut bans, unknown) = Bans::load(rows.collect(), NOW);
    assert_eq!((bans.all.len(), unknown), (6 * 50_000, 0));
    for n in [0, 777, MANY - 1] {
        let pair = address(n).to_string();
        let found = hit(&mut bans, "somebody", &pair, false);
        assert_eq!(found.map(|w| w.kind()), Some(Kind::NickIp));
        let inside = std::net::Ipv4Addr::from_bits(0x6000_0000 + n * 16 + 7).to_string();
        let found = hit(&mut bans, "somebody", &inside, false);
        assert_eq!(found.map(|w| w.kind()), Some(Kind::Range));
        let outside = std::net::Ipv4Addr::from_bits(0x6000_0000 + n * 16 + 8).to_string();
        assert_eq!(hit(&mut bans, "somebody", &outside, false), None);
        assert!(hit(&mut bans, &format!("NICK{n}"), "9.9.9.9", false).is_some());
        assert!(hit(&mut bans, &format!("[{n}]x"), "9.9.9.9", true).is_some());
        assert!(bans.find_share(1_000_000 + u64::from(n), NOW).is_some());
    }
    assert_eq!(bans.newest(100, NOW).len(), 100);
    assert_eq!(bans.take_hits().len(), 5 * 3);
}

#[test]
fn the_same_ban_again_is_extended() {
    let mut bans = Bans::default();
    let whom = Whom::Nick("a".into());
    let until = |bans: &Bans| bans.get(&whom.key()).unwrap().until;
    bans.add(ban(whom.clone(), Some(NOW + 20)), NOW);
    bans.add(ban(whom.clone(), Some(NOW + 10)), NOW);
    assert_eq!(until(&bans), Some(NOW + 20));
    bans.add(ban(whom.clone(), None), NOW);
    assert_eq!(until(&bans), None);
    bans.add(ban(whom.clone(), Some(NOW + 30)), NOW);
    assert_eq!(until(&bans), None);
    // One that is over does not matter.
    bans.remove(&whom.key());
    bans.add(ban(whom.clone(), Some(NOW)), NOW);
    assert_eq!(hit(&mut bans, "a", "1.1.1.1", true), None);
    bans.add(ban(whom.clone(), Some(NOW + 5)), NOW);
    assert_eq!(until(&bans), Some(NOW + 5));
}

#[test]
fn operators_find_bans_by_what_they_are_about() {
    let mut bans = Bans::default();
    let pair = Whom::NickIp("ann".into(), ip("1.1.1.1"));
    let range = Whom::Range(ip("1.1.0.0"), ip("1.1.9.9"));
    for whom in [
        pair.clone(),
        range.clone(),
        Whom::Share(5),
        Whom::Prefix("an".into()),
    ] {
        bans.add(ban(whom, None), NOW);
    }
    let keys = |kind, value: &str| bans.about(kind, value.as_bytes(), NOW);
    for (kind, value) in [
        (Kind::NickIp, "ann"),
        (Kind::NickIp, "1.1.1.1"),
        (Kind::Nick, "ANN"),
        (Kind::Ip, "1.1.1.1"),
    ] {
        assert_eq!(keys(kind, value), [pair.key()], "{value}");
    }
    assert_eq!(keys(Kind::Range, "1.1.5.5"), [range.key()]);
    assert_eq!(keys(Kind::Share, "5"), [Key::Share(5)]);
    assert_eq!(keys(Kind::Prefix, "Anton").len(), 1);
    assert!(keys(Kind::Ip, "ann").is_empty() && keys(Kind::Host1, "x").is_empty());
}

#[test]
fn overlapping_ranges_are_found_without_looking_at_all() {
    let mut ranges = Ranges::default();
    let all = [(0, 1000), (5, 10), (7, 8), (20, 30), (2000, 3000)];
    for range in all {
        ranges.add(range);
    }
    for n in [0, 7, 9, 15, 25, 31, 1001, 2000, 3000, 3001] {
        let mut found: Vec<_> = ranges.covering(n).collect();
        found.sort_unstable();
        let want: Vec<_> = all
            .into_iter()
            .filter(|(a, b)| (*a..=*b).contains(&n))
            .collect();
        assert_eq!(found, want, "{n}");
    }
    ranges.remove((0, 1000));
    assert_eq!(ranges.covering(15).count(), 0);
    assert_eq!(ranges.reach, [10, 10, 30, 3000]);
}

#[test]
fn kinds_by_number_and_word() {
    for (n, (kind, word)) in Kind::ALL.into_iter().enumerate() {
        assert_eq!(kind as usize, n);
        assert_eq!(Kind::from_flag(1 << n), Some(kind));
        assert_eq!(Kind::from_word(word.to_uppercase().as_bytes()), Some(kind));
        assert_eq!(kind.name(), word);
    }
    for bad in [0, 3, 1024, -1] {
        assert_eq!(Kind::from_flag(bad), None);
    }
    assert_eq!(Kind::from_word(b""), Some(Kind::NickIp));
    assert_eq!(Kind::from_word(b"x"), None);
}
