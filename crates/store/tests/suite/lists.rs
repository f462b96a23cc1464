//! Triggers, redirects, clients, connection types.

use bytes::Bytes;
use hub::lists::{List, Row, defaults};
use hub::reg::{StoreOp, StoreReply};

use crate::each;

fn rows(reply: StoreReply) -> Vec<Row> {
    match reply {
        StoreReply::Rows(rows) => rows,
        other => panic!("{other:?}"),
    }
}

fn row(list: List, key: &'static str, cells: &[(usize, &'static [u8])]) -> Row {
    let mut row = list.blank(key.into());
    for (at, value) in cells {
        row[*at] = Some(Bytes::from_static(value));
    }
    row
}

/// Numbers may come back with more or fewer zeros.
fn same(a: &Option<Bytes>, b: &Option<Bytes>) -> bool {
    let number = |c: &Option<Bytes>| {
        let text = c.as_ref().and_then(|c| str::from_utf8(c).ok());
        text.and_then(|t| t.parse::<f64>().ok())
    };
    a == b || (number(a).is_some() && number(a) == number(b))
}

#[test]
fn new_lists_are_filled_once() {
    each(|scratch, store| {
        let first = store.lists().unwrap();
        for list in List::ALL {
            assert_eq!(first.of(list).len(), defaults(list).len(), "{list:?}");
        }
        // What an owner removes stays removed.
        let key = Bytes::from_static(b"+faq");
        let del = |key: &Bytes| StoreOp::DelRow {
            list: List::Triggers,
            key: key.clone(),
        };
        assert_eq!(store.execute(del(&key)), StoreReply::Done);
        assert_eq!(store.execute(del(&key)), StoreReply::NoUser);
        let again = scratch.open().lists().unwrap();
        assert_eq!(again.of(List::Triggers).len(), 15);
    });
}

#[test]
fn rows_come_back_as_they_went_in() {
    each(|_, store| {
        let cases = [
            row(
                List::Triggers,
                "+hi",
                &[
                    (1, b"%[NICK]"),
                    (2, b"gr\xfc\xdfe | \r\n%[CC]"),
                    (3, b"d"),
                    (4, b"-1"),
                    (6, b"48"),
                    (7, b"60"),
                ],
            ),
            row(
                List::Redirects,
                "nmdcs://a.b:411",
                &[
                    (1, b"6"),
                    (2, b"22"),
                    (3, b"5"),
                    (4, b":DE:AT:"),
                    (5, b"1"),
                    (6, b"100"),
                ],
            ),
            row(
                List::Clients,
                "My client",
                &[
                    (1, b"++"),
                    (2, b"0.86812"),
                    (3, b"-1"),
                    (4, b"0.7"),
                    (5, b"1"),
                ],
            ),
            row(
                List::ConnTypes,
                "56Kbps",
                &[
                    (1, b"modem"),
                    (2, b"1"),
                    (3, b"4"),
                    (4, b"2.5"),
                    (5, b"0.25"),
                ],
            ),
        ];
        for (list, written) in List::ALL.into_iter().zip(cases) {
            let put = |row: &Row| StoreOp::PutRow {
                list,
                row: row.clone(),
            };
            assert_eq!(store.execute(put(&written)), StoreReply::Done, "{list:?}");
            let read = rows(store.execute(StoreOp::ReadList { list }));
            assert_eq!(read.len(), 1);
            let all = written.iter().zip(&read[0]).all(|(a, b)| same(a, b));
            assert!(all, "{written:?} came back as {:?}", read[0]);
            // The same key in other letters is the same row.
            let mut changed = written.clone();
            changed[0] = Some(written[0].as_ref().unwrap().to_ascii_uppercase().into());
            assert_eq!(store.execute(put(&changed)), StoreReply::Done);
            assert_eq!(rows(store.execute(StoreOp::ReadList { list })).len(), 1);
        }
    });
}
