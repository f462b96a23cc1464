//! Registrations and passwords.

use bytes::Bytes;
use hub::reg::{RegUser, StoreOp, StoreReply};

use crate::common::{add, check, get, sql};
use crate::each;

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
    each(|scratch, store| {
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
        // Only ASCII letters are folded. A server may hold more for equal, and keeps one then.
        let upper = || Bytes::from("\u{c4}rger");
        for lower in ["\u{e4}rger", "arger"].map(Bytes::from) {
            assert_eq!(store.execute(add(upper(), 2, "p")), StoreReply::Done);
            let reply = store.execute(add(lower.clone(), 1, ""));
            let distinct = reply == StoreReply::Done;
            assert!(distinct || !scratch.is_sqlite() && reply == StoreReply::Exists);
            if !distinct {
                for op in [
                    StoreOp::SetClass {
                        nick: lower.clone(),
                        class: 5,
                    },
                    StoreOp::DelUser {
                        nick: lower.clone(),
                    },
                ] {
                    assert_eq!(store.execute(op), StoreReply::NoUser);
                }
                let get = StoreOp::GetUser {
                    nick: lower.clone(),
                };
                assert_eq!(store.execute(get), StoreReply::User(None));
                assert_eq!(store.verify_password(&lower, b"p"), Ok(false));
            }
            let get = StoreOp::GetUser { nick: upper() };
            let StoreReply::User(Some(user)) = store.execute(get) else {
                panic!("not there")
            };
            assert_eq!((user.nick, user.class), (upper(), 2));
            assert_eq!(
                store.execute(StoreOp::DelUser { nick: upper() }),
                StoreReply::Done
            );
        }
    });
}

#[test]
fn what_is_no_nick_is_refused() {
    each(|_, store| {
        for nick in [&b""[..], b"a\0b"] {
            let reply = store.execute(add(nick, 1, ""));
            assert!(matches!(reply, StoreReply::Failed(_)), "{reply:?}");
        }
        // What is too long is refused or kept whole, never cut.
        let long = Bytes::from("x".repeat(70));
        if store.execute(add(long.clone(), 1, "")) == StoreReply::Done {
            assert_eq!(store.registered_nicks(), Ok(vec![long]));
        } else {
            assert_eq!(store.registered_nicks(), Ok(vec![]));
        }
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
fn new_passwords_are_the_originals_when_the_owner_wants_it() {
    each(|_, store| {
        let set = |value: &'static str| StoreOp::SetConfig {
            file: "config".into(),
            var: "verlihub_passwords".into(),
            value: value.into(),
        };
        let kind = "SELECT pwd_crypt FROM reglist WHERE nick = 'ann'";
        assert_eq!(store.execute(add("ann", 1, "secret")), StoreReply::Done);
        assert_eq!(sql(store, kind).as_deref(), Ok("3"));
        assert_eq!(store.execute(set("1")), StoreReply::Done);
        let change = StoreOp::SetPassword {
            nick: "ann".into(),
            password: "secret".into(),
        };
        assert_eq!(store.execute(change.clone()), StoreReply::Done);
        let stored = "SELECT pwd_crypt, login_pwd FROM reglist WHERE nick = 'ann'";
        let md5 = "2,5ebe2294ecd0e0f08eab7690d2a6ee69";
        assert_eq!(sql(store, stored).as_deref(), Ok(md5));
        let right = StoreReply::Password(true);
        assert_eq!(store.execute(check("ann", "secret")), right);
        assert_eq!(store.execute(set("0")), StoreReply::Done);
        assert_eq!(store.execute(change), StoreReply::Done);
        assert_eq!(sql(store, kind).as_deref(), Ok("3"));
        assert_eq!(store.execute(check("ann", "secret")), right);
    });
}

#[test]
fn old_passwords_are_hashed_anew_when_the_owner_allows_it() {
    each(|_, store| {
        for (nick, kind, stored) in [
            ("plain", 0, "secret"),
            ("crypt", 1, "xOAFZqRz5RduI"),
            ("md5", 2, "5ebe2294ecd0e0f08eab7690d2a6ee69"),
        ] {
            let query = format!(
                "INSERT INTO reglist (nick, pwd_change, pwd_crypt, login_pwd)
                 VALUES ('{nick}', 0, {kind}, '{stored}')"
            );
            sql(store, query).unwrap();
        }
        let kinds = "SELECT pwd_crypt, login_cnt FROM reglist ORDER BY nick";
        let all = [
            ("crypt", "password"),
            ("md5", "secret"),
            ("plain", "secret"),
        ];
        let set = |var: &'static str, value: &'static str| StoreOp::SetConfig {
            file: "config".into(),
            var: var.into(),
            value: value.into(),
        };
        let enter = |store: &mut dyn store::Store| {
            for (nick, password) in all {
                assert_eq!(
                    store.execute(check(nick, "wrong")),
                    StoreReply::Password(false)
                );
                assert_eq!(
                    store.execute(check(nick, password)),
                    StoreReply::Password(true)
                );
            }
        };
        enter(store);
        assert_eq!(sql(store, kinds).as_deref(), Ok("1,1;2,1;0,1"));
        // Not while new ones are to be the original's.
        store.execute(set("rehash_passwords", "1"));
        store.execute(set("verlihub_passwords", "1"));
        enter(store);
        assert_eq!(sql(store, kinds).as_deref(), Ok("1,2;2,2;0,2"));
        store.execute(set("verlihub_passwords", "0"));
        enter(store);
        assert_eq!(sql(store, kinds).as_deref(), Ok("3,3;3,3;3,3"));
        enter(store);
        assert_eq!(sql(store, kinds).as_deref(), Ok("3,4;3,4;3,4"));
        // One that was set meanwhile stays.
        let rehash = Some(store::Rehash {
            old: "secret".into(),
            new: "late".into(),
        });
        let login = store::Login {
            nick: "plain".into(),
            ip: "1.1.1.1".into(),
            now: 5,
            right: true,
            rehash,
        };
        store.record_logins(&[login]).unwrap();
        assert_eq!(store.verify_password(b"plain", b"secret"), Ok(true));
    });
}

#[test]
fn each_of_the_originals_kinds_can_be_asked_for() {
    each(|_, store| {
        let set = |var: &'static str, value: &'static str| StoreOp::SetConfig {
            file: "config".into(),
            var: var.into(),
            value: value.into(),
        };
        store.execute(set("verlihub_passwords", "1"));
        for (kind, nick) in [("0", "a"), ("1", "b"), ("2", "c")] {
            store.execute(set("default_password_encryption", kind));
            assert_eq!(store.execute(add(nick, 1, "secret")), StoreReply::Done);
            let stored = sql(
                store,
                format!("SELECT pwd_crypt FROM reglist WHERE nick = '{nick}'"),
            );
            assert_eq!(stored.as_deref(), Ok(kind));
            assert_eq!(
                store.execute(check(nick, "secret")),
                StoreReply::Password(true)
            );
            assert_eq!(
                store.execute(check(nick, "secreT")),
                StoreReply::Password(false)
            );
        }
        let plain = sql(store, "SELECT login_pwd FROM reglist WHERE nick = 'a'");
        assert_eq!(plain.as_deref(), Ok("secret"));
    });
}

#[test]
fn single_columns_and_logins_without_a_password() {
    each(|_, store| {
        store.execute(add("Ann", 3, ""));
        for (name, value) in [
            ("class", "4"),
            ("class_protect", "2"),
            ("class_hidekick", "1"),
            ("hide_kick", "1"),
            ("hide_keys", "1"),
            ("show_keys", "1"),
            ("hide_share", "1"),
            ("hide_chat", "1"),
            ("hide_ctmmsg", "1"),
            ("enabled", "0"),
            ("note_op", "a note"),
            ("note_usr", "for you"),
            ("auth_ip", "192.0.2.1"),
            ("alternate_ip", "192.0.2.2"),
            ("fake_ip", "fd00::1"),
        ] {
            let field = hub::reg::Field::find(name.as_bytes()).unwrap();
            let value = field.parse(&value.into()).unwrap();
            let nick = "ann".into();
            let reply = store.execute(StoreOp::SetField {
                nick,
                field,
                value: value.clone(),
            });
            assert_eq!(reply, StoreReply::Done);
            assert_eq!((field.get)(&get(store, "ann").unwrap()), value, "{name}");
        }
        let field = hub::reg::Field::find(b"NOTE_OP").unwrap();
        let value = field.parse(&Bytes::new()).unwrap();
        for (nick, reply) in [("ann", StoreReply::Done), ("bob", StoreReply::NoUser)] {
            let (nick, value) = (nick.into(), value.clone());
            assert_eq!(
                store.execute(StoreOp::SetField { nick, field, value }),
                reply
            );
        }
        let null = "SELECT count(*) FROM reglist WHERE note_op IS NULL";
        assert_eq!(sql(store, null).as_deref(), Ok("1"));

        for (nick, right, reply) in [
            ("ANN", true, StoreReply::Done),
            ("ann", false, StoreReply::Done),
            ("ann", false, StoreReply::Done),
            ("bob", true, StoreReply::NoUser),
        ] {
            let op = StoreOp::Login {
                nick: nick.into(),
                ip: "192.0.2.9".into(),
                now: 77,
                right,
            };
            assert_eq!(store.execute(op), reply);
        }
        let ann = get(store, "ann").unwrap();
        assert_eq!(
            (ann.login_cnt, ann.login_last, &ann.login_ip[..]),
            (1, 77, &b"192.0.2.9"[..])
        );
        assert_eq!(
            (ann.error_cnt, ann.error_last, &ann.error_ip[..]),
            (2, 77, &b"192.0.2.9"[..])
        );
    });
}
