//! What the plugins `http` and `openapi` share: requests that are put together from JSON, and
//! answers that become JSON, as the workflow language rules it for calls over HTTP.

mod answer;
mod body;
mod call;
mod charset;
mod content;
mod failure;
mod fields;
mod multipart;
mod percent;
mod url;

pub use answer::{Answer, Full, Output, Sent};
pub use body::{Body, encode, is_json};
pub use call::Call;
pub use content::Content;
pub use failure::{communication, configuration, unreachable};
pub use fields::{Fields, fields_schema, query_pairs, scalar};
pub use percent::{COMPONENT, RESERVED, encode as percent_encode, form};
pub use url::{Url, with_query};
