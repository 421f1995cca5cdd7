//! The outbox: what runs want done outside of themselves.
//!
//! A commit writes items together with what decided them. The pump performs each at least
//! once and then removes it; performing one again changes nothing. What a crash leaves is
//! performed by the next host.
//!
//! ```text
//! item      what there is to do, and what must keep its order
//! lanes     what is known of each lane: waiting, running, backing off
//! pump      reads, performs, removes
//! child     starting and cancelling children, telling parents
//! ```

mod child;
mod item;
mod lanes;
mod pump;

pub(crate) use item::Item;
pub(crate) use pump::{Bell, run};
