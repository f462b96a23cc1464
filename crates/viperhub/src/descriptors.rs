//! How many files and sockets the system lets the program have open, and how many of them are
//! kept back: a hub full of clients must still open its database, its log and what scripts want.

use hub::config::Config;

/// Of so many descriptors one is kept back, within these bounds.
const KEPT_SHARE: u64 = 8;
const LEAST_KEPT: u64 = 48;
const MOST_KEPT: u64 = 512;

/// What the system allows.
pub struct Descriptors {
    limit: u64,
}

/// Takes as many as the system allows.
pub fn raise() -> Descriptors {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!("cannot raise the number of open files: {error}");
        rlimit::Resource::NOFILE
            .get_soft()
            .unwrap_or(rlimit::INFINITY)
    });
    Descriptors { limit }
}

impl Descriptors {
    /// How many may be clients' sockets.
    pub fn for_clients(&self) -> usize {
        let kept = (self.limit / KEPT_SHARE).clamp(LEAST_KEPT, MOST_KEPT);
        let rest = self.limit.saturating_sub(kept).max(16);
        usize::try_from(rest).unwrap_or(usize::MAX)
    }

    /// Tells the log when the settings want more users than there is room for.
    pub fn warn(&self, seats: usize, config: &Config) {
        let wanted = config.limits.max_users;
        if usize::try_from(wanted).is_ok_and(|wanted| wanted > seats) {
            tracing::warn!(
                "max_users is {wanted}, but the system lets the hub have {} files and sockets \
                 open, which is room for {seats} users: raise that limit (ulimit -n, or \
                 LimitNOFILE= of a systemd unit) or lower max_users",
                self.limit
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_kept_back() {
        let of = |limit| Descriptors { limit }.for_clients();
        assert_eq!(of(1024), 896);
        assert_eq!(of(20_000), 19_488);
        assert_eq!(of(256), 208);
        assert_eq!(of(10), 16);
        assert!(of(rlimit::INFINITY) > 1_000_000);
    }
}
