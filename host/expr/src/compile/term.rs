//! From jaq's syntax tree to nodes.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern as Tree, Term};
use jaq_core::path::{Opt, Part as TreePart, Path};

use super::names;
use super::scope::{Compiler, Result};
use crate::program::Read;
use crate::term::{Emit, Fold, Kind, Node, Outputs, Part, Pattern, Piece, Step};

impl Node {
    fn one(kind: Kind) -> Self {
        Node {
            kind,
            outputs: Outputs::AtMostOne,
        }
    }
}

/// The outputs of something that combines every value of each node with every one of the others.
fn joint<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Outputs {
    nodes
        .into_iter()
        .map(|node| node.outputs)
        .max()
        .unwrap_or(Outputs::AtMostOne)
}

impl<'s> Compiler<'s> {
    /// Compiles a term.
    pub(super) fn term(&mut self, term: &Term<&'s str>) -> Result<Node> {
        let place = match term {
            Term::Num(text) | Term::Call(text, _) | Term::Var(text) => text,
            _ => self.source,
        };
        self.deeper(place, |compiler| compiler.node(term))
    }

    fn boxed(&mut self, term: &Term<&'s str>) -> Result<Box<Node>> {
        self.term(term).map(Box::new)
    }

    fn node(&mut self, term: &Term<&'s str>) -> Result<Node> {
        Ok(match term {
            Term::Id => Node::one(Kind::Id),
            Term::Recurse => Node {
                kind: Kind::Recurse { root_first: false },
                outputs: Outputs::Many,
            },
            Term::Num(text) => Node::one(match text.parse() {
                Ok(int) => Kind::Int(int),
                Err(_) => Kind::Number((*text).to_owned()),
            }),
            Term::Str(format, parts) => self.text(*format, parts)?,
            Term::Arr(None) => Node::one(Kind::Array(None)),
            Term::Arr(Some(inner)) => Node::one(Kind::Array(Some(self.boxed(inner)?))),
            Term::Obj(entries) => self.object(entries)?,
            Term::Neg(inner) => {
                let inner = self.boxed(inner)?;
                Node {
                    outputs: inner.outputs,
                    kind: Kind::Negate(inner),
                }
            }
            Term::BinOp(left, op, right) => self.operator(left, op, right)?,
            Term::Label(name, body) => {
                let body = self.with_label(name, |compiler| compiler.boxed(body))?;
                Node {
                    outputs: body.outputs,
                    kind: Kind::Label(body),
                }
            }
            Term::Break(name) => Node::one(self.label(name)?),
            Term::Fold(name, source, pattern, arguments) => {
                self.fold(name, source, pattern, arguments)?
            }
            Term::TryCatch(body, catch) => {
                let body = self.boxed(body)?;
                let catch = catch
                    .as_deref()
                    .map(|catch| self.boxed(catch))
                    .transpose()?;
                let outputs = joint([&*body].into_iter().chain(catch.as_deref()));
                Node {
                    kind: Kind::Try(body, catch),
                    outputs,
                }
            }
            Term::IfThenElse(branches, default) => self.branches(branches, default.as_deref())?,
            Term::Def(defs, body) => self.with_definitions(defs, |compiler| compiler.term(body))?,
            Term::Call(name, arguments) => self.call(name, arguments)?,
            Term::Var(name) => Node::one(self.variable(name, Read::default())?),
            Term::Path(base, path) => self.path(base, path)?,
        })
    }

    fn text(
        &mut self,
        format: Option<&'s str>,
        parts: &[StrPart<&'s str, Term<&'s str>>],
    ) -> Result<Node> {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in parts {
            let text = match part {
                StrPart::Str(text) => (*text).to_owned(),
                StrPart::Char(c) => c.to_string(),
                StrPart::Term(term) => {
                    let value = self.boxed(term)?;
                    let kind = match format {
                        None => Kind::ToText(value),
                        Some(format) => Kind::Pipe(value, Box::new(self.call(format, &[])?)),
                    };
                    let outputs = match &kind {
                        Kind::Pipe(value, format) => joint([&**value, &**format]),
                        Kind::ToText(value) => value.outputs,
                        _ => Outputs::Many,
                    };
                    pieces.push(Piece::Value(Node { kind, outputs }));
                    continue;
                }
            };
            match pieces.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&text),
                _ => pieces.push(Piece::Text(text)),
            }
        }
        let values = pieces.iter().filter_map(|piece| match piece {
            Piece::Value(node) => Some(node),
            Piece::Text(_) => None,
        });
        let outputs = joint(values);
        let kind = match pieces.pop() {
            None => Kind::Text(String::new()),
            Some(Piece::Text(text)) if pieces.is_empty() => Kind::Text(text),
            Some(last) => {
                pieces.push(last);
                Kind::Interpolation(pieces)
            }
        };
        Ok(Node { kind, outputs })
    }

    fn object(&mut self, entries: &[(Term<&'s str>, Option<Term<&'s str>>)]) -> Result<Node> {
        let mut fields = Vec::new();
        for (key, value) in entries {
            fields.push(match (key, value) {
                (Term::Var(name), None) => {
                    let key = Kind::Text(name.trim_start_matches('$').to_owned());
                    (Node::one(key), self.term(&Term::Var(*name))?)
                }
                (key, Some(value)) => (self.term(key)?, self.term(value)?),
                (key, None) => {
                    let part = self.part(&TreePart::Index(key.clone()), Opt::Essential)?;
                    let key = self.term(key)?;
                    let outputs = key.outputs;
                    let path = Kind::Path(Box::new(Node::one(Kind::Id)), vec![part]);
                    (
                        key,
                        Node {
                            kind: path,
                            outputs,
                        },
                    )
                }
            });
        }
        let outputs = joint(fields.iter().flat_map(|(key, value)| [key, value]));
        Ok(Node {
            kind: Kind::Object(fields),
            outputs,
        })
    }

    fn operator(
        &mut self,
        left: &Term<&'s str>,
        op: &BinaryOp<&'s str>,
        right: &Term<&'s str>,
    ) -> Result<Node> {
        match op {
            BinaryOp::Comma => return self.comma(left, right),
            BinaryOp::Pipe(Some(pattern)) => {
                let source = self.boxed(left)?;
                let (pattern, keys, names) = self.pattern(pattern)?;
                let body = self.with_variables(&names, |compiler| compiler.boxed(right))?;
                let outputs = joint([&*source, &*body]).max(keys);
                return Ok(Node {
                    kind: Kind::Bind(source, pattern, body),
                    outputs,
                });
            }
            _ => {}
        }
        let (left, right) = (self.boxed(left)?, self.boxed(right)?);
        let both = joint([&*left, &*right]);
        // An update gives what its right side gives, however many places it changes.
        let changed = right.outputs;
        let (kind, outputs) = match op {
            BinaryOp::Pipe(_) => (Kind::Pipe(left, right), both),
            BinaryOp::Comma => (Kind::Comma(vec![*left, *right]), Outputs::Many),
            BinaryOp::Alt => (Kind::Alternative(left, right), both),
            BinaryOp::Or => (Kind::Logic(left, true, right), both),
            BinaryOp::And => (Kind::Logic(left, false, right), both),
            BinaryOp::Math(op) => (Kind::Math(left, *op, right), both),
            BinaryOp::Cmp(op) => (Kind::Compare(left, *op, right), both),
            BinaryOp::Assign => (Kind::Assign(left, right), changed),
            BinaryOp::Update => (Kind::Update(left, right), changed),
            BinaryOp::UpdateMath(op) => (Kind::UpdateMath(left, *op, right), changed),
            BinaryOp::UpdateAlt => (Kind::UpdateAlternative(left, right), changed),
        };
        Ok(Node { kind, outputs })
    }

    /// Flattens `a, b, c`, which jaq nests to the left.
    fn comma(&mut self, left: &Term<&'s str>, right: &Term<&'s str>) -> Result<Node> {
        let mut terms = vec![right];
        let mut rest = left;
        while let Term::BinOp(left, BinaryOp::Comma, right) = rest {
            terms.push(right);
            rest = left;
        }
        terms.push(rest);
        let nodes = terms
            .iter()
            .rev()
            .map(|term| self.term(term))
            .collect::<Result<_>>()?;
        Ok(Node {
            kind: Kind::Comma(nodes),
            outputs: Outputs::Many,
        })
    }

    fn branches(
        &mut self,
        branches: &[(Term<&'s str>, Term<&'s str>)],
        default: Option<&Term<&'s str>>,
    ) -> Result<Node> {
        let Some(((condition, then), rest)) = branches.split_first() else {
            return default.map_or_else(|| Ok(Node::one(Kind::Id)), |default| self.term(default));
        };
        let (condition, then) = (self.boxed(condition)?, self.boxed(then)?);
        let place = self.source;
        let otherwise = self.deeper(place, |compiler| compiler.branches(rest, default))?;
        let outputs = joint([&*condition, &*then, &otherwise]);
        Ok(Node {
            kind: Kind::If(condition, then, Box::new(otherwise)),
            outputs,
        })
    }

    fn fold(
        &mut self,
        name: &'s str,
        source: &Term<&'s str>,
        pattern: &Tree<&'s str>,
        arguments: &[Term<&'s str>],
    ) -> Result<Node> {
        let (init, update, extract) = match (name, arguments) {
            ("reduce" | "foreach", [init, update]) => (init, update, None),
            ("foreach", [init, update, extract]) => (init, update, Some(extract)),
            ("reduce", _) => {
                return Err(names::wrong_form(
                    self.source,
                    name,
                    "reduce is written `reduce f as $x (start; update)`",
                ));
            }
            _ => {
                let form = "foreach is written `foreach f as $x (start; update)` or `(start; update; extract)`";
                return Err(names::wrong_form(self.source, name, form));
            }
        };
        let source = self.term(source)?;
        let (pattern, _, names) = self.pattern(pattern)?;
        let init = self.term(init)?;
        let update = self.with_variables(&names, |compiler| compiler.term(update))?;
        let emit = match extract {
            Some(extract) => {
                Emit::Extracts(self.with_variables(&names, |compiler| compiler.term(extract))?)
            }
            None if name == "reduce" => Emit::Last,
            None => Emit::States,
        };
        let outputs = match emit {
            Emit::Last => joint([&init, &update]),
            Emit::States | Emit::Extracts(_) => Outputs::Many,
        };
        let fold = Fold {
            source,
            pattern,
            init,
            update,
            emit,
        };
        Ok(Node {
            kind: Kind::Fold(Box::new(fold)),
            outputs,
        })
    }

    /// A pattern, the outputs of its keys, and the variables that it binds, in order.
    fn pattern(&mut self, pattern: &Tree<&'s str>) -> Result<(Pattern, Outputs, Vec<&'s str>)> {
        let place = self.source;
        let mut keys = Outputs::AtMostOne;
        let mut names = Vec::new();
        let mut parts = Vec::new();
        let mut add = |compiler: &mut Self, key: Node, part: &Tree<&'s str>| {
            let (part, inner, bound) = compiler.deeper(place, |compiler| compiler.pattern(part))?;
            keys = keys.max(inner).max(key.outputs);
            names.extend(bound);
            parts.push((key, part));
            Ok(())
        };
        match pattern {
            Tree::Var(name) => return Ok((Pattern::Variable, Outputs::AtMostOne, vec![*name])),
            Tree::Arr(elements) => {
                for (index, part) in elements.iter().enumerate() {
                    add(self, Node::one(Kind::Int(index.cast_signed())), part)?;
                }
            }
            Tree::Obj(fields) => {
                for (key, part) in fields {
                    let key = self.term(key)?;
                    add(self, key, part)?;
                }
            }
        }
        Ok((Pattern::Parts(parts), keys, names))
    }

    fn path(&mut self, base: &Term<&'s str>, path: &Path<Term<&'s str>>) -> Result<Node> {
        // A variable comes after its path is known: what is read of it is part of the answer.
        let variable = match base {
            Term::Var(name) => Some(*name),
            _ => None,
        };
        let base = match variable {
            Some(_) => None,
            None => Some(self.boxed(base)?),
        };
        let steps: Vec<Step> = path
            .0
            .iter()
            .map(|(part, opt)| self.part(part, *opt))
            .collect::<Result<_>>()?;
        let base = match (base, variable) {
            (None, Some(name)) => Box::new(Node::one(self.variable(name, read(&steps))?)),
            (Some(base), _) => base,
            (None, None) => Box::new(Node::one(Kind::Id)),
        };
        let outputs = steps
            .iter()
            .map(step_outputs)
            .max()
            .unwrap_or(Outputs::AtMostOne)
            .max(base.outputs);
        Ok(Node {
            kind: Kind::Path(base, steps),
            outputs,
        })
    }

    fn part(&mut self, part: &TreePart<Term<&'s str>>, opt: Opt) -> Result<Step> {
        let mut bound =
            |term: &Option<Term<&'s str>>| term.as_ref().map(|term| self.term(term)).transpose();
        let part = match part {
            TreePart::Range(None, None) => Part::Every,
            TreePart::Range(from, upto) => Part::Slice(bound(from)?, bound(upto)?),
            TreePart::Index(key) => match self.term(key)? {
                Node {
                    kind: Kind::Text(key),
                    ..
                } => Part::Field(key),
                key => Part::Index(key),
            },
        };
        Ok(Step {
            part,
            optional: matches!(opt, Opt::Optional),
        })
    }
}

/// What a path reads of the value that it starts at.
fn read(steps: &[Step]) -> Read {
    let fields = steps.iter().map_while(|step| match &step.part {
        Part::Field(name) => Some(name.clone()),
        _ => None,
    });
    let path: Vec<String> = fields.collect();
    Read {
        goes_on: path.len() < steps.len(),
        path,
    }
}

fn step_outputs(step: &Step) -> Outputs {
    match &step.part {
        Part::Field(_) => Outputs::AtMostOne,
        Part::Index(key) => key.outputs,
        Part::Slice(from, upto) => joint(from.iter().chain(upto)),
        Part::Every => Outputs::Many,
    }
}
