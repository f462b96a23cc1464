//! What every store must do. Each test runs on every kind of database there is.

mod common;

use bytes::Bytes;
use common::{Scratch, add, check, get, sql, user};
use hub::config::{Config, specs};
use hub::reg::{RegUser, StoreOp, StoreReply};
use store::Store;

/// Runs a test on a new, empty database of each kind.
fn each(test: impl Fn(&Scratch, &mut dyn Store)) {
    let scratch = Scratch::new();
    test(&scratch, scratch.open().as_mut());
}

fn all_bytes(without: &[u8]) -> Bytes {
    (0..=255_u8).filter(|b| !without.contains(b)).collect()
}

#[test]
fn a_registration_comes_back_as_it_went_in() {
    each(|scratch, store| {
        let full = RegUser {
            nick: "Nick[1]".into(),
            class: 5,
            class_protect: 4,
            class_hidekick: 3,
            hide_kick: true,
            hide_keys: true,
            show_keys: true,
            hide_share: true,
            hide_chat: true,
            hide_ctmmsg: true,
            reg_date: 1_600_000_000,
            reg_op: "boss".into(),
            pwd_change: false,
            has_password: true,
            enabled: true,
            note_op: "for ops".into(),
            note_usr: "for him".into(),
            auth_ip: "192.0.2.1".into(),
            alternate_ip: "192.0.2.2".into(),
            fake_ip: "192.0.2.3".into(),
            ..RegUser::default()
        };
        let op = |user: &RegUser, password: &'static str| StoreOp::AddUser {
            user: Box::new(user.clone()),
            password: password.into(),
        };
        assert_eq!(store.execute(op(&full, "secret")), StoreReply::Done);
        assert_eq!(store.execute(op(&full, "secret")), StoreReply::Exists);
        let bare = RegUser {
            nick: "bare".into(),
            class: -1,
            ..RegUser::default()
        };
        assert_eq!(store.execute(op(&bare, "")), StoreReply::Done);
        let same_but_case = RegUser {
            nick: "BARE".into(),
            ..RegUser::default()
        };
        assert_eq!(store.execute(op(&same_but_case, "")), StoreReply::Exists);

        let store = scratch.open();
        let mut store = store;
        assert_eq!(get(store.as_mut(), "nick[1]"), Some(full));
        let bare = RegUser {
            pwd_change: true,
            ..bare
        };
        assert_eq!(get(store.as_mut(), "bare"), Some(bare));
        assert_eq!(get(store.as_mut(), "nobody"), None);
    });
}

#[test]
fn nicks_compare_without_case() {
    each(|_, store| {
        assert_eq!(store.execute(add("Ann", 1, "")), StoreReply::Done);
        let nick = || Bytes::from_static(b"aNN");
        let ops = [
            (
                StoreOp::SetClass {
                    nick: nick(),
                    class: 3,
                },
                StoreReply::Done,
            ),
            (
                StoreOp::Logout {
                    nick: nick(),
                    when: 5,
                },
                StoreReply::Done,
            ),
            (
                StoreOp::SetPassword {
                    nick: nick(),
                    password: "p".into(),
                },
                StoreReply::Done,
            ),
            (check("ANN", "p"), StoreReply::Password(true)),
            (StoreOp::DelUser { nick: nick() }, StoreReply::Done),
        ];
        for (op, reply) in ops {
            let text = format!("{op:?}");
            assert_eq!(store.execute(op), reply, "{text}");
        }
        for op in [
            StoreOp::SetClass {
                nick: nick(),
                class: 3,
            },
            StoreOp::Logout {
                nick: nick(),
                when: 5,
            },
            StoreOp::SetPassword {
                nick: nick(),
                password: "p".into(),
            },
            StoreOp::DelUser { nick: nick() },
        ] {
            assert_eq!(store.execute(op), StoreReply::NoUser);
        }
        assert_eq!(
            store.execute(check("Ann", "p")),
            StoreReply::Password(false)
        );
        // Only ASCII letters are folded.
        assert_eq!(store.execute(add(&b"\xc4"[..], 1, "")), StoreReply::Done);
        assert_eq!(store.execute(add(&b"\xe4"[..], 1, "")), StoreReply::Done);
    });
}

#[test]
fn what_is_no_nick_is_refused() {
    each(|_, store| {
        for nick in [&b""[..], b"a\0b"] {
            let reply = store.execute(add(nick, 1, ""));
            assert!(matches!(reply, StoreReply::Failed(_)), "{reply:?}");
        }
        assert_eq!(store.registered_nicks(), Ok(vec![]));
    });
}

#[test]
fn passwords_and_their_traces() {
    each(|_, store| {
        store.execute(add("ann", 3, "secret"));
        store.execute(add("new", 1, ""));
        assert_eq!(
            store.execute(check("ann", "secret")),
            StoreReply::Password(true)
        );
        assert_eq!(
            store.execute(check("ann", "secret")),
            StoreReply::Password(true)
        );
        let seen = get(store, "ann").unwrap();
        assert_eq!((seen.login_cnt, seen.login_last), (2, 1_700_000_000));
        assert_eq!(seen.login_ip, "192.0.2.1");

        assert_eq!(
            store.execute(check("ann", "Secret")),
            StoreReply::Password(false)
        );
        for nick in ["ann", "new", "nobody"] {
            assert_eq!(store.execute(check(nick, "")), StoreReply::Password(false));
        }
        let traces =
            "SELECT error_cnt, error_last, error_ip, login_cnt FROM reglist WHERE nick='ann'";
        assert_eq!(sql(store, traces).unwrap(), "2,1700000000,192.0.2.1,2");

        let set = |password: &'static str| StoreOp::SetPassword {
            nick: "ann".into(),
            password: password.into(),
        };
        assert_eq!(store.execute(set("other")), StoreReply::Done);
        assert_eq!(
            store.execute(check("ann", "secret")),
            StoreReply::Password(false)
        );
        assert_eq!(
            store.execute(check("ann", "other")),
            StoreReply::Password(true)
        );
        assert_eq!(store.execute(set("")), StoreReply::Done);
        let ann = get(store, "ann").unwrap();
        assert!(ann.pwd_change && !ann.has_password);
        assert_eq!(
            store.execute(check("ann", "other")),
            StoreReply::Password(false)
        );
    });
}

#[test]
fn passwords_of_the_original_are_checked_as_they_stand() {
    each(|_, store| {
        for (nick, kind, stored) in [
            ("plain", 0, "secret"),
            ("md5", 2, "5ebe2294ecd0e0f08eab7690d2a6ee69"),
            ("crypt", 1, "xOAFZqRz5RduI"),
        ] {
            let query = format!(
                "INSERT INTO reglist (nick, pwd_change, pwd_crypt, login_pwd)
                 VALUES ('{nick}', 0, {kind}, '{stored}')"
            );
            assert_eq!(sql(store, query), Ok(String::new()));
        }
        assert_eq!(
            store.execute(check("plain", "secret")),
            StoreReply::Password(true)
        );
        assert_eq!(
            store.execute(check("plain", "secreT")),
            StoreReply::Password(false)
        );
        assert_eq!(
            store.execute(check("md5", "secret")),
            StoreReply::Password(true)
        );
        assert_eq!(
            store.execute(check("md5", "other")),
            StoreReply::Password(false)
        );
        assert_eq!(
            store.execute(check("crypt", "password")),
            StoreReply::Password(true)
        );
        assert_eq!(
            store.execute(check("crypt", "Password")),
            StoreReply::Password(false)
        );
    });
}

#[test]
fn lists_are_by_nick_and_by_class() {
    each(|_, store| {
        for (nick, class) in [("carl", 1), ("Bert", 3), ("ann", 3)] {
            store.execute(add(nick, class, ""));
        }
        let mut list = |class| match store.execute(StoreOp::ListUsers { class }) {
            StoreReply::Users(users) => users.into_iter().map(|u| u.nick).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(list(None), ["ann", "Bert", "carl"]);
        assert_eq!(list(Some(3)), ["ann", "Bert"]);
        assert_eq!(list(Some(10)), Vec::<Bytes>::new());
        let mut nicks = store.registered_nicks().unwrap();
        nicks.sort();
        assert_eq!(nicks, ["Bert", "ann", "carl"]);
    });
}

#[test]
fn settings_are_kept_and_defaults_only_added() {
    each(|scratch, store| {
        let set = |file: &'static str, var: &'static str, value: &'static str| StoreOp::SetConfig {
            file: file.into(),
            var: var.into(),
            value: value.into(),
        };
        assert_eq!(
            store.execute(set("config", "hub_name", "Mine")),
            StoreReply::Done
        );
        assert_eq!(
            store.execute(set("pi_x", "hub_name", "other")),
            StoreReply::Done
        );
        store.save_defaults(&Config::default()).unwrap();
        store.save_defaults(&Config::default()).unwrap();

        let mut store = scratch.open();
        let config = store.load_config(b"config").unwrap();
        assert_eq!(config.len(), specs().count());
        assert_eq!(
            store.get_config(b"config", b"hub_name"),
            Ok(Some("Mine".into()))
        );
        assert_eq!(
            store.get_config(b"CONFIG", b"Hub_Name"),
            Ok(Some("Mine".into()))
        );
        assert_eq!(
            store.get_config(b"config", b"hub_topic"),
            Ok(Some(Bytes::new()))
        );
        assert_eq!(store.get_config(b"config", b"nothing"), Ok(None));
        assert_eq!(
            store.get_config(b"pi_x", b"hub_name"),
            Ok(Some("other".into()))
        );
        assert_eq!(
            store.load_config(b"pi_x").unwrap(),
            [("hub_name".into(), "other".into())]
        );
        // What was stored can be read back as settings.
        let mut read = Config::default();
        for (var, value) in config {
            read.set(str::from_utf8(&var).unwrap(), &value).unwrap();
        }
        read.identity.hub_name = Config::default().identity.hub_name;
        assert_eq!(read, Config::default());

        assert_eq!(
            store.execute(set("config", "hub_name", "")),
            StoreReply::Done
        );
        assert_eq!(
            store.get_config(b"config", b"hub_name"),
            Ok(Some(Bytes::new()))
        );
    });
}

#[test]
fn every_byte_comes_back() {
    each(|_, store| {
        let nick = all_bytes(&[0]);
        let note = all_bytes(&[]);
        let new = RegUser {
            note_op: note.clone(),
            ..*user(nick.clone(), 1)
        };
        let op = StoreOp::AddUser {
            user: Box::new(new),
            password: Bytes::new(),
        };
        assert_eq!(store.execute(op), StoreReply::Done);
        let StoreReply::User(Some(seen)) = store.execute(StoreOp::GetUser { nick: nick.clone() })
        else {
            panic!("not found")
        };
        assert_eq!((&seen.nick, &seen.note_op), (&nick, &note));
        for byte in 0..=255_u8 {
            let value = Bytes::copy_from_slice(&[b'x', byte]);
            let (file, var) = (Bytes::from_static(b"pi_x"), Bytes::from(format!("v{byte}")));
            let set = StoreOp::SetConfig {
                file,
                var: var.clone(),
                value: value.clone(),
            };
            assert_eq!(store.execute(set), StoreReply::Done);
            assert_eq!(store.get_config(b"pi_x", &var), Ok(Some(value.clone())));
            // The same through a script's statement, as value and as result.
            let quoted = if byte == b'\'' { b"x''" } else { &value[..] };
            let query = [
                b"SELECT val FROM SetupList WHERE file='pi_x' AND val='",
                quoted,
                b"' AND var='v",
                byte.to_string().as_bytes(),
                b"'",
            ]
            .concat();
            assert_eq!(
                store.sql(&query, 10),
                Ok(vec![vec![Some(value)]]),
                "byte {byte}"
            );
        }
        assert_eq!(store.registered_nicks(), Ok(vec![nick]));
    });
}

#[test]
fn odd_rows_hide_no_others() {
    each(|_, store| {
        for odd in [
            "INSERT INTO reglist (nick, class, enabled) VALUES ('a', NULL, NULL)",
            "INSERT INTO reglist (nick, class, reg_date) VALUES ('b', 'three', 'yesterday')",
            "INSERT INTO reglist (nick, class, note_op) VALUES ('c', 99999999999, x'ff00fe')",
            "INSERT INTO reglist (nick, class, login_cnt) VALUES (x'64', '4', 1.5)",
            "INSERT INTO reglist (nick) VALUES ('')",
            "INSERT INTO SetupList (file, var, val) VALUES ('config', 'max_users', x'3132')",
            "INSERT INTO SetupList (file, var, val) VALUES ('config', 'hub_topic', NULL)",
        ] {
            assert_eq!(sql(store, odd), Ok(String::new()), "{odd}");
        }
        store.execute(add("good", 2, ""));
        let StoreReply::Users(users) = store.execute(StoreOp::ListUsers { class: None }) else {
            panic!("no list")
        };
        let mut seen: Vec<_> = users.iter().map(|u| (u.nick.clone(), u.class)).collect();
        seen.sort();
        let expected = [("a", 1), ("b", 1), ("c", 1), ("d", 4), ("good", 2)];
        assert_eq!(seen, expected.map(|(n, c)| (Bytes::from(n), c)));
        assert!(get(store, "a").unwrap().enabled);
        assert_eq!(get(store, "c").unwrap().note_op, b"\xff\x00\xfe"[..]);
        assert_eq!(store.registered_nicks().unwrap().len(), 5);
        let mut config = store.load_config(b"config").unwrap();
        config.sort();
        let expected = [("hub_topic", ""), ("max_users", "12")];
        assert_eq!(
            config,
            expected.map(|(k, v)| (Bytes::from(k), Bytes::from(v)))
        );
    });
}

#[test]
fn several_operations_share_a_commit_and_keep_their_answers() {
    each(|scratch, store| {
        let ops = vec![
            add("ann", 1, ""),
            add("ANN", 1, ""),
            add(&b""[..], 1, ""),
            StoreOp::SetClass {
                nick: "ann".into(),
                class: 5,
            },
            StoreOp::SetClass {
                nick: "nobody".into(),
                class: 5,
            },
            StoreOp::SetConfig {
                file: "f".into(),
                var: "v".into(),
                value: "1".into(),
            },
        ];
        let replies = store.execute_all(ops);
        use StoreReply::{Done, Exists, NoUser};
        assert_eq!(
            (&replies[..2], &replies[3..]),
            (&[Done, Exists][..], &[Done, NoUser, Done][..])
        );
        assert!(matches!(replies[2], StoreReply::Failed(_)));
        assert_eq!(get(scratch.open().as_mut(), "ann").unwrap().class, 5);
        assert_eq!(store.execute_all(vec![]), []);
    });
}

#[test]
fn two_stores_see_each_other_and_wait_for_each_other() {
    each(|_, store| {
        let adders: Vec<_> = (0..4)
            .map(|t| {
                let mut mine = store.another().unwrap();
                std::thread::spawn(move || {
                    for i in 0..50 {
                        let reply = mine.execute(add(format!("u{t}-{i}"), 1, ""));
                        assert_eq!(reply, StoreReply::Done);
                    }
                })
            })
            .collect();
        for i in 0..50 {
            assert_eq!(
                store.execute(add(format!("main{i}"), 1, "")),
                StoreReply::Done
            );
        }
        for adder in adders {
            adder.join().unwrap();
        }
        assert_eq!(store.registered_nicks().unwrap().len(), 250);
    });
}
