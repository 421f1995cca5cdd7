//! The configuration of the host under test: every name that a document has stands for the
//! stub server, and nothing can leave this machine.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::stub::Stub;
use crate::failure::{Doing, Failure};

/// Names that documents build from parts.
const NAMES: &[&str] = &[
    "petstore.swagger.io",
    "httpbin.org",
    "sink.test",
    "auth.test",
];
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
    let text = text(stub, catalog, &hosts(texts));
    let config = folder.join("segue.toml");
    fs::write(&config, text).doing(|| format!("write {}", config.display()))?;
    let authority = folder.join("ca.pem");
    fs::write(&authority, stub.authority()).doing(|| format!("write {}", authority.display()))
}

fn text(stub: &Stub, catalog: &Path, hosts: &BTreeSet<String>) -> String {
    let mut text = String::from("[http]\nextra-roots = \"ca.pem\"\n\n[http.resolve]\n");
    for host in hosts {
        let _ = writeln!(text, "\"{host}\" = \"{}\"", stub.address());
    }
    for host in hosts.iter().filter(|host| !host.ends_with(NOT_GRANTED)) {
        for (scheme, port) in [("https", 443), ("http", 80)] {
            let _ = write!(
                text,
                "\n[[workflows.\"*\".grants.http]]\nscheme = \"{scheme}\"\nhost = \"{host}\"\nport = {port}\nallow-private = true\n"
            );
        }
    }
    for (name, endpoint) in CATALOGS {
        let _ = write!(
            text,
            "\n[catalogs.{name}]\nendpoint = \"{endpoint}\"\ndirectory = \"{}\"\n",
            catalog.display()
        );
    }
    text.push_str("\n[[sinks]]\nname = \"suite\"\nurl = \"https://sink.test/events\"\n");
    text
}

/// The names of hosts in the addresses of some documents.
fn hosts(texts: &[&str]) -> BTreeSet<String> {
    let mut hosts: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    for text in texts {
        for scheme in ["https://", "http://"] {
            for rest in text.split(scheme).skip(1) {
                let end = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-');
                let host = rest.split(end).next().unwrap_or_default();
                let numeric = host.split('.').all(|part| part.parse::<u8>().is_ok());
                if !host.is_empty() && !host.starts_with('.') && !numeric {
                    hosts.insert(host.trim_end_matches('.').to_ascii_lowercase());
                }
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_addresses_are_found_and_numbers_are_left_alone() {
        let found = hosts(&["uri: https://Pets.test/a?b\n- http://127.0.0.1:80/ https://{x}/"]);
        assert!(found.contains("pets.test"));
        assert!(
            found.iter().all(|host| !host.starts_with("127")),
            "{found:?}"
        );
    }
}
