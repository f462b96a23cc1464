//! The type stubs against the module that scripts get.

mod common;

use ::hub::api::{API, Value};
use common::{Dir, FakeHost, config};
use python::{Script, ScriptConfig};

#[test]
fn stubs_parse_and_have_all_that_vh_has() {
    let dir = Dir::new();
    let source = r#"
import ast, vh
def check(text):
    tree = ast.parse(text)
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    attributes = {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign)}
    classes = {n.name for n in tree.body if isinstance(n, ast.ClassDef)}
    real = {n for n in dir(vh) if callable(getattr(vh, n)) and not n.startswith('__')}
    types = {n for n in real if isinstance(getattr(vh, n), type)}
    assert classes == types, classes ^ types
    real -= types
    assert set(functions) == real, set(functions) ^ real
    others = set(dir(vh)) - real - types - {'__doc__', '__loader__', '__name__', '__package__', '__spec__'}
    assert attributes == others, attributes ^ others
    import inspect
    for name, node in functions.items():
        given = list(inspect.signature(getattr(vh, name)).parameters)
        assert [a.arg for a in node.args.args] == given, name
    return len(functions)
"#;
    let path = dir.file("s.py", source);
    let config = ScriptConfig {
        api: API,
        ..config(&dir, &path, &FakeHost::new(), "")
    };
    let script = Script::load(&config).unwrap();
    let text = ::hub::stubs::stubs();
    let count = script.call_function("check", &[Value::Text(text.as_bytes())]);
    assert_eq!(count.unwrap(), Value::Int(68));
}
