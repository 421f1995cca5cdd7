//! What a host knows of the world around it: catalogs, sinks, and where callers find it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use segue_model::Span;
use serde::Deserialize;

/// How long accepted events stay in the inbox unless the configuration says otherwise: a day,
/// so that an event that overtakes its listener by hours is not lost.
const EVENT_LIFE_MS: u64 = 24 * 3_600_000;
/// The longest that events may stay: the inbox is no archive.
const EVENT_LIFE_MS_MAX: u64 = 31 * 24 * 3_600_000;
/// Sinks of one host: every lifecycle event is delivered to each.
const SINKS_MAX: usize = 16;

/// Where a document may take functions from, where events go, and the host's own address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// Catalogs by name.
    pub(crate) catalogs: BTreeMap<String, Catalog>,
    /// Where lifecycle events are delivered.
    pub(crate) sinks: Vec<Sink>,
    /// How long accepted events stay in the inbox, in milliseconds.
    pub(crate) event_life_ms: u64,
    /// Where callers outside of this machine find the API, without a slash at the end.
    pub(crate) public_url: Option<String>,
}

/// A catalog of functions: the address that documents use, and the folder that mirrors it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Catalog {
    /// What addresses in documents begin with.
    pub(crate) endpoint: String,
    /// `functions/<name>/<version>/function.yaml` lies below it.
    pub(crate) directory: PathBuf,
}

/// A receiver of lifecycle events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Sink {
    /// Its name, for messages and for what it has not received yet.
    pub(crate) name: String,
    /// Where CloudEvents are posted.
    pub(crate) url: String,
    /// Only types that begin with one of these; none is all.
    #[serde(default)]
    pub(crate) types: Vec<String>,
}

/// The tables of `segue.toml` that speak of it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct EventsTable {
    /// How long accepted events stay, ISO 8601.
    time_to_live: Option<String>,
}

/// `[catalogs.<name>]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CatalogTable {
    endpoint: String,
    directory: PathBuf,
}

impl Default for Outside {
    fn default() -> Self {
        Outside {
            catalogs: BTreeMap::new(),
            sinks: Vec::new(),
            event_life_ms: EVENT_LIFE_MS,
            public_url: None,
        }
    }
}

impl Outside {
    /// Makes sense of the tables; `beside` is the folder of the configuration. The error says
    /// which key is wrong and how to mend it.
    pub(super) fn new(
        catalogs: BTreeMap<String, CatalogTable>,
        sinks: Vec<Sink>,
        events: &EventsTable,
        public_url: Option<String>,
        beside: &Path,
    ) -> Result<Self, String> {
        let catalogs = catalogs.into_iter().map(|(name, table)| {
            if name == "default" {
                let detail = "[catalogs.default]: the default catalog is the host itself; give this one another name";
                return Err(detail.to_owned());
            }
            let endpoint = address(&format!("[catalogs.{name}] endpoint"), &table.endpoint)?;
            let directory = beside.join(table.directory);
            Ok((name, Catalog { endpoint, directory }))
        });
        Ok(Outside {
            catalogs: catalogs.collect::<Result<_, _>>()?,
            sinks: checked_sinks(sinks)?,
            event_life_ms: event_life(events)?,
            public_url: public_url
                .map(|url| address("[server] public-url", &url))
                .transpose()?,
        })
    }
}

fn checked_sinks(sinks: Vec<Sink>) -> Result<Vec<Sink>, String> {
    if sinks.len() > SINKS_MAX {
        return Err(format!(
            "[[sinks]]: {} sinks, at most {SINKS_MAX} are delivered to: let one receiver pass events on",
            sinks.len()
        ));
    }
    for (at, sink) in sinks.iter().enumerate() {
        address(&format!("[[sinks]] {}: url", sink.name), &sink.url)?;
        if sinks.iter().take(at).any(|other| other.name == sink.name) {
            return Err(format!(
                "[[sinks]]: two sinks are named `{}`: the name tells what each has received",
                sink.name
            ));
        }
    }
    Ok(sinks)
}

fn event_life(events: &EventsTable) -> Result<u64, String> {
    let Some(text) = &events.time_to_live else {
        return Ok(EVENT_LIFE_MS);
    };
    let span = Span::parse_iso(text).map_err(|error| format!("[events] time-to-live: {error}"))?;
    let ms = span.after(segue_model::Timestamp(0)).0;
    if ms == 0 || ms > EVENT_LIFE_MS_MAX {
        return Err(format!(
            "[events] time-to-live: {text} is not between a millisecond and 31 days"
        ));
    }
    Ok(ms)
}

/// An absolute HTTP address, without a slash at the end.
fn address(key: &str, text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let fits = |rest: &str| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(char::is_whitespace)
            && !rest.contains(['@', '?', '#'])
    };
    match rest {
        Some(rest) if fits(rest) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(format!(
            "{key}: `{text}` is no address; write https://HOST or https://HOST/PATH, without user, query and fragment"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "kebab-case", default)]
    struct Tables {
        catalogs: BTreeMap<String, CatalogTable>,
        sinks: Vec<Sink>,
        events: EventsTable,
        public_url: Option<String>,
    }

    fn read(text: &str) -> Result<Outside, String> {
        let tables: Tables = toml::from_str(text).unwrap();
        let beside = Path::new("/etc/segue");
        Outside::new(
            tables.catalogs,
            tables.sinks,
            &tables.events,
            tables.public_url,
            beside,
        )
    }

    #[test]
    fn a_catalog_lies_beside_the_configuration() {
        let outside = read(
            "[catalogs.tools]\nendpoint = \"https://tools.example/catalog/\"\ndirectory = \"tools\"\n",
        );
        let catalog = outside.unwrap().catalogs.remove("tools").unwrap();
        assert_eq!(catalog.endpoint, "https://tools.example/catalog");
        assert_eq!(catalog.directory, Path::new("/etc/segue/tools"));
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_key() {
        let wrong = [
            (
                "[catalogs.default]\nendpoint = \"https://a\"\ndirectory = \".\"",
                "catalogs.default",
            ),
            (
                "[catalogs.a]\nendpoint = \"ftp://a\"\ndirectory = \".\"",
                "catalogs.a",
            ),
            ("[[sinks]]\nname = \"a\"\nurl = \"a\"", "sinks"),
            (
                "[[sinks]]\nname = \"a\"\nurl = \"http://a\"\n[[sinks]]\nname = \"a\"\nurl = \"http://b\"",
                "two sinks",
            ),
            ("[events]\ntime-to-live = \"24h\"", "time-to-live"),
            ("[events]\ntime-to-live = \"P2M\"", "31 days"),
            ("public-url = \"https://a?b\"", "public-url"),
        ];
        for (text, named) in wrong {
            let error = read(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn events_live_for_a_day_unless_somebody_says_otherwise() {
        assert_eq!(read("").unwrap().event_life_ms, 86_400_000);
        let hour = read("[events]\ntime-to-live = \"PT1H\"").unwrap();
        assert_eq!(hour.event_life_ms, 3_600_000);
    }
}
