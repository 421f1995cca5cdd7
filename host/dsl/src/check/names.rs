//! Names of tasks: unique in their scope, and none that a flow directive has.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Sink, shown};
use crate::syntax::Entry;

/// The flow directives (DSL 1.0.3), which `then` could not tell from tasks.
pub(crate) const DIRECTIVES: [&str; 3] = ["continue", "exit", "end"];

pub(crate) fn check(sink: &mut Sink, entries: &[Entry<'_>]) {
    let mut seen = HashMap::new();
    for entry in entries {
        let name = entry.name;
        if DIRECTIVES.contains(&name) {
            let message = format!("a task cannot have the name `{name}`: it is a flow directive");
            let found = Diagnostic::error(Code::ReservedName, entry.body, message);
            sink.emit(
                found
                    .at(entry.name_span.clone())
                    .help("give it another name"),
            );
        }
        if let Some(first) = seen.get(name) {
            let message = format!("two tasks of this list have the name {}", shown(name));
            let found = Diagnostic::error(Code::DuplicateTask, entry.body, message);
            let found = found.at(entry.name_span.clone());
            let first: &std::ops::Range<usize> = first;
            let help = "give one of them another name: `then` goes by name";
            sink.emit(found.label(first.clone(), "first here").help(help));
        } else {
            seen.insert(name, entry.name_span.clone());
        }
    }
}
