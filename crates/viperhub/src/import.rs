//! `viperhub import`: copies a hub's data from one database to another.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use store::{Store, StoreError};

use crate::cli::Import;
use crate::logging::say;

/// Rows that share a commit.
const ROWS: usize = 1000;
/// Rows between two lines of progress.
const TELL: usize = 10_000;

/// Does it, and says what was copied.
pub fn import(args: &Import) -> Result<()> {
    let (from, to) = (address(&args.from)?, address(&args.to)?);
    if from == to {
        bail!("--from and --to are the same database");
    }
    if !store::exists(&from) {
        bail!("there is no database {from}");
    }
    let mut from = store::open(&from).context("--from")?;
    let mut to = store::open(&to).context("--to")?;
    let mut total = 0;
    for table in store::tables() {
        let count = copy(from.as_mut(), to.as_mut(), table)
            .with_context(|| format!("{table} was copied in part only"))?;
        total += count;
        say(format!("{table:<17}{count:>9}"));
    }
    say(format!("{:<17}{total:>9} rows copied.", "in all"));
    Ok(())
}

/// One table; how many rows it has.
fn copy(from: &mut dyn Store, to: &mut dyn Store, table: &str) -> Result<usize> {
    let mut rows: Vec<Vec<Option<Bytes>>> = Vec::new();
    let mut count = 0;
    let mut done: Result<(), StoreError> = Ok(());
    from.read_table(table, &mut |row| {
        if done.is_err() {
            return;
        }
        rows.push(row);
        count += 1;
        if rows.len() == ROWS {
            done = to.write_table(table, &rows);
            rows.clear();
        }
        if count % TELL == 0 {
            // Nobody may be there to see it.
            writeln!(std::io::stderr(), "{table}: {count} rows so far").unwrap_or(());
        }
    })?;
    done?;
    to.write_table(table, &rows)?;
    Ok(count)
}

/// An address as given, or the first line of the file behind an `@`.
fn address(given: &str) -> Result<String> {
    let Some(file) = given.strip_prefix('@') else {
        return Ok(given.to_owned());
    };
    let text =
        std::fs::read_to_string(Path::new(file)).with_context(|| format!("cannot read {file}"))?;
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(url) => Ok(url.to_owned()),
        None => bail!("{file} holds no address"),
    }
}
