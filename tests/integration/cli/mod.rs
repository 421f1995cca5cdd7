//! The command line, as a person or a script uses it.

mod checking;
mod hosted;
mod running;
mod terminal;

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::guests::component;
use crate::host::segue;

pub const COUNT: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: count
  version: '1.0.0'
do:
  - first:
      call: counter:0.1@default
      with: { n: '${ .n }' }
";

pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|_| panic!("no JSON: {}{}", self.out, self.err))
    }
}

pub fn does(directory: &Path, arguments: &[&str]) -> Done {
    segue(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .into()
}

pub fn place(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

pub fn counter() -> String {
    component("counter").display().to_string()
}
