//! The hub under load, over real sockets: fan-out, latency, logins, memory.
//!
//! The hub is the release program in a process of its own; the clients are one more process,
//! this program started again as the load generator. Both share the machine's cores, so only
//! ratios within one run mean something.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to say"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use serde_json::Value;

/// Everything that would keep the load away.
const OPEN: &[&str] = &[
    "int_login=0",
    "int_chat_ms=0",
    "max_class_proto_flood=-2",
    "adv_max_upload_kbps=0",
    "max_users=20000",
    "max_users0=20000",
    "send_user_info=0",
    "host_header=0",
];

/// A script that looks at each line and lets it pass.
const JUDGE: &str = r#"
import vh

def OnParsedMsgChat(nick, message):
    return 0 if "viagra" in message and vh.GetUserClass(nick) < 3 else 1
"#;

/// A script that never returns from its timer.
const SPINNER: &str = r#"
def OnTimer(msec):
    while True:
        pass
"#;

struct Hub {
    child: Child,
    address: String,
    _dir: tempfile::TempDir,
}

impl Hub {
    fn start(scripts: &[(&str, &str)]) -> Hub {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_viperhub"));
        command
            .args(["run", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(dir.path().join("data"));
        for setting in OPEN {
            command.args(["--set", setting]);
        }
        for (name, source) in scripts {
            let path = dir.path().join(name);
            std::fs::write(&path, source).unwrap();
            command.arg("--script").arg(path);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("ready: listening on ")
            .unwrap()
            .to_owned();
        Hub {
            child,
            address,
            _dir: dir,
        }
    }

    fn run(&self, scenario: &str, more: &[&str]) -> Value {
        let own = std::env::current_exe().unwrap();
        let output = Command::new(own)
            .args([
                scenario,
                &self.address,
                "--json",
                "--hub-pid",
                &self.child.id().to_string(),
            ])
            .args(more)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if self
            .child
            .kill()
            .and_then(|()| self.child.wait().map(drop))
            .is_err()
        {
            eprintln!("the hub could not be ended");
        }
    }
}

fn show(what: &str, report: &Value, key: &str, unit: &str, goal: &str) {
    match report.get(key).and_then(Value::as_f64) {
        Some(value) => println!("{what:58} {value:>12.3} {unit:8} goal {goal}"),
        None => println!("{what:58} {:>12} {unit:8} goal {goal}", "-"),
    }
    for warning in report
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        println!("    {}", warning.as_str().unwrap_or_default());
    }
}

fn main() -> ExitCode {
    let first = std::env::args().nth(1).unwrap_or_default();
    if [
        "login",
        "fanout",
        "latency",
        "idle",
        "floor",
        "floor-server",
    ]
    .contains(&first.as_str())
    {
        return loadgen::main(std::env::args().skip(1));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel =
        std::fs::read_to_string(Path::new("/proc/sys/kernel/osrelease")).unwrap_or_default();
    println!(
        "The hub under load: 1000 clients, {cores} cores, Linux {}",
        kernel.trim()
    );

    let hub = Hub::start(&[]);
    let r = hub.run("login", &[]);
    show("logins, 50 at a time", &r, "logins_per_s", "/s", ">= 3500");
    show("hub CPU for 1000 logins", &r, "hub_cpu_ms", "ms", "<= 270");
    // A hub that has not been loaded yet: freed memory would be used again and not show.
    let hub = Hub::start(&[]);
    let r = hub.run("idle", &["--nick", "idle"]);
    show(
        "memory per idle client",
        &r,
        "kib_per_client",
        "KiB",
        "<= 8",
    );

    let hub = Hub::start(&[]);
    let r = hub.run("fanout", &["--floor", "--seconds", "5"]);
    show(
        "fan-out, 20 senders, 8 in flight: hub CPU per line",
        &r,
        "hub_us_per_line",
        "us",
        "<= 0.6 now, 0.2 later",
    );
    show(
        "  the floor: the same bytes without a hub",
        &r,
        "floor_us_per_line",
        "us",
        "-",
    );
    show("  against the floor", &r, "times_floor", "x", "-");
    show(
        "  lines delivered",
        &r,
        "lines_per_s",
        "/s",
        ">= 2.5 M later",
    );
    show("  echo, median", &r, "echo_median_ms", "ms", "<= 40");
    let r = hub.run("latency", &["--nick", "late", "--seconds", "5"]);
    show(
        "echo with 1000 idle clients, median",
        &r,
        "echo_median_ms",
        "ms",
        "< 5 now, 3 later",
    );
    show("  99th percentile", &r, "echo_p99_ms", "ms", "< 10 later");

    let hub = Hub::start(&[("judge.py", JUDGE)]);
    let r = hub.run("fanout", &["--seconds", "5"]);
    show(
        "fan-out, a script judges each line: hub CPU per line",
        &r,
        "hub_us_per_line",
        "us",
        "-",
    );
    show("  lines delivered", &r, "lines_per_s", "/s", "-");
    let r = hub.run("latency", &["--nick", "late", "--seconds", "5"]);
    show(
        "echo, a script judges each line, median",
        &r,
        "echo_median_ms",
        "ms",
        "< 5",
    );

    let hub = Hub::start(&[("judge.py", JUDGE), ("spinner.py", SPINNER)]);
    let r = hub.run("latency", &["--seconds", "5"]);
    show(
        "  the same while another script spins, median",
        &r,
        "echo_median_ms",
        "ms",
        "-",
    );
    ExitCode::SUCCESS
}
