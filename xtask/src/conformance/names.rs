//! Names of workflows: each scenario has its own. Where two documents of different scenarios
//! have one name, the later one is renamed, and nothing else of it changes.

use std::collections::BTreeMap;

use super::corpus::Scenario;
use super::sentence::Sentence;
use super::yaml;

/// The longest name that the language allows.
const NAME_MAX: usize = 63;

/// A workflow as a document names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) version: String,
}

impl Name {
    /// What a document says; nothing if it cannot be read.
    pub(super) fn of(text: &str) -> Option<Name> {
        let document = yaml::read(text).ok()?.get("document")?.clone();
        let member = |name: &str| Some(document.get(name)?.as_str()?.to_owned());
        Some(Name {
            namespace: member("namespace")?,
            name: member("name")?,
            version: member("version")?,
        })
    }
}

/// The names that are taken.
#[derive(Default)]
pub(super) struct Names {
    /// Namespace and name, and how many scenarios have used it.
    taken: BTreeMap<(String, String), usize>,
}

impl Names {
    /// Gives the workflows of a scenario names of their own.
    pub(super) fn claim(&mut self, scenario: &mut Scenario) {
        let mut texts: Vec<&mut String> = scenario
            .steps
            .iter_mut()
            .filter_map(|step| match &mut step.sentence {
                Ok(Sentence::Workflow(text) | Sentence::Further(text)) => Some(text),
                _ => None,
            })
            .collect();
        self.claim_texts(&mut texts);
    }

    /// The same for any documents that belong together.
    pub(super) fn claim_texts(&mut self, texts: &mut [&mut String]) {
        let mut own: Vec<(String, String)> = texts
            .iter()
            .filter_map(|text| Name::of(text))
            .map(|name| (name.namespace, name.name))
            .collect();
        own.sort();
        own.dedup();
        for key in own {
            let count = self.taken.entry(key.clone()).or_default();
            *count += 1;
            if *count > 1 {
                let short: String = key.1.chars().take(NAME_MAX - 4).collect();
                let new = format!("{short}-{count}");
                for text in texts.iter_mut() {
                    **text = renamed(text, &key.1, &new);
                }
            }
        }
    }
}

/// The text with `name: old` as `name: new`, however it is quoted.
fn renamed(text: &str, old: &str, new: &str) -> String {
    const KEY: &str = "name: ";
    let mut done = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(KEY) {
        let (before, after) = rest.split_at(at + KEY.len());
        done.push_str(before);
        rest = after;
        let quotes = rest.len() - rest.trim_start_matches(['\'', '"']).len();
        let (quote, value) = rest.split_at(quotes);
        let ends = value
            .strip_prefix(old)
            .filter(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '-'));
        if let Some(after) = ends {
            done.push_str(quote);
            done.push_str(new);
            rest = after;
        }
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_document_of_a_name_is_renamed_and_only_it() {
        let document = |name: &str| {
            format!(
                "document:\n  dsl: 1.0.3\n  namespace: n\n  name: {name}\n  version: '1.0.0'\ndo:\n  - a: {{set: {{name: a}}}}\n"
            )
        };
        let (mut first, mut second, mut other) = (document("a"), document("'a'"), document("a-b"));
        let mut names = Names::default();
        for text in [&mut first, &mut second, &mut other] {
            names.claim_texts(&mut [text]);
        }
        assert_eq!(Name::of(&first).unwrap().name, "a");
        assert_eq!(Name::of(&second).unwrap().name, "a-2");
        assert_eq!(Name::of(&other).unwrap().name, "a-b");
    }
}
