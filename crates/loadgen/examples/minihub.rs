//! A hub that logs clients in, repeats what they say and carries messages from one to the other,
//! on top of `net` and nothing else: what the sockets alone can do. `minihub [threads]` prints its port and process id.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use bytes::{Bytes, BytesMut};
use hub::io::{Audience, ConnId, Group, NetEvent, Traits};
use net::{Limits, Net, NetCommand, NetConfig};

/// Batches of events waiting for the hub thread; more, and the sockets wait.
const QUEUE: usize = 64;

fn main() {
    let threads = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    println!("{port} {}", std::process::id());
    serve(listener, threads.unwrap_or(1));
}

/// Serves until the process ends.
pub fn serve(listener: TcpListener, threads: usize) {
    let (send, events) = sync_channel::<Vec<NetEvent>>(QUEUE);
    let sink = move |batch| drop(send.send(batch));
    let config = NetConfig {
        threads,
        limits: Limits::default(),
    };
    let net = Net::start(config, vec![listener], Arc::new(sink)).expect("net starts");
    net.start_accepting();
    let mut hub = MiniHub::default();
    while let Ok(batch) = events.recv() {
        let mut out = Vec::new();
        // All that waits makes one turn: the busier, the fewer writes per line.
        for event in batch
            .into_iter()
            .chain(std::iter::from_fn(|| events.try_recv().ok()).flatten())
        {
            hub.handle(event, &mut out);
        }
        net.deliver(out);
    }
}

#[derive(Default)]
struct MiniHub {
    infos: HashMap<ConnId, Bytes>,
    nicks: HashMap<ConnId, Bytes>,
    conns: HashMap<Bytes, ConnId>,
}

impl MiniHub {
    fn handle(&mut self, event: NetEvent, out: &mut Vec<NetCommand>) {
        match event {
            NetEvent::Connected { conn, .. } => {
                tell(out, conn, "$Lock EXTENDEDPROTOCOL_NMDC_1234 Pk=mini|");
            }
            NetEvent::Frame { conn, frame } => self.frame(conn, &frame, out),
            NetEvent::TooLong { conn } | NetEvent::WantsTls { conn, .. } => {
                out.push(NetCommand::Close { conn });
            }
            NetEvent::Closed { conn, .. } => {
                self.infos.remove(&conn);
                if let Some(nick) = self.nicks.remove(&conn) {
                    self.conns.remove(&nick);
                    repeat(out, &[b"$Quit ", &nick[..]].concat());
                }
            }
        }
    }

    fn frame(&mut self, conn: ConnId, frame: &Bytes, out: &mut Vec<NetCommand>) {
        if frame.starts_with(b"<") {
            repeat(out, frame);
        } else if let Some(nick) = frame.strip_prefix(b"$ValidateNick ") {
            tell(out, conn, "$HubName mini|");
            tell(out, conn, [b"$Hello ", nick, b"|"].concat());
            let nick = Bytes::copy_from_slice(nick);
            self.nicks.insert(conn, nick.clone());
            self.conns.insert(nick, conn);
        } else if let Some(rest) = frame.strip_prefix(b"$To: ") {
            let to = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
            self.carry(to, frame, out);
        } else if frame.starts_with(b"$SR ") {
            let to = frame.rsplit(|&byte| byte == 5).next().unwrap_or_default();
            let kept = frame.len() - to.len() - 1;
            self.carry(to, &frame[..kept], out);
        } else if frame.starts_with(b"$Search ") {
            let except = Some(conn);
            let group = Group {
                except,
                ..Group::LISTED
            };
            send(out, Audience::Group(group), frame);
        } else if frame.starts_with(b"$MyINFO ") {
            let list: BytesMut = self.infos.values().flat_map(|info| info.iter()).collect();
            tell(out, conn, list.freeze());
            let traits = Traits::LISTED;
            out.push(NetCommand::Traits { conn, traits });
            repeat(out, frame);
            let info = Bytes::from([frame, b"|".as_slice()].concat());
            self.infos.insert(conn, info);
        }
    }

    fn carry(&self, to: &[u8], message: &[u8], out: &mut Vec<NetCommand>) {
        if let Some(conn) = self.conns.get(to) {
            send(out, Audience::One(*conn), message);
        }
    }
}

fn tell(out: &mut Vec<NetCommand>, conn: ConnId, data: impl Into<Bytes>) {
    out.push(NetCommand::Send {
        to: Audience::One(conn),
        data: data.into(),
    });
}

fn repeat(out: &mut Vec<NetCommand>, message: &[u8]) {
    send(out, Audience::Group(Group::LISTED), message);
}

fn send(out: &mut Vec<NetCommand>, to: Audience, message: &[u8]) {
    let data = Bytes::from([message, b"|"].concat());
    out.push(NetCommand::Send { to, data });
}
