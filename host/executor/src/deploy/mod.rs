//! Deploying: what people bring is checked, resolved, pinned and stored.

mod builtin;
mod input;
mod outside;
mod plugin;
mod resolve;
mod workflow;

pub(crate) use builtin::announce;
pub(crate) use plugin::{plugin, plugin_views};
pub(crate) use workflow::{check, workflow};

/// The one of `known` that `wanted` is probably a misspelling of.
pub(crate) fn nearest<'k>(
    wanted: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    /// Names are shorter; distances of long texts are dear.
    const LEN_MAX: usize = 130;
    if wanted.len() > LEN_MAX {
        return None;
    }
    known
        .into_iter()
        .filter(|name| name.len() <= LEN_MAX)
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
