use crossbeam_channel::{Receiver, Sender};

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

const LONG: Duration = Duration::from_secs(600);

/// A resolver of names that the test gives: each look-up tells its address and takes what the test
/// sends for it.
struct Stage {
    resolver: Resolver,
    told: Receiver<(ReqId, Name)>,
    looking: Receiver<(IpAddr, Sender<Option<String>>)>,
}

fn stage(limit: Duration) -> Stage {
    let (tell, told) = crossbeam_channel::unbounded();
    let (look, looking) = crossbeam_channel::unbounded();
    let find = move |ip: IpAddr| {
        let (say, said) = crossbeam_channel::bounded(1);
        look.send((ip, say)).ok()?;
        // Ends with the test.
        said.recv().ok().flatten()
    };
    let dir = tempfile::tempdir().unwrap();
    let own = Arc::new(OwnNames::of(dir.path()));
    let answer = move |req, name| drop(tell.send((req, name)));
    let resolver = Resolver::with(own, limit, find, answer).unwrap();
    Stage {
        resolver,
        told,
        looking,
    }
}

impl Stage {
    fn ask(&self, req: u64, of: &str) {
        self.resolver.look_up(ReqId(req), ip(of));
    }

    /// The next answers, whatever their order.
    fn answers<const N: usize>(&self) -> [(u64, Option<String>); N] {
        let text = |name: Bytes| String::from_utf8(name.to_vec()).unwrap();
        let mut all = [(); N].map(|()| {
            let (req, name) = self.told.recv().unwrap();
            (req.0, name.map(text))
        });
        all.sort_unstable();
        all
    }
}

fn name(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn names_are_found_and_remembered() {
    let (tell, told) = crossbeam_channel::unbounded();
    let find = |of: IpAddr| match of {
        of if of == ip("192.0.2.1") => Some("a.example.com".to_owned()),
        // As the system does it for those without a name.
        of => Some(of.to_string()),
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hosts");
    std::fs::write(&file, "10.0.0.1 own.lan\n").unwrap();
    let own = Arc::new(OwnNames::of(dir.path()));
    let names = Arc::clone(&own);
    let answer = move |req: ReqId, name: Name| tell.send((req, name)).unwrap();
    let resolver = Resolver::with(own, LONG, find, answer).unwrap();
    let asked = |list: &[(u64, &str, &'static str)]| {
        for (n, of, name) in list {
            resolver.look_up(ReqId(*n), ip(of));
            assert_eq!(told.recv().unwrap(), (ReqId(*n), Some((*name).into())));
        }
    };
    asked(&[
        (1, "192.0.2.1", "a.example.com"),
        (2, "::ffff:192.0.2.1", "a.example.com"),
        (3, "10.0.0.1", "own.lan"),
        (4, "192.0.2.2", ""),
    ]);
    // Those of the owner can be read again, and win over what was found.
    std::fs::write(&file, "192.0.2.1 mine.lan\n10.0.0.2 two.lan\n").unwrap();
    let changed = ["10.0.0.1", "10.0.0.2", "192.0.2.1"].map(ip);
    assert_eq!(names.reload().unwrap().0, changed);
    assert!(names.reload().unwrap().0.is_empty());
    asked(&[
        (5, "192.0.2.1", "mine.lan"),
        (6, "10.0.0.1", ""),
        (7, "10.0.0.2", "two.lan"),
    ]);
}

#[test]
fn an_address_is_looked_up_once_for_all_who_ask() {
    let s = stage(LONG);
    for req in 0..3 {
        s.ask(req, "192.0.2.9");
    }
    let (_, say) = s.looking.recv().unwrap();
    s.ask(3, "192.0.2.9");
    say.send(name("h.example.com")).unwrap();
    let found = || name("h.example.com");
    assert_eq!(s.answers(), [0, 1, 2, 3].map(|req| (req, found())));
    assert!(s.looking.is_empty());
}

#[test]
fn a_network_with_silent_name_servers_holds_up_nobody_else() {
    let s = stage(LONG);
    for n in 0..20 {
        s.ask(n, &format!("198.51.100.{n}"));
        s.ask(100 + n, &format!("2001:db8:0:1::{n}"));
    }
    let held: Vec<_> = s.looking.iter().take(2 * PER_NETWORK).collect();
    // Others are looked up all the same, one after the other.
    for n in 0..20 {
        s.ask(200 + n, &format!("192.0.{n}.1"));
        let (of, say) = s.looking.recv().unwrap();
        assert_eq!(of, ip(&format!("192.0.{n}.1")));
        say.send(name("ok.example.com")).unwrap();
        assert_eq!(s.answers(), [(200 + n, name("ok.example.com"))]);
    }
    assert!(s.looking.is_empty());
    // The rest of the network follows as places become free.
    for (_, say) in held {
        say.send(name("slow.example.com")).unwrap();
    }
    for _ in 0..36 {
        let (_, say) = s.looking.recv().unwrap();
        say.send(name("slow.example.com")).unwrap();
    }
    let all: [_; 40] = s.answers();
    assert!(all.iter().all(|(_, n)| *n == name("slow.example.com")));
}

#[test]
fn what_did_not_answer_is_left_alone_for_a_while_and_known_when_it_did() {
    let s = stage(LONG);
    for n in 0..20 {
        s.ask(n, "192.0.2.9");
    }
    let (of, say) = s.looking.recv().unwrap();
    assert_eq!(of, ip("192.0.2.9"));
    s.ask(20, "192.0.2.10");
    let held = s.looking.recv().unwrap();
    s.ask(21, "192.0.2.11");
    s.resolver.0.give_up(Instant::now() + LONG);
    let none = |req| (req, None);
    let all: [_; 22] = s.answers();
    assert_eq!(all.to_vec(), Vec::from_iter((0..22).map(none)));
    // At once: the same address, one that had no place, and another one of that network.
    for (req, of) in [(22, "192.0.2.9"), (23, "192.0.2.11"), (24, "192.0.2.12")] {
        s.ask(req, of);
        assert_eq!(s.answers(), [none(req)]);
    }
    // What comes late is no second answer, but is known from then on.
    say.send(name("late.example.com")).unwrap();
    let known = loop {
        s.ask(25, "192.0.2.9");
        match s.answers() {
            [(25, Some(name))] => break name,
            [other] => assert_eq!(other, none(25)),
        }
    };
    assert_eq!(known, "late.example.com");
    // There is a place again for those that nobody has asked about.
    s.ask(26, "192.0.2.12");
    let (of, say) = s.looking.recv().unwrap();
    assert_eq!(of, ip("192.0.2.12"));
    say.send(name("ok.example.com")).unwrap();
    assert_eq!(s.answers(), [(26, name("ok.example.com"))]);
    assert!(s.told.is_empty() && s.looking.is_empty());
    drop(held);
}

#[test]
fn nobody_waits_longer_than_the_limit() {
    let s = stage(Duration::from_millis(8));
    s.ask(1, "192.0.2.9");
    assert_eq!(s.answers(), [(1, None)]);
}

#[test]
fn a_server_that_fails_is_no_answer_and_an_address_without_a_name_is_one() {
    let s = stage(LONG);
    s.ask(1, "192.0.2.1");
    let (_, say) = s.looking.recv().unwrap();
    say.send(None).unwrap();
    assert_eq!(s.answers(), [(1, None)]);
    s.ask(2, "192.0.2.1");
    assert_eq!(s.answers(), [(2, None)], "at once");
    s.ask(3, "192.0.2.2");
    let (_, say) = s.looking.recv().unwrap();
    say.send(name("192.0.2.2")).unwrap();
    assert_eq!(s.answers(), [(3, name(""))]);
    s.ask(4, "192.0.2.2");
    assert_eq!(s.answers(), [(4, name(""))]);
    assert!(s.looking.is_empty());
}
