//! A database with very many bans.

use std::path::Path;

/// Puts so many bans of each of the ten kinds into a new database; none is about anybody who
/// will come.
pub fn write_bans(data: &Path, each: u32) {
    std::fs::create_dir_all(data).unwrap();
    // Bans of hosts have names looked up: here without a name server.
    std::fs::write(data.join("hosts"), "127.0.0.1 load.bench.test\n").unwrap();
    let url = format!("sqlite:{}", data.join("viperhub.db").display());
    let mut store = store::open(&url).unwrap();
    let address = |n: u32| std::net::Ipv4Addr::from_bits(0x0b00_0000 + n * 16);
    for kind in 0..10u32 {
        let rows: Vec<_> = (0..each)
            .map(|n| {
                let first = address(kind * each + n);
                let (ip, nick) = match kind {
                    0 => (first.to_string(), format!("pair{n}")),
                    1 => (first.to_string(), "_ipban_".into()),
                    2 => ("_nickban_".into(), format!("nick{n}")),
                    3 => (format!("{first}-range"), "_rangeban_".into()),
                    4 => ("_host1ban_".into(), format!(".t{n}")),
                    5 => ("_host2ban_".into(), format!(".t{n}.example")),
                    6 => ("_host3ban_".into(), format!(".a.t{n}.example")),
                    7 => (n.to_string(), "_shareban_".into()),
                    8 => ("_prefixban_".into(), format!("[{n}]")),
                    _ => ("_hostr1ban_".into(), format!("dyn{n}")),
                };
                let bits = u64::from(first.to_bits());
                let share = (kind == 7).then(|| (1_000_000_007 + u64::from(n)).to_string());
                // In the order of the table's columns.
                let cells = [
                    Some(ip),
                    Some(nick),
                    Some(kind.to_string()),
                    None,
                    Some(bits.to_string()),
                    Some((bits + 7).to_string()),
                    Some("1700000000".into()),
                    None,
                    None,
                    Some("bench".into()),
                    Some("for the benchmark".into()),
                    None,
                    None,
                    share,
                ];
                cells.map(|c: Option<String>| c.map(Into::into)).to_vec()
            })
            .collect();
        for part in rows.chunks(10_000) {
            store.write_table("banlist", part).unwrap();
        }
    }
}
