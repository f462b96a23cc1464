//! Room for who comes next: connections that have not finished TLS are limited, and when there
//! are nearly as many connections as there may be, those that are ending anyway end at once.

use std::net::IpAddr;

use hub::io::{ConnId, place};

use crate::Limits;
use crate::worker::Worker;

/// Of so many parts of all connections one may be ending slowly.
const ENDING_SHARE: usize = 16;

impl Limits {
    /// How many connections there may be.
    pub(crate) fn sockets(&self) -> usize {
        match self.max_sockets {
            0 => usize::MAX,
            most => most,
        }
    }
}

impl Worker {
    /// After a connection from there has come that the hub does not know yet: of too many, the
    /// oldest goes. Each thread has its share of them.
    pub(crate) fn thin_openings(&mut self, ip: IpAddr) {
        let share = |most: usize| most.div_ceil(self.threads.max(1));
        let (all, of_ip) = (
            share(self.limits.max_opening),
            share(self.limits.max_opening_from_ip),
        );
        if all == 0 && of_ip == 0 {
            return;
        }
        let own = place(ip);
        let (mut count, mut count_here) = (0, 0);
        let (mut oldest, mut oldest_here) = (None, None);
        for (_, id) in self.detecting.iter().chain(&self.shaking) {
            let Some(opening) = self.slots.get_mut(*id).and_then(|c| c.opening.as_ref()) else {
                continue;
            };
            let one = Some((opening.since, *id));
            let older = |than: Option<(std::time::Instant, ConnId)>| {
                than.is_none_or(|(since, _)| opening.since < since)
            };
            count += 1;
            if older(oldest) {
                oldest = one;
            }
            if place(opening.ip) == own {
                count_here += 1;
                if older(oldest_here) {
                    oldest_here = one;
                }
            }
        }
        let goes = if of_ip > 0 && count_here > of_ip {
            oldest_here
        } else if all > 0 && count > all {
            oldest
        } else {
            None
        };
        if let Some((_, id)) = goes {
            self.drop_opening(
                id,
                "of too many that have not finished TLS it is the oldest",
            );
        }
    }

    /// When there is hardly room for more connections: those that have been ending for the
    /// longest are not waited for any more.
    pub(crate) fn hurry_endings(&mut self) {
        let most = self.limits.sockets();
        let near = most - most / ENDING_SHARE;
        let may_end = (most / ENDING_SHARE).div_ceil(self.threads.max(1));
        while self.stopping.is_none() && self.closing.len() > may_end && self.open.count() >= near {
            let id = self.closing.remove(0);
            self.drop_conn(id, None);
        }
    }
}
