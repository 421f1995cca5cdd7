//! The path to a value, as `path(…)` collects it.

use std::rc::Rc;

use super::{Items, V};
use crate::meter::{Limit, Meter, VALUE_BYTES};

/// A path: keys from the last to the first, shared between paths with the same beginning.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path<'a>(Option<Rc<Link<'a>>>);

#[derive(Debug)]
struct Link<'a> {
    key: V<'a>,
    before: Option<Rc<Link<'a>>>,
}

impl<'a> Path<'a> {
    /// The path that goes on with `key`.
    pub(crate) fn then(&self, meter: &mut Meter, key: V<'a>) -> Result<Self, Limit> {
        meter.bytes(2 * VALUE_BYTES)?;
        Ok(Path(Some(Rc::new(Link {
            key,
            before: self.0.clone(),
        }))))
    }

    /// The path as jq sees it: an array of keys.
    pub(crate) fn into_value(self, meter: &mut Meter) -> Result<V<'a>, Limit> {
        let mut keys = Vec::new();
        let mut link = self.0.as_ref();
        while let Some(this) = link {
            meter.steps(1)?;
            meter.values(1)?;
            keys.push(this.key.clone());
            link = this.before.as_ref();
        }
        keys.reverse();
        Ok(Items::charged(keys)?.into_value())
    }
}

impl Drop for Link<'_> {
    /// Paths may be as long as the budget allows, so dropping one must not recurse.
    fn drop(&mut self) {
        let mut before = self.before.take();
        while let Some(link) = before {
            match Rc::try_unwrap(link) {
                Ok(mut link) => before = link.before.take(),
                Err(_shared) => break,
            }
        }
    }
}
