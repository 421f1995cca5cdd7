//! The document parser: whatever the text, there is an answer, every place lies in the source,
//! and what is accepted can be stored and read again.
#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use segue_dsl::{Compiled, Severity, compile, mermaid, render, to_json};
use segue_model::ir::Workflow;

fuzz_target!(|source: &str| {
    let Compiled {
        workflow,
        diagnostics,
        calls,
        ..
    } = compile(source);
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(workflow.is_none(), failed);
    let inside = |span: &Range<usize>| source.get(span.clone()).is_some();
    for found in &diagnostics {
        assert!(inside(&found.span), "{found:?}");
        assert!(
            found.labels.iter().all(|(span, _)| inside(span)),
            "{found:?}"
        );
    }
    assert!(calls.iter().all(|call| inside(&call.span)));
    let text = render(&diagnostics, source, "f.yaml", false);
    assert!(text.is_empty() == diagnostics.is_empty());
    assert!(to_json(&diagnostics, source, "f.yaml").is_array());
    if let Some(workflow) = workflow {
        let text = serde_json::to_string(&workflow).unwrap();
        let again: Workflow = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
        assert!(mermaid(&workflow).starts_with("flowchart TD\n"));
    }
});
