//! Whether an error is one that a `catch` asks for.

use segue_model::Problem;
use segue_model::ir::ErrorFilter;

/// The hosts under which the specification's standard error types were published over time;
/// under them, types match by their last segment.
const STANDARD_HOSTS: [&str; 2] = ["open-workflow-specification.org", "serverlessworkflow.io"];

/// Whether every member of the filter is the error's.
pub(super) fn matches(filter: &ErrorFilter, problem: &Problem) -> bool {
    let same = |wanted: &Option<String>, found: &Option<String>| {
        wanted
            .as_ref()
            .is_none_or(|wanted| Some(wanted) == found.as_ref())
    };
    filter
        .kind
        .as_ref()
        .is_none_or(|kind| same_type(kind, &problem.kind))
        && filter.status.is_none_or(|status| status == problem.status)
        && same(&filter.instance, &problem.instance)
        && same(&filter.title, &problem.title)
        && same(&filter.detail, &problem.detail)
}

fn same_type(wanted: &str, found: &str) -> bool {
    wanted == found
        || matches!((standard_name(wanted), standard_name(found)), (Some(a), Some(b)) if a == b)
}

/// The last segment of a standard error type.
fn standard_name(uri: &str) -> Option<&str> {
    let rest = uri
        .strip_prefix("https://")
        .or_else(|| uri.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let name = path.rsplit('/').next()?;
    (STANDARD_HOSTS.contains(&host) && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::problem::Kind;

    #[test]
    fn standard_types_match_under_all_their_addresses() {
        let ours = Kind::Communication.uri();
        assert!(same_type(
            "https://serverlessworkflow.io/dsl/errors/types/communication",
            &ours
        ));
        assert!(same_type(
            "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
            &ours
        ));
        assert!(!same_type(
            "https://serverlessworkflow.io/spec/1.0.0/errors/timeout",
            &ours
        ));
        assert!(!same_type(
            "https://example.com/errors/communication",
            &ours
        ));
        assert!(!same_type(
            "https://evil.example/serverlessworkflow.io/communication",
            &ours
        ));
    }

    #[test]
    fn a_filter_wants_all_of_its_members() {
        let problem = Problem::new(Kind::Trap, "x").at("/do/0/a");
        let filter = ErrorFilter {
            status: Some(500),
            ..ErrorFilter::default()
        };
        assert!(matches(&filter, &problem));
        let filter = ErrorFilter {
            instance: Some("/do/1/b".to_owned()),
            ..filter
        };
        assert!(!matches(&filter, &problem));
    }
}
