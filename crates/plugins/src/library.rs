//! The shared object of a plugin.

use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use libloading::os::unix as dl;

use crate::abi;
use crate::table::API;

const ENTRY: &str = "viperhub_plugin";
/// How the names of the hub's copies begin.
const PREFIX: &str = ".plugin-";
/// What a plugin of Verlihub exports.
const VERLIHUB: &str = "get_plugin";

/// An open shared object and what it says of itself.
pub(crate) struct Library {
    pub title: String,
    pub start: Option<unsafe extern "C" fn(*mut abi::Plugin) -> *const c_char>,
    pub stop: Option<unsafe extern "C" fn(*mut abi::Plugin)>,
    _open: dl::Library,
}

/// A text of the plugin's; empty for NULL.
pub(crate) fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not NULL, and documented to end with a NUL.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_string_lossy().into_owned()
}

/// A version as people write it.
pub(crate) fn version(number: u32) -> String {
    format!("{}.{}", number >> 16, number & 0xffff)
}

/// A copy of the file for the hub alone, so that the owner may write over the file meanwhile, and
/// so that what is loaded anew is never what was there before. Removed when it is open.
struct Copy(PathBuf);

impl Copy {
    fn of(file: &Path, folder: &Path) -> Option<Copy> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{PREFIX}{}-{number}.so", std::process::id()));
        let copy = Copy(path);
        match std::fs::copy(file, &copy.0) {
            Ok(_) => Some(copy),
            Err(error) => {
                tracing::debug!("no copy of {}: {error}", file.display());
                None
            }
        }
    }
}

/// Removes the copies that a hub has left behind which did not end by itself. No other hub runs in
/// this data directory.
pub(crate) fn tidy(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(".so") {
            drop(Copy(entry.path()));
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!("{} stays behind: {error}", self.0.display());
        }
    }
}

fn open_file(path: &Path) -> Result<dl::Library, String> {
    // SAFETY: runs the constructors of the file, which the owner has named as a plugin.
    unsafe { dl::Library::open(Some(path), dl::RTLD_NOW | dl::RTLD_LOCAL) }.map_err(|error| {
        // libloading's own words say no more than ours.
        let why = std::error::Error::source(&error).map(ToString::to_string);
        why.unwrap_or_else(|| error.to_string())
    })
}

impl Library {
    /// Opens a plugin and asks it what it is.
    ///
    /// # Errors
    /// Why it is none, in words for operators.
    pub(crate) fn open(path: &Path, folder: &Path) -> Result<Library, String> {
        if !path.is_file() {
            return Err(format!("there is no file {}", path.display()));
        }
        let copy = Copy::of(path, folder);
        let opened = match &copy {
            // What it needs may lie beside it, where a copy does not find it.
            Some(copy) => open_file(&copy.0).or_else(|_| open_file(path)),
            None => open_file(path),
        };
        drop(copy);
        let open = opened.map_err(|why| match is_verlihubs(path) {
            true => format!("{why} ({FOR_VERLIHUB})"),
            false => why,
        })?;
        // SAFETY: the documented type of this name.
        let Ok(entry) = (unsafe { open.get::<abi::Entry>(ENTRY.as_bytes()) }) else {
            // SAFETY: only looked for, never called.
            let verlihub = unsafe { open.get::<*const ()>(VERLIHUB.as_bytes()) }.is_ok();
            return Err(match verlihub {
                true => FOR_VERLIHUB.into(),
                false => format!("it has no function {ENTRY}, see docs/plugins.md"),
            });
        };
        // SAFETY: called as documented; the table is static.
        let description = unsafe { entry(&raw const API).as_ref() };
        let Some(description) = description else {
            return Err("it refuses this hub without saying why".into());
        };
        let (theirs, ours) = (description.version, abi::VERSION);
        if theirs >> 16 != ours >> 16 || theirs > ours {
            return Err(format!(
                "it was made for version {} of the plugin interface and this hub has {}: compile \
                 it with this hub's viperhub_plugin.h",
                version(theirs),
                version(ours)
            ));
        }
        let title = [text(description.name), text(description.release)].join(" ");
        Ok(Library {
            title: title.trim().to_owned(),
            start: description.start,
            stop: description.stop,
            _open: open,
        })
    }
}

const FOR_VERLIHUB: &str =
    "it is a plugin for Verlihub itself, which works in Verlihub only; see docs/plugins.md";

/// Whether this is named as Verlihub names its plugins.
pub(crate) fn is_verlihubs(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("lib") && name.contains("_pi.so")
}
