use super::*;
use crate::hooks::Hook;
use crate::io::Call;

#[test]
fn a_private_message_goes_as_it_came() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("Bob"));
    k.send(a, "$To: bOB From: A $<a> hi");
    k.expect(b, "$To: bOB From: A $<a> hi|");
    k.expect(a, "");
    k.send(a, "$To: nobody From: a $<a> hi");
    k.expect(a, "<Viperhub> nobody is not online.|");
    k.hook(&[Hook::ParsedMsgPM]);
    k.send(a, "$To: Bob From: a $<a> secret");
    k.block();
    k.expect(b, "");
}

#[test]
fn the_rules_of_private_messages() {
    let mut k = Kit::with(&[
        ("max_pm_msg", "5"),
        ("classdif_pm", "1"),
        ("private_class", "0"),
    ]);
    k.register("vip", 2);
    let (a, vip) = (k.login("a"), k.login("vip"));
    k.send(a, "$To: vip From: a $<a> x");
    k.expect(
        a,
        "<Viperhub> Your class is too low to write to that user.|",
    );
    k.send(vip, "$To: a From: vip $<vip> longer than five");
    k.expect_in(a, "longer than five|");
    let b = k.login("b");
    k.send(a, "$To: b From: a $<a> sixsix");
    k.expect(a, "<Viperhub> Your message is longer than 5 bytes.|");
    k.expect(b, "");
    let mut k = Kit::with(&[("private_class", "1")]);
    let (a, _) = (k.login("a"), k.login("b"));
    k.send(a, "$To: b From: a $<a> x");
    k.expect(a, "<Viperhub> You need class 1 to write private messages.|");
}

#[test]
fn mcto_in_the_form_its_receiver_knows() {
    let mut k = Kit::new();
    let a = k.login("a");
    let b = k.login_as("b", "MCTo", &info("b"));
    let c = k.login("c");
    k.send(a, "$MCTo: b $a hi|$MCTo: c $a hi|$MCTo: OpChat $a hi");
    k.expect(b, "$MCTo: b $a hi|");
    k.expect(c, "<a> hi|");
    k.expect(a, "<Viperhub> OpChat is a bot.|");
    k.hook(&[Hook::ParsedMsgMCTo]);
    k.send(a, "$MCTo: b $a hi");
    k.block();
    k.expect(b, "");
}

#[test]
fn the_operator_chat_is_for_operators() {
    let mut k = Kit::new();
    k.register("op", 3);
    k.register("boss", 5);
    let (a, op, boss) = (k.login("a"), k.login("op"), k.login("boss"));
    k.send(op, "$To: OpChat From: op $<op> hello");
    k.expect(boss, "$To: boss From: OpChat $<op> hello|");
    k.expect(op, "");
    k.send(a, "$To: OpChat From: a $<a> hello");
    k.expect(
        a,
        "$To: a From: OpChat $<OpChat> Only operators may write here.|",
    );
    k.expect(boss, "");
    k.hook(&[Hook::OpChatMessage]);
    k.send(op, "$To: OpChat From: op $<op> blocked");
    k.block();
    k.expect(boss, "");
    let from = Some("op".into());
    assert!(k.call(Call::OpChat {
        from,
        text: "x".into()
    }));
    k.expect(op, "$To: op From: OpChat $<op> x|");
    // Raising the class sends those below it out.
    assert!(k.call(Call::SetConfig {
        file: "config".into(),
        var: "opchat_class".into(),
        value: "5".into()
    }));
    k.got(boss);
    let text = "int | None".into();
    assert!(k.call(Call::Report { text, log: None }));
    k.expect(op, "");
    k.expect(boss, "$To: boss From: OpChat $<OpChat> int &#124; None|");
}

#[test]
fn who_wrote_to_all_gets_the_answers_to_the_hub_bot() {
    let mut k = Kit::new();
    let (a, b) = (k.login("a"), k.login("b"));
    assert!(k.call(Call::PmToClasses {
        from: "b".into(),
        text: "news".into(),
        min: 0,
        max: 10,
    }));
    k.expect(a, "$To: a From: b $<b> news|");
    k.got(b);
    k.send(a, "$To: Viperhub From: a $<a> thanks");
    k.expect(b, "$To: b From: a $<a> thanks|");
}
