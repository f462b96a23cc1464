//! Commands that tell something: of the hub, of oneself, of others.

use bytes::Bytes;

use crate::geo::Style;
use crate::machine::commands::CommandLine;
use crate::machine::conn::Conn;
use crate::machine::entry::{class_name, size};
use crate::machine::handshake::SOFTWARE;
use crate::machine::{Hub, cat};
use crate::words::words;

use super::COMMANDS;

/// One line of a block of text.
fn put(text: &mut Vec<u8>, name: &str, value: impl AsRef<[u8]>) {
    if !value.as_ref().is_empty() {
        text.extend_from_slice(&cat!["\r\n", name, ": ", value]);
    }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

impl Hub {
    pub(super) fn my_ip(&mut self, line: &CommandLine) {
        let Some(c) = self.conns.get(&line.conn) else {
            return;
        };
        let text = cat!["Your address is ", c.ip_text, ".", self.place_lines(c)].to_vec();
        self.reply(line, text);
    }

    /// Host, country, city and encryption of a connection.
    pub(in crate::machine) fn place_lines(&self, c: &Conn) -> Vec<u8> {
        let (geo, style) = (self.view.geo(), Style::of(&self.config));
        let mut text = Vec::new();
        let code = geo.code(c.ip);
        if code != "--" {
            let country = cat![code, " ", geo.country(c.ip, &style)];
            put(&mut text, "Country", country);
            let city = geo.city(c.ip, None, &style);
            put(
                &mut text,
                "City",
                if city == "--" { Bytes::new() } else { city },
            );
        }
        put(&mut text, "TLS to the hub", c.tls_name());
        put(&mut text, "TLS to others", yes(c.offers_tls()));
        put(&mut text, "NAT traversal", yes(c.nat));
        text
    }

    pub(super) fn my_info_command(&mut self, line: &CommandLine) {
        let text = cat![self.own_info_text(line.conn), self.rights_lines(line.conn)].to_vec();
        self.reply(line, text);
    }

    /// `+info`: the hub, and the user in it.
    pub(super) fn hub_and_user(&mut self, line: &CommandLine) {
        let mut text = b"This hub:".to_vec();
        text.extend_from_slice(&self.hub_lines());
        if let Some(c) = self.conns.get(&line.conn) {
            text.extend_from_slice(b"\r\nYou:");
            put(
                &mut text,
                "Class",
                format!("{}, {}", c.class, class_name(c.class)),
            );
            let mode = if c.active { "active" } else { "passive" };
            put(&mut text, "Mode", mode);
            if let Some(interval) = self.search_interval(c) {
                put(&mut text, "Seconds between searches", interval.to_string());
            }
            put(&mut text, "Share", size(c.share));
            put(&mut text, "Share hidden", yes(c.hides_share()));
            put(
                &mut text,
                "Main chat",
                if c.wants_chat { "on" } else { "off" },
            );
            text.extend_from_slice(&self.place_lines(c));
        }
        self.reply(line, text);
    }

    /// How long a user waits between searches; a master does not.
    fn search_interval(&self, c: &Conn) -> Option<u32> {
        let l = &self.config.limits;
        Some(match (c.class, c.active) {
            (10.., _) => return None,
            (3..=9, _) => l.int_search_op,
            (2, _) => l.int_search_vip,
            (1, true) => l.int_search_reg,
            (1, false) => l.int_search_reg_pas,
            (_, true) => l.int_search,
            (_, false) => l.int_search_pas,
        })
    }

    fn hub_lines(&self) -> Vec<u8> {
        let i = &self.config.identity;
        let listed = || self.conns.values().filter(|c| c.listed);
        let active = listed().filter(|c| c.active).count();
        let users = listed().count();
        let mut text = Vec::new();
        put(&mut text, "Name", &i.hub_name);
        put(&mut text, "Topic", &i.hub_topic);
        put(&mut text, "Owner", &i.hub_owner);
        put(&mut text, "Address", self.hub_address());
        if self.offers_tls() {
            put(&mut text, "Secure address", self.secure_url());
        }
        put(&mut text, "Load", self.load().name());
        put(&mut text, "Up for", self.uptime());
        let count = format!(
            "{users} ({active} active, {} passive), at most {}, highest {}",
            users - active,
            self.config.limits.max_users,
            self.peak_users
        );
        put(&mut text, "Users", count);
        let secure = listed().filter(|c| c.is_secure()).count();
        put(&mut text, "Users over TLS", secure.to_string());
        put(&mut text, "Bots", self.bots.len().to_string());
        let share = format!(
            "{}, highest {}",
            size(self.total_share),
            size(self.peak_share)
        );
        put(&mut text, "Share", share);
        text
    }

    pub(super) fn about(&mut self, line: &CommandLine) {
        let special = &self.config.identity.hub_version_special;
        let text = cat![
            "This hub runs Viperhub ",
            self.config.viper.viperhub_version,
            if special.is_empty() { "" } else { " " },
            special,
            ", free software under the GNU General Public License 3 or later. It is written in \
             Rust, runs scripts in Python, and keeps the habits of Verlihub."
        ];
        self.reply(line, text);
    }

    // ---- of other users ----------------------------------------------------------------

    /// One line for each nick.
    pub(super) fn about_users(
        &mut self,
        line: &CommandLine,
        nicks: &[u8],
        tell: fn(&Hub, &Conn) -> Bytes,
    ) {
        let mut text = Vec::new();
        for nick in words(nicks) {
            let found = match self.user_of(nick).and_then(|id| self.conns.get(&id)) {
                Some(c) => tell(self, c),
                None => Bytes::from_static(b"not online"),
            };
            text.extend_from_slice(&cat!["\r\n", nick, ": ", found]);
        }
        if text.is_empty() {
            text = b"Whom? Name one nick or more.".to_vec();
        }
        self.reply(line, text);
    }

    pub(super) fn whereabouts_of(&self, c: &Conn) -> Bytes {
        let (geo, style) = (self.view.geo(), Style::of(&self.config));
        let host = self.host_of(c.id);
        cat![
            c.ip_text,
            ", ",
            geo.code(c.ip),
            " ",
            geo.country(c.ip, &style),
            ", ",
            geo.city(c.ip, None, &style),
            if host.is_empty() { "" } else { ", " },
            host
        ]
    }

    // ---- for administrators ------------------------------------------------------------

    pub(super) fn hub_info(&mut self, line: &CommandLine) {
        let i = &self.config.identity;
        let mut text = b"The hub:".to_vec();
        text.extend_from_slice(&self.hub_lines());
        put(&mut text, "Description", &i.hub_desc);
        put(&mut text, "Category", &i.hub_category);
        put(&mut text, "Encoding", &i.hub_encoding);
        put(&mut text, "Software", SOFTWARE);
        put(
            &mut text,
            "Started",
            self.local(self.started.unix_secs()).to_string(),
        );
        put(
            &mut text,
            "Registered nicks",
            self.registered.len().to_string(),
        );
        let d = &self.desk;
        let lists = format!(
            "{} triggers, {} redirects, {} clients, {} connection types",
            d.triggers.len(),
            d.redirects.len(),
            d.clients.len(),
            d.conn_types.len()
        );
        put(&mut text, "Lists", lists);
        self.reply(line, text);
    }

    /// How many users have the same of something, the most common first.
    fn tally(&mut self, line: &CommandLine, head: &str, of: fn(&Conn) -> Bytes) {
        let mut counts = std::collections::BTreeMap::<Bytes, usize>::new();
        for c in self.conns.values().filter(|c| c.listed) {
            *counts.entry(of(c)).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let mut text = head.as_bytes().to_vec();
        for (what, n) in counts {
            let what = if what.is_empty() {
                Bytes::from_static(b"not told")
            } else {
                what
            };
            text.extend_from_slice(&cat!["\r\n", what, ": ", n.to_string()]);
        }
        self.reply(line, text);
    }

    pub(super) fn port_info(&mut self, line: &CommandLine) {
        self.tally(line, "Users by the port they came to:", |c| {
            c.port.to_string().into()
        });
    }

    pub(super) fn url_info(&mut self, line: &CommandLine) {
        self.tally(line, "Users by the address they know the hub by:", |c| {
            c.hub_url.clone()
        });
    }

    pub(super) fn proto_info(&mut self, line: &CommandLine) {
        let mut text = String::from("Messages received since the start:");
        for (row, n) in nmdc::COMMANDS
            .iter()
            .zip(&self.received)
            .filter(|r| *r.1 > 0)
        {
            text.push_str(&format!("\r\n{}: {n}", row.name.trim_start_matches('$')));
        }
        let others = self.received.last().copied().unwrap_or(0);
        text.push_str(&format!("\r\nothers: {others}"));
        self.reply(line, text);
    }

    pub(super) fn geo_info(&mut self, line: &CommandLine) {
        let geo = self.view.geo();
        let mut text = String::from("GeoIP databases:");
        for (of, database) in [
            ("cities", &geo.city),
            ("countries", &geo.country),
            ("providers", &geo.asn),
        ] {
            let about = match database {
                Some(db) => {
                    let built = i64::try_from(db.built()).unwrap_or(0);
                    format!("{}, built {}", db.kind(), self.local(built))
                }
                None => "none".to_owned(),
            };
            text.push_str(&format!("\r\n{of}: {about}"));
        }
        drop(geo);
        self.reply(line, text);
    }

    // ---- help --------------------------------------------------------------------------

    pub(super) fn help(&mut self, line: &CommandLine) {
        let Some(c) = self.conns.get(&line.conn) else {
            return;
        };
        let class = c.class;
        let mut text = b"Commands you may use:".to_vec();
        for row in COMMANDS.iter().filter(|r| self.may_use(line.conn, r)) {
            let trigger = if row.is_for_users() { "+" } else { "!" };
            let gap = if row.syntax.is_empty() { "" } else { " " };
            let (name, syntax) = (row.names[0], row.syntax);
            let words = cat!["\r\n", trigger, name, gap, syntax, " - ", row.doc];
            text.extend_from_slice(&words);
        }
        for trigger in self.desk.triggers.iter().filter(|t| t.is_shown_to(class)) {
            text.extend_from_slice(&cat!["\r\n", trigger.command, " - ", trigger.descr]);
        }
        self.reply(line, text);
        self.show_help_texts(line.conn, line.pm);
    }

    /// `!commands`: all names of all commands that the operator may use.
    pub(super) fn list_commands(&mut self, line: &CommandLine) {
        let mut text = String::from("Commands with all their names:");
        for row in COMMANDS.iter().filter(|r| self.may_use(line.conn, r)) {
            let names = row.names.join(", ");
            let gap = if row.syntax.is_empty() { "" } else { " " };
            text.push_str(&format!("\r\n{names}{gap}{}", row.syntax));
        }
        self.reply(line, text);
    }
}
