//! `!addplug` and its kind: what an operator types becomes a [`PluginOp`].

use bytes::Bytes;

use crate::io::PluginOp;
use crate::machine::Hub;
use crate::machine::commands::CommandLine;
use crate::words::{TrimBlanks, is_blank};

/// As many characters as `pi_plug` keeps.
const MAX_NICK: usize = 10;
const MAX_PATH: usize = 255;
const USAGE: &str = "Use !addplug NICK -p PATH [-d \"DESCRIPTION\"] [-a 0|1], \
    or !modplug NICK with what is to change.";

/// One word, or what stands between double quotes, and the rest.
fn word(text: &Bytes) -> Result<Option<(Bytes, Bytes)>, &'static str> {
    let blanks = text.iter().take_while(|b| is_blank(b)).count();
    let text = text.slice(blanks..);
    if text.is_empty() {
        return Ok(None);
    }
    if text[0] == b'"' {
        let inner = text.slice(1..);
        let end = inner.iter().position(|b| *b == b'"');
        let end = end.ok_or("A quotation mark is missing.")?;
        return Ok(Some((inner.slice(..end), inner.slice(end + 1..))));
    }
    let end = text.iter().position(is_blank);
    let end = end.unwrap_or(text.len());
    Ok(Some((text.slice(..end), text.slice(end..))))
}

/// What `!addplug` and `!modplug` want.
fn parse(args: &Bytes, new: bool) -> Result<PluginOp, String> {
    let Some((nick, mut rest)) = word(args)? else {
        return Err(USAGE.into());
    };
    let plain = nick.iter().all(|b| b.is_ascii_graphic() && *b != b'/');
    if nick.is_empty() || nick.len() > MAX_NICK || nick[0] == b'-' || !plain {
        return Err(format!(
            "A plugin's short name has 1 to {MAX_NICK} characters, without blanks and slashes. {USAGE}"
        ));
    }
    let (mut path, mut detail, mut autoload) = (None, None, None);
    while let Some((option, more)) = word(&rest)? {
        let (value, more) = word(&more)?.unwrap_or_default();
        rest = more;
        match &option[..] {
            b"-p" if value.is_empty() => return Err(format!("-p needs a path. {USAGE}")),
            b"-p" if value.len() > MAX_PATH => {
                return Err(format!("A path may have {MAX_PATH} bytes at most."));
            }
            b"-p" => path = Some(value),
            b"-d" => detail = Some(value),
            b"-a" => {
                autoload = Some(match &value[..] {
                    b"0" => false,
                    b"1" => true,
                    _ => return Err("-a is 1 to load it at each start, 0 not to.".into()),
                });
            }
            other => {
                let other = String::from_utf8_lossy(other);
                return Err(format!("There is no option {other} here. {USAGE}"));
            }
        }
    }
    if new && path.is_none() {
        return Err(format!("Where is the plugin? {USAGE}"));
    }
    Ok(PluginOp::Save {
        nick,
        path,
        detail,
        autoload,
    })
}

impl Hub {
    pub(super) fn save_plugin(&mut self, line: &CommandLine, args: &Bytes) {
        let name = line.line.get(1..4).unwrap_or_default();
        match parse(args, name.eq_ignore_ascii_case(b"add")) {
            Ok(op) => self.plugin(line.conn, op),
            Err(text) => self.reply(line, text),
        }
    }

    /// A command that takes the short name and nothing else.
    pub(super) fn plugin_op(&mut self, line: &CommandLine, args: Bytes, op: fn(Bytes) -> PluginOp) {
        let nick = args.trim_blanks();
        if nick.is_empty() || nick.contains(&b' ') {
            self.reply(
                line,
                "Say which plugin: its short name, as !lstplug shows it.",
            );
            return;
        }
        let nick = Bytes::copy_from_slice(nick);
        self.plugin(line.conn, op(nick));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &'static str, new: bool) -> Result<PluginOp, String> {
        parse(&Bytes::from_static(args.as_bytes()), new)
    }

    #[test]
    fn options_come_in_any_order_and_quoted() {
        let op = parsed("tour -a 0 -d \"a b\" -p \"/x y/z.so\"", true);
        assert_eq!(
            op,
            Ok(PluginOp::Save {
                nick: "tour".into(),
                path: Some("/x y/z.so".into()),
                detail: Some("a b".into()),
                autoload: Some(false),
            })
        );
        let op = parsed("tour", false);
        assert!(
            matches!(op, Ok(PluginOp::Save { path: None, .. })),
            "{op:?}"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (args, new, says) in [
            ("", true, "Use !addplug"),
            ("tour", true, "Where is"),
            ("tour -p", true, "-p needs"),
            ("elevenchars -p x", true, "1 to 10"),
            ("a/b -p x", true, "1 to 10"),
            ("-p x", true, "1 to 10"),
            ("tour -p \"x", true, "quotation mark"),
            ("tour -a 2", false, "-a is 1"),
            ("tour x", false, "no option x"),
        ] {
            let error = parsed(args, new).expect_err(args);
            assert!(error.contains(says), "{args}: {error}");
        }
    }
}
