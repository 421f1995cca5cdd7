//! What a workflow wants of the world outside of it: destinations, secrets, other workflows.

use std::collections::BTreeSet;
use std::ops::Range;

use segue_bundle::Destination;
use segue_dsl::{Code, Compiled, Diagnostic, Severity};
use segue_model::WorkflowName;

use super::nearest;
use crate::request::WorkflowSelector;
use crate::shared::Shared;

/// Everything that is wrong, or will be unless somebody does something.
pub(super) async fn findings(
    shared: &Shared,
    name: &WorkflowName,
    compiled: &Compiled,
) -> Vec<Diagnostic> {
    let mut findings = destinations(shared, name, compiled);
    findings.extend(secrets(shared, compiled).await);
    findings.extend(children(shared, name, compiled));
    findings
}

/// A standard call to a fixed place that the grants do not name could never work.
fn destinations(shared: &Shared, name: &WorkflowName, compiled: &Compiled) -> Vec<Diagnostic> {
    let grants = shared.policy.workflow_grants(&name.namespace, &name.name);
    let mut findings = Vec::new();
    for site in &compiled.endpoints {
        let wanted = Destination::new(&site.scheme, &site.host, site.port);
        if !wanted.is_granted(&grants) {
            findings.push(Diagnostic {
                code: Code::NotGranted,
                severity: Severity::Error,
                message: format!(
                    "workflow `{}/{}` is not granted requests to {wanted}",
                    name.namespace, name.name
                ),
                span: site.span.clone(),
                labels: Vec::new(),
                help: Some(wanted.how_to_allow(name)),
                pointer: site.pointer.clone(),
            });
        }
    }
    findings
}

/// A secret may be put later; until then, what needs it fails.
async fn secrets(shared: &Shared, compiled: &Compiled) -> Vec<Diagnostic> {
    if compiled.secrets.is_empty() {
        return Vec::new();
    }
    let Ok(known) = shared.store().secrets().await else {
        return Vec::new();
    };
    let known: BTreeSet<&str> = known.iter().map(|secret| secret.name.as_str()).collect();
    let missing = compiled
        .secrets
        .iter()
        .filter(|site| !known.contains(site.name.as_str()));
    let findings = missing.map(|site| {
        let name = &site.name;
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? Else put it: `PUT /v1/secrets/{name}`"),
            None => format!("put it before a run needs it: `PUT /v1/secrets/{name}`"),
        };
        let message = format!("the host has no secret `{name}`");
        warning(
            Code::UnknownSecret,
            (&site.span, &site.pointer),
            message,
            help,
        )
    });
    findings.collect()
}

/// Another workflow may be deployed later; until then, what starts it fails.
fn children(shared: &Shared, name: &WorkflowName, compiled: &Compiled) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for site in &compiled.children {
        let wanted = WorkflowSelector {
            namespace: site.workflow.namespace.clone(),
            name: site.workflow.name.clone(),
            version: site.workflow.version.clone(),
        };
        let itself = wanted.namespace == name.namespace
            && wanted.name == name.name
            && wanted
                .version
                .as_ref()
                .is_none_or(|version| *version == name.version);
        if itself || shared.catalogue.workflow(&wanted).is_some() {
            continue;
        }
        let names = shared.catalogue.workflow_names();
        let known: Vec<String> = names
            .iter()
            .map(|name| format!("{}/{}", name.namespace, name.name))
            .collect();
        let path = format!("{}/{}", wanted.namespace, wanted.name);
        let near = nearest(&path, known.iter().map(String::as_str)).filter(|near| *near != path);
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "deploy it before a run starts it".to_owned(),
        };
        let message = format!("workflow `{wanted}` is not deployed");
        let at = (&site.span, &site.pointer);
        findings.push(warning(Code::UnknownWorkflow, at, message, help));
    }
    findings
}

fn warning(
    code: Code,
    (span, pointer): (&Range<usize>, &String),
    message: String,
    help: String,
) -> Diagnostic {
    Diagnostic {
        code,
        severity: Severity::Warning,
        message,
        span: span.clone(),
        labels: Vec::new(),
        help: Some(help),
        pointer: pointer.clone(),
    }
}
