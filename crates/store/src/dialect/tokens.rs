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
    (written(&kept), ignore)
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
