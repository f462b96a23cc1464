//! MySQL's dialect, in which scripts write their statements (`vh.SQL`).

mod guard;

pub(crate) use guard::guard;
