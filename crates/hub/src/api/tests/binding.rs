//! Number and types of arguments.

use super::*;

/// Name, arguments, keywords, complaint.
type Row<'a> = (
    &'a str,
    &'a [Value<'a>],
    &'a [(&'a str, Value<'a>)],
    &'a str,
);

fn complaint(name: &str, positional: &[Value<'_>], named: &[(&str, Value<'_>)]) -> String {
    match bind(find(name).unwrap(), positional, named) {
        Err(ApiError::Type(text)) => text,
        Err(other) => panic!("{name}: {other}"),
        Ok(args) => panic!("{name} took {:?}", args.values),
    }
}

#[test]
fn errors_name_the_argument_and_what_was_expected() {
    let t = |s: &'static str| Value::Text(s.as_bytes());
    let rows: &[Row<'_>] = &[
        (
            "pm",
            &[t("bob"), Value::Int(5)],
            &[],
            "vh.pm() argument 2 (message): expected str, not int",
        ),
        (
            "GetUserClass",
            &[],
            &[],
            "vh.GetUserClass() missing argument 1 (nick)",
        ),
        (
            "pm",
            &[t("bob")],
            &[],
            "vh.pm() missing argument 2 (message)",
        ),
        (
            "GetUserClass",
            &[t("a"), t("b")],
            &[],
            "vh.GetUserClass() takes 1 argument, not 2",
        ),
        (
            "GetUsersCount",
            &[t("a")],
            &[],
            "vh.GetUsersCount() takes 0 arguments, not 1",
        ),
        (
            "SendToActive",
            &[t("a"), Value::Int(0), t("b")],
            &[],
            "vh.SendToActive() takes at most 2 arguments, not 3",
        ),
        (
            "mc",
            &[t("a")],
            &[("msg", t("b"))],
            "vh.mc() got more than one value for argument 1 (message)",
        ),
        (
            "mc",
            &[],
            &[("msg", t("a")), ("message", t("b"))],
            "vh.mc() got more than one value for argument 1 (message)",
        ),
        (
            "mc",
            &[t("a")],
            &[("colour", t("b"))],
            "vh.mc() got an unexpected keyword argument 'colour'",
        ),
        (
            "SetMyINFOFlag",
            &[t("a"), Value::List(vec![])],
            &[],
            "vh.SetMyINFOFlag() argument 2 (flag): expected int, not list",
        ),
        (
            "SetMyINFOFlag",
            &[t("a"), Value::Float(1.0)],
            &[],
            "vh.SetMyINFOFlag() argument 2 (flag): expected int, not float",
        ),
        (
            "SetMyINFO",
            &[t("a")],
            &[("share", Value::Dict(vec![]))],
            "vh.SetMyINFO() argument 6 (share): expected str or int, not dict",
        ),
        (
            "classmc",
            &[t("a"), Value::Int(0)],
            &[("from", Value::Int(1))],
            "vh.classmc() argument 4 (from_nick): expected str, not int",
        ),
    ];
    for (name, positional, named, expected) in rows {
        assert_eq!(&complaint(name, positional, named), expected);
    }
}

#[test]
fn every_row_refuses_too_few_too_many_and_wrong_types() {
    for f in API {
        let given: Vec<_> = f.params.iter().map(|p| sample(p.kind)).collect();
        assert!(bind(f, &given, &[]).is_ok(), "vh.{}", f.name);
        let nones = vec![Value::None; given.len()];
        assert!(bind(f, &nones, &[]).is_ok(), "vh.{}", f.name);
        if !f.is_variadic() {
            let mut more = given.clone();
            more.push(Value::None);
            assert!(complaint(f.name, &more, &[]).contains("takes"));
        }
        let required = f.params.iter().filter(|p| !p.optional).count();
        if required > 0 {
            assert!(complaint(f.name, &given[..required - 1], &[]).contains("missing argument"));
        }
        for (i, p) in f.params.iter().enumerate() {
            if p.kind != ParamKind::Any {
                let mut wrong = given.clone();
                wrong[i] = Value::Tuple(vec![]);
                let text = complaint(f.name, &wrong, &[]);
                let culprit = format!("argument {} ({}): expected ", i + 1, p.name);
                assert!(text.contains(&culprit), "{text}");
            }
        }
    }
}

#[test]
fn numbers_and_none_become_what_the_parameter_wants() {
    let f = find("SetMyINFO").unwrap();
    let args = bind(f, &["a".value(), Value::None], &[("share", 5_i64.value())]).unwrap();
    assert_eq!((args.text(1), args.text(5)), (None, Some(b"5".as_slice())));
    assert!(args.by_keyword(5) && !args.given(1));
    let f = find("SetMyINFOFlag").unwrap();
    let args = bind(f, &["a".value(), Value::Bool(true)], &[]).unwrap();
    assert_eq!(args.int(1, 9), 1);
    let args = bind(f, &["a".value(), Value::None], &[]).unwrap();
    assert_eq!(args.int(1, 9), 0);
    let float = Param {
        name: "x",
        kind: ParamKind::Float,
        optional: false,
        aliases: &[],
    };
    let f = ApiFn {
        name: "test",
        params: Box::leak(Box::new([float])),
        ..*find("mc").unwrap()
    };
    let args = bind(&f, &[Value::Int(2)], &[]).unwrap();
    assert_eq!(args.values[0], Value::Float(2.0));
}

#[test]
fn any_number_of_arguments_where_documented() {
    let f = find("CallDynamicFunction").unwrap();
    let given: Vec<_> = (0..9).map(|_| "x".value()).collect();
    assert_eq!(bind(f, &given, &[]).unwrap().values.len(), 9);
}

proptest::proptest! {
    /// Whatever is given: an answer or an error, never a panic, and one slot a parameter.
    #[test]
    fn binding_never_panics(which in 0..API.len(), positional in values(), keyword in 0..9usize, n in 0..3usize) {
        let f = &API[which];
        let words: Vec<_> = f.params.iter().map(|p| p.name).chain(["?"]).collect();
        let named: Vec<_> = (0..n).map(|i| (words[(keyword + i) % words.len()], Value::Text(b"k"))).collect();
        if let Ok(args) = bind(f, &positional, &named) {
            assert!(args.values.len() >= f.params.len());
            drop(f.call(&Fake::new(), &args));
        }
    }
}

fn values() -> impl proptest::strategy::Strategy<Value = Vec<Value<'static>>> {
    use proptest::prelude::*;
    let value = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        Just(Value::Text(b"bob")),
        Just(Value::Text(b"")),
        proptest::collection::vec(any::<u8>(), 0..9).prop_map(|v| Value::Bytes(v.into())),
        Just(Value::List(vec![])),
    ];
    proptest::collection::vec(value, 0..8)
}

/// The rows with a text, by place of the argument, and calls that give one of `len` bytes there.
fn long_calls(len: usize) -> Vec<(&'static ApiFn, usize, Vec<Value<'static>>)> {
    let text: &'static [u8] = Box::leak(vec![b'x'; len].into());
    let mut calls = Vec::new();
    for f in API {
        for (i, param) in f.params.iter().enumerate() {
            if !matches!(
                param.kind,
                ParamKind::Str | ParamKind::Text | ParamKind::Any
            ) {
                continue;
            }
            let usual = f.params.iter().map(|p| match p.kind {
                ParamKind::Int | ParamKind::Float => Value::Int(1),
                ParamKind::Bool => Value::Bool(true),
                _ => Value::Text(b"bob"),
            });
            let mut args: Vec<_> = usual.take(i + 1).collect();
            args.extend((i + 1..f.params.len()).map(|k| match f.params[k].kind {
                ParamKind::Int => Value::Int(1),
                _ => Value::Text(b"bob"),
            }));
            args[i] = Value::Text(text);
            calls.push((f, i, args));
        }
    }
    calls
}

#[test]
fn no_function_takes_a_text_without_limit() {
    let calls = long_calls(17 << 20);
    assert!(calls.len() > 80);
    for (f, i, args) in calls {
        let host = Fake::new();
        let args = bind(f, &args, &[]).unwrap();
        let answer = f.call(&host, &args);
        let place = format!(
            "vh.{}() argument {} ({}) has 17 825 792 bytes, at most ",
            f.name,
            i + 1,
            f.params[i].name
        );
        assert!(
            matches!(&answer, Err(ApiError::Value(why)) if why.starts_with(&place) && why.ends_with(" are taken")),
            "{}: {answer:?}",
            f.name
        );
        assert!(host.done.take().is_empty(), "{}", f.name);
    }
    // What is in lists counts, and what is more than documented.
    let f = find("CallDynamicFunction").unwrap();
    let list = Value::List(vec![Value::Bytes(vec![b'x'; 9 << 20].into()); 2]);
    for args in [vec!["f".value(), list], vec!["f".value(); 3]] {
        let host = Fake::new();
        let args = bind(f, &args, &[]).unwrap();
        let refused = matches!(f.call(&host, &args), Err(ApiError::Value(_)));
        assert_eq!(refused, args.values.len() == 2);
    }
}

#[test]
fn a_message_is_well_below_what_a_client_may_have_unread() {
    for outbuf in [4096_u64, 65_536, 1_048_576, 1_073_741_824] {
        let most = usize::try_from(outbuf / 4).unwrap().min(256 << 10);
        for (name, place) in [
            ("SendToAll", 0),
            ("pm", 0),
            ("pm", 1),
            ("usermc", 1),
            ("SendDataToAll", 0),
            ("SendDataToUser", 0),
            ("SendPMToAll", 0),
            ("SendToOpChat", 0),
            ("classmc", 0),
            ("mc", 0),
        ] {
            for (len, taken) in [(most, true), (most + 1, false)] {
                let host = Fake::new();
                let mut config = Config::default();
                config
                    .set("adv_max_outbuf_size", outbuf.to_string().as_bytes())
                    .unwrap();
                host.view.set_config(config);
                let f = find(name).unwrap();
                let (_, _, args) = (long_calls(len).into_iter())
                    .find(|(g, i, _)| g.name == name && *i == place)
                    .unwrap();
                let args = bind(f, &args, &[]).unwrap();
                assert_eq!(
                    f.call(&host, &args).is_ok(),
                    taken,
                    "{name} {place} {len} {outbuf}"
                );
            }
        }
    }
}
