//! Catalogs of functions as folders of this machine.

use std::collections::BTreeMap;

use segue_dsl::{Catalog, CatalogFault, Catalogs};
use segue_model::limits::WORKFLOW_BYTES_MAX;

use crate::config;
use crate::files::{FileError, Folder};

/// The catalogs that the configuration names, each with its folder.
#[derive(Debug)]
pub(crate) struct Folders(BTreeMap<String, (String, Folder)>);

impl Folders {
    /// Opens every folder: one that is not there is told at the start, not at a deployment.
    pub(crate) fn open(configured: &BTreeMap<String, config::Catalog>) -> Result<Self, FileError> {
        let open = |(name, catalog): (&String, &config::Catalog)| {
            let folder = Folder::open(&catalog.directory)?;
            Ok((name.clone(), (catalog.endpoint.clone(), folder)))
        };
        configured
            .iter()
            .map(open)
            .collect::<Result<_, _>>()
            .map(Folders)
    }
}

impl Catalogs for Folders {
    fn all(&self) -> Vec<Catalog> {
        let catalog = |(name, (endpoint, _)): (&String, &(String, Folder))| Catalog {
            name: name.clone(),
            endpoint: endpoint.clone(),
        };
        self.0.iter().map(catalog).collect()
    }

    fn read(&self, catalog: &str, path: &str) -> Result<String, CatalogFault> {
        let (_, folder) = self.0.get(catalog).ok_or(CatalogFault::Missing)?;
        match folder.read_text(path, WORKFLOW_BYTES_MAX as u64) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(CatalogFault::Missing),
            Err(FileError::TooLarge { .. }) => Err(CatalogFault::TooLarge),
            Err(error) => Err(CatalogFault::Unreadable(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::DataDir;

    #[test]
    fn a_function_is_read_from_its_catalogs_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("functions/log/1.0.0");
        let place = DataDir::create(&place).unwrap();
        place.write_secret("function.yaml", b"set: {a: 1}").unwrap();
        let catalog = config::Catalog {
            endpoint: "https://tools.example".to_owned(),
            directory: folder.path().to_owned(),
        };
        let folders = Folders::open(&BTreeMap::from([("tools".to_owned(), catalog)])).unwrap();
        let read = |path| folders.read("tools", path);
        assert_eq!(
            read("functions/log/1.0.0/function.yaml").unwrap(),
            "set: {a: 1}"
        );
        assert_eq!(
            read("functions/log/2.0.0/function.yaml"),
            Err(CatalogFault::Missing)
        );
        assert_eq!(folders.read("other", "a"), Err(CatalogFault::Missing));
        assert_eq!(folders.all().len(), 1);
    }
}
