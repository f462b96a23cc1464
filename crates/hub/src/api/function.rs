//! What a `vh` function is: its row in the table.

use super::args::Args;
use super::host::Host;
use super::size;
use crate::hooks::Status;
use crate::value::{ApiError, Value};

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// `str`, or `None` which counts as not given.
    Str,
    /// `int`, `bool`, `None` (0).
    Int,
    /// `float` or `int`.
    Float,
    /// A text or a number, taken as text.
    Text,
    /// A truth value.
    Bool,
    /// Anything of the supported types.
    Any,
}

/// One parameter of a `vh` function.
pub struct Param {
    /// The documented keyword.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// May be left out.
    pub optional: bool,
    /// Further keywords that mean the same.
    pub aliases: &'static [&'static str],
}

impl Param {
    /// A name that Python's grammar takes: `class` can be a keyword in a call's `**` only.
    pub fn python_name(&self) -> &'static str {
        match self.name {
            "class" | "from" | "in" | "is" | "pass" => self.aliases.first().unwrap_or(&self.name),
            name => name,
        }
    }
}

/// What a `vh` function returns, for the documentation and the type stubs.
pub type Returns = &'static str;

/// What is special about a function, as words of its row.
#[derive(Clone, Copy, Default, Debug)]
pub struct Flags {
    any_order: bool,
    keeps_text: bool,
    variadic: bool,
}

impl Flags {
    /// Nothing is.
    pub const NONE: Flags = Flags {
        any_order: false,
        keeps_text: false,
        variadic: false,
    };

    /// Its arguments have come in several orders: the body sorts them out, and those by place go
    /// around those by name.
    #[must_use]
    pub const fn any_order(self) -> Flags {
        Flags {
            any_order: true,
            ..self
        }
    }

    /// Its texts are for other scripts or name files, all others' may be sent to clients, but for
    /// those of kind [`Any`](ParamKind::Any) (`SQL`, settings).
    #[must_use]
    pub const fn keeps_text(self) -> Flags {
        Flags {
            keeps_text: true,
            ..self
        }
    }

    /// It takes any number of further arguments.
    #[must_use]
    pub const fn variadic(self) -> Flags {
        Flags {
            variadic: true,
            ..self
        }
    }
}

/// One `vh` function.
pub struct ApiFn {
    /// The Python name.
    pub name: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// Documented parameters, in order.
    pub params: &'static [Param],
    /// Python type of the result.
    pub returns: Returns,
    /// Whether this version has it.
    pub status: Status,
    /// What is special about it.
    pub flags: Flags,
    /// What it does.
    pub body: Body,
}

/// The code of a `vh` function.
type Code = fn(&dyn Host, &Args<'_>) -> Result<Value<'static>, ApiError>;

/// What a `vh` function does. Only [`ApiFn::call`] can run it, so that what holds for all
/// functions is forgotten by none.
#[derive(Clone, Copy)]
pub struct Body(Code);

impl Body {
    /// The body that is this code.
    pub const fn new(code: Code) -> Body {
        Body(code)
    }
}

impl ApiFn {
    /// Does it, with arguments that have been bound to the function's parameters.
    ///
    /// # Errors
    /// An argument is too large, or what the function says.
    #[inline]
    pub fn call(&self, host: &dyn Host, args: &Args<'_>) -> Result<Value<'static>, ApiError> {
        size::check(self, host, args)?;
        (self.body.0)(host, args)
    }

    /// Whether its arguments have come in several orders, so that those by place go around those by name.
    pub fn is_any_order(&self) -> bool {
        self.flags.any_order
    }

    /// Whether its texts stay in the hub, so that they may hold what cannot be sent.
    pub fn keeps_text(&self) -> bool {
        self.flags.keeps_text
    }

    /// Whether further arguments may follow the documented ones.
    pub fn is_variadic(&self) -> bool {
        self.flags.variadic
    }
}
