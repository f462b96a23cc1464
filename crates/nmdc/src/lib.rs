//! NMDC protocol: bytes to typed messages and back.
#![forbid(unsafe_code)]
