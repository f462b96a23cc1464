//! Where a script runs: an interpreter of its own or the one that shared scripts have in common.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The kind of isolation of a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Mode {
    /// A sub-interpreter with its own lock (PEP 684): runs in parallel with all others, sees
    /// nothing of them.
    #[default]
    Isolated,
    /// The main interpreter, together with all other shared scripts, whose names it sees. For
    /// packages that do not support sub-interpreters.
    Shared,
}

/// Text that names no mode.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no mode {0:?}; the modes are isolated and shared")]
pub struct UnknownMode(pub String);

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mode::Isolated => "isolated",
            Mode::Shared => "shared",
        })
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;
    fn from_str(text: &str) -> Result<Mode, UnknownMode> {
        match text.to_ascii_lowercase().as_str() {
            "isolated" => Ok(Mode::Isolated),
            "shared" => Ok(Mode::Shared),
            _ => Err(UnknownMode(text.into())),
        }
    }
}

/// Lines that are looked at for a header even if code comes first.
const FIRST_LINES: usize = 10;

/// The mode that a script asks for by a comment line `# viperhub: mode=shared`, among its first
/// ten lines or in the comments that it begins with.
///
/// # Errors
/// The line names no mode.
pub fn of_header(source: &[u8]) -> Result<Option<Mode>, UnknownMode> {
    let mut header = true;
    for (i, line) in source.split(|b| *b == b'\n').enumerate() {
        let line = line
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(line)
            .trim_ascii();
        header &= line.is_empty() || line.starts_with(b"#");
        if !header && i >= FIRST_LINES {
            break;
        }
        if let Some(mode) = of_line(line) {
            return mode.parse().map(Some);
        }
    }
    Ok(None)
}

/// What follows `mode=` in a comment that begins with `viperhub:`.
fn of_line(line: &[u8]) -> Option<&str> {
    let comment = line.strip_prefix(b"#")?.trim_ascii_start();
    let (name, rest) = comment.split_at_checked(b"viperhub:".len())?;
    if !name.eq_ignore_ascii_case(b"viperhub:") {
        return None;
    }
    let rest = std::str::from_utf8(rest).ok()?;
    let value = rest.split_once("mode")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let word = value.split(|c: char| !c.is_alphanumeric()).next()?;
    (!word.is_empty()).then_some(word)
}

/// The mode that an owner has set for a script: from `stem=mode` words, where a file name or a
/// path is as good as a stem.
///
/// # Errors
/// The word for this script names no mode.
pub fn of_setting(setting: &str, script: &Path) -> Result<Option<Mode>, UnknownMode> {
    let mut found = None;
    for word in setting
        .split([' ', '\t', ',', ';'])
        .filter(|w| !w.is_empty())
    {
        let Some((name, mode)) = word.split_once('=') else {
            continue;
        };
        let is_it = script.file_stem().is_some_and(|s| s == name)
            || script.file_name().is_some_and(|s| s == name)
            || script == Path::new(name);
        if is_it {
            found = Some(mode.parse()?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let of = |s: &str| of_header(s.as_bytes());
        for text in [
            "# viperhub: mode=shared\n",
            "#!/usr/bin/python3\r\n# -*- coding: utf-8 -*-\r\n#viperhub:mode=shared\r\n",
            "\u{feff}# ViperHub: mode=Shared",
            "# viperhub: mode = shared",
            "# viperhub: mode= shared",
            "# viperhub: other=1, mode=shared; x",
            "\"\"\"Doc.\"\"\"\nimport vh\n  # viperhub: mode=shared\n",
        ] {
            assert_eq!(of(text), Ok(Some(Mode::Shared)), "{text}");
        }
        let long = format!("{}# viperhub: mode=isolated\nx=1\n", "# words\n".repeat(50));
        assert_eq!(of(&long), Ok(Some(Mode::Isolated)));
        let late = format!("x = 1\n{}# viperhub: mode=shared\n", "#\n".repeat(20));
        for text in [
            "",
            "# viperhub:",
            "# viperhub: mode",
            "# viperhub: mode=",
            "# a line about viperhub: mode=shared",
            "x = '# viperhub: mode=shared'",
            "# viperhub: m\u{e9}",
            &late,
        ] {
            assert_eq!(of(text), Ok(None), "{text}");
        }
        let wrong = of("# viperhub: mode=process\n").unwrap_err().to_string();
        assert!(wrong.contains("process") && wrong.contains("isolated and shared"));
    }

    #[test]
    fn settings() {
        let script = Path::new("/x/hub.api.py");
        let of = |s: &str| of_setting(s, script);
        assert_eq!(of(""), Ok(None));
        assert_eq!(of("other=shared nonsense"), Ok(None));
        assert_eq!(of("other=shared hub.api=shared"), Ok(Some(Mode::Shared)));
        assert_eq!(of("hub.api.py=shared"), Ok(Some(Mode::Shared)));
        assert_eq!(of("/x/hub.api.py=isolated,x"), Ok(Some(Mode::Isolated)));
        assert!(of("hub.api=both").is_err());
    }
}
