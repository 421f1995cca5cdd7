//! Catalogs: where functions, scripts and schemas that a document names by address come from.
//!
//! Nothing is fetched. An operator mirrors a catalog into a folder and says which address it
//! has; whatever lies below that address is read from there when a workflow is deployed.

use url::Url;

/// The catalogs that a host is configured with.
pub trait Catalogs {
    /// All of them.
    fn all(&self) -> Vec<Catalog>;

    /// Reads the text at `path` below the catalog's address: `functions/log/1.0.0/function.yaml`.
    /// Its segments are plain names: none is empty, and none begins with a dot.
    fn read(&self, catalog: &str, path: &str) -> Result<String, CatalogFault>;
}

/// A catalog that is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// The operator's name for it: `log:1.0.0@name`.
    pub name: String,
    /// The address that it has in documents.
    pub endpoint: String,
}

/// Why something of a catalog cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogFault {
    /// There is nothing at that path.
    #[error("it is not there")]
    Missing,
    /// It is larger than a document may be.
    #[error("it is larger than a document may be")]
    TooLarge,
    /// Something else.
    #[error("{0}")]
    Unreadable(String),
}

/// A host without catalogs.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCatalogs;

impl Catalogs for NoCatalogs {
    fn all(&self) -> Vec<Catalog> {
        Vec::new()
    }

    fn read(&self, _catalog: &str, _path: &str) -> Result<String, CatalogFault> {
        Err(CatalogFault::Missing)
    }
}

/// A file of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct File {
    pub(crate) catalog: String,
    pub(crate) path: String,
}

/// The file at `address`: of the catalog whose address is the longest one above it.
pub(crate) fn locate(catalogs: &[Catalog], address: &str) -> Option<File> {
    let wanted = Place::of(address)?;
    let below = catalogs.iter().filter_map(|catalog| {
        let base = Place::of(&catalog.endpoint)?;
        let path = wanted.below(&base)?;
        Some((base.segments.len(), catalog, path))
    });
    let (_, catalog, path) = below.max_by_key(|(depth, ..)| *depth)?;
    let file = File {
        catalog: catalog.name.clone(),
        path,
    };
    is_plain(&file.path).then_some(file)
}

/// Where a version of a function lies in a catalog (the layout that the language prescribes).
pub(crate) fn function_path(name: &str, version: &str) -> String {
    format!("functions/{name}/{version}/function.yaml")
}

/// The file of a function that is named by its address. The short forms `…/functions/log@v1.0.0`
/// and `…/log@1.0.0` stand for where that version lies in the catalog.
pub(crate) fn locate_function(catalogs: &[Catalog], address: &str) -> Option<File> {
    let Some((base, name, version)) = short_form(address) else {
        return locate(catalogs, address);
    };
    let path = function_path(name, version);
    let bases = [base.strip_suffix("/functions"), Some(base)];
    let files = bases.into_iter().flatten();
    let files = files.filter_map(|base| locate(catalogs, &format!("{base}/{path}")));
    let files: Vec<File> = files.collect();
    let exact = files.iter().find(|file| file.path == path);
    exact.or(files.first()).cloned()
}

/// `base/name@version`.
fn short_form(address: &str) -> Option<(&str, &str, &str)> {
    let (path, version) = address.rsplit_once('@')?;
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let (base, name) = path.rsplit_once('/')?;
    let fits = version.parse::<semver::Version>().is_ok() && !base.ends_with('/');
    fits.then_some((base, name, version))
}

/// Whether every segment is a plain name, so that a path cannot lead out of its folder.
fn is_plain(path: &str) -> bool {
    let plain = |segment: &str| {
        let named = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
        !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(named)
    };
    path.split('/').all(plain)
}

/// An address, in a form in which equal places are equal texts.
struct Place {
    site: String,
    segments: Vec<String>,
}

impl Place {
    fn of(address: &str) -> Option<Place> {
        let url = Url::parse(address).ok()?;
        let known = matches!(url.scheme(), "http" | "https");
        if !known || url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let host = url.host_str()?.to_owned();
        let segments = url.path_segments()?.filter(|s| !s.is_empty());
        let mut segments: Vec<String> = segments.map(str::to_owned).collect();
        let mut host = host;
        raw(&mut host, &mut segments);
        let port = url.port().map(|port| format!(":{port}"));
        let site = format!("{}://{host}{}", url.scheme(), port.unwrap_or_default());
        Some(Place { site, segments })
    }

    /// The path of this place below another one.
    fn below(&self, base: &Place) -> Option<String> {
        let rest = self.segments.strip_prefix(base.segments.as_slice())?;
        (self.site == base.site).then(|| rest.join("/"))
    }
}

/// A file in a Git repository has several addresses: that of its page on GitHub or GitLab, and
/// that of its text. They become one.
fn raw(host: &mut String, segments: &mut Vec<String>) {
    let is = |at: usize, what: &[&str]| {
        let segment: Option<&String> = segments.get(at);
        segment.is_some_and(|segment| what.contains(&segment.as_str()))
    };
    match host.as_str() {
        "github.com" => {
            if is(2, &["tree", "blob", "raw"]) {
                segments.remove(2);
            }
            *host = "raw.githubusercontent.com".to_owned();
        }
        "raw.githubusercontent.com" => {}
        "gitlab.com" => {
            let marks = ["tree", "blob", "raw"];
            let at = segments.iter().position(|segment| segment == "-");
            if let Some(at) = at
                && is(at + 1, &marks)
            {
                segments.drain(at..=at + 1);
            }
            return;
        }
        _ => return,
    }
    if segments.get(2).is_some_and(|s| s == "refs") && segments.get(3).is_some_and(|s| s == "heads")
    {
        segments.drain(2..=3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogs() -> Vec<Catalog> {
        let catalog = |name: &str, endpoint: &str| Catalog {
            name: name.to_owned(),
            endpoint: endpoint.to_owned(),
        };
        vec![
            catalog(
                "official",
                "https://github.com/serverlessworkflow/catalog/tree/main/",
            ),
            catalog("ours", "https://example.com/catalog"),
            catalog("inner", "https://example.com/catalog/inner"),
            catalog("theirs", "https://github.com/myorg/functions"),
        ]
    }

    fn found(address: &str) -> Option<String> {
        let file = locate(&catalogs(), address)?;
        Some(format!("{}:{}", file.catalog, file.path))
    }

    #[test]
    fn all_addresses_of_a_file_lead_to_it() {
        for address in [
            "https://raw.githubusercontent.com/serverlessworkflow/catalog/main/functions/log/1.0.0/function.yaml",
            "https://raw.githubusercontent.com/serverlessworkflow/catalog/refs/heads/main/functions/log/1.0.0/function.yaml",
            "https://github.com/serverlessworkflow/catalog/blob/main/functions/log/1.0.0/function.yaml",
        ] {
            let expected = "official:functions/log/1.0.0/function.yaml";
            assert_eq!(found(address).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn the_longest_address_wins_and_ends_at_a_slash() {
        let inner = found("https://example.com/catalog/inner/a.js");
        assert_eq!(inner.as_deref(), Some("inner:a.js"));
        let outer = found("https://example.com/catalog/innermost/a.js");
        assert_eq!(outer.as_deref(), Some("ours:innermost/a.js"));
        assert_eq!(found("https://example.com/catalogue/a.js"), None);
    }

    #[test]
    fn nothing_outside_of_a_catalog_is_found() {
        for address in [
            "https://example.com/catalog/../secret",
            "https://example.com/catalog/%2e%2e/secret",
            "https://example.com/catalog/.git/config",
            "https://example.com/catalog/a%2fb",
            "https://example.com/catalog/a?b",
            "https://example.com/catalog/a#b",
            "https://example.com/catalog",
            "http://example.com/catalog/a.js",
            "https://example.com:8443/catalog/a.js",
            "https://evil.com/https://example.com/catalog/a.js",
            "file:///catalog/a.js",
            "catalog/a.js",
        ] {
            assert_eq!(found(address), None, "{address}");
        }
    }

    #[test]
    fn short_forms_stand_for_the_layout_of_a_catalog() {
        let found = |address: &str| {
            let file = locate_function(&catalogs(), address)?;
            Some(format!("{}:{}", file.catalog, file.path))
        };
        let path = "functions/validate/1.0.0/function.yaml";
        for (address, catalog) in [
            ("https://example.com/catalog/functions/validate@v1.0.0", "ours"),
            ("https://example.com/catalog/validate@1.0.0", "ours"),
            (
                "https://example.com/catalog/functions/validate/1.0.0/function.yaml",
                "ours",
            ),
            ("https://example.com/catalog/inner/validate@1.0.0", "inner"),
            // Here `functions` is the repository.
            ("https://github.com/myorg/functions/validate@v1.0.0", "theirs"),
        ] {
            assert_eq!(found(address), Some(format!("{catalog}:{path}")), "{address}");
        }
        assert_eq!(found("https://x@x.org/a"), None);
        assert_eq!(found("https://example.com/catalog/validate@latest"), None);
    }
}
