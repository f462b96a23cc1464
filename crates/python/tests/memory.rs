//! Memory, in a process of its own: other tests would be measured too.

mod common;

use std::time::Duration;

use ::hub::hooks::Event;
use common::script;
use python::script::Closed;

#[test]
fn calls_do_not_leak() {
    fn rss() -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap();
        text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }
    let (s, _, _d) = script(
        "def OnParsedMsgChat(n, m):\n    vh.GetUserClass(n)\n    vh.Echo([n, {m: 1}])\n    \
         try: vh.GetUserClass(1)\n    except TypeError: pass\n    return (n, m)\n",
    );
    let event = Event::ParsedMsgChat {
        nick: "nick".into(),
        message: "h\u{e9} some text that is a bit longer than a pointer".into(),
    };
    let run = |n| (0..n).for_each(|_| drop(s.call_hook(&event)));
    run(10_000);
    let before = rss();
    run(100_000);
    let grown = rss().saturating_sub(before);
    assert!(grown < 1 << 20, "{grown} bytes");
    assert_eq!(s.close(Duration::from_secs(5)), Closed::Clean);
}
