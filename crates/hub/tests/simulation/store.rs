//! A store in memory that answers late, in order, and sometimes not at all well.

use std::collections::{BTreeMap, VecDeque};

use crate::registry::Failures;
use hub::io::ReqId;
use hub::reg::{BanRow, Listing, RegUser, RightsRow, StoreOp, StoreReply};

#[derive(Default)]
pub struct Store {
    pub users: BTreeMap<Vec<u8>, (RegUser, Vec<u8>)>,
    pub bans: BTreeMap<(Vec<u8>, Vec<u8>), BanRow>,
    pub rights: BTreeMap<Vec<u8>, RightsRow>,
    pub failures: Failures,
    pub queue: VecDeque<(ReqId, StoreOp)>,
}

pub fn key(nick: &[u8]) -> Vec<u8> {
    nick.to_ascii_lowercase()
}

impl Store {
    pub fn add(&mut self, user: RegUser, password: &[u8]) {
        self.users
            .insert(key(&user.nick), (user, password.to_vec()));
    }

    /// Does the oldest request.
    pub fn work(&mut self, fails: bool) -> Option<(ReqId, StoreReply)> {
        let (req, op) = self.queue.pop_front()?;
        let reply = if fails || self.failures.away {
            self.failures.note(&op);
            StoreReply::Failed("disk on fire".into())
        } else {
            self.apply(op)
        };
        Some((req, reply))
    }

    fn apply(&mut self, op: StoreOp) -> StoreReply {
        let done = |found: bool| {
            if found {
                StoreReply::Done
            } else {
                StoreReply::NoUser
            }
        };
        match op {
            StoreOp::GetUser { nick } => StoreReply::User(
                self.users
                    .get(&key(&nick))
                    .map(|(u, _)| Box::new(u.clone())),
            ),
            StoreOp::CheckPassword { nick, password, .. } => StoreReply::Password(
                self.users
                    .get(&key(&nick))
                    .is_some_and(|(_, p)| !p.is_empty() && password == p[..]),
            ),
            StoreOp::AddUser { user, password } => {
                if self.users.contains_key(&key(&user.nick)) {
                    return StoreReply::Exists;
                }
                self.add(*user, &password);
                StoreReply::Done
            }
            StoreOp::DelUser { nick } => done(self.users.remove(&key(&nick)).is_some()),
            StoreOp::SetClass { nick, class } => done(match self.users.get_mut(&key(&nick)) {
                Some((u, _)) => {
                    u.class = class;
                    true
                }
                None => false,
            }),
            StoreOp::SetPassword { nick, password } => {
                done(match self.users.get_mut(&key(&nick)) {
                    Some((u, p)) => {
                        u.pwd_change = password.is_empty();
                        u.has_password = !password.is_empty();
                        *p = password.to_vec();
                        true
                    }
                    None => false,
                })
            }
            StoreOp::Logout { nick, .. } => done(self.users.contains_key(&key(&nick))),
            StoreOp::SetConfig { .. } => StoreReply::Done,
            StoreOp::SaveBan { ban } => {
                self.bans.insert((key(&ban.ip), key(&ban.nick)), *ban);
                StoreReply::Done
            }
            StoreOp::HitBan { ip, nick, when } => {
                done(match self.bans.get_mut(&(key(&ip), key(&nick))) {
                    Some(ban) => {
                        ban.last_hit = when;
                        true
                    }
                    None => false,
                })
            }
            StoreOp::DelBans { bans, .. } => {
                for (ip, nick) in bans {
                    self.bans.remove(&(key(&ip), key(&nick)));
                }
                StoreReply::Done
            }
            StoreOp::AddKick { .. } => StoreReply::Done,
            StoreOp::Login { nick, .. } => done(self.users.contains_key(&key(&nick))),
            StoreOp::SetField { nick, field, value } => {
                done(match self.users.get_mut(&key(&nick)) {
                    Some((u, _)) => {
                        (field.put)(u, &value);
                        true
                    }
                    None => false,
                })
            }
            StoreOp::SaveRights { rights } => {
                self.rights.insert(key(&rights.nick), *rights);
                StoreReply::Done
            }
            StoreOp::Clean { list } => {
                match list {
                    Listing::Bans => self.bans.clear(),
                    Listing::Rights => self.rights.clear(),
                    Listing::LiftedBans | Listing::Kicks => {}
                }
                StoreReply::Done
            }
            StoreOp::PluginSettings => StoreReply::Rows(Vec::new()),
            StoreOp::ReadBans => StoreReply::Bans(self.bans.values().cloned().collect()),
            StoreOp::ReadRights => StoreReply::Rights(self.rights.values().cloned().collect()),
            StoreOp::ReadList { .. } => StoreReply::Rows(Vec::new()),
            StoreOp::PutRow { .. } | StoreOp::DelRow { .. } => StoreReply::Done,
            StoreOp::ListUsers { class } => StoreReply::Users(
                self.users
                    .values()
                    .filter(|(u, _)| class.is_none_or(|c| c == u.class))
                    .map(|(u, _)| u.clone())
                    .collect(),
            ),
        }
    }
}
