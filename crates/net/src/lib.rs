//! Sockets.
#![forbid(unsafe_code)]
