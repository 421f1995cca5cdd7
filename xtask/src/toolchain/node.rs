//! The npm packages of a JavaScript guest, in a folder below the cache folder: among them is
//! componentize-qjs, which makes components of JavaScript modules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt;
use crate::failure::{Doing, Failure};
use crate::fingerprint::Fingerprint;
use crate::workspace::Workspace;
use crate::{files, process, say};

/// What npm is asked to install, and how.
const MANIFESTS: &[&str] = &["package.json", "package-lock.json", ".npmrc"];
/// How much of the packages' hash stands in the name of their folder.
const KEY_IN_NAME: usize = 16;

/// The installed packages of one guest, and the guest's sources beside them.
pub(crate) struct Node {
    sources: PathBuf,
    packages: PathBuf,
}

/// Finds the packages that a guest's `package-lock.json` pins, or installs them.
pub(crate) fn node(workspace: &Workspace, guest: &Path) -> Result<Node, Failure> {
    let mut print = Fingerprint::new();
    for manifest in MANIFESTS {
        print.tree(guest, &guest.join(manifest))?;
    }
    let key = print.finish();
    let name = format!("npm-{}", key.get(..KEY_IN_NAME).unwrap_or(&key));
    let folder = workspace.cache().join("toolchain").join(name);
    let packages = files::folder_once(&folder, |folder| fill(folder, guest))?;
    Ok(Node {
        sources: guest.to_owned(),
        packages,
    })
}

/// Makes sure that there is a Node.js, whose test runner the tests of guests need too.
pub(crate) fn require() -> Result<(), Failure> {
    for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
        if !process::exists(program) {
            apt::install(package, "one guest is JavaScript")?;
        }
    }
    Ok(())
}

impl Node {
    /// `componentize-qjs` on the guest's `app.js`, to be completed with world and output.
    pub(crate) fn componentize(&self) -> Result<Command, Failure> {
        // It finds modules below one root only: the sources are copied beside the packages.
        let root = self.packages.join("build");
        files::remove_folder(&root)?;
        files::make_folder(&root)?;
        for source in files::entries(&self.sources)? {
            if source
                .extension()
                .is_some_and(|extension| extension == "js")
            {
                let to = root.join(files::name(&source));
                fs::copy(&source, &to).doing(|| format!("copy {}", source.display()))?;
            }
        }
        let mut command = Command::new("node");
        command
            .arg(self.program())
            // Without asynchronous imports, which the host's engine leaves out, and small.
            .args(["--sync", "--opt-size", "--minify", "--js"])
            .arg(root.join("app.js"))
            .arg("--module-root")
            .arg(&self.packages);
        Ok(command)
    }

    /// Node.js on the guest's own tests.
    pub(crate) fn test(&self) -> Result<Command, Failure> {
        let root = self.sources_beside_packages("tests")?;
        let mut command = Command::new("node");
        command.arg("--test").arg("test/").current_dir(root);
        Ok(command)
    }

    /// Packages are found in a folder above: the sources are copied below that of the packages.
    fn sources_beside_packages(&self, name: &str) -> Result<PathBuf, Failure> {
        let root = self.packages.join(name);
        files::remove_folder(&root)?;
        for (from, to) in [
            (self.sources.clone(), root.clone()),
            (self.sources.join("test"), root.join("test")),
        ] {
            files::make_folder(&to)?;
            if !from.is_dir() {
                continue;
            }
            for source in files::entries(&from)? {
                if source
                    .extension()
                    .is_some_and(|extension| extension == "js")
                {
                    let to = to.join(files::name(&source));
                    fs::copy(&source, &to).doing(|| format!("copy {}", source.display()))?;
                }
            }
        }
        fs::write(root.join("package.json"), r#"{"type":"module"}"#)
            .doing(|| format!("write a package.json in {}", root.display()))?;
        Ok(root)
    }

    fn program(&self) -> PathBuf {
        let package = self.packages.join("node_modules").join("componentize-qjs");
        package.join("bin").join("componentize-qjs")
    }
}

fn fill(folder: &Path, guest: &Path) -> Result<(), Failure> {
    require()?;
    say::step(&format!(
        "installing the npm packages of {} under the cache folder, because they build it",
        files::name(guest)
    ));
    for manifest in MANIFESTS {
        let from = guest.join(manifest);
        if from.is_file() {
            fs::copy(&from, folder.join(manifest)).doing(|| format!("copy {}", from.display()))?;
        }
    }
    process::run_quietly(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(folder),
    )
}
