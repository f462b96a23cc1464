//! Bytes stay bytes: the hub's encoding matters at the border to scripts only.

mod kit;

use kit::{Hub, PASSWORD, Probe, Who};

/// All bytes a chat line can hold.
fn every_byte() -> Vec<u8> {
    (1..=255)
        .filter(|b| !matches!(b, b'|' | b'$' | b'\r' | b'\n'))
        .collect()
}

#[test]
fn without_scripts_every_byte_passes() {
    let hub = Hub::start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let text = every_byte();
    ann.chat(&text);
    bob.expect_exact([b"<ann> ".as_slice(), &text].concat());
}

/// A hook sees text, and what it hands back unchanged is the same bytes, text or not.
fn every_byte_passes_a_script(encoding: &str) {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    return nick, text
def OnParsedMsgPM(nick, text, to):
    vh.pm(text, to, nick)
    return 0
";
    let hub = Hub::setup()
        .set("hub_encoding", encoding)
        .script("echo.py", source)
        .start();
    let (mut ann, mut bob) = (hub.login("ann"), hub.login("bob"));
    let text = every_byte();
    ann.chat(&text);
    bob.expect_exact([b"<ann> ".as_slice(), &text].concat());
    ann.pm("bob", &text);
    bob.expect_exact([b"$To: bob From: ann $<ann> ".as_slice(), &text].concat());
}

#[test]
fn every_byte_passes_a_script_with_cp1252() {
    every_byte_passes_a_script("CP1252");
}

#[test]
fn every_byte_passes_a_script_with_cp1251() {
    every_byte_passes_a_script("CP1251");
}

#[test]
fn every_byte_passes_a_script_with_utf_8() {
    every_byte_passes_a_script("UTF-8");
}

/// What a line of these bytes is to a script.
fn seen(encoding: &str, bytes: &[u8]) -> String {
    let mut setup = Hub::setup().probe(&["OnParsedMsgChat"]);
    if !encoding.is_empty() {
        setup = setup.set("hub_encoding", encoding);
    }
    let hub = setup.start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    ann.chat(bytes);
    ann.expect("<ann> ");
    boss.eval("ascii([a[1] for n, a in calls])")
}

#[test]
fn the_default_is_cp1252() {
    // Euro, a umlaut, and 0x81, to which CP1252 gives no character: it is the control character of that number.
    assert_eq!(seen("", b"\x80\xe4\x81"), r#""['\\u20ac\\xe4\\x81']""#);
}

#[test]
fn cyrillic() {
    assert_eq!(
        seen("CP1251", b"\xcf\xf0\xe8\xe2\xe5\xf2"),
        r#""['\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442']""#
    );
}

#[test]
fn utf_8() {
    assert_eq!(
        seen("UTF-8", "aé€😀".as_bytes()),
        r#""['a\\xe9\\u20ac\\U0001f600']""#
    );
    // CP1252 bytes on a hub of UTF-8 reach the hook all the same.
    assert_eq!(seen("UTF-8", b"caf\xe9"), r#""['caf\\udce9']""#);
}

#[test]
fn scripts_write_in_the_hubs_encoding() {
    for (encoding, text, bytes) in [
        ("CP1252", "'\\u20ac\\xe4'", &b"\x80\xe4"[..]),
        ("CP1251", "'\\u041f\\u0440'", b"\xcf\xf0"),
        ("UTF-8", "'\\u20ac\\xe4'", "€ä".as_bytes()),
    ] {
        let hub = Hub::setup()
            .set("hub_encoding", encoding)
            .probe(&[])
            .start();
        let mut boss = Probe::login(&hub);
        let mut ann = hub.login("ann");
        boss.is(&format!("vh.usermc('ann', 'text: ' + {text})"), "True");
        ann.expect_exact([b"<Viperhub> text: ", bytes].concat());
    }
}

/// In some encodings a character has a second byte that is the pipe's: it cannot be sent, as it
/// would end the message, but it can be kept.
#[test]
fn a_character_with_a_pipe_in_it_does_not_end_a_message() {
    let source = "\
import vh
def OnParsedMsgChat(nick, text):
    return nick, text + ': \\u56db\\u4e00'
def OnScriptQuery(command, data, recipient, sender):
    return data
";
    let hub = Hub::setup()
        .set("hub_encoding", "Big5")
        .script("four.py", source)
        .probe(&[])
        .start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is("vh.usermc('ann', 'four: \\u56db\\u4e00')", "True");
    ann.expect_exact(b"<Viperhub> four: ?\xa4@");
    ann.chat("five");
    ann.expect_exact(b"<ann> five: ?\xa4@");
    boss.is(
        "vh.SQL('SELECT \\'\\u56db\\'') == (1, [['\\u56db']])",
        "True",
    );
    boss.is("vh.ScriptQuery('x', '\\u56db') == ['\\u56db']", "True");
}

/// Characters the hub's encoding does not have never make a call fail.
#[test]
fn what_cannot_be_written_becomes_something_else() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let mut ann = hub.login("ann");
    boss.is("vh.usermc('ann', 'snake: \\U0001f40d!')", "True");
    let got = ann.expect_bytes("snake: ");
    assert!(
        got.ends_with(b"!") && got.len() <= b"<Viperhub> snake: ????!".len(),
        "{got:?}"
    );
}

#[test]
fn nicks_that_are_no_text_work_everywhere() {
    let hub = Hub::setup()
        .set("hub_encoding", "UTF-8")
        .probe(&["OnParsedMsgChat", "OnUserLogin", "OnUserLogout"])
        .start();
    let mut boss = Probe::login(&hub);
    boss.calls("OnUserLogin");
    let nick = b"caf\xe9";
    let mut cafe = hub.login_as(Who::new(nick));
    boss.is(
        "ascii([a for n, a in calls if n == 'OnUserLogin'])",
        r#""[('caf\\udce9',)]""#,
    );
    boss.is("vh.GetUserClass('caf\\udce9')", "0");
    boss.is(
        "ascii([n for n in vh.GetNickList() if n.startswith('caf')])",
        r#""['caf\\udce9']""#,
    );
    boss.is("vh.usermc('caf\\udce9', 'found you')", "True");
    cafe.expect_exact("<Viperhub> found you");
    cafe.chat("hello");
    boss.client.expect_bytes(b"<caf\xe9> hello");
    drop(cafe);
    boss.client.expect_bytes(b"$Quit caf\xe9");
    boss.is(
        "ascii([a for n, a in calls if n == 'OnUserLogout'])",
        r#""[('caf\\udce9',)]""#,
    );
}

#[test]
fn registered_nicks_and_settings_keep_their_bytes() {
    let mut hub = Hub::setup().user("boss", 10, PASSWORD).start();
    let mut boss = hub.login_reg("boss");
    boss.chat([b"!regnew caf\xe9 1 ".as_slice(), PASSWORD.as_bytes()].concat());
    boss.expect("is now registered");
    boss.chat(b"!set hub_name D\xe9n");
    boss.expect_bytes(b"$HubName D\xe9n");
    hub.stop();
    let hub = hub.restart();
    let cafe = hub.login_as(Who::new(b"caf\xe9").password(PASSWORD));
    assert!(
        cafe.history().contains("$HubName D\u{fffd}n"),
        "{}",
        cafe.history()
    );
}
