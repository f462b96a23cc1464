//! Who is who in a scenario.

use std::time::Instant;

use crate::args::{Options, Scenario};
use crate::client::Profile;
use crate::role::Role;

/// Clients that have what is searched for.
pub const ANSWERERS: usize = 5;

/// The client with this number.
pub fn profile(options: &Options, base: Instant, index: usize) -> Profile {
    let nick = |index: usize| format!("{}{index:05}", options.nick);
    let role = match options.scenario {
        // The first half of the senders open, the other half answers.
        Scenario::Private if index < options.senders => {
            let half = options.senders / 2;
            match index < half {
                true => Role::pair(nick(index + half), true, options.line, base),
                false => Role::pair(nick(index - half), false, options.line, base),
            }
        }
        Scenario::Search if index < options.senders => Role::Seek { base },
        Scenario::Search if index < options.senders + ANSWERERS => Role::Answer,
        _ if index < options.senders => Role::talk(options.line),
        _ => Role::Quiet,
    };
    let mut profile = Profile::new(nick(index), role);
    profile.zpipe = options.zpipe;
    if options.scenario == Scenario::Search {
        // Searchers take turns in being passive; so do those in being old-fashioned that only
        // listen.
        profile.active = index >= options.senders || index % 2 == 1;
        profile.tth_search = index < options.senders + ANSWERERS || index % 2 == 1;
    }
    profile
}
