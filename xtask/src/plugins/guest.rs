//! Which guests there are: every folder of `plugins/` and `tests/fixtures/guests/`. What
//! stands in a folder decides how it is built; `guest.toml` says what is unusual about it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Doing, Failure};
use crate::files;
use crate::workspace::Workspace;

/// A component that is built from sources of this repository.
pub(crate) struct Guest {
    /// The folder's name, which is also the plugin's.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) origin: Origin,
    pub(crate) language: Language,
    pub(crate) settings: Settings,
}

/// Which of the two workspaces a guest belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    Plugin,
    Fixture,
}

/// How a guest is built.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    /// `Cargo.toml`: a package of its workspace, named like the folder.
    Rust,
    /// `app.py`: a module for componentize-py.
    Python,
    /// `app.js`: a module for componentize-qjs, with a `package.json` that pins what builds it.
    JavaScript,
    /// `core.wat`: a core module that exports a world's functions under their canonical names.
    Wat,
    /// The first part of another guest: no component any more.
    Cut { of: String, keep_percent: u8 },
}

/// `guest.toml`. Without one, a guest is a plugin of the step world.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The world that a Python or WAT guest is built for.
    pub(crate) world: String,
    /// What the finished file has to be.
    pub(crate) expect: Expect,
    /// Imports that the host does not know, which this guest has on purpose.
    pub(crate) foreign_imports: Vec<String>,
    /// The folder is no guest, but what guests of its workspace are built from.
    library: bool,
    /// For a guest that is a cut copy: of which guest.
    cut_of: Option<String>,
    /// How much of it stays.
    keep_percent: u8,
}

/// What the check of a built guest demands.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expect {
    /// A component that exports the step world's handler in the current version.
    Steps,
    /// A component that does not.
    Foreign,
    /// No valid component.
    Invalid,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            world: "segue:plugin/steps".into(),
            expect: Expect::Steps,
            foreign_imports: Vec::new(),
            library: false,
            cut_of: None,
            keep_percent: 60,
        }
    }
}

impl Origin {
    /// The workspace's folder below the checkout.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Origin::Plugin => "plugins",
            Origin::Fixture => "tests/fixtures/guests",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Origin::Plugin => "plugin",
            Origin::Fixture => "fixture",
        }
    }
}

/// Every guest, sorted by name.
pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Guest>, Failure> {
    let mut guests = Vec::new();
    for origin in [Origin::Plugin, Origin::Fixture] {
        for folder in folders(workspace, origin)? {
            let settings = Settings::read(&folder.join("guest.toml"))?;
            if !settings.library {
                guests.push(Guest::of(folder, origin, settings)?);
            }
        }
    }
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in guests.windows(2) {
        if let [a, b] = pair
            && a.name == b.name
        {
            return Err(Failure::new(format!("two guests are called `{}`", a.name))
                .mend("rename one folder"));
        }
    }
    Ok(guests)
}

/// The folders of libraries that guests of one workspace share.
pub(crate) fn libraries(workspace: &Workspace, origin: Origin) -> Result<Vec<PathBuf>, Failure> {
    let mut libraries = Vec::new();
    for folder in folders(workspace, origin)? {
        if Settings::read(&folder.join("guest.toml"))?.library {
            libraries.push(folder);
        }
    }
    Ok(libraries)
}

/// The folders of one workspace that no build made.
fn folders(workspace: &Workspace, origin: Origin) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = files::entries(&workspace.root().join(origin.folder()))?;
    folders.retain(|folder| {
        let name = files::name(folder);
        folder.is_dir() && name != "target" && !name.starts_with('.')
    });
    Ok(folders)
}

impl Guest {
    fn of(folder: PathBuf, origin: Origin, settings: Settings) -> Result<Self, Failure> {
        let language = language(&folder, &settings)?;
        Ok(Guest {
            name: files::name(&folder),
            folder,
            origin,
            language,
            settings,
        })
    }
}

impl Settings {
    fn read(path: &Path) -> Result<Self, Failure> {
        if !path.is_file() {
            return Ok(Settings::default());
        }
        let reading = || format!("read {}", path.display());
        toml::from_str(&fs::read_to_string(path).doing(reading)?).doing(reading)
    }
}

fn language(folder: &Path, settings: &Settings) -> Result<Language, Failure> {
    if let Some(of) = &settings.cut_of {
        return Ok(Language::Cut {
            of: of.clone(),
            keep_percent: settings.keep_percent.min(99),
        });
    }
    let kinds = [
        ("Cargo.toml", Language::Rust),
        ("app.py", Language::Python),
        ("app.js", Language::JavaScript),
        ("core.wat", Language::Wat),
    ];
    kinds.into_iter().find(|(file, _)| folder.join(file).is_file()).map(|(_, language)| language).ok_or_else(|| {
        Failure::new(format!("{} is no guest", folder.display()))
            .mend("give it a Cargo.toml (Rust), an app.py (Python), an app.js (JavaScript) or a core.wat, or remove the folder")
    })
}
