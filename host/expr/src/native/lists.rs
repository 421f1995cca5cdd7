//! Arrays and objects as lists.

use jaq_json::Num;

use super::{Native, array, one, zero};
use crate::limits::DEPTH_MAX;
use crate::meter::{Limit, Meter, Stop};
use crate::value::compare::{Order, compare};
use crate::value::sort::sort;
use crate::value::{Array, Items, Res, V, access};

pub(super) const TABLE: &[Native] = &[
    zero("keys_unsorted", |meter, v| {
        let mut keys = Items::new(meter)?;
        access::entries(meter, v, &mut |meter, key, _| Ok(keys.push(meter, key)?))?;
        Ok(keys.into_value())
    }),
    zero("key_values", |meter, v| {
        let mut pairs = Items::new(meter)?;
        access::entries(meter, v, &mut |meter, key, value| {
            let pair = Array::collect(meter, [key, value].into_iter())?;
            Ok(pairs.push(meter, pair)?)
        })?;
        Ok(pairs.into_value())
    }),
    zero("sort", |meter, v| {
        let array = array(v)?;
        meter.values(array.len())?;
        let list = sort(meter, array.iter().collect(), |meter, a, b| {
            compare(meter, Order::Total, a, b)
        })?;
        Ok(Items::charged(list)?.into_value())
    }),
    zero("reverse", |meter, v| {
        let array = array(v)?;
        Ok(Array::collect(meter, array.iter().rev())?)
    }),
    zero("flatten", |meter, v| match v {
        V::Array(array) => flat(meter, &array, DEPTH_MAX, true),
        value => Ok(Array::collect(meter, [value].into_iter())?),
    }),
    one("flatten", |meter, v, depth| {
        let array = array(v)?;
        // As with jaq's definition: any depth above zero counts down by one.
        let mut levels = 0;
        let mut left = depth;
        while levels <= DEPTH_MAX && compare(meter, Order::Operator, &left, &V::int(0))?.is_gt() {
            left = crate::value::ops::math(
                meter,
                jaq_core::ops::Math::Sub,
                left,
                V::Num(Num::Int(1)),
            )?;
            levels += 1;
        }
        if levels == 0 {
            Ok(V::Array(array))
        } else {
            flat(meter, &array, levels, false)
        }
    }),
];

/// The elements with `levels` levels of arrays taken away.
fn flat<'a>(meter: &mut Meter, array: &Array<'a>, levels: u32, all: bool) -> Res<'a> {
    let mut items = Items::new(meter)?;
    flatten_into(meter, array, levels, all, &mut items)?;
    Ok(items.into_value())
}

fn flatten_into<'a>(
    meter: &mut Meter,
    array: &Array<'a>,
    levels: u32,
    all: bool,
    items: &mut Items<'a>,
) -> Result<(), Stop<'a>> {
    for item in array.iter() {
        meter.steps(1)?;
        match item {
            V::Array(inner) if levels > 0 => flatten_into(meter, &inner, levels - 1, all, items)?,
            V::Array(_) if all => return Err(Limit::Depth.into()),
            item => items.push(meter, item)?,
        }
    }
    Ok(())
}
