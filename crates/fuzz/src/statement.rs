//! Scripts' statements (`vh.SQL`) on a real database.

use std::cell::RefCell;

use hub::lists::Row;
use store::Store;
use tempfile::TempDir;

struct Hubs {
    // Dropped last.
    store: Box<dyn Store>,
    make_up: Vec<Row>,
    // Held until the store is closed.
    _dir: TempDir,
}

/// What a hub's tables are made of, as SQLite keeps it.
const MAKE_UP: &[u8] = b"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name IN \
    ('reglist', 'banlist', 'unbanlist', 'kicklist', 'temp_rights', 'SetupList', 'file_trigger', \
    'custom_redirects', 'client_list', 'conn_types') ORDER BY type, name";

impl Hubs {
    fn new() -> Hubs {
        let dir = tempfile::tempdir().expect("the temporary directory can be written");
        let path = dir.path().join("hub.db");
        let mut store = store::open(&path.display().to_string()).expect("a new database opens");
        for set_up in [
            &b"INSERT INTO reglist (nick, class) VALUES ('witness', 7)"[..],
            b"CREATE TABLE own (nick varchar(64), class int)",
        ] {
            store.sql(set_up, 10).expect("scripts may do this");
        }
        let make_up = store.sql(MAKE_UP, 1000).expect("scripts may read all");
        Hubs {
            store,
            make_up,
            _dir: dir,
        }
    }
}

thread_local! {
    static HUBS: RefCell<Option<Hubs>> = const { RefCell::new(None) };
}

/// Whatever a script's statement does, the hub's tables are made as before, and the hub can
/// register somebody afterwards.
pub(crate) fn statement(input: &[u8]) {
    HUBS.with_borrow_mut(|slot| {
        let mut hubs = slot.take().unwrap_or_else(Hubs::new);
        drop(hubs.store.sql(input, 20));
        let now = hubs
            .store
            .sql(MAKE_UP, 1000)
            .expect("the database is there");
        assert_eq!(now, hubs.make_up, "a hub's table was changed");
        let nicks = hubs.store.registered_nicks();
        assert!(nicks.is_ok(), "registrations cannot be read: {nicks:?}");
        // Rows are a script's to change, as documented. For the next input all is as before.
        let fresh = input.len() > 4 && !input[..4].eq_ignore_ascii_case(b"SELE");
        *slot = (!fresh).then_some(hubs);
    });
}
