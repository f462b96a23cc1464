//! The `vh` functions that say something to somebody.

mod kit;

use kit::{Client, Hub, PASSWORD, Probe, Who, settle};

/// A hub with boss (10), op (3), ann (0, active) and pas (0, passive).
struct Town {
    boss: Probe,
    op: Client,
    ann: Client,
    pas: Client,
    _hub: Hub,
}

impl Town {
    fn new() -> Town {
        let hub = Hub::setup().user("op", 3, PASSWORD).probe(&[]).start();
        let boss = Probe::login(&hub);
        let (mut op, mut ann) = (hub.login_reg("op"), hub.login("ann"));
        let pas = hub.login_as(Who::new("pas").passive());
        settle(&mut [&mut op, &mut ann]);
        Town {
            boss,
            op,
            ann,
            pas,
            _hub: hub,
        }
    }

    /// Who of op, ann and pas gets `message` from `call`.
    #[track_caller]
    fn who_gets(&mut self, call: &str, message: &str) -> String {
        self.boss.is(call, "True");
        let line = format!("{message}\n");
        let mut who = String::new();
        for (name, client) in [
            ("op ", &mut self.op),
            ("ann ", &mut self.ann),
            ("pas ", &mut self.pas),
        ] {
            let got = client.quiet();
            // A private message names its receiver.
            let own = line.replace("%NICK%", name.trim_end());
            if got.contains(&own) {
                who += name;
            } else {
                assert!(got.is_empty(), "{call}: {name}got something else: {got}");
            }
        }
        who.trim_end().to_owned()
    }
}

#[test]
fn main_chat() {
    let mut t = Town::new();
    let all = "op ann pas";
    assert_eq!(t.who_gets("vh.SendToAll('hello')", "<Viperhub> hello"), all);
    assert_eq!(t.who_gets("vh.SendToAll('<x> raw')", "<x> raw"), all);
    assert_eq!(t.who_gets("vh.SendToAll('** raw|')", "** raw"), all);
    assert_eq!(t.who_gets("vh.SendToAll('$Raw data')", "$Raw data"), all);
    assert_eq!(t.who_gets("vh.mc('hello')", "<Viperhub> hello"), all);
    assert_eq!(t.who_gets("vh.mc('hello', 'eve')", "<eve> hello"), all);
    assert_eq!(
        t.who_gets("vh.mc(msg='hello|', from_nick='eve')", "<eve> hello"),
        all
    );
    assert_eq!(
        t.who_gets("vh.classmc('hello', 3, 10)", "<Viperhub> hello"),
        "op"
    );
    assert_eq!(
        t.who_gets("vh.classmc('hello', 0, 2)", "<Viperhub> hello"),
        "ann pas"
    );
    assert_eq!(
        t.who_gets("vh.classmc('hello', 3, 'eve')", "<eve> hello"),
        "op"
    );
    assert_eq!(
        t.who_gets("vh.classmc('hello', 0, 0, 'eve')", "<eve> hello"),
        "ann pas"
    );
    t.boss.is("vh.classmc('hello', 5, 3)", "False");
}

#[test]
fn one_users_main_chat() {
    let mut t = Town::new();
    // In every documented order.
    for call in [
        "vh.usermc('ann', 'hello ann')",
        "vh.usermc('hello ann', 'ann')",
        "vh.usermc(message='hello ann', nick='ann')",
    ] {
        assert_eq!(t.who_gets(call, "<Viperhub> hello ann"), "ann");
    }
    for call in [
        "vh.usermc('ann', 'hello ann', 'eve')",
        "vh.usermc('hello ann', 'ann', 'eve')",
    ] {
        assert_eq!(t.who_gets(call, "<eve> hello ann"), "ann");
    }
    assert_eq!(
        t.who_gets("vh.usermc('ann', 'word')", "<Viperhub> word"),
        "ann"
    );
    assert_eq!(
        t.who_gets("vh.SendToUser('ann', 'hello')", "<Viperhub> hello"),
        "ann"
    );
    assert_eq!(
        t.who_gets("vh.SendToUser('ann', '$Raw data')", "$Raw data"),
        "ann"
    );
    for nobody in [
        "vh.usermc('nobody', 'hello there')",
        "vh.usermc('Viperhub', 'hello there')",
        "vh.SendToUser('nobody', 'x')",
    ] {
        t.boss.is(nobody, "False");
    }
}

#[test]
fn private_messages() {
    let mut t = Town::new();
    let plain = "$To: ann From: Viperhub $<Viperhub> hello ann";
    for call in [
        "vh.pm('ann', 'hello ann')",
        "vh.pm('hello ann', 'ann')",
        "vh.pm(nick='ann', message='hello ann')",
    ] {
        assert_eq!(t.who_gets(call, plain), "ann");
    }
    let from = "$To: ann From: op $<op> hello ann";
    for call in [
        "vh.pm('hello ann', 'ann', 'op')",
        "vh.pm('op', 'ann', 'hello ann')",
    ] {
        assert_eq!(t.who_gets(call, from), "ann");
    }
    assert_eq!(
        t.who_gets(
            "vh.pm('hello', 'ann', 'OpChat', 'op')",
            "$To: ann From: OpChat $<op> hello"
        ),
        "ann"
    );
    t.boss.is("vh.pm('nobody', 'hello there')", "False");
    t.boss.is("vh.pm('Viperhub', 'hello there')", "False");

    let to_all = "$To: %NICK% From: op $<op> news";
    assert_eq!(
        t.who_gets("vh.SendPMToAll('news', 'op', 0, 3)", to_all),
        "op ann pas"
    );
    assert_eq!(
        t.who_gets("vh.SendPMToAll('news', 'op', 3, 3)", to_all),
        "op"
    );
}

#[test]
fn the_operator_chat() {
    let mut t = Town::new();
    assert_eq!(
        t.who_gets(
            "vh.SendToOpChat('news')",
            "$To: op From: OpChat $<OpChat> news"
        ),
        "op"
    );
    assert_eq!(
        t.who_gets(
            "vh.SendToOpChat('news', 'ann')",
            "$To: op From: OpChat $<ann> news"
        ),
        "op"
    );
    assert_eq!(
        t.who_gets(
            "vh.SendToOpChat('news', 'nobody')",
            "$To: op From: OpChat $<OpChat> news"
        ),
        "op"
    );
}

#[test]
fn raw_data() {
    let mut t = Town::new();
    let raw = "$Raw data";
    assert_eq!(
        t.who_gets("vh.SendDataToAll('$Raw data', 0, 10)", raw),
        "op ann pas"
    );
    assert_eq!(
        t.who_gets("vh.SendDataToAll('$Raw data|', 3, 3)", raw),
        "op"
    );
    assert_eq!(
        t.who_gets("vh.SendDataToAll('$Raw data', 0, 0, 1)", raw),
        "ann pas"
    );
    assert_eq!(
        t.who_gets("vh.SendDataToUser('$Raw data', 'pas')", raw),
        "pas"
    );
    assert_eq!(
        t.who_gets("vh.SendDataToUser('$Raw data|', 'pas', 1)", raw),
        "pas"
    );
    assert_eq!(t.who_gets("vh.SendToActive('$Raw data')", raw), "op ann");
    assert_eq!(t.who_gets("vh.SendToPassive('$Raw data')", raw), "pas");
    assert_eq!(
        t.who_gets("vh.SendToActiveClass('$Raw data', 0, 2)", raw),
        "ann"
    );
    assert_eq!(
        t.who_gets("vh.SendToPassiveClass('$Raw data', 0, 2)", raw),
        "pas"
    );
    assert_eq!(
        t.who_gets("vh.SendToPassiveClass('$Raw data', 3, 10, 1)", raw),
        ""
    );
    for call in [
        "vh.SendDataToAll('x', 5, 3)",
        "vh.SendToActiveClass('x', 5, 3)",
        "vh.SendToPassiveClass('x', 5, 3)",
        "vh.SendDataToUser('x', 'nobody')",
        "vh.SendDataToUser('x', 'Viperhub')",
    ] {
        t.boss.is(call, "False");
    }
}

/// Several messages in one piece of data, and what is sent is in order.
#[test]
fn order_and_pieces() {
    let mut t = Town::new();
    t.boss.exec("for n in range(200): vh.usermc('ann', f'line {n}'); vh.SendDataToUser(f'$Data {n}|$More {n}', 'ann')");
    for n in 0..200 {
        t.ann.expect_exact(format!("<Viperhub> line {n}"));
        t.ann.expect_exact(format!("$Data {n}"));
        t.ann.expect_exact(format!("$More {n}"));
    }
}

#[test]
fn wrong_arguments_raise_type_error() {
    let mut t = Town::new();
    for call in [
        "vh.mc()",
        "vh.mc('a', 'b', 'c')",
        "vh.mc(5)",
        "vh.usermc('ann')",
        "vh.SendDataToAll('x')",
        "vh.SendDataToAll('x', 'low', 'high')",
        "vh.mc('x', nonsense=1)",
        "vh.GetUserClass(b'ann')",
        "vh.GetUserClass([])",
        "vh.AddRobot('nick')",
    ] {
        let got = t.boss.eval(call);
        assert!(got.starts_with("TypeError: "), "{call} gave {got}");
    }
    t.ann.expect_none("x");
}
