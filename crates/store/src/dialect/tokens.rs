//! A statement as tokens: what it is made of whatever its spelling, how deep it is, and how it is
//! written anew.

use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

/// Words behind a verb that the parser does not know, and that say only how eagerly it is done.
const MODIFIERS: &[(&str, &[&str])] = &[
    ("UPDATE", &["LOW_PRIORITY", "IGNORE"]),
    ("DELETE", &["LOW_PRIORITY", "QUICK", "IGNORE"]),
    ("REPLACE", &["LOW_PRIORITY", "DELAYED"]),
];
/// Operators that may hang on one another, as in SQLite. The parser builds a tree as deep as
/// there are, and the stack of a thread ends somewhere: from `DEEP` on it gets one of its own.
const MOST_DEEP: usize = 1000;
const DEEP: usize = 50;
const STACK: usize = 64 << 20;
const OPERATORS: &[&str] = &[
    "AND",
    "BETWEEN",
    "COLLATE",
    "DIV",
    "ESCAPE",
    "EXCEPT",
    "IN",
    "INTERSECT",
    "IS",
    "LIKE",
    "MEMBER",
    "MINUS",
    "MOD",
    "NOT",
    "OR",
    "REGEXP",
    "RLIKE",
    "SOUNDS",
    "UNION",
    "XOR",
];

/// Whether expressions stand in each other so deep that they want a larger stack.
pub(super) fn is_deep(query: &str) -> Result<bool, String> {
    Ok(depth(&tokens(query)?) >= DEEP)
}

/// Does something with a statement on a stack that is large enough for it.
pub(super) fn with_stack<R: Send + 'static>(
    query: &str,
    run: impl FnOnce(&str) -> Result<R, String> + Send + 'static,
) -> Result<R, String> {
    if !is_deep(query)? {
        return run(query);
    }
    let query = query.to_owned();
    let thread = threads::brief_with_stack("statement", Some(STACK), move || run(&query));
    let thread = thread.map_err(|why| format!("there can be no thread for it: {why}"))?;
    let done = thread.join().ok().flatten();
    done.unwrap_or_else(|| Err("the statement could not be read; see the log".to_owned()))
}

/// The tokens of one statement, without comments; blanks are kept as they part tokens.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let tokens = Tokenizer::new(&MySqlDialect {}, query)
        .with_unescape(false)
        .tokenize()
        .map_err(|why| why.to_string())?;
    // MySQL's own, /*! */, are tokens like others here.
    let hidden = |token: &Token| {
        matches!(token, Token::Whitespace(Whitespace::MultiLineComment(text))
            if text.starts_with("M!") || text.starts_with('!'))
    };
    if tokens.iter().any(hidden) {
        return Err("comments that are executed, /*M! */, are not possible here".to_owned());
    }
    let mut tokens: Vec<Token> = tokens.into_iter().filter(|t| *t != Token::EOF).collect();
    while (tokens.last()).is_some_and(|t| is_space(t) || *t == Token::SemiColon) {
        tokens.pop();
    }
    while tokens.first().is_some_and(is_space) {
        tokens.remove(0);
    }
    if tokens.contains(&Token::SemiColon) {
        return Err("multiple statements are not possible here".to_owned());
    }
    match depth(&tokens) > MOST_DEEP {
        true => Err(format!(
            "an expression of more than {MOST_DEEP} operators is not possible here"
        )),
        false => Ok(tokens),
    }
}

/// How many operators can hang on one another at most.
fn depth(tokens: &[Token]) -> usize {
    // For each open parenthesis: the operators so far, and the deepest thing between them.
    let mut open = vec![(0, 0)];
    let mut deepest = 0;
    for token in tokens {
        let operator = match token {
            Token::LParen => {
                open.push((0, 0));
                continue;
            }
            Token::RParen if open.len() > 1 => {
                let (operators, within) = open.pop().unwrap_or_default();
                if let Some(outer) = open.last_mut() {
                    outer.1 = outer.1.max(operators + within + 1);
                }
                false
            }
            Token::Comma => {
                if let Some(level) = open.last_mut() {
                    deepest = deepest.max(level.0 + level.1);
                    level.0 = 0;
                }
                false
            }
            Token::Word(word) => OPERATORS.iter().any(|o| word.value.eq_ignore_ascii_case(o)),
            Token::Whitespace(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::HexStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::Period
            | Token::RParen => false,
            _ => true,
        };
        if let (true, Some(level)) = (operator, open.last_mut()) {
            level.0 += 1;
        }
        if let Some((operators, within)) = open.last() {
            deepest = deepest.max(operators + within);
        }
    }
    deepest
}

pub(super) fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_))
}

/// A word in capitals, an opening parenthesis, or nothing.
pub(super) fn word(token: &Token) -> String {
    match token {
        Token::Word(word) => word.value.to_ascii_uppercase(),
        Token::LParen => "(".to_owned(),
        _ => String::new(),
    }
}

/// The statement in one line.
pub(super) fn written(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Whitespace(_) if text.ends_with(' ') => {}
            Token::Whitespace(_) => text.push(' '),
            // Two of them would begin a comment.
            Token::Minus if text.ends_with('-') => text.push_str(" -"),
            token => text.push_str(&token.to_string()),
        }
    }
    text
}

/// What stands in front of a value, beside signs.
const BEFORE_VALUES: &[&str] = &[
    "AND", "BETWEEN", "BY", "CASE", "DISTINCT", "ELSE", "HAVING", "IN", "LIKE", "NOT", "ON", "OR",
    "SELECT", "THEN", "WHEN", "WHERE", "XOR", "(",
];

fn is_word(token: &Token, words: &[&str]) -> bool {
    let quoted = matches!(token, Token::Word(word) if word.quote_style.is_some());
    !quoted && words.contains(&word(token).as_str())
}

/// Whether a value is to follow.
fn expects_value(before: &[Token]) -> bool {
    let Some(last) = before.iter().rev().find(|t| !is_space(t)) else {
        return false;
    };
    let sign = [
        Token::Comma,
        Token::Eq,
        Token::Neq,
        Token::Lt,
        Token::Gt,
        Token::LtEq,
        Token::GtEq,
        Token::Spaceship,
        Token::Overlap,
    ];
    sign.contains(last) || is_word(last, BEFORE_VALUES)
}

/// Where the value ends that begins with these tokens: a literal, a column, a call, or what stands in
/// parentheses.
fn end_of_value(tokens: &[Token]) -> Option<usize> {
    let mut at = tokens.iter().position(|t| !is_space(t))?;
    match tokens.get(at)? {
        Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::HexStringLiteral(_) => {
            return Some(at + 1);
        }
        Token::Number(..) => return Some(at + 1),
        Token::LParen => {}
        token @ Token::Word(_) if !is_word(token, &["AS", "CASE", "COLLATE", "DEFAULT", "NOT"]) => {
            at += 1;
            while tokens.get(at) == Some(&Token::Period) {
                at += 2;
            }
            if tokens.get(at) != Some(&Token::LParen) {
                return Some(at.min(tokens.len()));
            }
        }
        _ => return None,
    }
    // The width of a type is no value.
    if matches!(
        tokens.get(at + 1..at + 3),
        Some([Token::Number(..), Token::RParen])
    ) {
        return None;
    }
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 1 => return Some(i + 1),
            Token::RParen => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `BINARY x` as `CAST(x AS BINARY)`: of the former the parser takes all that follows for x.
fn binary_as_cast(tokens: Vec<Token>, first: &str) -> Vec<Token> {
    let is_binary = |token: &Token| is_word(token, &["BINARY"]);
    if !tokens.iter().any(is_binary) {
        return tokens;
    }
    // In front of it there are types, which may be called so.
    let mut questions = !matches!(first, "CREATE" | "ALTER");
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(token) = tokens.get(at) {
        questions |= is_word(token, &["SELECT"]);
        at += 1;
        let rest = tokens.get(at..).unwrap_or_default();
        let end =
            (questions && is_binary(token) && expects_value(&out)).then(|| end_of_value(rest));
        let Some(value) = end.flatten().and_then(|end| rest.get(..end)) else {
            out.push(token.clone());
            continue;
        };
        at += value.len();
        let space = || Token::Whitespace(Whitespace::Space);
        let word = |text| Token::make_word(text, None);
        out.extend([word("CAST"), Token::LParen]);
        out.extend(binary_as_cast(value.to_vec(), ""));
        out.extend([space(), word("AS"), space(), word("BINARY"), Token::RParen]);
    }
    out
}

/// The same for the parser, and whether `IGNORE` was left out.
pub(super) fn without_modifiers(tokens: &[Token], first: &str) -> (String, bool) {
    let known = MODIFIERS.iter().find(|(verb, _)| *verb == first);
    let known = known.map_or(&[][..], |(_, words)| *words);
    let (mut kept, mut at_head, mut ignore) = (Vec::new(), true, false);
    for (i, token) in tokens.iter().enumerate() {
        let word = word(token);
        if i > 0 && at_head && known.contains(&word.as_str()) {
            ignore |= word == "IGNORE";
            continue;
        }
        at_head &= i == 0 || is_space(token);
        kept.push(token.clone());
    }
    (written(&binary_as_cast(kept, first)), ignore)
}

/// Names the kind of a statement.
pub(super) fn not_understood(words: &[String], why: &str) -> String {
    let plain: Vec<&str> = (words.iter())
        .map(String::as_str)
        .filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') && !w.is_empty())
        .collect();
    let many = match plain.first() {
        Some(&"CREATE" | &"ALTER" | &"DROP" | &"RENAME" | &"SHOW") => 2,
        _ => 1,
    };
    let kind = plain[..many.min(plain.len())].join(" ");
    let why = why.strip_prefix("sql parser error: ").unwrap_or(why);
    format!("this {kind} is not understood and therefore not run: {why}")
}
