//! What scripts and their libraries can change of the process they run in, and how the program
//! gets it back. Nobody can be kept from calling the system: what belongs to the hub is looked
//! after instead.

use std::ffi::c_int;
use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

/// Has this thread take all signals.
///
/// # Errors
/// The system's.
pub fn unblock_signals() -> io::Result<()> {
    // SAFETY: a set of signals is plain data, filled by `sigemptyset` before it is read.
    unsafe {
        let mut none = MaybeUninit::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        mask(&none.assume_init())
    }
}

fn block_signals() -> io::Result<()> {
    // SAFETY: as above, with `sigfillset`.
    unsafe {
        let mut all = MaybeUninit::uninit();
        libc::sigfillset(all.as_mut_ptr());
        mask(&all.assume_init())
    }
}

/// That a signal is ignored would reach the next program, what is done otherwise does not.
fn stop_ignoring() {
    for signal in 1..=libc::SIGRTMAX() {
        if current(signal).is_some_and(|now| now.sa_sigaction == libc::SIG_IGN) {
            // SAFETY: what the system does with a signal needs nothing of the program.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
}

fn mask(set: &libc::sigset_t) -> io::Result<()> {
    // SAFETY: the set lives; nothing is asked back.
    match unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, set, ptr::null_mut()) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Puts another program in the place of this one, as `CommandExt::exec` does, but with all signals
/// blocked from just before: one that comes meanwhile waits until the new program unblocks
/// them ([`unblock_signals`]). None is ignored in it. Comes back only with an error.
pub fn exec(command: &mut Command) -> io::Error {
    let prepare = || {
        block_signals()?;
        stop_ignoring();
        Ok(())
    };
    // SAFETY: nothing is forked, so the closure may do what any function may.
    unsafe { command.pre_exec(prepare) };
    let error = command.exec();
    unblock_signals().err().unwrap_or(error)
}

/// Has all descriptors from `first` on closed when another program takes the place of this one,
/// whoever opened them and meant otherwise.
///
/// # Errors
/// The system's.
pub fn close_on_exec(first: c_int) -> io::Result<()> {
    // In Linux since 5.9, with this flag since 5.11; not in all C libraries that we build with.
    const CLOEXEC: u32 = 1 << 2;
    // SAFETY: only flags of descriptors are changed, none is closed here.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, CLOEXEC) };
    if done == 0 {
        return Ok(());
    }
    let open: Vec<c_int> = std::fs::read_dir("/proc/self/fd")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd >= first)
        .collect();
    for fd in open {
        // SAFETY: as above. One that is not open any more is an error that does not matter.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    Ok(())
}

/// What the process does on signals, as it was at some time.
pub struct Handlers(Vec<(c_int, libc::sigaction)>);

impl Handlers {
    /// Keeps what is done now.
    #[must_use]
    pub fn keep(signals: &[c_int]) -> Handlers {
        let kept = signals.iter().filter_map(|s| Some((*s, current(*s)?)));
        Handlers(kept.collect())
    }

    /// Puts back what somebody has changed since; tells which signals that were.
    #[must_use]
    pub fn put_back(&self) -> Vec<c_int> {
        let changed = |(signal, kept): &&(c_int, libc::sigaction)| {
            current(*signal).is_some_and(|now| now.sa_sigaction != kept.sa_sigaction)
        };
        let mut told = Vec::new();
        for (signal, kept) in self.0.iter().filter(changed) {
            // SAFETY: the action was given by the system for this very signal, and what it calls
            // is the program's own and never goes.
            if unsafe { libc::sigaction(*signal, kept, ptr::null_mut()) } == 0 {
                told.push(*signal);
            }
        }
        told
    }
}

fn current(signal: c_int) -> Option<libc::sigaction> {
    // SAFETY: plain data that the system fills in; nothing is changed without a new action.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        (libc::sigaction(signal, ptr::null(), &raw mut action) == 0).then_some(action)
    }
}

/// Blocks of this many bytes and more are mapped and unmapped one by one.
#[cfg(target_env = "gnu")]
const MAPPED: c_int = 256 << 10;
/// Free bytes at the end of an arena that are kept for what comes next.
#[cfg(target_env = "gnu")]
const SPARE: c_int = 2 << 20;

/// Has large blocks go back to the system when they are freed, whatever came before. Left alone,
/// glibc takes the first large block that is freed for the usual size and keeps up to 32 MiB of
/// each arena, one for every few threads: what one attack or one script needed stays with the
/// process (`mallopt(3)`). With another allocator nothing is done.
pub fn return_memory() {
    #[cfg(target_env = "gnu")]
    for (what, value) in [
        (libc::M_MMAP_THRESHOLD, MAPPED),
        (libc::M_TRIM_THRESHOLD, SPARE),
    ] {
        // SAFETY: mallopt takes two numbers; glibc locks what they change.
        let set = unsafe { libc::mallopt(what, value) };
        if set != 1 {
            tracing::debug!("mallopt({what}, {value}) was refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_signal_is_given_back() {
        let signal = libc::SIGURG;
        let kept = Handlers::keep(&[signal]);
        assert!(kept.put_back().is_empty());
        // SAFETY: ignoring it is what is done with this signal anyway.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
        assert_eq!(kept.put_back(), [signal]);
        assert!(kept.put_back().is_empty());
        assert_eq!(current(signal).unwrap().sa_sigaction, libc::SIG_DFL);
    }

    #[test]
    fn descriptors_do_not_reach_the_next_program() {
        use std::os::fd::AsRawFd;
        let file = std::fs::File::open("/dev/null").unwrap();
        let fd = file.as_raw_fd();
        // SAFETY: a flag of a descriptor of this test.
        let flags = || unsafe { libc::fcntl(fd, libc::F_GETFD) };
        // SAFETY: as above.
        unsafe { libc::fcntl(fd, libc::F_SETFD, 0) };
        assert_eq!(flags(), 0);
        close_on_exec(fd).unwrap();
        assert_eq!(flags(), libc::FD_CLOEXEC);
    }
}
