//! What the machine shows of itself to the program, the log and the simulation's invariants.

use bytes::Bytes;

use crate::io::ConnId;
use crate::reg::{BanRow, RightsRow};

use super::conn::Conn;
use super::{Hub, bans};

/// What the limits of users go by.
pub struct Seat {
    /// The address as scripts may have changed it.
    pub ip: std::net::IpAddr,
    /// The zone it came into.
    pub zone: usize,
    /// The class now.
    pub class: i32,
    /// The class of the registration, or now.
    pub registered: i32,
}

impl Hub {
    /// Connections that wait for a verdict or the store, and questions that are open: both are
    /// empty when nothing is going on. For the simulation and the log.
    pub fn waiting(&self) -> (usize, usize) {
        let parked = self.conns.values().filter(|c| c.parked()).count();
        (parked, self.waits.len())
    }

    /// Nicks of the users in the list, for the simulation's invariants.
    pub fn user_nicks(&self) -> Vec<Bytes> {
        let listed = self.conns.values().filter(|c| c.listed);
        listed.map(|c| c.nick.clone()).collect()
    }

    /// How many of the bans it was started with mean nothing to it: there is nothing that they
    /// are about.
    pub fn unknown_bans(&self) -> usize {
        self.unknown_bans
    }

    /// All registered nicks, in the form in which they are compared; for the simulation.
    pub fn registered_nicks(&self) -> Vec<Bytes> {
        self.registered.iter().map(|nick| nick.0.clone()).collect()
    }

    /// The rows of the bans that hold; for the simulation.
    pub fn ban_rows(&self) -> Vec<BanRow> {
        let all = self.bans.newest(usize::MAX, self.now.unix_secs());
        all.into_iter().map(bans::Ban::to_row).collect()
    }

    /// What is decided about single nicks; for the simulation.
    pub fn rights_rows(&self) -> Vec<RightsRow> {
        self.restrictions.rows()
    }

    /// Whether what is counted beside the connections fits them; for the simulation.
    ///
    /// # Errors
    /// What does not fit.
    pub fn consistent(&self) -> Result<(), String> {
        let count = |is: &dyn Fn(&Conn) -> bool| self.conns.values().filter(|c| is(c)).count();
        let valid = count(&|c| c.listed);
        let by_ip: usize = self.by_ip.values().map(|ids| ids.len()).sum();
        let at_home = |(ip, ids): (&std::net::IpAddr, &smallvec::SmallVec<[ConnId; 2]>)| {
            let there = |id: &ConnId| self.conns.get(id).is_some_and(|c| c.ip == *ip);
            !ids.is_empty() && ids.iter().all(there)
        };
        let parked: usize = self.conns.values().map(|c| c.inbox.bytes()).sum();
        let passive = count(&|c| c.listed && !c.active);
        let member = |id: &ConnId| self.conns.get(id).is_some_and(|c| c.listed);
        for (fits, what) in [
            (valid == self.slots, "users in the list"),
            (
                (self.zones.iter().enumerate())
                    .all(|(zone, users)| *users == count(&|c| c.listed && c.zone == zone)),
                "users by zone",
            ),
            (
                by_ip == valid && self.by_ip.iter().all(at_home),
                "users by address",
            ),
            (
                self.joining.len() == count(&|c| !c.listed),
                "logins under way",
            ),
            (passive == self.passive_users, "passive users"),
            (parked == self.parked, "bytes that wait"),
            (
                self.opchat.iter().all(member),
                "members of the operator chat",
            ),
        ] {
            if !fits {
                return Err(format!("{what} are counted wrong"));
            }
        }
        Ok(())
    }

    /// What the limits of users know of a user in the list; for the simulation.
    pub fn seat(&self, conn: ConnId) -> Option<Seat> {
        let c = self.conns.get(&conn).filter(|c| c.listed)?;
        Some(Seat {
            ip: c.ip,
            zone: c.zone,
            class: c.class,
            registered: c.theoretical_class(),
        })
    }

    /// Until when main chat, private chat, private messages and passive searches are locked for
    /// all users together; for the simulation.
    pub fn locked_until(&self) -> [Option<u64>; 4] {
        self.locks.map(|lock| lock.locked_until())
    }

    /// Bytes kept of what a connection sent; for the simulation.
    pub fn kept_of(&self, conn: ConnId) -> usize {
        self.conns.get(&conn).map_or(0, Conn::kept)
    }

    /// Bytes of all connections that wait for answers; for the simulation.
    pub fn parked_bytes(&self) -> usize {
        self.parked
    }

    /// How many passwords wait to be checked, and how many are being checked; for the
    /// simulation and the log.
    pub fn guesses(&self) -> (usize, usize) {
        self.guesses.len()
    }

    /// How many connections the hub knows.
    pub fn connections(&self) -> usize {
        self.conns.len()
    }
}
