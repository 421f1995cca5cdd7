//! `tests/fixtures/fixtures.rs`: the list of fixtures as Rust source, so that the integration
//! tests do not compile while a fixture has no test.

use std::fmt::Write as _;
use std::fs;

use super::guest::{Guest, Origin};
use crate::failure::Failure;
use crate::files;
use crate::workspace::Workspace;

const FILE: &str = "tests/fixtures/fixtures.rs";

/// Brings the list up to date with the folders.
pub(super) fn write(workspace: &Workspace, guests: &[Guest]) -> Result<(), Failure> {
    let path = workspace.root().join(FILE);
    let text = source(guests);
    if fs::read_to_string(&path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    files::write_whole(&path, text.as_bytes())
}

fn source(guests: &[Guest]) -> String {
    let mut text = String::from(
        "//! Made by `cargo xtask plugins` from the folders in `tests/fixtures/guests`; not edited by hand.\n\n\
         /// Calls the macro `$check` once with the name of each fixture, as an identifier.\n\
         macro_rules! for_each_fixture {\n    ($check:ident) => {\n",
    );
    for guest in guests
        .iter()
        .filter(|guest| guest.origin == Origin::Fixture)
    {
        let _ = writeln!(text, "        $check!({});", guest.name.replace('-', "_"));
    }
    text.push_str("    };\n}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::guest;

    #[test]
    fn the_list_of_fixtures_names_every_folder() {
        let workspace = Workspace::of_this_checkout().unwrap();
        let expected = source(&guest::all(&workspace).unwrap());
        let present = fs::read_to_string(workspace.root().join(FILE)).unwrap();
        assert_eq!(present, expected, "run `cargo xtask plugins`");
    }
}
