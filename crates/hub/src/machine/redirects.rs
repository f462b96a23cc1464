//! Where users are sent who cannot stay: table `custom_redirects`.

use bytes::Bytes;
use nmdc::WireBuf;

use crate::constants::CloseReason;
use crate::io::ConnId;

use super::Hub;
use super::consoles::Cells;

/// Most rows that one is chosen from.
const CHOICE: usize = 10;
const GIB: u64 = 1 << 30;

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Redirect {
    address: Bytes,
    /// A sum of [`flag`]s, 0 for any reason.
    flags: i64,
    /// First and last hour; the same: always.
    hours: (i64, i64),
    /// `:CC:CC:`, or nothing for all.
    countries: Bytes,
    /// 0 plain connections, 1 TLS, 2 both.
    secure: i64,
    /// In GiB.
    share: u64,
    enabled: bool,
}

impl Redirect {
    pub fn read(row: &Cells<'_>) -> Redirect {
        Redirect {
            address: row.text(0),
            flags: row.int(1, 0),
            hours: (row.int(2, 0), row.int(3, 0)),
            countries: row.text(4),
            secure: row.int(5, 2),
            share: u64::try_from(row.int(6, 0)).unwrap_or(0),
            enabled: row.int(7, 1) != 0,
        }
    }

    fn is_open(&self, hour: i64) -> bool {
        let (start, stop) = self.hours;
        match start.cmp(&stop) {
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Less => (start..=stop).contains(&hour),
            // Over midnight.
            std::cmp::Ordering::Greater => hour >= start || hour <= stop,
        }
    }

    fn is_for(&self, country: &[u8]) -> bool {
        let key = [b":", country, b":"].concat();
        self.countries.is_empty() || self.countries.windows(key.len()).any(|w| w == key)
    }
}

/// The bit of a reason; `None` for those nobody is redirected for.
fn flag(reason: CloseReason) -> Option<i64> {
    use CloseReason::*;
    Some(match reason {
        InvalidUser | Kicked => 1,
        UserLimit => 2,
        ShareLimit => 4,
        TagNone | TagInvalid => 8,
        Password => 16,
        InvalidKey => 32,
        HubLoad => 64,
        Reconnect => 128,
        BadNick => 256,
        Clone => 512,
        SelfReplaced => 1024,
        NoRedir | ForceMove => return None,
        _ => 0,
    })
}

impl Hub {
    /// Tells a user who is about to be disconnected where else he may go.
    pub(super) fn redirect(&mut self, id: ConnId, reason: CloseReason) {
        if self.desk.redirects.is_empty() || self.stopping {
            return;
        }
        let Some(address) = self.redirect_for(id, reason) else {
            return;
        };
        let mut data = WireBuf::new();
        nmdc::write::force_move(&address, &mut data);
        *self.redirect_hits.entry(address).or_default() += 1;
        self.send(id, data.finish());
    }

    fn redirect_for(&mut self, id: ConnId, reason: CloseReason) -> Option<Bytes> {
        let flag = flag(reason)?;
        let c = self.conns.get(&id)?;
        let country = self.view.geo().code(c.ip);
        let hour = self.local_time().hour;
        let secure = i64::from(c.is_secure());
        let fits = |r: &&Redirect| {
            r.enabled
                && (r.flags == 0 || r.flags & flag != 0)
                && r.is_open(hour)
                && r.is_for(&country)
                && (r.secure == 2 || r.secure == secure)
                && c.share / GIB >= r.share
        };
        let some: Vec<Bytes> = (self.desk.redirects.iter().filter(fits))
            .take(CHOICE)
            .map(|r| r.address.clone())
            .collect();
        let count = u64::try_from(some.len()).ok().filter(|n| *n > 0)?;
        let pick = usize::try_from(self.random() % count).ok()?;
        some.get(pick).cloned()
    }
}
