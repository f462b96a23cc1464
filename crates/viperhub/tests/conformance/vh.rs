//! How a function of `vh` is tried: calls, what they return, and who gets what of them.

use hub::api::{API, ApiFn, ParamKind, find};
use hub::hooks::Status;

use crate::Mode;
use crate::stage::{Stage, Step, Trying};
use crate::vh_cases_misc::{ADMIN, MISC};
use crate::vh_cases_say::SAY;
use crate::vh_cases_users::USERS;

/// What the documents say of one function.
pub struct FnCase {
    pub name: &'static str,
    pub steps: &'static [Step],
}

/// All tables of cases.
pub const TABLES: &[&[FnCase]] = &[SAY, USERS, ADMIN, MISC];

in_every_mode! {
    functions_that_say_something
    functions_about_users
    functions_of_operators
    further_functions
    wrong_arguments
}

fn functions_that_say_something(mode: Mode) {
    run(mode, SAY);
}

fn functions_about_users(mode: Mode) {
    run(mode, USERS);
}

fn functions_of_operators(mode: Mode) {
    run(mode, ADMIN);
}

fn further_functions(mode: Mode) {
    run(mode, MISC);
}

#[track_caller]
fn run(mode: Mode, cases: &[FnCase]) {
    let mut stage = Stage::new(mode, &[], |s| {
        s.set("hub_name", "Den")
            .file("data/hosts", "127.0.0.1 dyn-1.pool.example.com\n")
    });
    stage.run(&[
        Step::Login("op"),
        Step::Login("ann"),
        Step::Passive("pas"),
        Step::Fence("ann"),
        Step::Fence("op"),
    ]);
    for case in cases {
        let f = find(case.name).unwrap_or_else(|| panic!("there is no vh.{}", case.name));
        stage.round += 1;
        let _trying = Trying(format!("vh.{}", case.name));
        if f.status == Status::Works {
            stage.run(case.steps);
        } else {
            planned(&mut stage, case);
        }
    }
}

/// What this version does not have says so.
#[track_caller]
fn planned(stage: &mut Stage, case: &FnCase) {
    for step in case.steps {
        if let Step::Call(call, _) | Step::Fails(call, _) = step {
            let got = stage.boss.eval(&format!("vh.{call}"));
            assert!(
                got.starts_with("NotImplementedError: ") && got.contains(case.name),
                "vh.{call} gave {got}"
            );
        }
    }
}

/// A value that a parameter of this kind does not take.
fn wrong_value(kind: ParamKind) -> Option<&'static str> {
    match kind {
        ParamKind::Str => Some("5"),
        ParamKind::Int | ParamKind::Float | ParamKind::Bool => Some("'many'"),
        ParamKind::Text => Some("[]"),
        ParamKind::Any => None,
    }
}

/// A value that it takes.
pub fn right_value(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Str | ParamKind::Text | ParamKind::Any => "'x'",
        ParamKind::Int | ParamKind::Bool => "1",
        ParamKind::Float => "1.0",
    }
}

/// Calls of this function that must raise `TypeError`, with what the message must hold.
pub fn wrong_calls(f: &ApiFn) -> Vec<(String, String)> {
    let name = f.name;
    let mut calls = Vec::new();
    let right: Vec<&str> = f.params.iter().map(|p| right_value(p.kind)).collect();
    let all = right.join(", ");
    let required = f.params.iter().filter(|p| !p.optional).count();
    if required > 0 {
        let missing = f.params[required - 1].name;
        calls.push((
            format!("{name}({})", right[..required - 1].join(", ")),
            missing.to_owned(),
        ));
    }
    if !f.is_variadic() {
        let more = [right.as_slice(), &["'one more'"]].concat();
        calls.push((format!("{name}({})", more.join(", ")), "takes".to_owned()));
    }
    for (i, param) in f.params.iter().enumerate() {
        let wrong = ["b'bytes'", "object()"]
            .into_iter()
            .chain(wrong_value(param.kind));
        for wrong in wrong.filter(|_| param.kind != ParamKind::Any) {
            let mut values = right.clone();
            values[i] = wrong;
            calls.push((
                format!("{name}({})", values.join(", ")),
                format!("'{}'", param.name),
            ));
            calls.push((keyword_call(f, i, wrong), format!("'{}'", param.name)));
        }
    }
    if let Some(first) = f.params.first() {
        let twice = format!("{name}({all}, **{{'{}': {}}})", first.name, right[0]);
        calls.push((twice, format!("{name}()")));
    }
    let separator = if required == 0 { "" } else { ", " };
    calls.push((
        format!(
            "{name}({}{separator}no_such_keyword=1)",
            right[..required].join(", ")
        ),
        "no_such_keyword".to_owned(),
    ));
    calls
}

/// A call with all required arguments by name and this one wrong.
fn keyword_call(f: &ApiFn, wrong: usize, value: &str) -> String {
    let given = f
        .params
        .iter()
        .enumerate()
        .filter(|(i, p)| *i == wrong || !p.optional);
    let parts: Vec<String> = given
        .map(|(i, p)| {
            format!(
                "'{}': {}",
                p.name,
                if i == wrong {
                    value
                } else {
                    right_value(p.kind)
                }
            )
        })
        .collect();
    format!("{}(**{{{}}})", f.name, parts.join(", "))
}

/// The number and type of arguments, from the table: every function, every parameter, by place and by name.
fn wrong_arguments(mode: Mode) {
    let mut stage = Stage::new(mode, &[], |s| s);
    for f in API {
        for (call, what) in wrong_calls(f) {
            let got = stage.boss.eval(&format!("vh.{call}"));
            let fits = got.starts_with("TypeError: ")
                && got.contains(&format!("{}()", f.name))
                && got.contains(&what);
            assert!(fits, "vh.{call} should name {what}, but gave {got}");
        }
    }
    stage.boss.is("vh.GetUserClass('boss')", "10");
}
