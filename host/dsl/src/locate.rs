//! From a JSON pointer to the bytes of a document, for findings that are made elsewhere: of a
//! deployer that holds a literal argument against the schema of a step.

use std::ops::Range;

use crate::diagnostic::Sink;
use crate::yaml;

/// A place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The bytes to point at: the value where it stands on one line, else its key.
    pub span: Range<usize>,
    /// The bytes of its key, where it is a member of an object.
    pub key: Option<Range<usize>>,
    /// The JSON pointer of it.
    pub pointer: String,
}

/// Where the values stand that JSON pointers name, each where it is there: else the nearest
/// value around it. None where the document itself cannot be read.
pub fn locate(source: &str, pointers: &[String]) -> Option<Vec<Located>> {
    let tree = yaml::parse(source, &mut Sink::default())?;
    let one = |pointer: &String| {
        let mut known = pointer.as_str();
        loop {
            let found = tree.root().find(known);
            match (found, known.rsplit_once('/')) {
                (Some(node), _) => {
                    return Located {
                        span: node.mark(),
                        key: node.key_span(),
                        pointer: known.to_owned(),
                    };
                }
                (None, Some((around, _))) => known = around,
                (None, None) => {
                    return Located {
                        span: tree.root().mark(),
                        key: None,
                        pointer: String::new(),
                    };
                }
            }
        }
    };
    Some(pointers.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_its_value_or_the_nearest_one_around_it() {
        let source = "do:\n  - a:\n      with:\n        n: 'x'\n        l: [1, 22]\n";
        let text = |pointer: &str| {
            let found = locate(source, &[pointer.to_owned()]).unwrap().remove(0);
            (&source[found.span], found.pointer)
        };
        assert_eq!(text("/do/0/a/with/n"), ("'x'", "/do/0/a/with/n".to_owned()));
        assert_eq!(text("/do/0/a/with/l/1").0, "22");
        assert_eq!(
            text("/do/0/a/with/m/n"),
            ("with", "/do/0/a/with".to_owned())
        );
        assert_eq!(text("/nothing").1, "");
        let found = locate(source, &["/do/0/a/with/n".to_owned()]).unwrap();
        assert_eq!(&source[found[0].key.clone().unwrap()], "n");
        assert_eq!(locate("a: [", &[]), None);
    }
}
