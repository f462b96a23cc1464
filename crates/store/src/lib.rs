//! What survives a restart.
#![forbid(unsafe_code)]
