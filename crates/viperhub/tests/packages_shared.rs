//! numpy, pydantic and fastapi in shared scripts: they import, work, and outlive reloads.

mod kit;

use kit::{Client, Hub, PASSWORD, Setup};

/// Computes in a hook.
const CALC: &str = "\
import numpy as np
import vh
lines = []
def OnParsedMsgChat(nick, message):
    if message == 'calc':
        a = np.array(lines, dtype=np.int64)
        vh.usermc(nick, f'{a.sum()} {np.linalg.norm(a):.3f} {np.sort(a)[::-1].tolist()}')
        return 0
    lines.append(len(message))
";

/// Validates in a hook.
const MODEL: &str = "\
import vh
from pydantic import BaseModel, ValidationError
class Seen(BaseModel):
    nick: str
    line: int
def OnParsedMsgChat(nick, message):
    if message.startswith('{'):
        try:
            seen = Seen.model_validate_json(message)
            vh.usermc(nick, f'seen {seen.nick} {seen.line + 1}')
        except ValidationError as error:
            vh.usermc(nick, f'refused {error.error_count()}')
        return 0
";

/// Serves requests in an event loop of its own; one endpoint runs in the loop, the other in a thread that anyio makes.
const API: &str = "\
import asyncio, json, threading
import vh
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()
class User(BaseModel):
    nick: str
    uclass: int
@app.get('/users/{nick}')
async def user(nick: str) -> User:
    vh.mc(f'asked for {nick}')
    return User(nick=nick, uclass=vh.GetUserClass(nick))
@app.get('/count')
def count(add: int = 0):
    vh.mc('counted')
    return vh.GetUsersCount() + add
async def get(url):
    path, _, query = url.partition('?')
    sent = []
    async def receive():
        return {'type': 'http.request', 'body': b'', 'more_body': False}
    async def send(message):
        sent.append(message)
    scope = {'type': 'http', 'asgi': {'version': '3.0'}, 'http_version': '1.1', 'method': 'GET', 'scheme': 'http',
             'path': path, 'raw_path': path.encode(), 'query_string': query.encode(), 'root_path': '', 'headers': [],
             'server': ('hub', 80), 'client': ('hub', 1)}
    await app(scope, receive, send)
    return sent[0]['status'], b''.join(m.get('body', b'') for m in sent[1:]).decode()
async def answer(nick, url):
    status, body = await get(url)
    vh.usermc(nick, f'{status} {body}')
loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever)
thread.start()
def OnParsedMsgChat(nick, message):
    if message.startswith('GET '):
        asyncio.run_coroutine_threadsafe(answer(nick, message[4:]), loop)
        return 0
def UnLoad():
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
";

fn setup() -> Setup {
    Hub::setup().packages().user("admin", 5, PASSWORD)
}

#[track_caller]
fn calculates(client: &mut Client) {
    client.chat("123");
    client.chat("1234");
    client.chat("calc");
    client.expect_exact("<Viperhub> 7 5.000 [4, 3]");
}

#[track_caller]
fn validates(client: &mut Client) {
    client.chat(r#"{"nick": "ann", "line": "41"}"#);
    client.expect_exact("<Viperhub> seen ann 42");
    client.chat(r#"{"line": "many"}"#);
    client.expect_exact("<Viperhub> refused 2");
}

#[track_caller]
fn serves(client: &mut Client) {
    client.chat("GET /users/admin");
    client.expect_exact("<Viperhub> asked for admin");
    client.expect_exact(r#"<Viperhub> 200 {"nick":"admin","uclass":5}"#);
    client.chat("GET /count?add=40");
    client.expect_exact("<Viperhub> counted");
    client.expect_exact("<Viperhub> 200 41");
    client.chat("GET /count?add=x");
    client.expect("<Viperhub> 422 ");
    client.chat("GET /nothing");
    client.expect("<Viperhub> 404 ");
}

/// Every way to say that a script is a shared one.
#[test]
fn numpy_by_setting_by_header_and_by_name() {
    let header = format!("# viperhub: mode=shared\n{CALC}");
    for setup in [
        setup().set("python_mode", "shared").script("calc.py", CALC),
        setup().script("calc.py", header),
        setup()
            .set("python_script_modes", "calc=shared")
            .script("calc.py", CALC),
    ] {
        let hub = setup.start();
        calculates(&mut hub.login_reg("admin"));
        assert!(!hub.log().contains("ERROR"), "{}", hub.log());
    }
}

#[test]
fn pydantic_validates_in_a_hook() {
    let setup = setup().set("python_mode", "shared");
    let hub = setup.script("model.py", MODEL).start();
    validates(&mut hub.login_reg("admin"));
}

#[test]
fn fastapi_serves_from_a_thread() {
    let setup = setup().set("python_mode", "shared");
    let hub = setup.script("api.py", API).start();
    serves(&mut hub.login_reg("admin"));
}

/// All of them together, beside an isolated script, again and again. What is compiled stays in the process.
#[test]
fn all_together_and_reloaded() {
    let hub = setup()
        .set("python_script_modes", "api=shared calc=shared model=shared")
        .script("api.py", API)
        .script("calc.py", CALC)
        .script("model.py", MODEL)
        .script(
            "alone.py",
            "import sys, vh\ndef OnUserLogin(nick): vh.usermc(nick, f\"alone {'numpy' in sys.modules}\")\n",
        )
        .start();
    let mut admin = hub.login_reg("admin");
    assert!(
        admin.history().contains("<Viperhub> alone False"),
        "{}",
        admin.history()
    );
    for round in 0..5 {
        for script in ["api", "calc", "model"] {
            admin.chat(format!("!pyreload {script}"));
            let told = admin.expect_any(&["Script loaded: #", "Script failed"]);
            assert!(
                told.contains("Script loaded") && !told.contains("did not end"),
                "round {round}: {told}"
            );
        }
        calculates(&mut admin);
        validates(&mut admin);
        serves(&mut admin);
    }
    // Isolated scripts are refused as before, also now that the packages are in the process.
    for package in ["numpy", "pydantic", "fastapi"] {
        hub.write_script("late.py", format!("import {package}\n"));
        admin.chat("!pyload late");
        admin.expect(format!(
            "{package} cannot be used by the isolated script late.py: "
        ));
    }
    for script in ["calc", "api", "model"] {
        admin.chat(format!("!pyunload {script}"));
        let told = admin.expect("Script stopped");
        assert!(!told.contains("did not end"), "{told}");
    }
    admin.chat("calc");
    admin.expect_exact("<admin> calc");
}

/// What a script holds goes with it, though libraries remember its classes and functions.
#[test]
fn a_reloaded_script_leaves_nothing_large_behind() {
    let large = "class Large:\n    data = None\nlarge = Large()\nlarge.data = bytes(3_000_000)\n\
                 import codecs\ncodecs.register_error('x%d' % id(large), lambda e: ('?', e.end))\n";
    let count = "# viperhub: mode=shared\nimport gc, vh\ndef OnParsedMsgChat(nick, text):\n    \
                 if text == 'count': vh.usermc(nick, 'there are %d' % sum(type(o).__name__ == 'Large' for o in gc.get_objects()))\n";
    let hub = setup()
        .script("api.py", format!("# viperhub: mode=shared\n{API}{large}"))
        .script("count.py", count)
        .start();
    let mut admin = hub.login_reg("admin");
    for _ in 0..6 {
        admin.chat("GET /count?add=1");
        admin.expect("<Viperhub> 200 2");
        admin.chat("!pyreload api");
        admin.expect("Script loaded");
    }
    admin.chat("count");
    admin.expect("<Viperhub> there are 1");
}
