//! A text is never a message, and never a line of the log.

use super::kit::{Client, Hub, PASSWORD, Probe, Who, settle};
use super::witness::{Witness, never};

/// What a text holds that wants to be a message.
const EVIL: &str =
    "x|$Quit victim|<victim> forged|$ForceMove evil|$MyINFO $ALL ghost d$ $1\\x01$m$1$|y";

/// Everything a script can say, tell or store, with messages in each text.
#[test]
fn no_text_of_a_script_is_a_message() {
    let hub = Hub::setup().probe(&[]).user("op", 3, PASSWORD).start();
    let (mut victim, mut op) = (hub.login("victim"), hub.login_reg("op"));
    let mut probe = Probe::login(&hub);
    probe.exec(&format!("E = '{EVIL}'"));
    for code in [
        "vh.usermc(E, 'op')",
        "vh.mc(E)",
        "vh.classmc(E, 0, 10)",
        "vh.pm(E, 'op')",
        "vh.SendPMToAll(E, 'boss', 0, 10)",
        "vh.SendToOpChat(E)",
        "vh.SendToOpChat(E, 'op')",
        "vh.AddRobot('bot1', 2, E, E, E, '0')",
        "vh.AddRobot('bot2', 2, 'd', 'speed' + E, 'mail' + E, '77' + E)",
        "vh.SetMyINFO('op', E, '', '', E, '5')",
        "vh.SetMyINFO('op', '', E, E, '', E)",
        "vh.Topic(E)",
        "vh.SetConfig('config', 'hub_name', E)",
        "vh.SetConfig('config', 'hub_desc', E)",
        "vh.SetConfig('config', 'hub_owner', E)",
        "vh.SetConfig('config', 'hub_security_desc', E)",
        "vh.SetConfig('config', 'opchat_desc', E)",
        "vh.SetConfig('config', 'msg_welcome_guest', E)",
        "vh.SetConfig('config', 'hub_host', E)",
        "vh.Ban('op', 'zed', E, 600, vh.eBF_NICK)",
        "vh.Ban('op', 'zed2|$Quit victim|', 'why', 600, vh.eBF_NICK)",
        "vh.AddRegUser('newreg', 1, 'secret-of-his', E)",
        "vh.KickUser('op', 'nobody', E)",
        "vh.ParseCommand('boss', '!topic ' + E)",
        "vh.ParseCommand('boss', '!infoban ' + E)",
        "vh.ParseCommand('boss', '!help ' + E, 1)",
        "vh.ParseCommand('boss', '!getip ' + E)",
        "vh.ParseCommand('boss', '!' + E)",
        "vh.ParseCommand('boss', '!ban_5s zed3 ' + E)",
        "vh.ParseCommand('boss', '!regnew zed4|$Quit victim| 1')",
        "vh.SQL(\"INSERT INTO banlist (ip, nick, ban_type, date_start, nick_op, reason) VALUES ('_nickban_', 'zed5', 2, 1, 'o|$Quit victim|p', 'w|$Quit victim|y')\")",
        "vh.SQL(\"INSERT INTO file_trigger (command, send_as, def, descr, flags, min_class, max_class) VALUES ('+odd', 'n|$Quit victim|', 't|$Quit victim|<victim> forged|', 'h|$Quit victim|', 16, 0, 10)\")",
        "vh.SQL(\"INSERT INTO custom_redirects (address, flag) VALUES ('there|$Quit victim|', 0)\")",
        "(_ for _ in ()).throw(ValueError(E))",
    ] {
        // Refused is as good as made harmless.
        probe.eval(code);
    }
    probe.client.chat("!reload");
    probe.client.expect("Reloaded");
    for command in [
        "help",
        "lstban",
        "lsttrigger",
        "lstredirect",
        "gc hub_*",
        "topic",
        "hublist",
        "myinfo",
        "me x",
        "pylist",
        "reginfo newreg",
        "infoban zed5",
        "reglist",
        "hubinfo",
        "temprights",
        "who op",
    ] {
        for sign in ["!", "+"] {
            probe.client.chat(format!("{sign}{command}"));
            op.chat(format!("{sign}{command}"));
        }
    }
    victim.chat("+odd");
    victim.chat("+help");
    let mut newcomer = hub.login("newcomer");
    settle(&mut [&mut victim, &mut op, &mut probe.client, &mut newcomer]);
    let mut known = vec!["victim", "op", "boss", "newcomer", "bot1", "bot2"];
    // A text before `|` may be what a trigger is shown as.
    known.push("n&#124;$Quit victim&#124;");
    let witness = Witness::of(&known);
    for client in [&victim, &op, &probe.client, &newcomer] {
        for begin in [
            "$Quit victim",
            "<victim> forged",
            "$ForceMove",
            "$MyINFO $ALL ghost",
            "y",
            "p'",
        ] {
            never(client, begin);
        }
        witness.look(client);
    }
}

/// A field ends where the message says, whatever is in it.
#[test]
fn what_a_pinger_is_told_has_its_fields() {
    let count = |hub: &Hub| {
        let mut pinger = Client::connect(hub);
        let who = Who::new("pinger").supports("BotINFO HubINFO");
        pinger.handshake(&who);
        pinger.send("$BotINFO a pinger");
        pinger.expect("$HubINFO ").matches('$').count()
    };
    let usual = count(&Hub::start());
    let odd = Hub::setup()
        .set("hub_name", "a$b$c")
        .set("hub_desc", "$$$|<x> y|")
        .set("hub_owner", "o$p")
        .set("hub_category", "$")
        .set("hub_host", "h$i:411")
        .start();
    assert_eq!(count(&odd), usual);
}

/// Whatever is sent in somebody's name comes from him, or not at all.
#[test]
fn mutated_messages_forge_nothing() {
    let hub = Hub::setup()
        .set("unknown_cmd_chat", 1)
        .set("user_ip_class", 0)
        .user("op", 3, PASSWORD)
        .start();
    let (mut victim, mut op) = (hub.login("victim"), hub.login_reg("op"));
    let mut names: Vec<String> = vec!["victim".into(), "op".into()];
    let mut chance = Chance(20_261_127);
    let mut eves: Vec<Client> = Vec::new();
    for n in 0..6 {
        names.push(format!("eve{n}"));
        eves.push(hub.login(&format!("eve{n}")));
    }
    for round in 0..80 {
        for (n, eve) in eves.iter_mut().enumerate() {
            let me = format!("eve{n}");
            for _ in 0..8 {
                let message = chance.message(&me);
                eve.send(message);
            }
            // Who was thrown out comes again under the same name.
            if round % 8 == 7 {
                let mut again = Client::connect(&hub);
                let who = Who::new(&me);
                again.ask_nick(&who);
                again.introduce(&who);
                *eve = again;
            }
        }
    }
    settle(&mut [&mut victim, &mut op]);
    let mut known: Vec<&str> = names.iter().map(String::as_str).collect();
    known.push("fence");
    let witness = Witness::of(&known);
    witness.look(&victim);
    witness.look(&op);
    // And the hub goes on.
    victim.chat("still here");
    op.expect_exact("<victim> still here");
}

/// Chance with a seed: splitmix64.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).expect("it is below n")
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// A message of any kind in which something is changed.
    pub fn message(&mut self, me: &str) -> Vec<u8> {
        let other = self.pick(&[
            "victim", "op", "Viperhub", "OpChat", "nobody", me, "", "a b", "x$y",
        ]);
        let text = self.pick(&[
            "hello",
            "&#124;$Quit victim&#124;",
            "$Quit victim",
            "\r\n<victim> forged",
            "<victim> forged",
            "> <victim> forged",
            "$<victim> forged",
            "",
            " ",
            "\t",
            "%[NICK]",
            "$$victim$$op",
        ]);
        let kinds = [
            format!("<{me}> {text}"),
            format!("<{other}> {text}"),
            format!("$To: {other} From: {me} $<{me}> {text}"),
            format!("$To: victim From: {other} $<{me}> {text}"),
            format!("$To: victim From: {me} $<{other}> {text}"),
            format!("$MCTo: victim ${me} {text}"),
            format!("$MCTo: victim ${other} {text}"),
            format!(
                "$MyINFO $ALL {me} {text}<++ V:1,M:A,H:1/0/0,S:2>$ $100\x01${text}$1073741824$"
            ),
            format!("$MyINFO $ALL {other} {text}<++ V:1,M:A,H:1/0/0,S:2>$ $100\x01$m$1073741824$"),
            format!("$Search Hub:{other} F?T?0?1?{text}"),
            format!("$Search 127.0.0.1:412 F?T?0?1?{text}"),
            format!("$SR {other} {text}\x0512 1/2\x05hub (127.0.0.1)\x05victim"),
            format!("$SR {me} {text}\x0512 1/2\x05hub ({text})\x05victim"),
            format!("$ConnectToMe victim 127.0.0.1:412{text}"),
            format!("$RevConnectToMe {other} victim"),
            format!("$RevConnectToMe {me} {other}"),
            format!("$GetINFO {other} {me}"),
            format!("$UserIP {other}$${text}"),
            format!("$Kick {other}"),
            format!("$OpForceMove $Who:victim$Where:evil$Msg:{text}"),
            format!("$Ban victim${text}"),
            format!("$TempBan victim$5m${text}"),
            format!("$SetTopic {text}"),
            format!("$ExtJSON {other} {{{text}}}"),
            format!("$IN {other}${text}"),
            format!("$SA ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG {text}:412"),
            format!("$SP ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG {other}"),
            format!("$Quit {other}"),
            format!("$ValidateNick {other}"),
            format!("$MyPass {text}"),
            format!("<{me}> +me {text}"),
            format!("<{me}> !topic {text}"),
            format!("<{me}> +passwd {text}"),
            format!("<{me}> !kick victim {text}"),
        ];
        let mut message = kinds[self.below(kinds.len())].clone().into_bytes();
        for _ in 0..self.below(3) {
            let at = self.below(message.len() + 1);
            match self.below(4) {
                0 => message.insert(at, b"$<> |\r\n\t\x05"[self.below(9)]),
                1 if at < message.len() => drop(message.remove(at)),
                2 if at < message.len() => {
                    message[at] = u8::try_from(1 + self.below(255)).expect("a byte")
                }
                _ => {
                    let piece = message[..at].to_vec();
                    message.extend(piece);
                }
            }
        }
        message.retain(|b| *b != b'|');
        message
    }
}

/// What ends up in the log in any way cannot look like a line of the log.
#[test]
fn no_text_begins_a_line_of_the_log() {
    const LINE: &str = "2001-02-03T04:05:06.789Z ERROR forged by somebody";
    let hub = Hub::setup()
        .probe(&["OnParsedMsgChat"])
        .user("op", 3, PASSWORD)
        .arg("-v")
        .start();
    let mut probe = Probe::login(&hub);
    let mut ann = hub.login("ann");
    for end in [
        "\n",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x1b[2K\x1b[1A",
        "\u{85}",
        "\u{2028}",
    ] {
        for text in [
            format!("<ann> a{end}{LINE}"),
            format!("$Unknown a{end}{LINE}"),
            format!("$To: op From: ann $<ann> a{end}{LINE}"),
            format!("<ann> +nosuch a{end}{LINE}"),
        ] {
            ann.send(text);
        }
        let mut nobody = Client::connect(&hub);
        nobody.send(format!("$ValidateNick a{end}{LINE}"));
        let mut guess = Client::connect(&hub);
        guess.ask_nick(&Who::new("op"));
        guess.expect("$GetPass");
        guess.send(format!("$MyPass a{end}{LINE}"));
        guess.expect_closed();
        let hex: String = format!("a{end}{LINE}")
            .bytes()
            .map(|b| format!("{b:02x}"))
            .collect();
        probe.exec(&format!("E = bytes.fromhex('{hex}').decode()"));
        for code in [
            "print(E)",
            "print(E, file=__import__('sys').stderr)",
            "__import__('os').write(2, b'')",
            "vh.SQL('SELECT ' + E)",
            "vh.SQL(\"SELECT x FROM \" + '`' + E + '`')",
            "vh.SetConfig('config', E, E)",
            "vh.SetConfig('pi_x', 'a', E)",
            "vh.Ban('op', 'q', E, 5, vh.eBF_NICK)",
            "vh.ParseCommand('boss', '!pyload ' + E)",
            "vh.ParseCommand('boss', '!pyload ' + E + '.py')",
            "vh.ScriptCommand(E, E)",
            "__import__('logging').getLogger().error(E)",
            "__import__('warnings').warn(E)",
        ] {
            probe.eval(code);
        }
        probe.exec("def raises(*a):\n    raise ValueError(E)\nanswers['OnParsedMsgChat'] = raises");
        ann.chat("now");
        ann.fence();
        probe.exec("answers.clear()");
    }
    probe.client.fence();
    hub.wait_log("ERROR");
    for line in hub
        .log()
        .split(['\n', '\r', '\x0b', '\x0c', '\u{85}', '\u{2028}'])
    {
        assert!(!line.starts_with(LINE), "a forged line: {line:?}");
    }
    assert!(!hub.log().contains('\x1b'), "an escape sequence in the log");
}
