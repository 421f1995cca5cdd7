//! `wasi:io/poll` where waiting may be virtual: a wait on timers alone jumps the virtual
//! clock to the earliest of them and completes at once.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::io::poll;

use crate::world::clock::Clock;

/// The part of a sandbox's state that clocks and polling work on.
pub(crate) struct IoView<'a> {
    pub(crate) table: &'a mut ResourceTable,
    pub(crate) clock: &'a mut Clock,
}

/// Names [`IoView`] to the linker.
pub(crate) struct HasIo;

impl HasData for HasIo {
    type Data<'a> = IoView<'a>;
}

/// The most pollables that one call may wait for: far above what event loops use, and one
/// call stays short.
const POLL_LIST_MAX: usize = 10_000;

/// A list of pollables, split by how they are waited for. `at` is the place in the list.
struct Split {
    /// `(at, deadline)`.
    timers: Vec<(u32, u64)>,
    /// `(at, handle)`.
    others: Vec<(u32, u32)>,
}

impl Split {
    fn of(list: &[Resource<DynPollable>], clock: &Clock) -> Self {
        let (mut timers, mut others) = (Vec::new(), Vec::new());
        for (at, pollable) in (0u32..).zip(list) {
            match clock.timer(pollable.rep()) {
                Some(deadline) => timers.push((at, deadline)),
                None => others.push((at, pollable.rep())),
            }
        }
        Split { timers, others }
    }

    fn due(&self, now: u64) -> Vec<u32> {
        let due = self.timers.iter().filter(|(_, deadline)| *deadline <= now);
        due.map(|(at, _)| *at).collect()
    }

    fn earliest(&self) -> Option<u64> {
        self.timers.iter().map(|(_, deadline)| *deadline).min()
    }
}

impl IoView<'_> {
    /// Waits until one of `others` is ready; the places of those that are.
    async fn wait_others(&mut self, others: &[(u32, u32)]) -> wasmtime::Result<Vec<u32>> {
        if others.is_empty() {
            return std::future::pending().await;
        }
        let list = others.iter().map(|(_, rep)| Resource::new_borrow(*rep));
        let ready = poll::Host::poll(self.table, list.collect()).await?;
        let place = |i: &u32| others.get(*i as usize).map(|(at, _)| *at);
        Ok(ready.iter().filter_map(place).collect())
    }

    /// Which are ready now, without waiting.
    async fn ready_now(&mut self, split: &Split) -> wasmtime::Result<Vec<u32>> {
        let mut ready = split.due(self.clock.peek());
        if let Some(others) = once(self.wait_others(&split.others)).await {
            ready.extend(others?);
        }
        ready.sort_unstable();
        Ok(ready)
    }

    async fn wait(&mut self, split: &Split) -> wasmtime::Result<Vec<u32>> {
        if self.clock.is_real() && !split.timers.is_empty() {
            // A guest that polls with a timer of zero must not starve the event loop.
            tokio::task::yield_now().await;
        }
        let ready = self.ready_now(split).await?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        let Some(earliest) = split.earliest() else {
            return self.wait_others(&split.others).await;
        };
        if !self.clock.is_real() {
            self.clock.jump_to(earliest);
            return Ok(split.due(earliest));
        }
        let left = Duration::from_nanos(earliest.saturating_sub(self.clock.peek()));
        match tokio::time::timeout(left, self.wait_others(&split.others)).await {
            Ok(ready) => ready,
            // The two clocks may differ by a moment; the timer is due all the same.
            Err(_) => Ok(split.due(earliest)),
        }
    }
}

impl poll::Host for IoView<'_> {
    async fn poll(&mut self, list: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        if list.is_empty() || list.len() > POLL_LIST_MAX {
            let n = list.len();
            wasmtime::bail!("poll waits for 1 to {POLL_LIST_MAX} pollables, not for {n}");
        }
        let split = Split::of(&list, self.clock);
        self.wait(&split).await
    }
}

impl poll::HostPollable for IoView<'_> {
    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        let split = Split::of(std::slice::from_ref(&pollable), self.clock);
        Ok(!self.ready_now(&split).await?.is_empty())
    }

    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        let split = Split::of(std::slice::from_ref(&pollable), self.clock);
        self.wait(&split).await.map(drop)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.clock.forget_timer(pollable.rep());
        poll::HostPollable::drop(self.table, pollable)
    }
}

/// Polls a future a single time.
async fn once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use segue_model::Timestamp;
    use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::Host as _;

    use super::poll::{Host as _, HostPollable as _};
    use super::*;

    fn borrow(pollable: &Resource<DynPollable>) -> Resource<DynPollable> {
        Resource::new_borrow(pollable.rep())
    }

    #[tokio::test]
    async fn a_virtual_wait_completes_at_once_at_the_earliest_timer() {
        let (mut table, mut clock) = (ResourceTable::new(), Clock::frozen(Timestamp(0)));
        let start = clock.peek();
        let mut view = IoView {
            table: &mut table,
            clock: &mut clock,
        };
        let hour = 3_600_000_000_000;
        let late = view.subscribe_duration(2 * hour).unwrap();
        let soon = view.subscribe_duration(hour).unwrap();
        assert!(!view.ready(borrow(&soon)).await.unwrap());
        let list = vec![borrow(&late), borrow(&soon)];
        assert_eq!(view.poll(list).await.unwrap(), [1]);
        assert_eq!(view.clock.peek(), start + hour);
        assert!(view.ready(borrow(&soon)).await.unwrap());
        assert!(!view.ready(borrow(&late)).await.unwrap());
        view.block(borrow(&late)).await.unwrap();
        view.drop(late).unwrap();
        view.drop(soon).unwrap();
        assert!(table.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_real_wait_takes_its_time() {
        let (mut table, mut clock) = (ResourceTable::new(), Clock::frozen(Timestamp(0)));
        clock.go_real();
        let mut view = IoView {
            table: &mut table,
            clock: &mut clock,
        };
        let timer = view.subscribe_duration(50_000_000_000).unwrap();
        let before = tokio::time::Instant::now();
        assert_eq!(view.poll(vec![borrow(&timer)]).await.unwrap(), [0]);
        assert!(before.elapsed() >= Duration::from_secs(49));
    }

    #[tokio::test]
    async fn an_empty_or_endless_list_is_refused() {
        let (mut table, mut clock) = (ResourceTable::new(), Clock::frozen(Timestamp(0)));
        let mut view = IoView {
            table: &mut table,
            clock: &mut clock,
        };
        assert!(view.poll(Vec::new()).await.is_err());
        let many = (0..=POLL_LIST_MAX).map(|_| Resource::new_borrow(0));
        assert!(view.poll(many.collect()).await.is_err());
    }
}
