//! What the schema of the DSL cannot say: names, flow, variables, references, JSON Schemas.

pub(crate) mod advice;
pub(crate) mod embedded;
pub(crate) mod flow;
pub(crate) mod names;
pub(crate) mod reach;
pub(crate) mod reference;
pub(crate) mod schema;
mod schema_cost;
pub(crate) mod schema_format;
mod schema_shape;
pub(crate) mod variable;
