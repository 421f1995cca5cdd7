//! Open Workflow Specification YAML or JSON -> IR, with diagnostics that point into the source.
