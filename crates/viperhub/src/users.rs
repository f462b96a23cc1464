//! `viperhub user`: registrations from the command line, also while the hub runs.

use std::io::BufRead;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hub::reg::{RegUser, StoreOp, StoreReply};
use python::text::HubText;

use crate::cli::{Password, User, UserAction};
use crate::logging::say;
use crate::{prompt, start};

/// Does one `viperhub user` command.
pub fn user(args: User) -> Result<()> {
    match args.action {
        UserAction::Add {
            nick,
            class,
            password,
            place,
            create,
        } => {
            if !matches!(class, -1 | 1..=5 | 10) {
                bail!("the class must be -1, 1 to 5 or 10, not {class}");
            }
            if !create && let Some(none) = start::no_hub(&place)? {
                let make =
                    prompt::somebody_there() && prompt::agree(&format!("{none}. Make one?"))?;
                if !make {
                    bail!("{none}; see --data-dir, or make a new hub with --create");
                }
            }
            let mut store = start::open_store(&place)?;
            let text = start::encoding(store.as_mut())?;
            let unseen = nmdc::nick::look_alike_bytes(nick.as_bytes(), nmdc::nick::Charset::Utf8);
            if !unseen.is_empty() {
                bail!(
                    "{nick:?} cannot be registered: it holds a control character, or one that is \
                     not seen or looks like a blank"
                );
            }
            let bytes = nick_bytes(&text, &nick)?;
            let password = read(&text, &password, &nick)?;
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs();
            let user = RegUser {
                nick: bytes,
                class,
                reg_date: i64::try_from(now).unwrap_or(0),
                reg_op: "console".into(),
                pwd_change: password.is_empty(),
                has_password: !password.is_empty(),
                enabled: true,
                ..RegUser::default()
            };
            let no_password = password.is_empty();
            match store.execute(StoreOp::AddUser {
                user: Box::new(user),
                password,
            }) {
                StoreReply::Done if no_password => {
                    say(format!(
                        "{nick} is registered with class {class} and sets a password at login."
                    ));
                }
                StoreReply::Done => say(format!("{nick} is registered with class {class}.")),
                StoreReply::Exists => {
                    bail!("{nick} is registered already; `viperhub user del {nick}` removes it")
                }
                other => failed(other)?,
            }
        }
        UserAction::List { place } => {
            let mut store = start::existing_store(&place)?;
            let text = start::encoding(store.as_mut())?;
            match store.execute(StoreOp::ListUsers { class: None }) {
                StoreReply::Users(users) => {
                    for u in users {
                        let nick = text.show(&u.nick);
                        let state = if u.enabled { "" } else { " disabled" };
                        let password = if u.has_password { "" } else { " no-password" };
                        say(format!("{:>3} {nick}{state}{password}", u.class));
                    }
                }
                other => failed(other)?,
            }
        }
        UserAction::Del { nick, place } => {
            let mut store = start::existing_store(&place)?;
            let text = start::encoding(store.as_mut())?;
            match store.execute(StoreOp::DelUser {
                nick: nick_bytes(&text, &nick)?,
            }) {
                StoreReply::Done => say(format!("{nick} is no longer registered.")),
                StoreReply::NoUser => bail!("{nick} is not registered"),
                other => failed(other)?,
            }
        }
        UserAction::Passwd {
            nick,
            password,
            place,
        } => {
            let mut store = start::existing_store(&place)?;
            let text = start::encoding(store.as_mut())?;
            let password = read(&text, &password, &nick)?;
            if password.is_empty() {
                bail!("give a password with --password-stdin or --password");
            }
            match store.execute(StoreOp::SetPassword {
                nick: nick_bytes(&text, &nick)?,
                password,
            }) {
                StoreReply::Done => say(format!("The password of {nick} is set.")),
                StoreReply::NoUser => bail!("{nick} is not registered"),
                other => failed(other)?,
            }
        }
    }
    Ok(())
}

fn failed(reply: StoreReply) -> Result<()> {
    match reply {
        StoreReply::Failed(why) => bail!("the database refused: {why}"),
        other => bail!("the database gave an answer that does not fit: {other:?}"),
    }
}

/// The nick as clients of the hub send it.
fn nick_bytes(text: &HubText, nick: &str) -> Result<Bytes> {
    if nick.is_empty() || nmdc::nick::bad_bytes(nick.as_bytes()).next().is_some() {
        bail!("{nick:?} cannot be a nick: it is empty or holds a blank or one of $ | < >");
    }
    let bytes = text.encode_str(nick);
    if text.show(&bytes) != nick {
        bail!(
            "{nick:?} cannot be a nick: the hub's encoding (hub_encoding) does not have all of it"
        );
    }
    Ok(bytes)
}

/// Longest password in bytes: what a client can send in one message, and room to spare.
const MAX_PASSWORD: usize = 256;

/// The password as clients of the hub send it; none that they cannot send.
fn sendable(text: &HubText, given: &str) -> Result<Bytes> {
    if given.contains(|c: char| c == '|' || c.is_ascii_control()) || given.len() > MAX_PASSWORD {
        bail!("a password has at most {MAX_PASSWORD} bytes, no | and no control characters");
    }
    Ok(text.encode_str(given))
}

/// The password, empty when none was given.
fn read(text: &HubText, password: &Password, nick: &str) -> Result<Bytes> {
    if let Some(given) = &password.password {
        return sendable(text, given);
    }
    if !password.password_stdin {
        return Ok(Bytes::new());
    }
    if prompt::somebody_there() {
        let given = prompt::password(&format!("Password for {nick}: "))?;
        return sendable(text, &given);
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("cannot read the password")?;
    let given = line.trim_end_matches(['\r', '\n']);
    if given.is_empty() {
        bail!("standard input held no password");
    }
    sendable(text, given)
}
