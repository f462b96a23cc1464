//! GeoIP: the `vh` functions, where databases are found, and what happens when they change.

mod kit;

use std::fs;
use std::path::{Path, PathBuf};

use kit::{Hub, Probe, Setup, until};

fn database(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/geo");
    fs::read(path.join(name)).expect("the test's database is there")
}

fn city() -> Vec<u8> {
    database("GeoLite2-City-Test.mmdb")
}

trait WithDatabases: Sized {
    fn database(self, file: &str, content: &[u8]) -> Self;

    fn databases(self) -> Self {
        self.database("GeoLite2-City.mmdb", &city())
            .database(
                "GeoLite2-Country.mmdb",
                &database("GeoLite2-Country-Test.mmdb"),
            )
            .database("GeoLite2-ASN.mmdb", &database("GeoLite2-ASN-Test.mmdb"))
    }
}

impl WithDatabases for Setup {
    /// In the data directory.
    fn database(self, file: &str, content: &[u8]) -> Setup {
        self.file(&format!("data/{file}"), content)
    }
}

/// Puts a file in place in one step, as `geoipupdate` does.
fn replace(path: PathBuf, content: &[u8]) {
    let draft = path.with_extension("new");
    fs::write(&draft, content).expect("the test's directory can be written");
    fs::rename(&draft, &path).expect("the test's directory can be written");
}

#[test]
fn countries_cities_and_providers() {
    let hub = Hub::setup().databases().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    for (call, value) in [
        ("GetIPCC('89.160.20.112')", "'SE'"),
        ("GetIPCC(ip='2001:218::1')", "'JP'"),
        ("GetIPCC('8.8.8.8')", "'--'"),
        ("GetIPCC('127.0.0.1')", "'L1'"),
        ("GetIPCC('fd00::1')", "'P1'"),
        ("GetIPCC('8.8.8')", "''"),
        ("GetIPCN('89.160.20.112')", "'Sweden'"),
        ("GetIPCN('2001:218::1')", "'Japan'"),
        ("GetIPCN('8.8.8.8')", "'--'"),
        ("GetIPCN('192.168.0.1')", "'Private Network'"),
        ("GetIPCN('')", "''"),
        ("GetIPCity('2.125.160.216')", "'Boxford'"),
        ("GetIPCity('89.160.20.112', '')", "'Linköping'"),
        ("GetIPCity('89.160.20.112', None)", "'Linköping'"),
        ("GetIPCity(db='', ip='::ffff:2.125.160.216')", "'Boxford'"),
        ("GetIPCity('2001:218::1')", "'--'"),
        ("GetIPCity('8.8.8.8')", "'--'"),
        ("GetIPCity('127.0.0.1')", "'Local Network'"),
        ("GetIPCity('nowhere')", "''"),
        ("GetIPASN('1.128.0.0')", "'AS1221 Telstra Pty Ltd'"),
        ("GetIPASN('12.81.96.1', '')", "'AS7018'"),
        ("GetIPASN('2600:6000::1')", "'AS237 Merit Network Inc.'"),
        ("GetIPASN('8.8.8.8')", "'--'"),
        ("GetIPASN('nowhere')", "''"),
        ("GetGeoIP('8.8.8.8')", "None"),
        ("GetGeoIP('nowhere')", "None"),
    ] {
        boss.is(&format!("vh.{call}"), value);
    }
    // A user's country follows his address.
    let _ann = hub.login("ann");
    boss.is("vh.GetUserCC('ann')", "'L1'");
    boss.is(
        "vh.SetUserIP('ann', '89.160.20.112'), vh.GetUserCC('ann')",
        "(True, 'SE')",
    );
    boss.is(
        "vh.GetUserCC('OpChat'), vh.GetUserCC('nobody')",
        "('L1', '')",
    );
}

#[test]
fn geo_ip_tells_all_that_is_known() {
    let hub = Hub::setup().databases().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.GetGeoIP('216.160.83.58')",
        "{'latitude': 47.2513, 'longitude': -122.3149, 'metro_code': 819, 'area_code': 0, \
         'host': '216.160.83.58', 'range_low': '216.160.83.56', 'range_high': '216.160.83.63', \
         'country_code': 'US', 'country_code_xxx': 'US', 'country': 'United States', \
         'region_code': 'WA', 'region': 'Washington', 'time_zone': 'America/Los_Angeles', \
         'continent_code': 'NA', 'continent': 'North America', 'city': 'Milton', \
         'postal_code': '98354'}",
    );
    boss.exec("v6 = vh.GetGeoIP(ip='2001:218:1::5', db=None)");
    boss.is(
        "v6['range_low'], v6['country'], v6['city'], v6['time_zone'], v6['host']",
        "('2001:218::', 'Japan', '', 'Asia/Tokyo', '2001:218:1::5')",
    );
    boss.is(
        "[vh.GetGeoIP('10.1.2.3')[k] for k in ('range_low', 'range_high', 'country_code', 'city')]",
        "['10.0.0.0', '10.255.255.255', 'P1', 'Private Network']",
    );
    boss.is("len(vh.GetGeoIP('10.1.2.3'))", "17");
}

#[test]
fn a_hub_without_databases_knows_only_home() {
    let hub = Hub::setup().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let ip = "'89.160.20.112'";
    boss.is(
        &format!(
            "[f({ip}) for f in (vh.GetIPCC, vh.GetIPCN, vh.GetIPCity, vh.GetIPASN, vh.GetGeoIP)]"
        ),
        "['--', '--', '--', '--', None]",
    );
    boss.is(
        "[f('127.0.0.1') for f in (vh.GetIPCC, vh.GetIPCN, vh.GetIPCity, vh.GetIPASN)]",
        "['L1', 'Local Network', 'Local Network', 'Local Network']",
    );
    boss.is("vh.GetGeoIP('::1')['country_code']", "'L1'");
}

#[test]
fn other_databases_by_their_file() {
    let hub = Hub::setup()
        .file("elsewhere/cities.mmdb", city())
        .database("asn.mmdb", &database("GeoLite2-ASN-Test.mmdb"))
        .database("bad.mmdb", b"no database")
        .probe(&[])
        .start();
    let mut boss = Probe::login(&hub);
    boss.exec("import os; data = vh.basedir; cities = os.path.join(data, '..', 'elsewhere', 'cities.mmdb')");
    boss.is("vh.GetIPCity('2.125.160.216', cities)", "'Boxford'");
    boss.is(
        "vh.GetGeoIP('2.125.160.216', db=cities)['city']",
        "'Boxford'",
    );
    // Relative to the data directory.
    boss.is(
        "vh.GetIPASN('1.128.0.0', 'asn.mmdb')",
        "'AS1221 Telstra Pty Ltd'",
    );
    // One of another kind does not know.
    boss.is(
        "vh.GetIPCity('1.128.0.0', 'asn.mmdb'), vh.GetGeoIP('1.128.0.0', 'asn.mmdb'), vh.GetIPASN('1.128.0.0', cities)",
        "('--', None, '--')",
    );
    boss.is(
        "vh.GetIPCity('x', cities), vh.GetIPCity('10.0.0.1', cities)",
        "('', 'Private Network')",
    );
    for function in ["GetIPCity", "GetIPASN", "GetGeoIP"] {
        let missing = boss.eval(&format!("vh.{function}('1.128.0.0', 'nothere.mmdb')"));
        assert!(
            missing.starts_with(&format!(
                "ValueError: vh.{function}() argument 2 (db): cannot use "
            )) && missing.contains("/data/nothere.mmdb: No such file"),
            "{missing}"
        );
        let bad = boss.eval(&format!("vh.{function}('1.128.0.0', 'bad.mmdb')"));
        assert!(
            bad.starts_with("ValueError: ") && bad.contains("bad.mmdb: not a MaxMind database"),
            "{bad}"
        );
        let number = boss.eval(&format!("vh.{function}('1.128.0.0', 5)"));
        assert!(number.starts_with("TypeError: "), "{number}");
    }
    // From a thread of the script's own.
    boss.exec(
        "import threading; out = []\n\
         t = threading.Thread(target=lambda: out.append(vh.GetIPCity('2.125.160.216', cities)))\n\
         t.start(); t.join()",
    );
    boss.is("out", "['Boxford']");
    replace(hub.data_dir().join("asn.mmdb"), &city());
    boss.is("vh.GetIPCity('2.125.160.216', 'asn.mmdb')", "'Boxford'");
}

#[test]
fn changed_files_are_picked_up_and_broken_ones_are_not() {
    let hub = Hub::setup().databases().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    let file = || hub.data_dir().join("GeoLite2-City.mmdb");
    hub.wait_log("GeoIP: cities from ");
    boss.is("vh.GetIPCity('2.125.160.216')", "'Boxford'");
    replace(file(), b"broken");
    hub.wait_log("not a MaxMind database: ");
    hub.wait_log("; what was read before stays");
    boss.is("vh.GetIPCity('2.125.160.216')", "'Boxford'");
    replace(file(), &database("GeoLite2-Country-Test.mmdb"));
    until(|| boss.eval("vh.GetIPCity('2.125.160.216')") == "'--'");
    replace(file(), &city());
    until(|| boss.eval("vh.GetIPCity('2.125.160.216')") == "'Boxford'");
    fs::remove_file(file()).expect("the file is there");
    until(|| boss.eval("vh.GetIPCity('2.125.160.216')") == "'--'");
    boss.is("vh.GetIPCC('2.125.160.216')", "'GB'");
}

#[test]
fn a_database_that_comes_later_in_a_directory_of_ones_choice() {
    let setup = Hub::setup();
    let dir = setup.path().join("geo");
    fs::create_dir(&dir).expect("the test's directory can be written");
    let arguments = ["--mmdb-path".to_owned(), dir.display().to_string()];
    let setup = (arguments.into_iter()).fold(setup, |s, a| s.arg(a));
    // Not looked at when another directory is chosen.
    let hub = setup.databases().probe(&[]).start();
    let mut boss = Probe::login(&hub);
    boss.is("vh.GetIPCC('89.160.20.112')", "'--'");
    replace(
        dir.join("dbip-country-lite-2026-11.mmdb"),
        &database("GeoLite2-Country-Test.mmdb"),
    );
    until(|| boss.eval("vh.GetIPCC('89.160.20.112')") == "'SE'");
}

#[test]
fn names_in_other_languages_and_charsets() {
    let hub = Hub::setup()
        .databases()
        .set("hub_encoding", "CP1251")
        .set("mmdb_names_lang", "ru")
        .probe(&[])
        .start();
    let mut boss = Probe::login(&hub);
    boss.is(
        "vh.GetIPCity('81.2.69.160'), vh.GetIPCN('81.2.69.160')",
        "('Лондон', 'Великобритания')",
    );
    // Sent as the hub's bytes.
    let mut ann = hub.login("ann");
    boss.exec("vh.SendDataToUser('$City ' + vh.GetIPCity('81.2.69.160'), 'ann')");
    ann.expect_exact(b"$City \xcb\xee\xed\xe4\xee\xed");
    // There is no Russian name, and no such letter.
    boss.is("vh.GetIPCity('89.160.20.112')", "'Linkoping'");
    boss.is(
        "vh.SetConfig('mmdb_conv_depth', '1'), vh.GetIPCity('89.160.20.112')",
        "(True, 'Link?ping')",
    );
    boss.is(
        "vh.SetConfig('mmdb_names_lang', ''), vh.GetIPCity('81.2.69.160')",
        "(True, 'London')",
    );
}
