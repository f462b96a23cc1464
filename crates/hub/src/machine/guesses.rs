//! Passwords that wait to be checked. A check costs some 20 ms of a processor, so only a few are
//! under way at a time, and who guesses keeps nobody else waiting: next is always the one whose
//! address and nick have been served the longest ago.

use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::Bytes;

use crate::constants::CloseReason;
use crate::io::{ConnId, place};
use crate::reg::{RegUser, StoreOp, StoreReply};

use super::joining::home_of;
use super::rights::Needs;
use super::{Hub, Map, NickKey};

/// Checks under way at a time, never two of one address or nick: a second guess is not looked
/// at before the first one has had its consequences.
const RUNNING: usize = 4;
/// Checks that wait, in all and of one address.
const MOST_WAITING: usize = 256;
const MOST_OF_PLACE: usize = 64;
/// So many turns an address or nick is remembered to have been served.
const MEMORY: u64 = 2048;

/// A password that is to be checked.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    pub id: ConnId,
    key: NickKey,
    place: IpAddr,
    password: Bytes,
    /// It comes from where the nick's owner was last: other people's guesses do not count.
    at_home: bool,
}

/// Those that wait, and what was served when.
#[derive(Default)]
pub(super) struct Guesses {
    waiting: VecDeque<Guess>,
    running: Vec<(NickKey, IpAddr)>,
    turn: u64,
    places: Map<IpAddr, u64>,
    nicks: Map<NickKey, u64>,
}

impl Guesses {
    /// When it was last the turn of its address or nick, the later one first: who is served
    /// least comes next, also of those at one address.
    fn rank(&self, guess: &Guess) -> (u64, u64) {
        let of_place = self.places.get(&guess.place).copied().unwrap_or(0);
        let of_nick = self.nicks.get(&guess.key).copied().unwrap_or(0);
        match guess.at_home {
            true => (of_place, 0),
            false => (of_place.max(of_nick), of_place.min(of_nick)),
        }
    }

    /// Takes one in. When there are too many: the one that goes instead, perhaps the same.
    fn push(&mut self, guess: Guess) -> Option<Guess> {
        let place = guess.place;
        self.waiting.push_back(guess);
        let at_place = |at: &usize| self.waiting[*at].place == place;
        let all = 0..self.waiting.len();
        let last = |many: &mut dyn Iterator<Item = usize>| {
            many.max_by_key(|at| self.rank(&self.waiting[*at]))
        };
        let last = if all.clone().filter(at_place).count() > MOST_OF_PLACE {
            last(&mut all.filter(at_place))
        } else if all.len() > MOST_WAITING {
            last(&mut all.into_iter())
        } else {
            None
        };
        self.waiting.remove(last?)
    }

    fn next(&mut self) -> Option<Guess> {
        if self.running.len() >= RUNNING {
            return None;
        }
        let busy = |g: &Guess| {
            let mut running = self.running.iter();
            running.any(|(key, place)| *key == g.key || *place == g.place)
        };
        let free = (0..self.waiting.len()).filter(|at| !busy(&self.waiting[*at]));
        let at = free.min_by_key(|at| self.rank(&self.waiting[*at]))?;
        let guess = self.waiting.remove(at)?;
        self.turn += 1;
        self.places.insert(guess.place, self.turn);
        self.nicks.insert(guess.key.clone(), self.turn);
        if self.turn.is_multiple_of(MEMORY) {
            let old = self.turn.saturating_sub(MEMORY);
            self.places.retain(|_, turn| *turn > old);
            self.nicks.retain(|_, turn| *turn > old);
        }
        self.running.push((guess.key.clone(), guess.place));
        Some(guess)
    }

    fn over(&mut self, guess: &Guess) {
        let is = |(key, place): &(NickKey, IpAddr)| *key == guess.key && *place == guess.place;
        if let Some(at) = self.running.iter().position(is) {
            self.running.swap_remove(at);
        }
    }

    /// Forgets those of a connection that has ended.
    pub fn forget(&mut self, id: ConnId) {
        self.waiting.retain(|guess| guess.id != id);
    }

    /// How many wait and how many are under way, for the simulation.
    pub fn len(&self) -> (usize, usize) {
        (self.waiting.len(), self.running.len())
    }
}

impl Hub {
    /// Has a password checked when it is its turn; the connection waits for that.
    pub(super) fn guess(&mut self, id: ConnId, password: &Bytes) {
        let Some(c) = self.conns.get(&id) else { return };
        let place = place(c.ip);
        let home = c.reg.as_ref().and_then(|reg| home_of(&reg.login_ip));
        let guess = Guess {
            id,
            key: c.key.clone(),
            place,
            // A copy: a message shares its block with whatever else was read.
            password: Bytes::copy_from_slice(password),
            at_home: home == Some(place),
        };
        self.park(Some(id));
        if let Some(one) = self.guesses.push(guess) {
            let text = "Too many passwords wait to be checked just now, try again in a moment.";
            self.close(one.id, CloseReason::HubLoad, text);
        }
        self.next_guesses();
    }

    /// Begins as many checks as may be under way: reads the registration as it is now.
    fn next_guesses(&mut self) {
        while let Some(guess) = self.guesses.next() {
            let Some(c) = self.conns.get(&guess.id) else {
                self.guesses.over(&guess);
                continue;
            };
            let (id, guess) = (guess.id, Box::new(guess));
            let op = StoreOp::GetUser {
                nick: c.nick.clone(),
            };
            self.store_for_parked(id, op, |hub, reply| hub.guess_row(guess, reply));
        }
    }

    fn guess_over(&mut self, guess: &Guess) {
        self.guesses.over(guess);
        self.next_guesses();
    }

    /// The registration as it is now: when it is still the one that the password was asked for,
    /// the password is checked.
    fn guess_row(&mut self, guess: Box<Guess>, reply: StoreReply) {
        let id = guess.id;
        let Some(c) = self.conns.get_mut(&id) else {
            return self.guess_over(&guess);
        };
        match (reply, &mut c.reg) {
            (StoreReply::User(Some(row)), Some(known)) if same_rights(&row, known) => {
                *known = row;
                let op = StoreOp::CheckPassword {
                    nick: c.nick.clone(),
                    password: guess.password.clone(),
                    // Not a made-up one that others are shown.
                    ip: c.ip.to_canonical().to_string().into(),
                    now: self.now.unix_secs(),
                };
                self.store(Some(id), Needs::Nothing, op, move |hub, reply| {
                    hub.guess_checked(&guess, &reply);
                });
            }
            (StoreReply::User(_), _) => {
                self.registration_changed(id);
                self.guess_over(&guess);
            }
            _ => {
                self.password_unknown(id);
                self.guess_over(&guess);
            }
        }
    }

    /// A password has been compared. What comes of it holds before the next one's turn.
    fn guess_checked(&mut self, guess: &Guess, reply: &StoreReply) {
        if self.conns.contains_key(&guess.id) {
            self.password_checked(guess.id, reply);
        }
        self.guess_over(guess);
    }
}

/// Whether two readings of a registration give the same rights.
pub(super) fn same_rights(a: &RegUser, b: &RegUser) -> bool {
    let mut fields = crate::reg::FIELDS.iter();
    (a.pwd_change, a.has_password) == (b.pwd_change, b.has_password)
        && fields.all(|field| (field.get)(a) == (field.get)(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(id: u64, nick: &'static str, host: u8) -> Guess {
        Guess {
            id: ConnId(id),
            key: NickKey::of(nick.as_bytes()),
            place: IpAddr::from([80, 0, 0, host]),
            password: Bytes::new(),
            at_home: false,
        }
    }

    /// Whose turn it is one after the other, each check over before the next begins.
    fn order(guesses: &mut Guesses) -> Vec<u64> {
        let mut ids = Vec::new();
        while let Some(guess) = guesses.next() {
            ids.push(guess.id.0);
            guesses.over(&guess);
        }
        ids
    }

    #[test]
    fn who_guesses_much_waits_for_the_others() {
        let mut g = Guesses::default();
        for n in 0..20 {
            assert!(g.push(guess(n, "boss", 1)).is_none());
        }
        assert_eq!(g.next().unwrap().id.0, 0);
        g.over(&guess(0, "boss", 1));
        // A nick from many addresses, an address with many nicks, and one who is neither.
        g.push(guess(100, "boss", 2));
        g.push(guess(101, "ann", 1));
        g.push(guess(102, "bob", 3));
        assert_eq!(order(&mut g)[0], 102);
    }

    #[test]
    fn never_two_of_one_address_or_nick() {
        let mut g = Guesses::default();
        for (id, nick, host) in [(1, "a", 1), (2, "b", 1), (3, "A", 2), (4, "c", 3)] {
            g.push(guess(id, nick, host));
        }
        assert_eq!(g.next().unwrap().id.0, 1);
        assert_eq!(g.next().unwrap().id.0, 4);
        assert!(g.next().is_none());
        g.over(&guess(1, "a", 1));
        let mut next: Vec<u64> = (0..2).map(|_| g.next().unwrap().id.0).collect();
        next.sort_unstable();
        assert_eq!(next, [2, 3]);
    }

    #[test]
    fn the_owner_at_home_does_not_wait_for_guesses_of_others() {
        let mut g = Guesses::default();
        for n in 0..100u8 {
            g.push(guess(u64::from(n), "boss", n));
        }
        let first = g.next().unwrap();
        g.over(&first);
        let owner = Guess {
            at_home: true,
            ..guess(200, "boss", 200)
        };
        g.push(owner);
        let before = order(&mut g).iter().position(|id| *id == 200).unwrap();
        assert!(before <= 1, "{before} came first");
    }

    #[test]
    fn the_queue_has_an_end() {
        let mut g = Guesses::default();
        for n in 0..64 {
            assert!(g.push(guess(n, "boss", 1)).is_none());
        }
        assert_eq!(g.push(guess(64, "boss", 1)).unwrap().id.0, 64);
        // Who shares the address with them is not the one who goes.
        g.nicks.insert(NickKey::of(b"boss"), 1);
        g.places.insert(guess(0, "boss", 1).place, 1);
        assert_ne!(g.push(guess(65, "ann", 1)).unwrap().id.0, 65);
        assert_eq!(g.next().unwrap().id.0, 65);
        g.over(&guess(65, "ann", 1));
        let first = g.next().unwrap();
        g.over(&first);
        let mut pushed_out = Vec::new();
        for n in 0..200u8 {
            let host = n + 2;
            let nick: &'static str = Box::leak(format!("n{n}").into_boxed_str());
            pushed_out.extend(g.push(guess(1000 + u64::from(n), nick, host)));
        }
        assert!(!pushed_out.is_empty() && pushed_out.iter().all(|p| p.place == first.place));
        assert_eq!(g.len().0, MOST_WAITING);
    }
}
