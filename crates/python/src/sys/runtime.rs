//! Start of CPython, once per process.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};

use super::ffi;

/// The interpreter this crate was built against; its directory tells where the library is.
const BUILT_FOR: Option<&str> = option_env!("VIPERHUB_PYTHON");

/// Major and minor version of that library, as `3.12`.
pub const VERSION: &str = env!("VIPERHUB_PYTHON_VERSION");

/// With this in the environment nothing else of it is Python's business, as with `python3 -I`: no
/// `PYTHONPATH`, no `PYTHONDEVMODE`, no packages of the user.
const ISOLATED: &str = "VIPERHUB_PYTHON_ISOLATED";

static STARTED: OnceLock<Result<(), String>> = OnceLock::new();

/// Creation and destruction of interpreters, one at a time: CPython 3.12 fills process-wide
/// tables while it initialises an interpreter and takes no lock that all of them share.
pub(super) static LIFECYCLE: Mutex<()> = Mutex::new(());

/// Starts CPython unless it runs already; the first caller's choice of interpreter counts.
///
/// # Errors
/// What CPython said, with a hint at what to set.
pub(crate) fn start(python: Option<&Path>) -> Result<(), String> {
    STARTED
        .get_or_init(|| {
            let python = python.map(Path::to_path_buf);
            let python = python
                .or_else(|| std::env::var_os("VIPERHUB_PYTHON").map(PathBuf::from))
                .or_else(installed_along)
                .or_else(|| BUILT_FOR.map(PathBuf::from));
            let (tell, told) = mpsc::channel();
            // The thread that starts CPython is its main thread for ever, so it must not end:
            // a later thread with the same number would be taken for it.
            let spawned = threads::vital("python-main", move || {
                let result = initialise(python.as_deref());
                // Who asked says what was wrong.
                if result.is_err() | tell.send(result).is_err() {
                    return Ok(());
                }
                loop {
                    std::thread::park();
                }
            });
            spawned.map_err(|e| format!("no thread for CPython: {e}"))?;
            told.recv()
                .unwrap_or_else(|_| Err("CPython's start panicked".into()))
        })
        .clone()
}

/// Where `make install` puts a Python that is not the system's, seen from PREFIX.
const ALONG: &str = "lib/viperhub/python/lib";

/// The interpreter that was installed along with this program, if libpython comes from there: the
/// one it was built against may be gone, or not for this user to see.
fn installed_along() -> Option<PathBuf> {
    beside(&library()?.canonicalize().ok()?)
}

fn beside(library: &Path) -> Option<PathBuf> {
    let folder = library.parent()?.ends_with(ALONG).then_some(library)?;
    let python = folder.ancestors().nth(2)?;
    Some(python.join("bin").join(format!("python{VERSION}")))
}

/// The file of libpython.
fn library() -> Option<PathBuf> {
    // SAFETY: an address in a loaded library; the structure is filled when the call succeeds, and
    // its name stays as long as the library.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        let known = libc::dladdr(address() as *const libc::c_void, &raw mut info) != 0;
        (known && !info.dli_fname.is_null()).then(|| {
            let name = CStr::from_ptr(info.dli_fname);
            PathBuf::from(OsStr::from_bytes(name.to_bytes()))
        })
    }
}

/// An address in libpython.
pub(crate) fn address() -> usize {
    ffi::Py_IsInitialized as *const () as usize
}

/// Waits for the turn to create or end an interpreter.
pub(super) fn lifecycle() -> std::sync::MutexGuard<'static, ()> {
    LIFECYCLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn initialise(python: Option<&Path>) -> Result<(), String> {
    // SAFETY: nothing of CPython runs yet in this process (`STARTED`). Both structures are
    // plain data that the Init functions fill before anything else reads them, and every
    // string given lives until the call returns.
    unsafe {
        let isolated = std::env::var_os(ISOLATED).is_some_and(|v| !v.is_empty() && v != *"0");
        let mut pre: ffi::PyPreConfig = std::mem::zeroed();
        if isolated {
            ffi::PyPreConfig_InitIsolatedConfig(&raw mut pre);
        } else {
            ffi::PyPreConfig_InitPythonConfig(&raw mut pre);
            // The command line and the locale are the hub's all the same.
            pre.parse_argv = 0;
            pre.configure_locale = 0;
            pre.coerce_c_locale = 0;
            pre.coerce_c_locale_warn = 0;
        }
        // Scripts open files as UTF-8 whatever locale the hub was started under.
        pre.utf8_mode = 1;
        // With CPython's own allocator 3.12.1 crashes and every interpreter loses 2.5 MB
        // (measured, see docs/design.md); PYMEM_ALLOCATOR_MALLOC.
        pre.allocator = 3;
        check(ffi::Py_PreInitialize(&raw const pre))?;

        let mut config: ffi::PyConfig = std::mem::zeroed();
        if isolated {
            ffi::PyConfig_InitIsolatedConfig(&raw mut config);
        } else {
            ffi::PyConfig_InitPythonConfig(&raw mut config);
            config.parse_argv = 0;
            config.configure_c_stdio = 0;
            config.pathconfig_warnings = 0;
            // No directory of a command line, which there is not, comes first in `sys.path`.
            config.safe_path = 1;
        }
        config.install_signal_handlers = 0;
        config.site_import = 1;
        let result = configure(&raw mut config, python)
            .and_then(|()| check(ffi::Py_InitializeFromConfig(&raw const config)));
        ffi::PyConfig_Clear(&raw mut config);
        result.map_err(|e| match python {
            Some(p) => format!("{e} (interpreter {}; it must be of the version Viperhub was built for, {VERSION}; set VIPERHUB_PYTHON to another one{})",
                p.display(), home_hint(isolated)),
            None => e,
        })?;
        // What imports it first is the main thread for CPython 3.12's `threading`.
        if ffi::PyImport_ImportModule(c"threading".as_ptr()).is_null() {
            ffi::PyErr_Clear();
        }
        super::process::start();
        ffi::PyEval_SaveThread();
        Ok(())
    }
}

/// What else may be wrong: a `PYTHONHOME` leads away from the interpreter.
fn home_hint(isolated: bool) -> String {
    match std::env::var_os("PYTHONHOME").filter(|home| !isolated && !home.is_empty()) {
        Some(home) => format!("; PYTHONHOME is {}", home.display()),
        None => String::new(),
    }
}

/// Fills in paths and arguments.
///
/// # Safety
/// `config` was initialised and CPython is pre-initialised.
unsafe fn configure(config: *mut ffi::PyConfig, python: Option<&Path>) -> Result<(), String> {
    // SAFETY: the fields belong to the live structure; CPython copies the texts.
    unsafe {
        if let Some(python) = python {
            let python = python.as_os_str().as_bytes();
            let python = CString::new(python).map_err(|e| e.to_string())?;
            for field in [
                &raw mut (*config).program_name,
                &raw mut (*config).executable,
            ] {
                check(ffi::PyConfig_SetBytesString(config, field, python.as_ptr()))?;
            }
        }
        let mut argv = [c"<vh>".as_ptr().cast_mut()];
        check(ffi::PyConfig_SetBytesArgv(
            config,
            1,
            argv.as_mut_ptr().cast(),
        ))
    }
}

/// A status as a result.
pub(super) fn check(status: ffi::PyStatus) -> Result<(), String> {
    // SAFETY: a plain structure made by CPython; its texts are static.
    unsafe {
        if ffi::PyStatus_Exception(status) == 0 {
            return Ok(());
        }
        let text = |p: *const std::ffi::c_char| {
            (!p.is_null()).then(|| CStr::from_ptr(p).to_string_lossy().into_owned())
        };
        let what = text(status.err_msg).unwrap_or_else(|| "unknown error".into());
        Err(match text(status.func) {
            Some(func) => format!("CPython does not start: {what} (in {func})"),
            None => format!("CPython does not start: {what}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_that_was_installed_along_is_known_by_its_place() {
        let at = |library: &str| beside(Path::new(library));
        let python = format!("/opt/hub/lib/viperhub/python/bin/python{VERSION}");
        assert_eq!(
            at("/opt/hub/lib/viperhub/python/lib/libpython3.so.1.0"),
            Some(python.into())
        );
        assert_eq!(at("/usr/lib/x86_64-linux-gnu/libpython3.so.1.0"), None);
        assert_eq!(at("/home/me/.build/python/lib/libpython3.so.1.0"), None);
    }

    #[test]
    fn libpython_is_a_file() {
        let library = library().expect("libpython is linked in");
        assert!(library.is_file(), "{}", library.display());
    }
}
