//! CPython under a hub: one interpreter with its own GIL per script, the `vh` module, hooks.
//!
//! * `sys`: the unsafe layer over the C API; nothing else here holds `unsafe`.
//! * [`text`], `value`: conversion at the border; inside the hub text is bytes.
//! * `vh`: the module scripts import, made of the hub's function table.
//! * [`mode`]: in which interpreter a script runs.
//! * [`script`]: one script: load, call a hook in place, unload.
//! * [`calls`]: what the log holds of calls.
//! * [`engine`]: all scripts of a hub, each on its own thread, with time limits.
//! * [`outside`]: objects of Python code that is not a script's.
//! * [`exec`]: what scripts can change of the process, and how the program gets it back.

pub mod calls;
pub mod check;
pub mod engine;
pub mod json;
pub mod mode;
pub mod outside;
pub mod script;
mod sys;
pub mod text;
mod value;
mod vh;

pub use sys::exec;

pub use check::{NoFile, a_file, check_file};
pub use engine::{Engine, EngineConfig, EngineError, LoadError, ScriptInfo, ScriptStat};
pub use mode::Mode;
pub use script::{CallError, Script, ScriptConfig};
pub use sys::detached;
pub use sys::process::note_open_files;
pub use sys::runtime::VERSION;
pub use vh::ScriptHost;
