//! From the text of an expression to a program: jaq reads it, this resolves and checks it.

mod library;
mod names;
mod refused;
mod scope;
mod term;

use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::Parser;
use jaq_core::load::span;

pub(crate) use names::builtin_names;

use crate::error::{CompileError, CompileErrorKind};
use crate::limits::SOURCE_BYTES_MAX;
use crate::program::Read;
use crate::term::Node;

/// Bytes of source that are compiled on the caller's stack. jaq's reader recurses up to once
/// per byte, with 2 KiB of stack each.
const INLINE_BYTES_MAX: usize = 200;

/// The stack for longer sources: 4 KiB for every byte that a source may have.
const STACK_BYTES: usize = 4 * 1024 * SOURCE_BYTES_MAX;

/// What became of a source.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) root: Node,
    /// For each variable offered, the places inside of it that the expression reads; none where
    /// it does not use it.
    pub(crate) reads: Vec<Vec<Read>>,
}

/// Compiles `source`, which may use `variables` (names without `$`).
pub(crate) fn compile(source: &str, variables: &[&str]) -> Result<Compiled, CompileError> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(too_long(source));
    }
    if source.len() <= INLINE_BYTES_MAX {
        return compile_here(source, variables);
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new()
            .name("segue-expr".to_owned())
            .stack_size(STACK_BYTES);
        match builder.spawn_scoped(scope, || compile_here(source, variables)) {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|_panic| Err(no_thread(source))),
            Err(_) => Err(no_thread(source)),
        }
    })
}

fn compile_here(source: &str, variables: &[&str]) -> Result<Compiled, CompileError> {
    let tokens = Lexer::new(source)
        .lex()
        .map_err(|errors| lex_error(source, &errors))?;
    if let Some(error) = tokens
        .first()
        .and_then(|first| refused::module_form(source, first.as_str()))
    {
        return Err(error);
    }
    let tree = Parser::new(&tokens)
        .parse(|parser| parser.term())
        .map_err(|errors| {
            let first = errors.first();
            let wanted = first.map_or("term", |(wanted, _)| wanted.as_str());
            let found = first
                .and_then(|(_, found)| *found)
                .map(|token| token.as_str());
            parse_error(source, wanted, found)
        })?;
    // jaq's names carry the `$`.
    let variables: Vec<String> = variables.iter().map(|name| format!("${name}")).collect();
    scope::Compiler::new(source, &variables).program(&tree)
}

type LexError<'s> = (jaq_core::load::lex::Expect<&'s str>, &'s str);

fn lex_error(source: &str, errors: &[LexError<'_>]) -> CompileError {
    let (wanted, rest) = errors
        .first()
        .map_or(("token", ""), |(wanted, rest)| (wanted.as_str(), *rest));
    let start = if rest.is_empty() {
        source.len()
    } else {
        span(source, rest).start
    };
    let end = rest.chars().next().map_or(start, |c| start + c.len_utf8());
    syntax(
        source,
        wanted,
        rest.get(..end - start).filter(|found| !found.is_empty()),
        start..end,
    )
}

fn parse_error(source: &str, wanted: &str, found: Option<&str>) -> CompileError {
    let place = match found {
        Some(found) => span(source, found),
        None => source.len()..source.len(),
    };
    syntax(source, wanted, found, place)
}

fn syntax(
    source: &str,
    wanted: &str,
    found: Option<&str>,
    span: std::ops::Range<usize>,
) -> CompileError {
    let found = match found {
        Some(found) if found.chars().count() <= 20 => format!("found `{found}`"),
        Some(found) => format!("found `{}…`", found.chars().take(20).collect::<String>()),
        None => "the expression ends".to_owned(),
    };
    let hint = if source.trim().is_empty() {
        Some("write `.` for the input itself".to_owned())
    } else {
        refused::syntax_hint(source)
    };
    CompileError {
        message: format!("expected {wanted}, but {found}"),
        hint,
        span,
        kind: CompileErrorKind::Syntax,
    }
}

fn too_long(source: &str) -> CompileError {
    let why = format!(
        "an expression may have {SOURCE_BYTES_MAX} bytes, and this has {}",
        source.len()
    );
    CompileError {
        message: why.clone(),
        hint: Some("do this work in a plugin, or in several tasks".to_owned()),
        span: 0..source.len(),
        kind: CompileErrorKind::Refused {
            name: "long expression".to_owned(),
            why,
        },
    }
}

fn no_thread(source: &str) -> CompileError {
    let why = "the host could not start the thread that compiles it".to_owned();
    CompileError {
        message: why.clone(),
        hint: Some("shorten it, or give the host more threads and memory".to_owned()),
        span: 0..source.len(),
        kind: CompileErrorKind::Refused {
            name: "long expression".to_owned(),
            why,
        },
    }
}
