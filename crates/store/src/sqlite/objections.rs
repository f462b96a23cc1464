//! What a script may not do, whatever the guard of the dialect has let through.

use rusqlite::hooks::{AuthAction, AuthContext};

use crate::schema::is_ours;

/// What a script may read by PRAGMA; with an argument it is a table's or index's name.
const PRAGMAS: &[&str] = &[
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
];
/// The same without an argument.
const SWITCHES: &[&str] = &[
    "application_id",
    "encoding",
    "freelist_count",
    "integrity_check",
    "journal_mode",
    "page_count",
    "page_size",
    "quick_check",
    "synchronous",
    "user_version",
];

/// Why a table of the hub is not changed.
pub(super) const TABLE: &str = "this table is the hub's own and must stay as it is";

/// Why a script may not do this.
pub(super) fn objection(context: &AuthContext<'_>) -> Option<&'static str> {
    const TRANSACTION: &str =
        "transactions are not possible here, each statement is committed by itself";
    match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => {
            Some("ATTACH, DETACH and VACUUM are not possible here")
        }
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => {
            let is = |name: &&&str| name.eq_ignore_ascii_case(pragma_name);
            let free = PRAGMAS.iter().find(is).is_some()
                || pragma_value.is_none() && SWITCHES.iter().find(is).is_some();
            (!free).then_some("this PRAGMA is not possible here")
        }
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => Some(TRANSACTION),
        // The guard lets none of these through; this is the wall behind it.
        AuthAction::CreateTable { table_name }
        | AuthAction::CreateTempTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::DropTempTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateView {
            view_name: table_name,
        }
        | AuthAction::DropView {
            view_name: table_name,
        }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::CreateTempIndex { table_name, .. }
        | AuthAction::DropIndex { table_name, .. }
            if is_ours(table_name) =>
        {
            Some(TABLE)
        }
        AuthAction::CreateTrigger { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::DropTempView { .. }
        | AuthAction::CreateVtable { .. }
        | AuthAction::DropVtable { .. }
        | AuthAction::Unknown { .. } => Some("this is not possible here"),
        AuthAction::Function { function_name }
            if function_name.eq_ignore_ascii_case("load_extension") =>
        {
            Some("extensions cannot be loaded here")
        }
        _ => None,
    }
}
