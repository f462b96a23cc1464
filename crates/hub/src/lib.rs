//! The hub.
#![forbid(unsafe_code)]
