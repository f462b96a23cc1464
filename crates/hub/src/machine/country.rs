//! What depends on a user's country.

use bytes::Bytes;

use crate::constants::CloseReason;
use crate::geo::{Geo, Style};
use crate::io::ConnId;

use super::conn::Conn;
use super::{Hub, cat};

impl Hub {
    /// Whether a guest's nick lacks the `[CC]` of his country (`nick_prefix_cc`); refuses him.
    /// From networks at home and where no country is known any nick will do.
    pub(super) fn lacks_country(&mut self, id: ConnId, nick: &[u8], class: i32) -> bool {
        if !self.config.limits.nick_prefix_cc || class >= 1 {
            return false;
        }
        let Some(c) = self.conns.get(&id) else {
            return false;
        };
        let code = self.view.geo().code(c.ip);
        let prefix = cat!["[", code, "]"];
        if Geo::home(c.ip).is_some() || code == "--" || nick.starts_with(&prefix) {
            return false;
        }
        self.close(
            id,
            CloseReason::InvalidUser,
            cat!["Your nick must begin with ", prefix, ", your country."],
        );
        true
    }

    /// An address for reports, with its country when `report_user_country` is set.
    pub(super) fn shown_ip(&self, c: &Conn) -> Bytes {
        let host = self.host_of(c.id);
        let shown = self.shown_country(c);
        match self.config.users.report_dns_lookup && !host.is_empty() {
            true => cat![shown, " ", host],
            false => shown,
        }
    }

    fn shown_country(&self, c: &Conn) -> Bytes {
        if !self.config.users.report_user_country || Geo::home(c.ip).is_some() {
            return c.ip_text.clone();
        }
        match self.view.geo().code(c.ip) {
            code if code == "--" => c.ip_text.clone(),
            code => cat![c.ip_text, " ", code],
        }
    }

    /// The values of `%[CC]`, `%[CN]` and `%[CITY]` for a user.
    pub(super) fn whereabouts(&self, id: ConnId) -> [(&'static [u8], Bytes); 3] {
        let (geo, style) = (self.view.geo(), Style::of(&self.config));
        let Some(c) = self.conns.get(&id) else {
            return [b"%[CC]" as &[u8], b"%[CN]", b"%[CITY]"].map(|name| (name, Bytes::new()));
        };
        [
            (b"%[CC]", geo.code(c.ip)),
            (b"%[CN]", geo.country(c.ip, &style)),
            (b"%[CITY]", geo.city(c.ip, None, &style)),
        ]
    }
}
