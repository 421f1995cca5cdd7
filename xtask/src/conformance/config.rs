//! The configuration of the host under test: every name that a document has stands for the
//! stub server, and nothing can leave this machine.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::stub::Stub;
use crate::failure::{Doing, Failure};

/// Names that documents build from parts.
const NAMES: &[&str] = &["petstore.swagger.io", "httpbin.org", "auth.test"];
/// What ends so is resolved, but granted to no workflow.
const NOT_GRANTED: &str = ".denied.test";
/// The addresses of catalogs that documents of the suite and of the specification name, all
/// mirrored by the suite's own folder.
const CATALOGS: &[(&str, &str)] = &[
    ("suite", "https://catalog.test"),
    ("github", "https://github.com/suite/catalog"),
    (
        "official",
        "https://raw.githubusercontent.com/serverlessworkflow/catalog/main",
    ),
];

/// Writes `segue.toml` and the certificate of the stub server's authority into `folder`.
pub(super) fn write(
    folder: &Path,
    stub: &Stub,
    catalog: &Path,
    texts: &[&str],
) -> Result<(), Failure> {
    let text = text(stub, catalog, &places(texts));
    let config = folder.join("segue.toml");
    fs::write(&config, text).doing(|| format!("write {}", config.display()))?;
    let authority = folder.join("ca.pem");
    fs::write(&authority, stub.authority()).doing(|| format!("write {}", authority.display()))
}

fn text(stub: &Stub, catalog: &Path, hosts: &BTreeSet<Place>) -> String {
    let mut text = String::from("[http]\nextra-roots = \"ca.pem\"\n\n[http.resolve]\n");
    let names: BTreeSet<&str> = hosts.iter().map(|place| place.host.as_str()).collect();
    for host in names {
        let _ = writeln!(text, "\"{host}\" = \"{}\"", stub.address());
    }
    for place in hosts
        .iter()
        .filter(|place| !place.host.ends_with(NOT_GRANTED))
    {
        let _ = write!(
            text,
            "\n[[workflows.\"*\".grants.http]]\nscheme = \"{}\"\nhost = \"{}\"\nport = {}\nallow-private = true\n",
            place.scheme, place.host, place.port
        );
    }
    for (name, endpoint) in CATALOGS {
        let _ = write!(
            text,
            "\n[catalogs.{name}]\nendpoint = \"{endpoint}\"\ndirectory = \"{}\"\n",
            catalog.display()
        );
    }
    // By its number: sinks know nothing of the names of the suite.
    let _ = write!(
        text,
        "\n[[sinks]]\nname = \"suite\"\nurl = \"http://{}/events\"\n",
        stub.address()
    );
    text
}

/// A place that a document names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    scheme: &'static str,
    host: String,
    port: u16,
}

/// The places in the addresses of some documents, each with the ports of both schemes.
fn places(texts: &[&str]) -> BTreeSet<Place> {
    const SCHEMES: [(&str, u16); 2] = [("https", 443), ("http", 80)];
    let mut places = BTreeSet::new();
    let mut add = |host: &str, port: Option<u16>| {
        for (scheme, usual) in SCHEMES {
            let ports = [Some(usual), port];
            places.extend(ports.into_iter().flatten().map(|port| Place {
                scheme,
                host: host.to_owned(),
                port,
            }));
        }
    };
    for name in NAMES {
        add(name, None);
    }
    for rest in texts.iter().flat_map(|text| text.split("://").skip(1)) {
        let end = |c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c));
        let host = rest.split(end).next().unwrap_or_default();
        let after = rest
            .get(host.len()..)
            .and_then(|rest| rest.strip_prefix(':'));
        let port = after.and_then(|rest| {
            rest.split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        });
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let numeric = host.split('.').all(|part| part.parse::<u8>().is_ok());
        if !host.is_empty() && !host.starts_with('.') && !numeric {
            add(&host, port);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_of_addresses_are_found_and_numbers_are_left_alone() {
        let found =
            places(&["uri: https://Pets.test:8080/a?b\n- http://127.0.0.1:80/ https://{x}/"]);
        let of_pets: Vec<(&str, u16)> = found
            .iter()
            .filter(|place| place.host == "pets.test")
            .map(|place| (place.scheme, place.port))
            .collect();
        let expected = [
            ("http", 80),
            ("http", 8080),
            ("https", 443),
            ("https", 8080),
        ];
        assert_eq!(of_pets, expected);
        assert!(
            found.iter().all(|place| !place.host.starts_with("127")),
            "{found:?}"
        );
    }
}
