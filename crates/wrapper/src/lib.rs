//! `libvh_python_wrapper.so`: Python scripts for programs in C and C++.
//!
//! The functions and their contract are in `include/wrapper.h`; nothing else leaves the
//! library.
//!
//! * [`abi`]: the exported functions, [`exports`] those of C and C++; [`args`]: the blocks that
//!   arguments and results travel in, `convert` from one letter to another, `taken` texts that
//!   `w_pack` frees; [`json`]: what `json_marshal.h` needs.
//! * `registry`: scripts by id.
//! * [`inside`]: what the functions do in a hub's own program, for its native plugins.
//! * `host`, `vh`: what the scripts' `vh` asks is asked of the program's functions
//!   (`callback`, `dynamic`, `named`).

pub mod abi;
mod answer;
pub mod args;
mod callback;
mod convert;
mod dynamic;
pub mod exports;
#[doc(hidden)]
pub mod fuzzing;
mod host;
pub mod inside;
pub mod json;
mod log;
mod named;
mod registry;
mod taken;
mod vh;
mod visible;
mod worlds;
