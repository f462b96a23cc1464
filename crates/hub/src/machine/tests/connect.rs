use super::*;
use crate::hooks::{Event, Hook};

#[test]
fn the_address_is_corrected_and_the_rest_kept() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("Bob"));
    k.send(a, "$ConnectToMe bob 1.2.3.4:412");
    k.expect(b, "$ConnectToMe Bob 80.0.0.1:412|");
    k.send(a, "$ConnectToMe bob 80.0.0.1:412R");
    k.expect(b, "$ConnectToMe Bob 80.0.0.1:412|");
    k.send(
        a,
        "$ConnectToMe nobody 1.2.3.4:412|$ConnectToMe a 1.2.3.4:412",
    );
    k.send(a, "$ConnectToMe OpChat 1.2.3.4:412");
    k.expect(a, "");
    k.hook(&[Hook::ParsedMsgConnectToMe]);
    k.send(a, "$ConnectToMe bob 1.2.3.4:412");
    let Event::ParsedMsgConnectToMe { ip, port, .. } = k.block() else {
        panic!("not a CTM")
    };
    assert_eq!((&ip[..], &port[..]), (&b"1.2.3.4"[..], &b"412"[..]));
    k.expect(b, "");
    k.unhook();
    k.send(a, "$ConnectToMe bob 1.2.3.4:99999");
    assert!(k.closed(a));
}

#[test]
fn suffixes_for_tls_and_nat() {
    let nat = |nick: &str| passive(nick).replace("100\x01", "100\x31");
    let mut k = Kit::new();
    let a = k.login_as("a", "TLS", &nat("a"));
    let b = k.login_as("b", "TLS", &nat("b"));
    let c = k.login_as("c", "TLS", &info("c"));
    k.send(a, "$ConnectToMe b 80.0.0.1:412S");
    k.expect(b, "$ConnectToMe b 80.0.0.1:412S|");
    k.send(
        a,
        "$ConnectToMe b 80.0.0.1:412N a|$ConnectToMe b 80.0.0.1:412NS a",
    );
    k.expect(
        b,
        "$ConnectToMe b 80.0.0.1:412N a|$ConnectToMe b 80.0.0.1:412NS a|",
    );
    // c can do no NAT traversal, and has no TLS bit in its MyINFO.
    k.send(a, "$ConnectToMe c 80.0.0.1:412N a");
    k.expect(c, "$ConnectToMe c 80.0.0.1:412|");
    k.send(a, "$ConnectToMe c 80.0.0.1:412S");
    k.expect(c, "");
    k.expect(a, "<Viperhub> A secure connection with c is not possible.|");
    k.send(a, "$ConnectToMe b 80.0.0.1:412N b");
    assert!(k.closed(a), "a NAT suffix with somebody else's nick");
}

#[test]
fn versions_of_tls_tell_who_can_connect_securely() {
    use crate::io::Tls::{Plain, V1_0, V1_1, V1_2, V1_3};
    for (a, b, features, fits) in [
        (V1_3, V1_3, "", true),
        (V1_3, V1_2, "", true),
        (V1_0, V1_2, "", true),
        (V1_3, V1_0, "TLS", false),
        (V1_3, V1_1, "TLS", true),
        (V1_3, V1_1, "", false),
        (Plain, V1_3, "TLS", true),
        (Plain, Plain, "", false),
    ] {
        let mut k = Kit::new();
        let secure = |nick: &str| info(nick).replace("100\x01", "100\x11");
        let (a_id, b_id) = (k.connect_over("80.0.0.1", a), k.connect_over("80.0.0.2", b));
        k.finish_login(a_id, "a", features, &secure("a"));
        k.finish_login(b_id, "b", features, &secure("b"));
        k.got(a_id);
        k.got(b_id);
        k.send(a_id, "$ConnectToMe b 80.0.0.1:412S");
        let there = k.got(b_id) == "$ConnectToMe b 80.0.0.1:412S|";
        assert_eq!(there, fits, "{a:?} {b:?} {features}");
        assert_eq!(k.got(a_id).contains("is not possible"), !fits);
    }
}

#[test]
fn who_wants_no_words_about_requests_gets_none() {
    for hidden in [false, true] {
        let mut k = Kit::with(&[("min_class_use_hub", "2")]);
        k.register_as(crate::reg::RegUser {
            nick: "reg".into(),
            class: 1,
            enabled: true,
            has_password: true,
            hide_ctmmsg: hidden,
            ..Default::default()
        });
        let (reg, b) = (k.login("reg"), k.login_as("b", "", &passive("b")));
        k.got(b);
        let mut told = |line: &str, what: &str| {
            k.send(reg, line);
            let got = k.got(reg);
            assert_eq!(got.contains(what), !hidden, "{line}: {got}");
            assert_eq!(got.is_empty(), hidden, "{line}: {got}");
            k.expect(b, "");
        };
        told("$Search 1.2.3.4:412 F?T?0?1?word", "You need class 2");
        told("$RevConnectToMe reg nobody", "nobody is not online");
        told("$RevConnectToMe reg b", "b is passive");
    }
}

#[test]
fn who_hides_his_share_asks_nobody_to_connect() {
    let mut k = Kit::new();
    k.register_as(crate::reg::RegUser {
        nick: "reg".into(),
        class: 1,
        enabled: true,
        has_password: true,
        hide_share: true,
        ..Default::default()
    });
    let a = k.login("a");
    let reg = k.login_as("reg", "", &passive("reg"));
    k.got(a);
    k.send(reg, "$RevConnectToMe reg a");
    k.expect_in(reg, "while your share is hidden");
    k.expect(a, "");
}

#[test]
fn passive_users_ask_active_ones() {
    let mut k = Kit::new();
    let (a, p) = (k.login("a"), k.login_as("p", "", &passive("p")));
    let q = k.login_as("q", "", &passive("q"));
    k.send(p, "$RevConnectToMe p A");
    k.expect(a, "$RevConnectToMe p A|");
    k.send(p, "$RevConnectToMe p q");
    k.expect(p, "<Viperhub> q is passive like you, you cannot connect.|");
    k.expect(q, "");
    k.hook(&[Hook::ParsedMsgRevConnectToMe]);
    k.send(p, "$RevConnectToMe p a");
    k.block();
    k.expect(a, "");
}

#[test]
fn who_may_not_be_connected_to() {
    let mut k = Kit::with(&[("classdif_download", "2"), ("hide_msg_badctm", "0")]);
    k.register("op", 3);
    let (a, op) = (k.login("a"), k.login("op"));
    k.login_as("chatter", "ChatOnly", &info("chatter"));
    k.send(a, "$ConnectToMe op 80.0.0.1:412");
    k.expect_in(a, "class is too low");
    k.expect(op, "");
    k.send(a, "$ConnectToMe chatter 80.0.0.1:412");
    k.expect(a, "<Viperhub> That user only wants to chat.|");
    let mut k = Kit::with(&[("min_share_use_hub", "1")]);
    let (a, _) = (k.login("a"), k.login("b"));
    k.send(a, "$ConnectToMe b 80.0.0.1:412");
    k.expect(
        a,
        "<Viperhub> You need to share 1 MiB to search and download here.|",
    );
}
