//! Callbacks on the wire.

use segue_executor::CallbackView;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The callbacks that a run waits for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Callbacks {
    #[schema(value_type = Vec<CallbackSchema>)]
    pub(crate) callbacks: Vec<CallbackView>,
}

/// A callback that waits for its answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Callback)]
pub(crate) struct CallbackSchema {
    /// The run that waits.
    run: String,
    /// The task that waits, as a JSON pointer.
    task: String,
    /// Where to look (`GET`) and to answer (`POST`). Whoever has it may do both.
    url: String,
    /// What a person is asked.
    title: Option<String>,
    /// Markdown.
    description: Option<String>,
    /// What else whoever answers should see.
    data: Option<Value>,
    /// The JSON Schema of the answer.
    form: Option<Value>,
}

/// An answer that was taken. It is durable.
#[derive(Serialize, ToSchema)]
#[schema(as = AnsweredCallback)]
pub(crate) struct Answered {
    /// The run that goes on.
    pub(crate) run: String,
    /// The same answer had been given before.
    pub(crate) replayed: bool,
}
