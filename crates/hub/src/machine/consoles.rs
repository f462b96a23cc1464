//! How operators keep the lists of triggers, redirects, clients and connection types:
//! `!lsttrigger`, `!addtrigger`, `!modtrigger`, `!deltrigger`, `!htrigger` and so on.

use bytes::Bytes;

use crate::io::ConnId;
use crate::lists::{Kind, List, Row, Rows};
use crate::reg::{StoreOp, StoreReply};
use crate::words::{TrimBlanks, is_blank};

use super::clients::{Client, ConnType};
use super::commands::CommandLine;
use super::redirects::Redirect;
use super::rights::Needs;
use super::tempban::parse_span;
use super::triggers::Trigger;
use super::{Hub, cat};

/// The lists, as rows and as what they mean.
#[derive(Default)]
pub(super) struct Lists {
    rows: Rows,
    pub triggers: Vec<std::sync::Arc<Trigger>>,
    pub redirects: Vec<Redirect>,
    pub clients: Vec<Client>,
    pub conn_types: Vec<ConnType>,
}

impl Lists {
    pub fn new(rows: Rows) -> Lists {
        let mut lists = Lists {
            rows,
            ..Lists::default()
        };
        for list in List::ALL {
            lists.read(list);
        }
        lists
    }

    /// Takes up what the rows of one list mean.
    fn read(&mut self, list: List) {
        let rows = self.rows.of(list).iter().map(Cells::of);
        match list {
            List::Triggers => {
                self.triggers = rows
                    .map(|c| std::sync::Arc::new(Trigger::read(&c)))
                    .collect();
                // As the original runs them.
                self.triggers
                    .sort_by_key(|t| std::cmp::Reverse((t.min_class, t.max_class)));
            }
            List::Redirects => self.redirects = rows.map(|c| Redirect::read(&c)).collect(),
            List::Clients => self.clients = rows.map(|c| Client::read(&c)).collect(),
            List::ConnTypes => self.conn_types = rows.map(|c| ConnType::read(&c)).collect(),
        }
    }

    fn find(&self, list: List, key: &[u8]) -> Option<&Row> {
        self.rows.of(list).iter().find(|row| is(row, key))
    }

    fn put(&mut self, list: List, row: Row) {
        let rows = self.rows.of_mut(list);
        let key = key_of(&row);
        match rows.iter_mut().find(|r| is(r, &key)) {
            Some(old) => *old = row,
            None => rows.push(row),
        }
        self.read(list);
    }

    fn remove(&mut self, list: List, key: &[u8]) {
        self.rows.of_mut(list).retain(|row| !is(row, key));
        self.read(list);
    }

    fn replace(&mut self, list: List, rows: Vec<Row>) {
        *self.rows.of_mut(list) = rows;
        self.read(list);
    }
}

fn key_of(row: &Row) -> Bytes {
    row.first().cloned().flatten().unwrap_or_default()
}

fn is(row: &Row, key: &[u8]) -> bool {
    key_of(row).eq_ignore_ascii_case(key)
}

/// The cells of a row by number, read as well as they can be.
pub(super) struct Cells<'r>(&'r Row);

impl<'r> Cells<'r> {
    pub fn of(row: &'r Row) -> Cells<'r> {
        Cells(row)
    }

    pub fn text(&self, at: usize) -> Bytes {
        self.0.get(at).cloned().flatten().unwrap_or_default()
    }

    pub fn int(&self, at: usize, default: i64) -> i64 {
        // A cell may hold 1.0 in a database made by others.
        let number = self.number(at, default as f64);
        number as i64
    }

    pub fn class(&self, at: usize, default: i32) -> i32 {
        i32::try_from(self.int(at, i64::from(default))).unwrap_or(default)
    }

    pub fn number(&self, at: usize, default: f64) -> f64 {
        let cell = self.0.get(at).and_then(Option::as_ref);
        cell.and_then(|c| str::from_utf8(c).ok()?.trim().parse().ok())
            .unwrap_or(default)
    }
}

/// What is done with a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Act {
    Show,
    Add,
    Change,
    Remove,
    Help,
}

impl Hub {
    pub(super) fn console(&mut self, line: &CommandLine, list: List, act: Act, rest: &Bytes) {
        if act == Act::Show {
            let text = self.show_list(list);
            self.reply(line, text);
            return;
        }
        if act == Act::Help {
            let text = help(list);
            self.reply(line, text);
            return;
        }
        let (noun, _) = list.noun();
        let Some((key, options)) = first_word(rest) else {
            let text = help(list);
            self.reply(line, text);
            return;
        };
        let known = self.desk.find(list, &key).cloned();
        let refusal = match (act, &known) {
            (Act::Add, Some(_)) => Some("is there already, change it with !mod"),
            (Act::Change | Act::Remove, None) => Some("is not there; the list is shown by !lst"),
            _ => None,
        };
        if let Some(why) = refusal {
            self.reply(line, cat![key, " ", why, noun, "."]);
            return;
        }
        let (parks, reply) = (Some(line.conn), Reply::to(line));
        if act == Act::Remove {
            let key = known.as_ref().map_or(key, key_of);
            let op = StoreOp::DelRow {
                list,
                key: key.clone(),
            };
            self.store(parks, Needs::Nothing, op, move |hub, done| {
                hub.row_removed(list, &key, reply, &done);
            });
            return;
        }
        let mut row = known.unwrap_or_else(|| list.blank(key));
        let refusal = match edit(list, &mut row, &options) {
            Err(why) => Some(why),
            Ok(()) => objection(list, &row),
        };
        if let Some(why) = refusal {
            self.reply(line, why);
            return;
        }
        let op = StoreOp::PutRow {
            list,
            row: row.clone(),
        };
        self.store(parks, Needs::Nothing, op, move |hub, done| {
            hub.row_put(list, row, reply, &done);
        });
    }

    fn row_put(&mut self, list: List, row: Row, reply: Reply, done: &StoreReply) {
        if *done != StoreReply::Done {
            self.reply_later(reply, "It could not be stored, nothing is changed.");
            return;
        }
        let text = cat![list.noun().0, " stored: ", show_row(list, &row)];
        self.desk.put(list, row);
        self.reply_later(reply, text);
    }

    fn row_removed(&mut self, list: List, key: &[u8], reply: Reply, done: &StoreReply) {
        if !matches!(done, StoreReply::Done | StoreReply::NoUser) {
            self.reply_later(reply, "It could not be removed from the database.");
            return;
        }
        self.desk.remove(list, key);
        self.reply_later(reply, cat![list.noun().0, " ", key, " is removed."]);
    }

    /// Reads all lists from the database again.
    pub(super) fn reload_lists(&mut self) {
        for list in List::ALL {
            let op = StoreOp::ReadList { list };
            self.store(None, Needs::Nothing, op, move |hub, reply| {
                hub.list_read(list, reply)
            });
        }
    }

    fn list_read(&mut self, list: List, reply: StoreReply) {
        if let StoreReply::Rows(rows) = reply {
            self.desk.replace(list, rows);
        }
    }

    fn show_list(&self, list: List) -> Bytes {
        let rows = self.desk.rows.of(list);
        let (noun, _) = list.noun();
        if rows.is_empty() {
            return cat![
                "There is no ",
                noun,
                " yet; !h",
                noun,
                " tells how to add one."
            ];
        }
        let mut text = cat![noun, "s, with what is set of them:"].to_vec();
        for row in rows {
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(&show_row(list, row));
            if list == List::Redirects {
                let hits = self.redirect_hits.get(&key_of(row)).copied().unwrap_or(0);
                text.extend_from_slice(format!(" (used {hits} times)").as_bytes());
            }
        }
        text.into()
    }

    /// `!trigger get COMMAND`: the text or file of a trigger.
    pub(super) fn show_trigger(&mut self, line: &CommandLine, rest: &Bytes) {
        let Some((key, _)) = first_word(rest) else {
            self.reply(
                line,
                "Which? Say the trigger's command, as in !ftget +rules",
            );
            return;
        };
        let text = match self.desk.find(List::Triggers, &key) {
            None => cat!["There is no trigger ", key, "."],
            Some(row) => {
                let definition = Cells::of(row).text(2);
                cat![key, ":\r\n", definition]
            }
        };
        self.reply(line, text);
    }
}

/// Where an answer goes that comes later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub conn: ConnId,
    pub pm: bool,
}

impl Reply {
    pub fn to(line: &CommandLine) -> Reply {
        Reply {
            conn: line.conn,
            pm: line.pm,
        }
    }
}

/// The first word, which may stand in quotes, and what follows.
fn first_word(text: &Bytes) -> Option<(Bytes, Bytes)> {
    let text = text.slice_ref(text.trim_blanks());
    let (word, rest) = match text.strip_prefix(b"\"") {
        Some(quoted) => {
            let end = quoted.iter().position(|b| *b == b'"')?;
            (&quoted[..end], &quoted[end + 1..])
        }
        None => {
            let end = text.iter().position(is_blank).unwrap_or(text.len());
            text.split_at(end)
        }
    };
    // Copies: the message shares its block with whatever else was read.
    (!word.is_empty()).then(|| (Bytes::copy_from_slice(word), Bytes::copy_from_slice(rest)))
}

/// The row of a key with options, none of which is there yet.
pub(super) fn typed_row(list: List, text: &Bytes) -> Result<Row, String> {
    let (key, options) = first_word(text).ok_or("There is no key.")?;
    let mut row = list.blank(key);
    edit(list, &mut row, &options)?;
    objection(list, &row).map_or(Ok(row), Err)
}

/// Puts options such as `-c 3 -d "some text"` into a row.
fn edit(list: List, row: &mut Row, options: &Bytes) -> Result<(), String> {
    let columns = list.columns();
    let option_at = |text: &[u8]| {
        let fits = |option: &str| {
            text.strip_prefix(option.as_bytes()).is_some_and(|rest| {
                // `-l` is not the beginning of `-ls`, but a value may follow at once.
                !columns
                    .iter()
                    .any(|c| c.option.len() > option.len() && text.starts_with(c.option.as_bytes()))
                    || rest.is_empty()
            })
        };
        columns.iter().position(|c| fits(c.option))
    };
    let mut rest: &[u8] = options.trim_blanks();
    while !rest.is_empty() {
        let Some(at) = option_at(rest) else {
            let word = rest.split(is_blank).next().unwrap_or(rest);
            return Err(format!(
                "{} is no option here; !h{} shows them.",
                String::from_utf8_lossy(word),
                list.noun().0
            ));
        };
        let column = &columns[at];
        rest = rest[column.option.len()..].trim_blanks_start();
        let value;
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(end) = quoted.iter().position(|b| *b == b'"') else {
                return Err(format!("The quote behind {} is not closed.", column.option));
            };
            value = &quoted[..end];
            rest = quoted[end + 1..].trim_blanks_start();
        } else {
            let end = rest.iter().position(is_blank).unwrap_or(rest.len());
            let word = &rest[..end];
            // Nothing stands between two options when a text is to be emptied.
            let empty = matches!(column.kind, Kind::Text(_))
                && columns.iter().any(|c| c.option.as_bytes() == word);
            value = if empty { &rest[..0] } else { word };
            rest = rest[value.len()..].trim_blanks_start();
        }
        if let Some(cell) = row.get_mut(at + 1) {
            *cell = read(column, value)?;
        }
    }
    Ok(())
}

/// A value as it is stored.
fn read(column: &crate::lists::Column, value: &[u8]) -> Result<Option<Bytes>, String> {
    let text = str::from_utf8(value).ok();
    let must = |what: String| format!("{} ({}) must be {what}.", column.option, column.what);
    match &column.kind {
        Kind::Text(most) if value.len() > *most => Err(must(format!("at most {most} bytes"))),
        Kind::Text(_) if value.is_empty() => Ok(None),
        Kind::Text(_) => Ok(Some(Bytes::copy_from_slice(value))),
        Kind::Int(range) => match text.and_then(|t| t.parse::<i64>().ok()) {
            Some(n) if range.contains(&n) => Ok(Some(n.to_string().into())),
            _ => Err(must(format!(
                "a whole number from {} to {}",
                range.start(),
                range.end()
            ))),
        },
        Kind::Number(range) => match text.and_then(|t| t.parse::<f64>().ok()) {
            Some(n) if range.contains(&n) => Ok(Some(n.to_string().into())),
            _ => Err(must(format!(
                "a number from {} to {}",
                range.start(),
                range.end()
            ))),
        },
        Kind::Period => match parse_span(value) {
            // A bare 0 turns it off.
            Ok(seconds) if seconds <= 999_999_999 => Ok(Some(seconds.to_string().into())),
            _ => Err(must("a time such as 30m or 1d, at most 11574d".to_owned())),
        },
    }
}

/// Why a row whose cells each fit their columns cannot be.
fn objection(list: List, row: &Row) -> Option<String> {
    let key = key_of(row);
    let cells = Cells::of(row);
    let most = list.key().1;
    if key.len() > most {
        return Some(format!("{} has at most {most} bytes.", list.noun().1));
    }
    let bad = row.iter().flatten().any(|cell| cell.contains(&b'|'));
    if bad {
        return Some("No value may hold a pipe.".to_owned());
    }
    match list {
        List::Triggers => Trigger::read(&cells).objection(),
        List::Clients if cells.text(1).is_empty() => {
            Some("A client needs the name in its tag: -t \"TAG\".".to_owned())
        }
        List::Redirects if key.contains(&b'$') => Some("An address holds no $.".to_owned()),
        _ => None,
    }
}

/// A row as it could be typed: its key and what differs from the default.
pub(super) fn show_row(list: List, row: &Row) -> Bytes {
    let key = key_of(row);
    let mut text = quoted(&key);
    for (column, cell) in list.columns().iter().zip(row.iter().skip(1)) {
        let Some(value) = cell.as_ref().filter(|c| !c.is_empty()) else {
            continue;
        };
        let shown = str::from_utf8(value)
            .ok()
            .and_then(|t| t.parse::<f64>().ok());
        let default = column.default.unwrap_or_default();
        let usual = match (shown, default.parse::<f64>().ok()) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            _ => value == default.as_bytes(),
        };
        if usual {
            continue;
        }
        text.extend_from_slice(&cat![" ", column.option, " "]);
        match (&column.kind, shown) {
            (Kind::Text(_), _) => text.extend_from_slice(&quoted(&one_line(value))),
            (Kind::Period, Some(s)) => text.extend_from_slice(format!("{}s", s as u64).as_bytes()),
            (_, Some(n)) => text.extend_from_slice(n.to_string().as_bytes()),
            (_, None) => text.extend_from_slice(value),
        }
    }
    text.into()
}

/// The beginning of a text, on one line.
fn one_line(text: &[u8]) -> Vec<u8> {
    const SHOWN: usize = 100;
    let line: Vec<u8> = (text.iter().take(SHOWN))
        .map(|b| if b.is_ascii_control() { b' ' } else { *b })
        .collect();
    if text.len() > SHOWN {
        [&line[..], b"..."].concat()
    } else {
        line
    }
}

fn quoted(text: &[u8]) -> Vec<u8> {
    // What is an option would be taken for one; none holds a quote.
    let option = text.starts_with(b"-") && !text.contains(&b'"');
    if option || text.iter().any(is_blank) {
        [b"\"", text, b"\""].concat()
    } else {
        text.to_vec()
    }
}

fn help(list: List) -> Bytes {
    let (noun, key) = list.noun();
    let mut text = format!(
        "!lst{noun} shows all; !del{noun} {key} removes one; !add{noun} {key} and !mod{noun} {key} take:"
    );
    for column in list.columns() {
        text.push_str(&format!("\r\n{} {}", column.option, column.what));
        if let Some(default) = column.default {
            text.push_str(&format!(" (usually {default})"));
        }
    }
    text.push_str(match list {
        List::Triggers => {
            "\r\nFLAGS is a sum: 2 in private, 4 at login, 8 with +help, 16 -d is the text itself \
             and not a file, 32 with variables such as %[NICK], 64 for all users of these classes. \
             Files are named %[CFG]/NAME and lie in the hub's data directory."
        }
        List::Redirects => {
            "\r\nREASONS is a sum, 0 for any: 1 banned or kicked, 2 hub full, 4 share, 8 tag, \
             16 password, 32 key, 64 hub load, 128 too soon, 256 nick, 512 clone, 1024 logged in twice. \
             -s 0 for plain connections, 1 for TLS, 2 for both. Several that fit take turns by chance."
        }
        List::Clients => {
            "\r\nVersions below 0 do not matter. -b 1 bans the client, -e 0 turns the row off. \
             TAG is the name at the start of the client's tag, such as ++."
        }
        List::ConnTypes => {
            "\r\nSPEED is what users have as their connection; `default` is for all others. \
             0 slots and limits below 0 do not matter."
        }
    });
    text.into()
}

impl Hub {
    /// Answers where a command was given, if its user is still there.
    pub(super) fn reply_later(&mut self, to: Reply, text: impl AsRef<[u8]>) {
        if !self.conns.contains_key(&to.conn) {
            return;
        }
        if to.pm {
            self.private_notice(to.conn, text.as_ref());
        } else {
            self.notice(to.conn, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(list: List, text: &'static str) -> Result<Row, String> {
        let (key, options) = first_word(&Bytes::from_static(text.as_bytes())).unwrap();
        let mut row = list.blank(key);
        edit(list, &mut row, &options).map(|()| row)
    }

    #[test]
    fn options_in_any_order_and_form() {
        let text = "+hi -d \"Hello you\" -c1 -C 5 -n -f 16 -t 30m";
        let row1 = row(List::Triggers, text).unwrap();
        let shown = show_row(List::Triggers, &row1);
        assert_eq!(shown, "+hi -d \"Hello you\" -c 1 -C 5 -f 16 -t 1800s");
        let again: &'static str = String::from_utf8(shown.to_vec()).unwrap().leak();
        assert_eq!(row(List::Triggers, again).unwrap(), row1);
        let row2 = row(
            List::ConnTypes,
            "DSL -ls 0.5 -l 2 -s 1 -S 9 -d \"Digital line\"",
        )
        .unwrap();
        assert_eq!(
            show_row(List::ConnTypes, &row2),
            "DSL -d \"Digital line\" -s 1 -S 9 -l 2 -ls 0.5"
        );
        let row3 = row(List::Clients, "\"My client\" -t \"My C\" -v 0.7 -b 1").unwrap();
        assert_eq!(
            show_row(List::Clients, &row3),
            "\"My client\" -t \"My C\" -v 0.7 -b 1"
        );
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (list, text, why) in [
            (List::Triggers, "+x -q 1", "-q is no option"),
            (List::Triggers, "+x -c many", "whole number from -1 to 10"),
            (List::Triggers, "+x -d \"open", "not closed"),
            (List::Triggers, "+x -t 5x", "a time such as"),
            (List::Redirects, "a.b -s 3", "whole number from 0 to 2"),
            (List::Clients, "x -v x", "a number from -1"),
            (List::Redirects, "a.b -c \"", "not closed"),
        ] {
            let error = row(list, text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        let list = List::Clients;
        assert!(objection(list, &row(list, "x").unwrap()).is_some());
        let list = List::Redirects;
        assert!(objection(list, &row(list, "a|b").unwrap()).is_some());
    }
}
