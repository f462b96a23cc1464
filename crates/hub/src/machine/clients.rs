//! Known clients and connection types: what their rows ask of a user's tag.

use bytes::Bytes;
use nmdc::tag::Tag;

use crate::io::ConnId;

use super::Hub;
use super::consoles::Cells;

/// One row of `client_list`. Versions below 0 do not matter.
#[derive(Clone, Debug)]
pub(super) struct Client {
    name: Bytes,
    tag: Bytes,
    min: f64,
    max: f64,
    min_use: f64,
    banned: bool,
    enabled: bool,
}

impl Client {
    pub fn read(row: &Cells<'_>) -> Client {
        Client {
            name: row.text(0),
            tag: row.text(1),
            min: row.number(2, -1.0),
            max: row.number(3, -1.0),
            min_use: row.number(4, -1.0),
            banned: row.int(5, 0) != 0,
            enabled: row.int(6, 1) != 0,
        }
    }
}

/// One row of `conn_types`. 0 slots and limits below 0 do not matter.
#[derive(Clone, Debug)]
pub(super) struct ConnType {
    speed: Bytes,
    min_slots: i64,
    max_slots: i64,
    min_limit: f64,
    min_limit_per_slot: f64,
}

impl ConnType {
    pub fn read(row: &Cells<'_>) -> ConnType {
        ConnType {
            speed: row.text(0),
            min_slots: row.int(2, 0),
            max_slots: row.int(3, 0),
            min_limit: row.number(4, -1.0),
            min_limit_per_slot: row.number(5, -1.0),
        }
    }
}

impl Hub {
    fn client_of(&self, tag: &Tag<'_>) -> Option<&Client> {
        let mut rows = self.desk.clients.iter();
        rows.find(|c| c.enabled && c.tag == tag.client)
    }

    fn conn_type(&self, speed: &[u8]) -> Option<&ConnType> {
        let find = |key: &[u8]| self.desk.conn_types.iter().find(|t| t.speed == key);
        find(speed).or_else(|| find(b"default"))
    }

    /// Slots that a user of no particular connection must have, for hub lists.
    pub(super) fn usual_min_slots(&self) -> i64 {
        self.conn_type(b"default").map_or(0, |t| t.min_slots)
    }

    /// Why the client itself may not come in.
    pub(super) fn client_refusal(&self, tag: &Tag<'_>) -> Option<String> {
        let Some(client) = self.client_of(tag) else {
            let known = self.config.tags.tag_allow_unknown;
            return (!known).then(|| "Clients that this hub does not know may not come in.".into());
        };
        client.banned.then(|| {
            let name = String::from_utf8_lossy(&client.name);
            format!("{name} is a client that may not be used here.")
        })
    }

    /// What the user's connection asks of slots and limits. `speed`: without the status byte.
    pub(super) fn connection_refusal(&self, tag: &Tag<'_>, speed: &[u8]) -> Option<String> {
        let kind = self.conn_type(speed)?;
        let slots = i64::from(tag.slots.unwrap_or(0));
        if kind.min_slots > 0 && slots < kind.min_slots {
            return Some(format!(
                "At least {} slots are needed with your connection.",
                kind.min_slots
            ));
        }
        if kind.max_slots > 0 && slots > kind.max_slots {
            return Some(format!(
                "At most {} slots are allowed with your connection.",
                kind.max_slots
            ));
        }
        // Who does not limit his upload has nothing to explain.
        let limit = tag.limit?;
        if kind.min_limit >= 0.0 && limit < kind.min_limit {
            return Some(format!(
                "Your upload limit must be {} or more with your connection.",
                kind.min_limit
            ));
        }
        let per_slot = kind.min_limit_per_slot;
        if per_slot >= 0.0 && slots > 0 && limit / (slots as f64) < per_slot {
            return Some(format!(
                "Your upload limit must be {per_slot} or more for each slot with your connection."
            ));
        }
        None
    }

    /// The versions that are let in: the client's own row goes before the settings.
    pub(super) fn version_refusal(&self, tag: &Tag<'_>) -> Option<&'static str> {
        let version = tag.version_number()?;
        let t = &self.config.tags;
        let row = self.client_of(tag);
        let own = |limit: fn(&Client) -> f64| row.map(limit).filter(|v| *v >= 0.0);
        let min = own(|c| c.min).unwrap_or(t.tag_min_version);
        let max = own(|c| c.max).unwrap_or(t.tag_max_version);
        if min >= 0.0 && version < min {
            Some("Your client is too old for this hub.")
        } else if max >= 0.0 && version > max {
            Some("Your client is too new for this hub.")
        } else {
            None
        }
    }

    /// Whether the user's client is new enough to search and download.
    pub(super) fn new_enough_to_use(&self, id: ConnId) -> bool {
        let Some(c) = self.conns.get(&id).filter(|c| c.class < 3) else {
            return true;
        };
        let Some(tag) = Tag::parse(&c.info.tag) else {
            return true;
        };
        let least = self.client_of(&tag).map_or(-1.0, |row| row.min_use);
        least < 0.0 || tag.version_number().is_none_or(|v| v >= least)
    }
}
