//! `use.secrets`, and what expressions read of `$secrets`.

use std::collections::HashSet;
use std::ops::Range;

use segue_expr::{Program, Read};
use segue_model::secret::SecretPath;

use super::Cx;
use super::scope::{Env, Secrets};
use crate::SecretSite;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, shown};
use crate::syntax::{text, wrong_type};
use crate::yaml::{Kind, Node};

/// Where a secret may be named, as advice.
pub(super) const PLACES: &str = "secrets stand in an authentication, in `with` of `call: http` and `call: openapi`, or are \
     the whole value of an argument of a plugin's step";

/// The secrets of a workflow.
#[derive(Default)]
pub(crate) struct Vault {
    declared: Vec<SecretSite>,
    used: HashSet<String>,
    /// What expressions read, each once, in the order in which they stand.
    paths: Vec<SecretPath>,
}

impl Vault {
    pub(crate) fn sites(&self) -> Vec<SecretSite> {
        self.declared.clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.declared.iter().map(|site| site.name.clone()).collect()
    }

    pub(crate) fn paths(&self) -> Vec<SecretPath> {
        self.paths.clone()
    }
}

/// Reads `use.secrets`.
pub(crate) fn declare(cx: &mut Cx<'_>, node: Node<'_>) {
    if !matches!(node.kind(), Kind::Array) {
        wrong_type(&mut cx.sink, node, "`use.secrets`", "an array of names");
        return;
    }
    for item in node.items() {
        let Some(name) = text(&mut cx.sink, item, "the name of a secret") else {
            continue;
        };
        if let Some(first) = cx.vault.declared.iter().find(|site| site.name == name) {
            let message = format!("the secret {} is declared twice", shown(name));
            let found = Diagnostic::error(Code::DuplicateKey, item, message);
            let found = found.label(first.span.clone(), "first here");
            cx.emit(found);
        } else if !is_name(name) {
            let message = format!("{} cannot be the name of a secret", shown(name));
            let found = Diagnostic::error(Code::InvalidValue, item, message);
            cx.emit(found.help(
                "it has 1 to 128 letters, digits, dots, hyphens and underscores, and starts with a letter or digit",
            ));
        } else {
            cx.vault.declared.push(SecretSite {
                name: name.to_owned(),
                span: item.span(),
                pointer: item.pointer(),
            });
        }
    }
}

/// Whether a secret may have the name.
fn is_name(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let rest = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    first && rest && name.len() <= 128
}

/// A secret that stands by its name at `node`: it must be declared.
pub(crate) fn named(cx: &mut Cx<'_>, node: Node<'_>, span: Range<usize>, name: &str) -> Option<()> {
    if cx.vault.declared.iter().any(|site| site.name == name) {
        cx.vault.used.insert(name.to_owned());
        return Some(());
    }
    let message = format!("the workflow declares no secret {}", shown(name));
    let found = Diagnostic::error(Code::UnknownReference, node, message).at(span);
    let known = cx.vault.declared.iter().map(|site| site.name.as_str());
    let found = match did_you_mean(name, known) {
        Some(known) => found.help(format!("did you mean `{known}`?")),
        None => found.help(format!("declare it: `use: {{ secrets: [ {name} ] }}`")),
    };
    cx.emit(found);
    None
}

/// Checks what a compiled expression reads of `$secrets`, and remembers it.
pub(super) fn check(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    program: &Program,
    env: Env<'_>,
) -> Option<()> {
    let reads = program.reads("secrets");
    if env.secrets == Secrets::No || reads.is_empty() {
        return Some(());
    }
    if env.secrets == Secrets::Whole && !program.is_read() {
        let message = "a secret must be the whole value of an argument here";
        let found = Diagnostic::error(Code::MisplacedSecret, node, message);
        let help = "a plugin's step sees a placeholder, which it can only hand on as it is: write \
                    `${ $secrets.name }`, and let the step put the rest around it";
        cx.emit(found.help(help));
        return None;
    }
    let reads: Vec<Read> = reads.to_vec();
    let recorded = reads.iter().map(|read| record(cx, node, read));
    recorded.collect::<Vec<_>>().into_iter().collect()
}

fn record(cx: &mut Cx<'_>, node: Node<'_>, read: &Read) -> Option<()> {
    let Some((name, members)) = read.path.split_first().filter(|_| !read.goes_on) else {
        let message = "a secret is named by fixed names: `$secrets.name` or `$secrets.name.member`";
        let found = Diagnostic::error(Code::MisplacedSecret, node, message);
        cx.emit(found.help(
            "the host must know which secrets a workflow uses; choose between two with `if … then … else … end`",
        ));
        return None;
    };
    named(cx, node, node.mark(), name)?;
    let path = SecretPath {
        name: name.clone(),
        members: members.to_vec(),
    };
    if cx.vault.paths.contains(&path) {
        return Some(());
    }
    let inside = |outer: &SecretPath, inner: &SecretPath| {
        outer.name == inner.name && inner.members.starts_with(&outer.members)
    };
    let paths = &cx.vault.paths;
    if let Some(other) = paths.iter().find(|p| inside(p, &path) || inside(&path, p)) {
        let message = format!("`$secrets.{path}` and `$secrets.{other}` cannot both be used");
        let found = Diagnostic::error(Code::MisplacedSecret, node, message);
        cx.emit(found.help("a secret is either one text, or an object whose members are named"));
        return None;
    }
    cx.vault.paths.push(path);
    Some(())
}

/// Says which secrets nothing uses.
pub(crate) fn check_unused(cx: &mut Cx<'_>, root: Node<'_>) {
    let unused = cx.vault.declared.iter();
    let unused = unused.filter(|site| !cx.vault.used.contains(&site.name));
    let found: Vec<Diagnostic> = unused
        .map(|site| {
            let node = root.find(&site.pointer).unwrap_or(root);
            let message = format!("the secret {} is never used", shown(&site.name));
            Diagnostic::warning(Code::NoEffect, node, message)
        })
        .collect();
    found.into_iter().for_each(|found| cx.emit(found));
}
