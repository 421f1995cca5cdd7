//! Problems (RFC 9457): what every refusal and failure looks like, inside and outside.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The prefix of the types that Segue defines; a page per type stands in docs/errors/.
pub const SEGUE_PREFIX: &str = "urn:segue:problem:";

/// The prefix of the standard types of the Open Workflow Specification 1.0.3.
pub const OWS_PREFIX: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/";

/// A problem: the members of RFC 9457, and any others as `extensions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the kind of problem; stable, and what `catch` matches.
    #[serde(rename = "type")]
    pub kind: String,
    /// An HTTP status code.
    pub status: u16,
    /// Short, the same for every occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What happened this time, and the fix where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where: a JSON pointer into the workflow document for a run's errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Further members.
    #[serde(flatten, default, skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
}

impl Problem {
    /// A problem of one of the kinds that this page lists.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Problem {
            kind: kind.uri(),
            status: kind.status(),
            title: Some(kind.title().to_owned()),
            detail: Some(detail.into()),
            instance: None,
            extensions: Map::new(),
        }
    }

    /// The same problem, at `instance`.
    #[must_use]
    pub fn at(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// The same problem with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// Whether this is a problem of that kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.kind == kind.uri()
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let title = self.title.as_deref().unwrap_or(&self.kind);
        match &self.detail {
            Some(detail) => write!(f, "{title}: {detail}"),
            None => f.write_str(title),
        }
    }
}

impl std::error::Error for Problem {}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $prefix:ident $slug:literal, $status:literal, $title:literal;)*) => {
        /// Every kind of problem that the host itself raises.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[doc = $doc])+ $name,)* }

        impl Kind {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The last part of the type's URI.
            pub fn slug(self) -> &'static str { match self { $(Kind::$name => $slug,)* } }

            /// The type's URI.
            pub fn uri(self) -> String {
                let prefix = match self { $(Kind::$name => $prefix,)* };
                format!("{prefix}{}", self.slug())
            }

            /// The HTTP status code that goes with it.
            pub fn status(self) -> u16 { match self { $(Kind::$name => $status,)* } }

            /// The title.
            pub fn title(self) -> &'static str { match self { $(Kind::$name => $title,)* } }
        }
    };
}

kinds! {
    // Standard errors of the language.
    /// A configuration that cannot work.
    Configuration = OWS_PREFIX "configuration", 400, "Configuration error";
    /// Data that does not match its schema.
    Validation = OWS_PREFIX "validation", 400, "Validation error";
    /// An expression that failed or gave no usable value.
    Expression = OWS_PREFIX "expression", 400, "Expression error";
    /// Credentials are missing or wrong.
    Authentication = OWS_PREFIX "authentication", 401, "Authentication error";
    /// Something is not allowed.
    Authorization = OWS_PREFIX "authorization", 403, "Authorization error";
    /// A task or workflow took longer than its `timeout`.
    Timeout = OWS_PREFIX "timeout", 408, "Timeout";
    /// A service could not be reached or answered badly.
    Communication = OWS_PREFIX "communication", 500, "Communication error";
    /// Anything else that went wrong at run time.
    Runtime = OWS_PREFIX "runtime", 500, "Runtime error";

    // How an attempt of a step ends.
    /// The guest trapped.
    Trap = SEGUE_PREFIX "trap", 500, "The step trapped";
    /// All fuel was used.
    OutOfFuel = SEGUE_PREFIX "out-of-fuel", 500, "The step ran out of fuel";
    /// The memory limit stopped the guest.
    OutOfMemory = SEGUE_PREFIX "out-of-memory", 500, "The step ran out of memory";
    /// A table grew past its limit.
    TableLimit = SEGUE_PREFIX "table-limit", 500, "The step grew a table past its limit";
    /// Too deep a recursion.
    StackOverflow = SEGUE_PREFIX "stack-overflow", 500, "The step overflowed its stack";
    /// Wall-clock time ran out.
    Deadline = SEGUE_PREFIX "deadline", 500, "The step ran past its deadline";
    /// More output than allowed.
    OutputTooLarge = SEGUE_PREFIX "output-too-large", 500, "The step returned too much output";
    /// The output is not what the contract says.
    BadOutput = SEGUE_PREFIX "bad-output", 500, "The step returned something else than JSON";
    /// More log output than allowed.
    LogLimit = SEGUE_PREFIX "log-limit", 500, "The step logged too much";
    /// More host calls, or bytes in them, than allowed.
    HostCallLimit = SEGUE_PREFIX "host-call-limit", 500, "The step called the host too much";
    /// A capability was used that was not granted.
    Denied = SEGUE_PREFIX "denied", 403, "The step used what it was not granted";
    /// The plugin has no such step.
    NoSuchStep = SEGUE_PREFIX "no-such-step", 404, "The plugin has no such step";
    /// The host failed, not the guest.
    HostFault = SEGUE_PREFIX "host-fault", 500, "The host could not run the step";
    /// Attempts ended with the host again and again.
    Quarantined = SEGUE_PREFIX "quarantined", 500, "The step is quarantined";

    // What is wrong with a component.
    /// Not a WebAssembly component.
    InvalidComponent = SEGUE_PREFIX "invalid-component", 422, "Not a usable component";
    /// A component of another world.
    WrongWorld = SEGUE_PREFIX "wrong-world", 422, "The component is not a step plugin";
    /// A contract version outside the supported range.
    WrongVersion = SEGUE_PREFIX "wrong-contract-version", 422, "The contract version is not supported";
    /// An import that is not granted or not known.
    ImportRefused = SEGUE_PREFIX "import-refused", 422, "An import is not granted";
    /// `describe` failed or said something impossible.
    BadDescription = SEGUE_PREFIX "bad-description", 422, "The plugin describes itself wrongly";
    /// Compiling took too long or too much memory.
    CompileLimit = SEGUE_PREFIX "compile-limit", 422, "The component could not be compiled within its limits";

    // What a caller or operator meets.
    /// The workflow document is not acceptable.
    InvalidWorkflow = SEGUE_PREFIX "invalid-workflow", 422, "The workflow is not valid";
    /// A step or version that is not deployed.
    UnknownStep = SEGUE_PREFIX "unknown-step", 422, "A step is not deployed";
    /// The request is malformed.
    BadRequest = SEGUE_PREFIX "bad-request", 400, "The request is malformed";
    /// Nothing of that name.
    NotFound = SEGUE_PREFIX "not-found", 404, "Not found";
    /// It exists already, and differs.
    Conflict = SEGUE_PREFIX "conflict", 409, "Conflict";
    /// An idempotency key was used with another request.
    KeyReused = SEGUE_PREFIX "idempotency-key-reused", 422, "The idempotency key was used for another request";
    /// The token is missing or wrong.
    Unauthorized = SEGUE_PREFIX "unauthorized", 401, "A valid token is required";
    /// A body is larger than allowed.
    TooLarge = SEGUE_PREFIX "too-large", 413, "Too large";
    /// The host cannot take more work now.
    Busy = SEGUE_PREFIX "busy", 503, "The host is busy";
    /// The store cannot be written.
    StoreUnavailable = SEGUE_PREFIX "store-unavailable", 503, "The store is not available";
    /// The data directory belongs to another host.
    DataInUse = SEGUE_PREFIX "data-in-use", 409, "The data directory is in use";
    /// The run was cancelled.
    Cancelled = SEGUE_PREFIX "cancelled", 409, "The run was cancelled";
    /// A run or document reached a limit of the host.
    LimitReached = SEGUE_PREFIX "limit-reached", 500, "A limit of the host was reached";
    /// A defect of Segue itself.
    Internal = SEGUE_PREFIX "internal", 500, "An internal error";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_its_own_type() {
        let types: HashSet<_> = Kind::ALL.iter().map(|k| k.uri()).collect();
        assert_eq!(types.len(), Kind::ALL.len());
    }

    #[test]
    fn problems_read_and_write_rfc_9457() {
        let problem = Problem::new(Kind::OutOfFuel, "1000 units")
            .at("/do/0/a")
            .with("limit", 1000);
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "urn:segue:problem:out-of-fuel");
        assert_eq!(json["limit"], 1000);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}
