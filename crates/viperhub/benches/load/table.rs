//! Rows of results beside their goals.

use std::path::Path;

use serde_json::Value;

/// What a row is to reach.
#[derive(Clone, Copy)]
pub enum Goal {
    /// No more than this.
    Most(f64),
    /// No less than this.
    Least(f64),
    /// The row is there to compare with.
    Shown,
}

/// The machine and what was built with what.
pub fn head(what: &str) {
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("?", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    println!(
        "{what}: {cores} cores of {model}, Linux {}, Viperhub {}, load {}",
        read("/proc/sys/kernel/osrelease").trim(),
        env!("CARGO_PKG_VERSION"),
        read("/proc/loadavg").split(' ').next().unwrap_or_default(),
    );
    println!(
        "{:<56} {:>12} {:<6} {:>6} {:>6}  goal",
        "", "", "", "hub", "load"
    );
}

/// A heading.
pub fn section(title: &str) {
    println!("{title}");
}

/// A result by its key.
pub fn get(report: &Value, key: &str) -> Option<f64> {
    report.get(key).and_then(Value::as_f64)
}

/// Prints a result, and how busy hub and generator were meanwhile when `report` says so.
pub fn show(what: &str, report: &Value, key: &str, unit: &str, goal: Goal) {
    let share = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.0} %"));
    let (hub, own) = (get(report, "hub_cpu"), get(report, "own_cpu"));
    line(what, get(report, key), unit, (share(hub), share(own)), goal);
}

/// Prints a result that was worked out from others.
pub fn row(what: &str, value: Option<f64>, unit: &str, goal: Goal) {
    line(what, value, unit, (String::new(), String::new()), goal);
}

fn line(what: &str, value: Option<f64>, unit: &str, busy: (String, String), goal: Goal) {
    let shown = value.map_or("-".to_owned(), number);
    let met = |yes: bool| if yes { "met" } else { "MISSED" };
    let goal = match (goal, value) {
        (Goal::Shown, _) => "-".to_owned(),
        (Goal::Most(most), Some(value)) => format!("<= {most}  {}", met(value <= most)),
        (Goal::Least(least), Some(value)) => format!(">= {least}  {}", met(value >= least)),
        (Goal::Most(goal) | Goal::Least(goal), None) => format!("{goal}  NOT MEASURED"),
    };
    let (hub, own) = busy;
    println!("  {what:<54} {shown:>12} {unit:<6} {hub:>6} {own:>6}  {goal}");
}

/// What the generator has to say.
pub fn warnings(report: &Value) {
    let warnings = report.get("warnings").and_then(Value::as_array);
    for warning in warnings.into_iter().flatten() {
        println!("    ! {}", warning.as_str().unwrap_or_default());
    }
    if report.is_null() {
        println!("    ! it could not be measured, see above");
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        1000.0.. => {
            let mut digits = format!("{value:.0}");
            let mut at = digits.len();
            while at > 3 + usize::from(value < 0.0) {
                at -= 3;
                digits.insert(at, ' ');
            }
            digits
        }
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
