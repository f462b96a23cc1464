//! Which commands hold passwords, and where.

use crate::words::{TrimBlanks, is_blank};

use super::find;

/// Where the password of a command begins, `line` being what was typed. Without its trigger character it
/// is no command. Who types a name that is none may have meant one that takes a password.
pub(crate) fn password_at(line: &[u8]) -> Option<usize> {
    let typed = line.trim_blanks_start();
    let (trigger, text) = typed.split_first()?;
    if !trigger.is_ascii_punctuation() {
        return None;
    }
    let end = text.iter().position(is_blank).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_blanks_start();
    let secret = match find(word) {
        Some(row) if row.secret && row.syntax.starts_with("NICK") => behind_word(rest),
        Some(row) if row.secret => rest,
        Some(row) if row.names.contains(&"set") && is_secret(rest) => behind_word(rest),
        Some(_) => return None,
        None if *trigger != b'$' && may_be_meant(word) => rest,
        None => return None,
    };
    (!secret.is_empty()).then(|| line.len() - secret.len())
}

fn behind_word(text: &[u8]) -> &[u8] {
    let end = text.iter().position(is_blank).unwrap_or(text.len());
    text.get(end..).unwrap_or_default().trim_blanks_start()
}

/// `!set VARIABLE VALUE` of a script that keeps a password there.
fn is_secret(setting: &[u8]) -> bool {
    let end = setting.iter().position(is_blank).unwrap_or(setting.len());
    let name = setting.get(..end).unwrap_or_default().to_ascii_lowercase();
    let holds = |part: &[u8]| name.windows(part.len()).any(|w| w == part);
    holds(b"passw") || holds(b"pwd") || holds(b"secret") || holds(b"token")
}

fn may_be_meant(word: &[u8]) -> bool {
    let name = word.to_ascii_lowercase();
    let holds = |part: &[u8]| name.windows(part.len()).any(|w| w == part);
    name.starts_with(b"reg") || holds(b"pas") || holds(b"pwd")
}
