//! Names in scope while a tree is compiled, and what a call of a name means.

use std::sync::Arc;

use jaq_core::load::parse::{Def, Term};

use super::library::{self, Entry};
use super::{Compiled, names, refused};
use crate::error::CompileError;
use crate::limits::SOURCE_NESTING_MAX;
use crate::native::{self, Builtin, Form};
use crate::program::Read;
use crate::term::{Base, Call, Definition, Handed, Kind, Node, Outputs, Special};

/// Definitions in one expression; dropping a program recurses along the calls between them.
const DEFINITIONS_MAX: usize = 100;

pub(super) type Result<T> = std::result::Result<T, CompileError>;

/// How a definition takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    /// `$name`.
    Value,
    /// `name`.
    Function,
}

/// What a value on the stack of bindings belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binding<'s> {
    Variable(&'s str),
    Argument,
    Label(&'s str),
}

/// A function that the source defines, or takes as an argument.
struct Function<'s> {
    name: &'s str,
    arity: usize,
    meaning: Meaning,
}

enum Meaning {
    /// An argument, at this place of the bindings.
    Argument(usize),
    /// A definition that is being compiled: a call of it would be recursive.
    Open,
    /// A definition, made where this many bindings were in scope.
    Defined {
        parameters: Vec<Parameter>,
        definition: Arc<Definition>,
        level: usize,
    },
}

/// Compiles one expression, or one definition of the library.
pub(super) struct Compiler<'s> {
    pub(super) source: &'s str,
    bindings: Vec<Binding<'s>>,
    functions: Vec<Function<'s>>,
    /// For each offered variable (the first bindings), what was read of it.
    reads: Vec<Vec<Read>>,
    definitions: usize,
    /// Levels above the node that is being compiled, within its definition.
    depth: u32,
    /// The deepest level so far, those of called definitions included.
    reach: u32,
    library: &'s [Entry],
    /// The library itself is being compiled, and must not be asked for hints.
    building: bool,
}

impl<'s> Compiler<'s> {
    /// A compiler of an expression that may use `variables` (names with `$`).
    pub(super) fn new(source: &'s str, variables: &'s [String]) -> Self {
        let bindings: Vec<_> = variables
            .iter()
            .map(|name| Binding::Variable(name))
            .collect();
        Compiler {
            reads: vec![Vec::new(); bindings.len()],
            bindings,
            ..Self::empty(source, library::get(), false)
        }
    }

    /// A compiler of a definition that may use the ones before it.
    pub(super) fn library(before: &'s [Entry]) -> Self {
        Self::empty("", before, true)
    }

    fn empty(source: &'s str, library: &'s [Entry], building: bool) -> Self {
        Compiler {
            source,
            bindings: Vec::new(),
            functions: Vec::new(),
            reads: Vec::new(),
            definitions: 0,
            depth: 0,
            reach: 0,
            library,
            building,
        }
    }

    /// Compiles a whole expression.
    pub(super) fn program(mut self, tree: &Term<&'s str>) -> Result<Compiled> {
        let root = self.term(tree)?;
        Ok(Compiled {
            root,
            reads: self.reads,
        })
    }

    /// Compiles a definition of the library.
    pub(super) fn library_entry(mut self, def: &Def<&'static str>) -> Result<Entry> {
        let (parameters, definition) = self.definition(def)?;
        Ok(Entry {
            name: def.name,
            parameters,
            definition,
        })
    }

    /// Compiles with `inner` one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        place: &str,
        inner: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.reach_to(self.depth + 1, place)?;
        self.depth += 1;
        let done = inner(self);
        self.depth -= 1;
        done
    }

    fn reach_to(&mut self, depth: u32, place: &str) -> Result<()> {
        if depth > SOURCE_NESTING_MAX {
            return Err(refused::nesting(self.source, place, SOURCE_NESTING_MAX));
        }
        self.reach = self.reach.max(depth);
        Ok(())
    }

    /// Compiles `inner` with more variables in scope.
    pub(super) fn with_variables<T>(
        &mut self,
        names: &[&'s str],
        inner: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let before = self.bindings.len();
        self.bindings
            .extend(names.iter().copied().map(Binding::Variable));
        let done = inner(self);
        self.bindings.truncate(before);
        done
    }

    /// Compiles `inner` with a label in scope.
    pub(super) fn with_label<T>(
        &mut self,
        name: &'s str,
        inner: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.bindings.push(Binding::Label(name));
        let done = inner(self);
        self.bindings.pop();
        done
    }

    /// Compiles `inner` with definitions in scope.
    pub(super) fn with_definitions<T>(
        &mut self,
        defs: &[Def<&'s str>],
        inner: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let before = self.functions.len();
        for def in defs {
            self.definitions += 1;
            if self.definitions > DEFINITIONS_MAX {
                let message = format!("an expression may have {DEFINITIONS_MAX} definitions");
                return Err(names::wrong_form(self.source, def.name, &message));
            }
            let (parameters, definition) = self.definition(def)?;
            let level = self.bindings.len();
            let meaning = Meaning::Defined {
                parameters,
                definition,
                level,
            };
            self.functions.push(Function {
                name: def.name,
                arity: def.args.len(),
                meaning,
            });
        }
        let done = inner(self);
        self.functions.truncate(before);
        done
    }

    fn definition(&mut self, def: &Def<&'s str>) -> Result<(Vec<Parameter>, Arc<Definition>)> {
        let (bindings, functions) = (self.bindings.len(), self.functions.len());
        let outer = (
            std::mem::take(&mut self.depth),
            std::mem::take(&mut self.reach),
        );
        self.functions.push(Function {
            name: def.name,
            arity: def.args.len(),
            meaning: Meaning::Open,
        });
        let mut parameters = Vec::new();
        for name in &def.args {
            if name.starts_with('$') {
                parameters.push(Parameter::Value);
                self.bindings.push(Binding::Variable(name));
            } else {
                parameters.push(Parameter::Function);
                let meaning = Meaning::Argument(self.bindings.len());
                self.functions.push(Function {
                    name,
                    arity: 0,
                    meaning,
                });
                self.bindings.push(Binding::Argument);
            }
        }
        let body = self.term(&def.body);
        self.bindings.truncate(bindings);
        self.functions.truncate(functions);
        let depth = self.reach;
        (self.depth, self.reach) = outer;
        Ok((parameters, Arc::new(Definition { body: body?, depth })))
    }

    /// `$name`, of which `read` is read.
    pub(super) fn variable(&mut self, name: &'s str, read: Read) -> Result<Kind> {
        match self
            .bindings
            .iter()
            .rposition(|binding| *binding == Binding::Variable(name))
        {
            Some(at) => {
                if let Some(reads) = self.reads.get_mut(at)
                    && !reads.contains(&read)
                {
                    reads.push(read);
                }
                Ok(Kind::Variable(self.bindings.len() - 1 - at))
            }
            None => Err(refused::variable(self.source, name).unwrap_or_else(|| {
                let known = self.bindings.iter().filter_map(|binding| match binding {
                    Binding::Variable(name) => Some(*name),
                    _ => None,
                });
                names::unknown_variable(self.source, name, known)
            })),
        }
    }

    /// `break $name`.
    pub(super) fn label(&mut self, name: &'s str) -> Result<Kind> {
        match self
            .bindings
            .iter()
            .rposition(|binding| *binding == Binding::Label(name))
        {
            Some(at) => Ok(Kind::Break(self.bindings.len() - 1 - at)),
            None => Err(names::unknown_label(self.source, name)),
        }
    }

    /// `name(arguments)`.
    pub(super) fn call(&mut self, name: &'s str, arguments: &[Term<&'s str>]) -> Result<Node> {
        let arity = arguments.len();
        let total = self.bindings.len();
        let function = self
            .functions
            .iter()
            .rev()
            .find(|f| f.name == name && f.arity == arity);
        let (parameters, definition, base) = match function.map(|function| &function.meaning) {
            Some(Meaning::Argument(at)) => {
                return Ok(Node {
                    kind: Kind::Argument(total - 1 - at),
                    outputs: Outputs::LikeArguments,
                });
            }
            Some(Meaning::Open) => return Err(refused::recursion(self.source, name, arity)),
            Some(Meaning::Defined {
                parameters,
                definition,
                level,
            }) => (
                parameters.clone(),
                Arc::clone(definition),
                Base::Skip(total - level),
            ),
            None => {
                if let Some(error) = refused::function(self.source, name, arity) {
                    return Err(error);
                }
                match self
                    .library
                    .iter()
                    .rev()
                    .find(|e| e.name == name && e.parameters.len() == arity)
                {
                    Some(entry) => (
                        entry.parameters.clone(),
                        Arc::clone(&entry.definition),
                        Base::Library,
                    ),
                    None => return self.builtin(name, arguments),
                }
            }
        };
        if let Base::Skip(_) = base {
            self.reach_to(self.depth.saturating_add(definition.depth), name)?;
        }
        let arguments = arguments
            .iter()
            .zip(parameters)
            .map(|(argument, parameter)| {
                let node = self.term(argument)?;
                Ok(match parameter {
                    Parameter::Value => Handed::Value(node),
                    Parameter::Function => Handed::Function(node),
                })
            });
        let call = Call {
            arguments: arguments.collect::<Result<_>>()?,
            definition,
            base,
        };
        Ok(Node {
            outputs: call_outputs(&call),
            kind: Kind::Call(call),
        })
    }

    fn builtin(&mut self, name: &'s str, arguments: &[Term<&'s str>]) -> Result<Node> {
        let arity = arguments.len();
        let Some(builtin) = native::find(name, arity) else {
            if self.building {
                return Err(names::wrong_form(
                    self.source,
                    name,
                    "unknown function in the library",
                ));
            }
            let own = self.functions.iter().map(|function| function.name);
            return Err(names::unknown_function(self.source, name, arity, own));
        };
        let nodes: Vec<Node> = arguments
            .iter()
            .map(|argument| self.term(argument))
            .collect::<Result<_>>()?;
        let given = nodes
            .iter()
            .map(|node| node.outputs)
            .max()
            .unwrap_or(Outputs::AtMostOne);
        let (kind, outputs) = match builtin {
            Builtin::Native(native) => (Kind::Native(native, nodes), given),
            Builtin::Special(special) => (
                Kind::Special(special, nodes),
                special_outputs(special, given),
            ),
            Builtin::Form(form) => match form {
                Form::Empty => (Kind::Empty, Outputs::AtMostOne),
                Form::Null => (Kind::Null, Outputs::AtMostOne),
                Form::True => (Kind::Bool(true), Outputs::AtMostOne),
                Form::False => (Kind::Bool(false), Outputs::AtMostOne),
                Form::ToText => {
                    let id = Node {
                        kind: Kind::Id,
                        outputs: Outputs::AtMostOne,
                    };
                    (Kind::ToText(Box::new(id)), Outputs::AtMostOne)
                }
                Form::Recurse => (Kind::Recurse { root_first: true }, Outputs::Many),
            },
        };
        Ok(Node { kind, outputs })
    }
}

/// A call gives as many values as its definition, which may depend on what is handed to it.
fn call_outputs(call: &Call) -> Outputs {
    let mut outputs = Outputs::AtMostOne;
    let mut handed = Outputs::AtMostOne;
    for argument in &call.arguments {
        match argument {
            Handed::Value(node) => outputs = outputs.max(node.outputs),
            Handed::Function(node) => handed = handed.max(node.outputs),
        }
    }
    let body = match (call.definition.body.outputs, call.base) {
        (Outputs::LikeArguments, Base::Library) => handed,
        // It may use functions handed to the definitions around it as well.
        (Outputs::LikeArguments, Base::Skip(_)) => handed.max(Outputs::LikeArguments),
        (body, _) => body,
    };
    outputs.max(body)
}

fn special_outputs(special: Special, given: Outputs) -> Outputs {
    match special {
        Special::First | Special::Last => Outputs::AtMostOne,
        Special::SortBy | Special::GroupBy | Special::MinBy | Special::MaxBy => Outputs::AtMostOne,
        Special::Error => given,
        Special::Limit | Special::Skip | Special::Range | Special::Path | Special::PathValue => {
            Outputs::Many
        }
    }
}
