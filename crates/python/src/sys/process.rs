//! The process is the hub's: its open files, its signals, and children that a script forks.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;

use super::{Attached, Borrowed, Raised, ffi, raise, trampoline::Kind};

/// What CPython tells of an event.
type AuditHook = unsafe extern "C" fn(*const c_char, *mut ffi::PyObject, *mut c_void) -> c_int;

unsafe extern "C" {
    /// Not declared by pyo3-ffi.
    fn PySys_AddAuditHook(hook: AuditHook, data: *mut c_void) -> c_int;
}

/// This process was forked by a script from the one the hub runs in.
static FORKED: AtomicBool = AtomicBool::new(false);

/// Whether this is a forked child, where nothing of the hub may run.
#[inline]
pub(crate) fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// What was open when CPython started: sockets that listen, databases, the lock, the log.
struct Open {
    /// Number, device and inode.
    files: Vec<(c_int, u64, u64)>,
    /// Device and inode of those that lie on disk, whatever their number.
    stored: Vec<(u64, u64)>,
    /// Where clients come in.
    ports: Vec<u16>,
}

static OPEN: ArcSwapOption<Open> = ArcSwapOption::const_empty();

/// The numbers of all open files.
fn numbers() -> Vec<c_int> {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    let number = |e: fs::DirEntry| e.file_name().to_str()?.parse().ok();
    entries.flatten().filter_map(number).collect()
}

fn stat(fd: c_int) -> Option<libc::stat> {
    // SAFETY: a plain structure that the call fills; any number may be asked about.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::fstat(fd, &raw mut stat) == 0).then_some(stat)
    }
}

/// The port on this side of a TCP socket.
fn port(fd: c_int) -> Option<u16> {
    // SAFETY: the storage has room for any address, and the length says so.
    unsafe {
        let mut address: libc::sockaddr_storage = std::mem::zeroed();
        let mut len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        if libc::getsockname(fd, (&raw mut address).cast(), &raw mut len) != 0 {
            return None;
        }
        // The port has the same place for both families.
        let port = u16::from_be((*(&raw const address).cast::<libc::sockaddr_in>()).sin_port);
        let family = c_int::from(address.ss_family);
        (family == libc::AF_INET || family == libc::AF_INET6).then_some(port)
    }
}

fn listens(fd: c_int) -> bool {
    let mut on: c_int = 0;
    let mut len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the value has the size that is given.
    let asked = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_ACCEPTCONN,
            (&raw mut on).cast(),
            &raw mut len,
        )
    };
    asked == 0 && on != 0
}

fn is_kind(stat: &libc::stat, kind: libc::mode_t) -> bool {
    stat.st_mode & libc::S_IFMT == kind
}

/// Remembers what is open now: it is the program's, and scripts may not close it. To be called
/// when all that the program needs is open and no script runs; the start of CPython does so, too.
pub fn note_open_files() {
    let mut open = Open {
        files: Vec::new(),
        stored: Vec::new(),
        ports: Vec::new(),
    };
    for fd in numbers() {
        let Some(stat) = stat(fd) else { continue };
        open.files.push((fd, stat.st_dev, stat.st_ino));
        if is_kind(&stat, libc::S_IFREG) && fd > 2 {
            open.stored.push((stat.st_dev, stat.st_ino));
        }
        if is_kind(&stat, libc::S_IFSOCK) && listens(fd) {
            open.ports.extend(port(fd));
        }
    }
    OPEN.store(Some(Arc::new(open)));
}

thread_local! {
    /// The signals that were blocked on the thread that forks.
    static BLOCKED: Cell<Option<libc::sigset_t>> = const { Cell::new(None) };
}

/// No signal comes until the child has handlers of its own: those of the hub would wake threads of
/// the parent, and the child would never hear of it.
extern "C" fn before_fork() {
    // SAFETY: plain structures; the calls may be made by any thread.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        BLOCKED.set(Some(before));
    }
}

extern "C" fn in_parent() {
    if let Some(before) = BLOCKED.take() {
        // SAFETY: what `before_fork` was told.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        }
    }
}

extern "C" fn in_child() {
    FORKED.store(true, Ordering::Relaxed);
    for signal in 1..=31 {
        // SAFETY: plain structures; what cannot be asked for or set stays. Ignored signals stay
        // ignored, as in any child.
        unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            let asked = libc::sigaction(signal, std::ptr::null(), &raw mut now) == 0;
            if asked && ![libc::SIG_IGN, libc::SIG_DFL].contains(&now.sa_sigaction) {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
    in_parent();
}

/// Sees to the process. Before any script runs.
pub(super) fn start() {
    // SAFETY: the handlers do only what is allowed between fork and exec.
    unsafe { libc::pthread_atfork(Some(before_fork), Some(in_parent), Some(in_child)) };
    note_open_files();
    // SAFETY: the hook has the type that CPython calls, and needs no data.
    if unsafe { PySys_AddAuditHook(audit, std::ptr::null_mut()) } != 0 {
        tracing::warn!("scripts are not kept from changing the process: no audit hook");
    }
}

/// Whether this open file is the hub's.
fn is_hubs(fd: c_int) -> bool {
    let (Some(open), Some(stat)) = (OPEN.load_full(), stat(fd)) else {
        return false;
    };
    let id = (stat.st_dev, stat.st_ino);
    open.files.contains(&(fd, id.0, id.1))
        || is_kind(&stat, libc::S_IFREG) && open.stored.contains(&id)
        || is_kind(&stat, libc::S_IFSOCK) && port(fd).is_some_and(|p| open.ports.contains(&p))
}

/// The first open file of the hub among these numbers.
pub(crate) fn hubs_file(first: i64, last: i64) -> Option<c_int> {
    if first == last {
        let fd = c_int::try_from(first).ok()?;
        return is_hubs(fd).then_some(fd);
    }
    let mut among = numbers();
    among.retain(|fd| (first..=last).contains(&i64::from(*fd)));
    among.sort_unstable();
    among.into_iter().find(|fd| is_hubs(*fd))
}

/// A forked child begins: it gives up what is the hub's, and signals do what they always do.
pub(crate) fn begin_child() {
    FORKED.store(true, Ordering::Relaxed);
    for fd in numbers() {
        if fd > 2 && is_hubs(fd) {
            // SAFETY: the hub's files are used by nothing in this process: its threads are in
            // the other one.
            unsafe { libc::close(fd) };
        }
    }
    // SAFETY: plain calls with valid arguments.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Ends a forked child at once.
pub(crate) fn end_child(code: c_int) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

/// A line of a forked child: its parent's log is not its own.
pub(crate) fn write_from_child(line: &str) {
    let line = format!("{line}\n");
    // SAFETY: as many bytes as there are. What cannot be written is lost.
    unsafe { libc::write(2, line.as_ptr().cast(), line.len()) };
}

/// What a script is told that would change the process.
fn objection(event: &CStr, args: Borrowed<'_>) -> Option<&'static str> {
    let number = |i: usize| args.tuple_items().nth(i).and_then(|n| n.as_i64().ok());
    let files = || args.tuple_items().next().map(|first| first.is_int());
    let file = |i: usize| {
        let fd = number(i).and_then(|fd| c_int::try_from(fd).ok());
        fd.is_some_and(|fd| fd > 2 && is_hubs(fd))
    };
    // SAFETY: both ask the system for a number.
    let (pid, group) = unsafe { (i64::from(libc::getpid()), i64::from(libc::getpgrp())) };
    match event.to_bytes() {
        // By its number; the three of the terminal are for everybody.
        b"open" => (files()? && file(0)).then_some(
            "open: this is an open file of the hub; open what the script needs by its path",
        ),
        b"fcntl.fcntl" | b"fcntl.flock" | b"fcntl.lockf" | b"fcntl.ioctl" => {
            file(0).then_some("fcntl: this is an open file of the hub; use it for the script's own")
        }
        b"os.chdir" => Some("os.chdir: use whole paths (vh.basedir), or cwd= of subprocess"),
        b"os.exec" => Some("os.exec: use subprocess"),
        b"os.kill" => {
            let to = number(0)?;
            let hub = to == pid || to == 0 || to == -1 || to == -group;
            (hub && number(1) != Some(0))
                .then_some("os.kill: this would end the hub; use vh.StopHub")
        }
        b"os.killpg" => {
            let hub = number(0).is_some_and(|to| to == group || to == 0);
            (hub && number(1) != Some(0))
                .then_some("os.killpg: this would end the hub; use vh.StopHub")
        }
        b"signal.pthread_kill" => (number(1) != Some(0)).then_some(
            "signal.pthread_kill: a signal is for the whole process; use threading.Event",
        ),
        b"resource.setrlimit" => {
            Some("resource.setrlimit: use the program prlimit, or preexec_fn of subprocess")
        }
        b"resource.prlimit" => {
            let own = number(0).is_none_or(|to| to == pid || to == 0);
            let sets = args
                .tuple_items()
                .nth(2)
                .is_some_and(|limits| !limits.is_none());
            (own && sets).then_some("resource.prlimit: use it for other processes")
        }
        _ => None,
    }
}

/// Whether there are interpreters beside the main one: CPython then ends each forked child with a
/// fatal error, as it takes them down (3.12 and 3.13).
fn has_subinterpreters() -> bool {
    // SAFETY: attached; the pointers are only compared.
    unsafe { ffi::PyInterpreterState_Head() != ffi::PyInterpreterState_Main() }
}

/// CPython tells of something that a script, or a library of one, is about to do.
unsafe extern "C" fn audit(
    event: *const c_char,
    args: *mut ffi::PyObject,
    _: *mut c_void,
) -> c_int {
    if event.is_null() || args.is_null() {
        return 0;
    }
    // SAFETY: CPython gives a text that ends.
    let event = unsafe { CStr::from_ptr(event) };
    // Most events are none of these, by their first letters.
    if !matches!(
        event.to_bytes(),
        [b'o', b's' | b'p', ..] | [b'r', b'e', b's', ..] | [b's', b'i', ..] | [b'f', b'c', ..]
    ) || is_forked()
        || super::interp::current().is_null()
    {
        return 0;
    }
    // SAFETY: CPython calls this attached, with a tuple that lives as long.
    let (at, args) = unsafe { (Attached::assume(), Borrowed::new(args)) };
    if !args.is_tuple() {
        return 0;
    }
    if event.to_bytes().starts_with(b"os.fork") && has_subinterpreters() {
        let text = "CPython cannot fork while isolated scripts are loaded; use subprocess, or \
                    multiprocessing with the start method spawn";
        let _raised: Raised = raise(&at, Kind::Runtime, text);
        return -1;
    }
    match objection(event, args) {
        Some(why) => {
            let text = format!("{why}; the process belongs to the hub and all its scripts");
            let _raised: Raised = raise(&at, Kind::Permission, &text);
            -1
        }
        None => 0,
    }
}
