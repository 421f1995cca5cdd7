//! The values that expressions work on.
//!
//! What comes in is lent, never copied: `.a.b` of a large context touches two fields. What an
//! expression makes is its own, shared by reference count, and changed in place where nobody
//! else holds it, so that `reduce` builds arrays, objects and texts in linear time.

pub(crate) mod access;
pub(crate) mod compare;
pub(crate) mod fault;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod ops;
pub(crate) mod path;
pub(crate) mod sort;
pub(crate) mod update;

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use indexmap::IndexMap;
use jaq_json::Num;
use serde_json::{Map, Value};

use crate::limits::DEPTH_MAX;
use crate::meter::{BOX_BYTES, FIELD_BYTES, Limit, Meter, Stop};

/// A JSON value; `'a` is the life of the inputs and of the program.
#[derive(Debug, Clone, Default)]
pub(crate) enum V<'a> {
    #[default]
    Null,
    Bool(bool),
    Num(Num),
    Text(Text<'a>),
    Array(Array<'a>),
    Object(Object<'a>),
}

/// The outcome of something that gives one value.
pub(crate) type Res<'a> = Result<V<'a>, Stop<'a>>;

/// Whether something that gives values goes on.
pub(crate) type Flow<'a> = Result<(), Stop<'a>>;

/// Where values go, one by one.
pub(crate) type Out<'o, 'a> = &'o mut dyn FnMut(&mut Meter, V<'a>) -> Flow<'a>;

/// A text.
#[derive(Debug, Clone)]
pub(crate) enum Text<'a> {
    Lent(&'a str),
    Own(Rc<String>),
}

/// An array.
#[derive(Debug, Clone)]
pub(crate) enum Array<'a> {
    Lent(&'a [Value]),
    Own(Rc<Items<'a>>),
}

/// The elements of an array that an expression made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items<'a> {
    list: Vec<V<'a>>,
    /// Levels of made containers, this one included: bounds the recursion of dropping.
    depth: u32,
}

/// An object; its fields keep the order in which they were set.
#[derive(Debug, Clone)]
pub(crate) enum Object<'a> {
    Lent(&'a Map<String, Value>),
    Own(Rc<Fields<'a>>),
}

/// The fields of an object that an expression made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields<'a> {
    map: IndexMap<Text<'a>, V<'a>>,
    depth: u32,
}

impl<'a> V<'a> {
    /// The value of an input.
    pub(crate) fn lend(value: &'a Value) -> Self {
        match value {
            Value::Null => V::Null,
            Value::Bool(b) => V::Bool(*b),
            Value::Number(n) => V::Num(number::lend(n)),
            Value::String(s) => V::Text(Text::Lent(s)),
            Value::Array(list) => V::Array(Array::Lent(list)),
            Value::Object(map) => V::Object(Object::Lent(map)),
        }
    }

    /// A text that was made; its bytes are charged.
    pub(crate) fn text(meter: &mut Meter, text: String) -> Result<Self, Limit> {
        meter.text(text.len())?;
        Ok(V::Text(Text::Own(Rc::new(text))))
    }

    pub(crate) fn int(int: usize) -> Self {
        V::Num(Num::from_integral(int))
    }

    /// A double. There are many NaNs, and which one a machine makes is its own affair: here
    /// they are all the same.
    pub(crate) fn float(float: f64) -> Self {
        V::Num(Num::Float(if float.is_nan() { f64::NAN } else { float }))
    }

    /// Everything but null and false is true.
    pub(crate) fn truthy(&self) -> bool {
        !matches!(self, V::Null | V::Bool(false))
    }

    /// The name of its type, as `type` gives it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            V::Null => "null",
            V::Bool(_) => "boolean",
            V::Num(_) => "number",
            V::Text(_) => "string",
            V::Array(_) => "array",
            V::Object(_) => "object",
        }
    }

    fn depth(&self) -> u32 {
        match self {
            V::Array(Array::Own(items)) => items.depth,
            V::Object(Object::Own(fields)) => fields.depth,
            _ => 0,
        }
    }
}

/// The depth of a container that holds `child`.
fn depth_above(child: &V<'_>) -> Result<u32, Limit> {
    let depth = child.depth() + 1;
    if depth > DEPTH_MAX {
        Err(Limit::Depth)
    } else {
        Ok(depth)
    }
}

// === impl Text ===

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Text::Lent(text) => text,
            Text::Own(text) => text,
        }
    }
}

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Must agree with `str`, by which fields are looked up.
        (**self).hash(state);
    }
}

impl<'a> Text<'a> {
    /// The part of the text in the byte range `from..upto`, which lies on character borders.
    pub(crate) fn part(&self, meter: &mut Meter, from: usize, upto: usize) -> Result<Self, Limit> {
        match self {
            Text::Lent(text) => Ok(Text::Lent(text.get(from..upto).unwrap_or(""))),
            Text::Own(text) if from == 0 && upto == text.len() => Ok(Text::Own(Rc::clone(text))),
            Text::Own(text) => {
                meter.text(upto.saturating_sub(from))?;
                Ok(Text::Own(Rc::new(
                    text.get(from..upto).unwrap_or("").to_owned(),
                )))
            }
        }
    }
}

// === impl Array ===

impl<'a> Array<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Array::Lent(list) => list.len(),
            Array::Own(items) => items.list.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<V<'a>> {
        match self {
            Array::Lent(list) => list.get(index).map(V::lend),
            Array::Own(items) => items.list.get(index).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = V<'a>> + use<'_, 'a> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The elements for changing them: copied, and charged, unless nobody else holds them.
    pub(crate) fn into_items(self, meter: &mut Meter) -> Result<Items<'a>, Limit> {
        let shared = match self {
            Array::Own(items) => match Rc::try_unwrap(items) {
                Ok(items) => return Ok(items),
                Err(items) => Array::Own(items),
            },
            lent => lent,
        };
        meter.values(shared.len())?;
        meter.bytes(BOX_BYTES)?;
        let depth = match &shared {
            Array::Own(items) => items.depth,
            Array::Lent(_) => 1,
        };
        Ok(Items {
            list: shared.iter().collect(),
            depth,
        })
    }
}

impl<'a> Items<'a> {
    pub(crate) fn new(meter: &mut Meter) -> Result<Self, Limit> {
        meter.bytes(BOX_BYTES)?;
        Ok(Items {
            list: Vec::new(),
            depth: 1,
        })
    }

    /// An array of values that are all charged already.
    pub(crate) fn charged(list: Vec<V<'a>>) -> Result<Self, Limit> {
        let mut depth = 1;
        for value in &list {
            depth = depth.max(depth_above(value)?);
        }
        Ok(Items { list, depth })
    }

    pub(crate) fn push(&mut self, meter: &mut Meter, value: V<'a>) -> Result<(), Limit> {
        meter.values(1)?;
        self.depth = self.depth.max(depth_above(&value)?);
        self.list.push(value);
        Ok(())
    }

    /// The elements; what is put in must be checked by [`Items::charged`] again.
    pub(crate) fn into_list(self) -> Vec<V<'a>> {
        self.list
    }

    pub(crate) fn take(&mut self, index: usize) -> Option<V<'a>> {
        self.list
            .get_mut(index)
            .map(|slot| std::mem::replace(slot, V::Null))
    }

    pub(crate) fn set(&mut self, index: usize, value: V<'a>) -> Result<(), Limit> {
        self.depth = self.depth.max(depth_above(&value)?);
        if let Some(slot) = self.list.get_mut(index) {
            *slot = value;
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, meter: &mut Meter, index: usize) -> Result<(), Limit> {
        meter.steps((self.list.len() as u64).saturating_sub(index as u64) / 8)?;
        if index < self.list.len() {
            self.list.remove(index);
        }
        Ok(())
    }

    pub(crate) fn into_value(self) -> V<'a> {
        V::Array(Array::Own(Rc::new(self)))
    }
}

// === impl Object ===

impl<'a> Object<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Object::Lent(map) => map.len(),
            Object::Own(fields) => fields.map.len(),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V<'a>> {
        match self {
            Object::Lent(map) => map.get(key).map(V::lend),
            Object::Own(fields) => fields.map.get(key).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> FieldIter<'_, 'a> {
        match self {
            Object::Lent(map) => FieldIter::Lent(map.iter()),
            Object::Own(fields) => FieldIter::Own(fields.map.iter()),
        }
    }

    /// The fields for changing them: copied, and charged, unless nobody else holds them.
    pub(crate) fn into_fields(self, meter: &mut Meter) -> Result<Fields<'a>, Limit> {
        let shared = match self {
            Object::Own(fields) => match Rc::try_unwrap(fields) {
                Ok(fields) => return Ok(fields),
                Err(fields) => Object::Own(fields),
            },
            lent => lent,
        };
        meter.bytes(
            (shared.len() as u64)
                .saturating_mul(FIELD_BYTES)
                .saturating_add(BOX_BYTES),
        )?;
        let depth = match &shared {
            Object::Own(fields) => fields.depth,
            Object::Lent(_) => 1,
        };
        Ok(Fields {
            map: shared.iter().collect(),
            depth,
        })
    }
}

/// The fields of an object in order.
pub(crate) enum FieldIter<'x, 'a> {
    Lent(serde_json::map::Iter<'a>),
    Own(indexmap::map::Iter<'x, Text<'a>, V<'a>>),
}

impl<'a> Iterator for FieldIter<'_, 'a> {
    type Item = (Text<'a>, V<'a>);
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            FieldIter::Lent(iter) => iter
                .next()
                .map(|(key, value)| (Text::Lent(key), V::lend(value))),
            FieldIter::Own(iter) => iter.next().map(|(key, value)| (key.clone(), value.clone())),
        }
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn new(meter: &mut Meter) -> Result<Self, Limit> {
        meter.bytes(BOX_BYTES)?;
        Ok(Fields {
            map: IndexMap::new(),
            depth: 1,
        })
    }

    /// Sets a field; a field that exists keeps its place.
    pub(crate) fn set(
        &mut self,
        meter: &mut Meter,
        key: Text<'a>,
        value: V<'a>,
    ) -> Result<(), Limit> {
        meter.scan(key.len())?;
        self.depth = self.depth.max(depth_above(&value)?);
        if let Some(slot) = self.map.get_mut(&*key) {
            *slot = value;
            return Ok(());
        }
        meter.bytes(FIELD_BYTES)?;
        self.map.insert(key, value);
        Ok(())
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<V<'a>> {
        self.map
            .get_mut(key)
            .map(|slot| std::mem::replace(slot, V::Null))
    }

    /// Removes a field; the others keep their order.
    pub(crate) fn remove(&mut self, meter: &mut Meter, key: &str) -> Result<(), Limit> {
        meter.steps(self.map.len() as u64 / 8)?;
        self.map.shift_remove(key);
        Ok(())
    }

    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (Text<'a>, V<'a>)> {
        self.map.into_iter()
    }

    pub(crate) fn into_value(self) -> V<'a> {
        V::Object(Object::Own(Rc::new(self)))
    }
}
