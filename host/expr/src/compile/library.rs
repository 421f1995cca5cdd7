//! The standard library: jaq's own definitions, without what is refused or done natively.

use std::sync::{Arc, LazyLock};

use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::{Def, Parser};

use super::refused;
use super::scope::{Compiler, Parameter};
use crate::native;
use crate::term::Definition;

/// A definition of the library.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) definition: Arc<Definition>,
}

/// Definitions that jaq's command line has but its libraries do not, and one that jaq makes
/// from `repeat`.
const OWN: &str = r#"
def combinations($n): . as $x | [range($n) | $x] | combinations;
def toarray: if isarray then . else [.] end;
def ascii: [.] | implode;
def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] = $row);
def INDEX(f): INDEX(.[]; f);
def @csv: [.[] | if isarray or isobject then error("@csv takes an array of scalars")
    elif isstring then "\"\(split("\"") | join("\"\""))\"" elif . == null then "" else tostring end] | join(",");
def @tsv: [.[] | if isarray or isobject then error("@tsv takes an array of scalars")
    elif isstring then escape_tsv elif . == null then "" else tostring end] | join("\t");
"#;

/// All definitions, in order: later ones win.
pub(super) fn get() -> &'static [Entry] {
    static LIBRARY: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let theirs = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let mut library = Vec::new();
        for def in theirs.chain(own()) {
            let arity = def.args.len();
            if refused::is_refused(def.name, arity) || native::find(def.name, arity).is_some() {
                continue;
            }
            // A definition that does not compile is left out; a test holds that none is.
            if let Ok(entry) = Compiler::library(&library).library_entry(&def) {
                library.push(entry);
            }
        }
        library
    });
    &LIBRARY
}

fn own() -> Vec<Def<&'static str>> {
    Lexer::new(OWN)
        .lex()
        .ok()
        .and_then(|tokens| Parser::new(&tokens).parse(|parser| parser.defs()).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_of_jaq_is_there_native_or_refused() {
        let names: Vec<(&str, usize)> =
            get().iter().map(|e| (e.name, e.parameters.len())).collect();
        let theirs = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let all: Vec<_> = theirs
            .chain(own())
            .map(|def| (def.name, def.args.len()))
            .collect();
        assert!(all.len() > 130, "{}", all.len());
        for (name, arity) in all {
            let known = names.contains(&(name, arity)) || native::find(name, arity).is_some();
            assert!(known != refused::is_refused(name, arity), "{name}/{arity}");
        }
    }
}
