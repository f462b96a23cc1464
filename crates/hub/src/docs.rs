//! The reference pages of `docs/`, written from the tables. `make docs` writes them; a test
//! fails when a committed page differs.

use std::fmt::Write;

use crate::api::{API, ParamKind};
use crate::config;
use crate::constants::CONSTANTS;
use crate::hooks::{EXTRAS, Hook, Status, Veto};
use crate::machine::{COMMANDS, Least};

/// File name and text of every generated page.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("hooks.md", hooks()),
        ("vh-functions.md", functions()),
        ("constants.md", constants()),
        ("settings.md", settings()),
        ("commands.md", commands()),
        ("messages.md", messages()),
        // Beside the samples, where editors look.
        ("../scripts/vh.pyi", crate::stubs::stubs()),
    ]
}

const NOTE: &str =
    "\n<!-- Written by `make docs` from the tables in the code; do not edit. -->\n\n";

fn page(title: &str, intro: &str) -> String {
    format!("# {title}\n{NOTE}{intro}\n\n")
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing to a String cannot fail");
    out.push('\n');
}

/// Text for a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}

const fn state(status: Status) -> &'static str {
    match status {
        Status::Works => "yes",
        Status::Planned => "not yet",
    }
}

fn hooks() -> String {
    let mut out = page(
        "Hooks",
        "Functions that a script may define at its top level; the hub calls them when the event \
         happens. Returning 0 or False does what the column says, anything else (also nothing) \
         lets the event go on. `OnParsedMsgChat` may also return `(nick, message)` or a text to \
         show instead, the two MyINFO hooks `(desc, tag, speed, mail, share)` with None for what \
         stays, and any hook `(text, 0 or 1)` to send raw text to the connection that caused it.",
    );
    line(
        &mut out,
        format_args!("| id | hook | when | 0 does | works |\n| --- | --- | --- | --- | --- |"),
    );
    for (id, hook) in Hook::ALL.iter().enumerate() {
        let veto = match hook.veto() {
            Veto::Never => "nothing",
            Veto::Drop => "drops it",
            Veto::Close => "closes the connection",
        };
        line(
            &mut out,
            format_args!(
                "| {id} | `{}({})` | {} | {veto} | {} |",
                hook.name(),
                hook.params().join(", "),
                cell(hook.doc().trim()),
                state(hook.status())
            ),
        );
    }
    line(
        &mut out,
        format_args!("\nFurther functions the engine looks for:\n"),
    );
    for (name, doc, status) in EXTRAS {
        line(
            &mut out,
            format_args!("- `{name}`: {doc} Works: {}.", state(*status)),
        );
    }
    out
}

fn functions() -> String {
    let mut out = page(
        "Functions of the vh module",
        "`import vh` gives a script these functions. Parameters in brackets may be left out; all \
         can be given by name. One that is not there yet raises NotImplementedError.",
    );
    line(
        &mut out,
        format_args!("| function | returns | what it does | works |\n| --- | --- | --- | --- |"),
    );
    for f in API {
        let params: Vec<String> = (f.params.iter())
            .map(|p| {
                let kind = match p.kind {
                    ParamKind::Str => "str",
                    ParamKind::Int => "int",
                    ParamKind::Float => "float",
                    ParamKind::Text => "str or int",
                    ParamKind::Bool => "bool",
                    ParamKind::Any => "any",
                };
                let text = format!("{}: {kind}", p.name);
                if p.optional {
                    format!("[{text}]")
                } else {
                    text
                }
            })
            .collect();
        line(
            &mut out,
            format_args!(
                "| `{}({})` | {} | {} | {} |",
                f.name,
                params.join(", "),
                cell(f.returns),
                cell(f.doc.trim()),
                state(f.status)
            ),
        );
    }
    out
}

fn constants() -> String {
    let mut out = page(
        "Constants of the vh module",
        "Numbers that scripts know by name.",
    );
    line(&mut out, format_args!("| name | value |\n| --- | --- |"));
    for (name, value) in CONSTANTS {
        line(&mut out, format_args!("| `vh.{name}` | {value} |"));
    }
    out
}

fn settings() -> String {
    let mut out = page(
        "Settings",
        "Change them with `!set NAME VALUE` (class 5), for one run with \
         `viperhub run --set NAME=VALUE`, or from a script with `vh.SetConfig`. All of them are \
         known and stored; those without effect are explained in [differences.md](differences.md#settings-without-effect).",
    );
    line(
        &mut out,
        format_args!(
            "| setting | type | default | range | meaning | takes effect |\n\
             | --- | --- | --- | --- | --- | --- |"
        ),
    );
    let defaults = config::Config::default();
    for spec in config::specs() {
        let default = defaults.get(spec.name).unwrap_or_default();
        let kind = match spec.kind {
            config::Kind::Bool => "bool",
            config::Kind::Int => "int",
            config::Kind::Double => "double",
            config::Kind::String => "text",
        };
        let reload = match spec.reload {
            config::Reload::Live => "at once",
            config::Reload::Restart => "after a restart",
            config::Reload::Planned => "no effect",
        };
        let range = spec
            .range
            .as_ref()
            .map_or_else(String::new, |(least, most)| {
                format!(
                    "{} to {}",
                    String::from_utf8_lossy(least),
                    String::from_utf8_lossy(most)
                )
            });
        line(
            &mut out,
            format_args!(
                "| `{}` | {kind} | {} | {range} | {} | {reload} |",
                spec.name,
                cell(&String::from_utf8_lossy(&default)),
                cell(spec.doc)
            ),
        );
    }
    out
}

fn commands() -> String {
    let mut out = page(
        "Commands",
        "Typed in main chat or in private to the hub bot. The trigger character is one of the \
         settings `cmd_start_user` and `cmd_start_op`; the commands about scripts (`py...`) and plugins (`...plug`) take `!` only.",
    );
    line(
        &mut out,
        format_args!("| command | least class | what it does |\n| --- | --- | --- |"),
    );
    let names: Vec<String> = crate::machine::variable_names()
        .map(|name| format!("`%[{name}]`"))
        .collect();
    for row in COMMANDS {
        let least = match row.least {
            Least::Class(class) => class.to_string(),
            Least::Setting(name, get) => {
                format!("`{name}` ({})", get(&config::Config::default()))
            }
            Least::Kick => "3, or 2 with `!maykick`".to_owned(),
            Least::Register => format!(
                "`min_class_register` ({}), or 3 with `!mayreg`",
                config::Config::default().rights.min_class_register
            ),
        };
        line(
            &mut out,
            format_args!(
                "| `{}{}` | {least} | {} |",
                row.names.join(", "),
                if row.syntax.is_empty() {
                    String::new()
                } else {
                    cell(&format!(" {}", row.syntax))
                },
                cell(row.doc)
            ),
        );
    }
    line(&mut out, format_args!("\n## Texts of the owner\n"));
    line(
        &mut out,
        format_args!(
            "`!addtrigger` makes a command that shows a text or a file of the data directory; \
             `!htrigger` explains its options. `+rules`, `+faq`, `+motd` and `+help_usr` with its \
             kin are there from the start and show the files `rules`, `faq`, `motd`, `motd_reg`, \
             `motd_vip`, `motd_op`, `motd_cheef`, `motd_admin`, `motd_master`, `help_usr`, \
             `help_reg` and so on, once these exist: the `motd` ones at login, the `help` ones with \
             `+help`. With the flag 32 these stand for what they say: {}.",
            names.join(", ")
        ),
    );
    out
}

fn messages() -> String {
    let mut out = page(
        "Protocol messages",
        "What clients may send, from when on, and the setting that limits its length.",
    );
    line(
        &mut out,
        format_args!("| message | meaning | from | limit |\n| --- | --- | --- | --- |"),
    );
    for row in nmdc::COMMANDS {
        let from = match row.state {
            nmdc::LoginState::PreLogin => "the start",
            nmdc::LoginState::NickKnown => "an accepted nick",
            nmdc::LoginState::InList => "a complete login",
        };
        line(
            &mut out,
            format_args!(
                "| {} | {} | {from} | {} |",
                cell(row.name),
                cell(row.doc),
                row.max_len.map(|m| format!("`{m}`")).unwrap_or_default()
            ),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn committed_pages_are_the_generated_ones() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/");
        for (name, text) in super::pages() {
            let committed = std::fs::read_to_string(format!("{dir}{name}")).unwrap_or_default();
            assert!(
                committed == text,
                "docs/{name} is out of date, run `make docs`"
            );
        }
    }
}
