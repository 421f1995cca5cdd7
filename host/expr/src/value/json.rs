//! Values as JSON: the result for the caller, `tojson`, `fromjson`, and the text of messages.

use std::fmt;

use jaq_json::Num;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fault::Fault;
use super::{Array, Fields, Items, Object, Res, Text, V, number};
use crate::limits::DEPTH_MAX;
use crate::meter::{BOX_BYTES, FIELD_BYTES, Limit, Meter, Stop, VALUE_BYTES};

/// The result of an evaluation for its caller.
pub(crate) fn to_value<'a>(meter: &mut Meter, value: V<'a>) -> Result<Value, Stop<'a>> {
    convert(meter, &value, 0)
}

fn convert<'a>(meter: &mut Meter, value: &V<'a>, depth: u32) -> Result<Value, Stop<'a>> {
    meter.bytes(VALUE_BYTES)?;
    Ok(match value {
        V::Null => Value::Null,
        V::Bool(b) => Value::Bool(*b),
        V::Num(n) => match number::to_json(meter, n)? {
            Some(number) => Value::Number(number),
            None => {
                return Err(Fault::Other(format!(
                    "the result holds {n}, which JSON cannot express"
                ))
                .into());
            }
        },
        V::Text(text) => {
            meter.text(text.len())?;
            Value::String(text.to_string())
        }
        V::Array(array) => {
            let depth = deeper(depth)?;
            meter.bytes(BOX_BYTES)?;
            Value::Array(
                array
                    .iter()
                    .map(|item| convert(meter, &item, depth))
                    .collect::<Result<_, _>>()?,
            )
        }
        V::Object(object) => {
            let depth = deeper(depth)?;
            meter.bytes(BOX_BYTES)?;
            let mut map = Map::new();
            for (key, item) in object.iter() {
                meter.bytes(FIELD_BYTES)?;
                meter.text(key.len())?;
                map.insert(key.to_string(), convert(meter, &item, depth)?);
            }
            Value::Object(map)
        }
    })
}

fn deeper(depth: u32) -> Result<u32, Limit> {
    if depth >= DEPTH_MAX {
        Err(Limit::Depth)
    } else {
        Ok(depth + 1)
    }
}

/// `tojson`: compact JSON text, numbers as jaq writes them (NaN and Infinity by name).
pub(crate) fn to_text(meter: &mut Meter, value: &V<'_>) -> Result<String, Limit> {
    meter.bytes(BOX_BYTES)?;
    let mut writer = Writer {
        out: String::new(),
        budget: Budget::Meter(meter),
    };
    writer.put_value(value, 0)?;
    Ok(writer.out)
}

/// Writes values as compact JSON text.
pub(super) struct Writer<'m> {
    out: String,
    budget: Budget<'m>,
}

enum Budget<'m> {
    /// The bytes that are left of a message.
    Short(usize),
    /// Text that the expression works with.
    Meter(&'m mut Meter),
}

impl Writer<'_> {
    /// A writer of at most `bytes` bytes, which ends longer text with `…`.
    pub(super) fn short(bytes: usize) -> Self {
        Writer {
            out: String::new(),
            budget: Budget::Short(bytes.saturating_sub("…".len())),
        }
    }

    pub(super) fn raw(&mut self, text: &str) -> &mut Self {
        // What does not fit is cut; `put` has marked that.
        let _ = self.put(text);
        self
    }

    pub(super) fn value(&mut self, value: &V<'_>) -> &mut Self {
        let _ = self.put_value(value, 0);
        self
    }

    /// Writes `value`, short enough that the rest of the message is seen, and `after`.
    pub(super) fn value_then(&mut self, value: &V<'_>, after: &str) -> &mut Self {
        if let Budget::Short(left) = self.budget {
            let text = Writer::short(left / 2).value(value).finish();
            self.raw(&text);
        }
        self.raw(after)
    }

    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    fn put(&mut self, text: &str) -> Result<(), Limit> {
        match &mut self.budget {
            Budget::Meter(meter) => meter.bytes(text.len() as u64)?,
            Budget::Short(0) => return Err(Limit::Bytes),
            Budget::Short(left) if text.len() <= *left => *left -= text.len(),
            Budget::Short(left) => {
                let cut = text.floor_char_boundary(*left);
                *left = 0;
                self.out.push_str(text.get(..cut).unwrap_or(""));
                self.out.push('…');
                return Err(Limit::Bytes);
            }
        }
        self.out.push_str(text);
        Ok(())
    }

    fn put_value(&mut self, value: &V<'_>, depth: u32) -> Result<(), Limit> {
        if let Budget::Meter(meter) = &mut self.budget {
            meter.steps(1)?;
        }
        match value {
            V::Null => self.put("null"),
            V::Bool(true) => self.put("true"),
            V::Bool(false) => self.put("false"),
            V::Num(n) => self.put_number(n),
            V::Text(text) => self.put_text(text),
            V::Array(array) => {
                let depth = deeper(depth)?;
                self.put("[")?;
                for (index, item) in array.iter().enumerate() {
                    self.put(if index == 0 { "" } else { "," })?;
                    self.put_value(&item, depth)?;
                }
                self.put("]")
            }
            V::Object(object) => {
                let depth = deeper(depth)?;
                self.put("{")?;
                for (index, (key, item)) in object.iter().enumerate() {
                    self.put(if index == 0 { "" } else { "," })?;
                    self.put_text(&key)?;
                    self.put(":")?;
                    self.put_value(&item, depth)?;
                }
                self.put("}")
            }
        }
    }

    fn put_number(&mut self, n: &Num) -> Result<(), Limit> {
        match &mut self.budget {
            Budget::Meter(meter) => {
                let digits = number::digits(meter, n)?;
                self.put(&digits)
            }
            // Thousands of digits take long to work out, and nobody reads them in a message.
            Budget::Short(_) => match n {
                Num::BigInt(int) if int.bits() > 512 => self.put("(a very large number)"),
                n => self.put(&n.to_string()),
            },
        }
    }

    fn put_text(&mut self, text: &str) -> Result<(), Limit> {
        self.put("\"")?;
        // A message looks no further than it can show: the text may be megabytes long.
        let mut rest = match self.budget {
            Budget::Short(left) => text
                .get(..text.ceil_char_boundary(left + 1))
                .unwrap_or(text),
            Budget::Meter(_) => text,
        };
        while let Some(at) = rest.find(|c: char| c.is_ascii_control() || c == '"' || c == '\\') {
            let (plain, special) = rest.split_at(at);
            self.put(plain)?;
            let mut chars = special.chars();
            match chars.next() {
                Some('\u{8}') => self.put("\\b")?,
                Some('\u{c}') => self.put("\\f")?,
                Some('\n') => self.put("\\n")?,
                Some('\r') => self.put("\\r")?,
                Some('\t') => self.put("\\t")?,
                Some('"') => self.put("\\\"")?,
                Some('\\') => self.put("\\\\")?,
                Some(control) => self.put(&format!("\\u{:04x}", u32::from(control)))?,
                None => {}
            }
            rest = chars.as_str();
        }
        self.put(rest)?;
        self.put("\"")
    }
}

/// `fromjson`: exactly one JSON text, strict. (jaq reads several, comments and NaN as well.)
pub(crate) fn from_text<'a>(meter: &mut Meter, text: &str) -> Res<'a> {
    meter.scan(text.len())?;
    let mut limit = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = Seed {
        meter,
        limit: &mut limit,
        depth: 0,
    };
    let read = seed
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match (limit, read) {
        (Some(limit), _) => Err(limit.into()),
        (None, Ok(value)) => Ok(value),
        (None, Err(error)) => {
            let shown = Writer::short(64).value(&V::Text(Text::Lent(text))).finish();
            Err(Fault::Other(format!("cannot parse {shown} as JSON: {error}")).into())
        }
    }
}

/// Builds values while the text is read, so that the budget is charged node by node.
struct Seed<'m> {
    meter: &'m mut Meter,
    limit: &'m mut Option<Limit>,
    depth: u32,
}

impl Seed<'_> {
    fn check<T, E: serde::de::Error>(&mut self, charged: Result<T, Limit>) -> Result<T, E> {
        charged.map_err(|limit| {
            *self.limit = Some(limit);
            E::custom("limit")
        })
    }

    fn inner(&mut self) -> Seed<'_> {
        Seed {
            meter: self.meter,
            limit: self.limit,
            depth: self.depth + 1,
        }
    }

    fn node<E: serde::de::Error>(&mut self) -> Result<(), E> {
        let charged = self.meter.steps(1);
        self.check(charged)
    }
}

/// A value without borrowed parts, whatever life is asked for.
type Made = V<'static>;

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Made;
    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Made, D::Error> {
        self.node()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Made;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Made, E> {
        Ok(V::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Made, E> {
        Ok(V::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Made, E> {
        Ok(V::Num(Num::from_integral(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Made, E> {
        Ok(V::Num(Num::from_integral(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Made, E> {
        Ok(V::float(value))
    }

    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<Made, E> {
        let charged = self.meter.text(value.len());
        self.check(charged)?;
        Ok(V::Text(Text::Own(value.to_owned().into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Made, A::Error> {
        let made = deeper(self.depth).and_then(|_| Items::new(self.meter));
        let mut items = self.check(made)?;
        while let Some(value) = seq.next_element_seed(self.inner())? {
            let charged = items.push(self.meter, value);
            self.check(charged)?;
        }
        Ok(items.into_value())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Made, A::Error> {
        let made = deeper(self.depth).and_then(|_| Fields::new(self.meter));
        let mut fields = self.check(made)?;
        while let Some(key) = map.next_key_seed(self.inner())? {
            let value = map.next_value_seed(self.inner())?;
            let V::Text(key) = key else {
                return Err(A::Error::custom("a key must be a string"));
            };
            let charged = fields.set(self.meter, key, value);
            self.check(charged)?;
        }
        Ok(fields.into_value())
    }
}

impl<'a> Array<'a> {
    /// An array of what an iterator gives, each charged.
    pub(crate) fn collect(
        meter: &mut Meter,
        values: impl Iterator<Item = V<'a>>,
    ) -> Result<V<'a>, Limit> {
        let mut items = Items::new(meter)?;
        for value in values {
            meter.steps(1)?;
            items.push(meter, value)?;
        }
        Ok(items.into_value())
    }
}

impl<'a> Object<'a> {
    /// An object of the given fields.
    pub(crate) fn of<const N: usize>(
        meter: &mut Meter,
        pairs: [(&'a str, V<'a>); N],
    ) -> Result<V<'a>, Limit> {
        let mut fields = Fields::new(meter)?;
        for (key, value) in pairs {
            fields.set(meter, Text::Lent(key), value)?;
        }
        Ok(fields.into_value())
    }
}
