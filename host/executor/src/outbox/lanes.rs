//! What is known of the outbox in memory: the order of each lane, and whose turn it is.

use std::collections::{HashMap, VecDeque};

use segue_model::{RunId, Timestamp};

use super::item::{Item, Lane};

/// An item with the run that wrote it.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) number: u64,
    pub(super) run: RunId,
    pub(super) item: Item,
    /// How many events of a delivery were delivered already.
    pub(super) delivered: usize,
}

/// An item that waits for its turn.
enum Queued {
    /// Here.
    Held(Box<Task>),
    /// Still in the store alone: lanes to sinks may be long.
    Known(u64),
}

/// What is to be performed next.
pub(super) enum Next {
    /// This.
    Task(Box<Task>),
    /// What the store has under this number.
    Read(Lane, u64),
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Queued>,
    /// Failures in a row of what stands first.
    failures: u32,
}

/// All lanes in which something is to be done.
#[derive(Default)]
pub(super) struct Lanes {
    /// A lane is here as long as something of it runs, waits or backs off.
    queues: HashMap<Lane, Queue>,
    /// Lanes whose first item may be performed.
    ready: VecDeque<Lane>,
    /// Lanes that back off, and until when.
    resting: Vec<(Timestamp, Lane)>,
    /// Items that are held in memory.
    held: usize,
}

impl Lanes {
    /// Adds an item behind what its lane has.
    pub(super) fn add(&mut self, task: Task) {
        let lane = task.item.lane(&task.run);
        let long = matches!(lane, Lane::Sink(..));
        match self.queues.get_mut(&lane) {
            Some(queue) if long => queue.waiting.push_back(Queued::Known(task.number)),
            Some(queue) => {
                queue.waiting.push_back(Queued::Held(Box::new(task)));
                self.held += 1;
            }
            None => {
                let mut queue = Queue::default();
                queue.waiting.push_back(Queued::Held(Box::new(task)));
                self.held += 1;
                self.queues.insert(lane.clone(), queue);
                self.ready.push_back(lane);
            }
        }
    }

    /// Items that are held in memory and are not being performed.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Takes the next item that may be performed.
    pub(super) fn next(&mut self) -> Option<Next> {
        while let Some(lane) = self.ready.pop_front() {
            let queue = self.queues.get_mut(&lane);
            match queue.and_then(|queue| queue.waiting.pop_front()) {
                Some(Queued::Held(task)) => {
                    self.held -= 1;
                    return Some(Next::Task(task));
                }
                Some(Queued::Known(number)) => return Some(Next::Read(lane, number)),
                None => {
                    self.queues.remove(&lane);
                }
            }
        }
        None
    }

    /// What was performed last in the lane is over: the next one's turn.
    pub(super) fn finished(&mut self, lane: &Lane) {
        let Some(queue) = self.queues.get_mut(lane) else {
            return;
        };
        queue.failures = 0;
        if queue.waiting.is_empty() {
            self.queues.remove(lane);
        } else {
            self.ready.push_back(lane.clone());
        }
    }

    /// What was performed last in the lane failed: it stands first again, and the lane rests
    /// as long as `pause` says after so many failures.
    pub(super) fn failed(&mut self, task: Task, now: Timestamp, pause: impl Fn(u32) -> u64) {
        let lane = task.item.lane(&task.run);
        let queue = self.queues.entry(lane.clone()).or_default();
        queue.failures = queue.failures.saturating_add(1);
        let until = now.plus_ms(pause(queue.failures));
        queue.waiting.push_front(Queued::Held(Box::new(task)));
        self.held += 1;
        self.resting.push((until, lane));
    }

    /// What was to be read in the lane could not be: it stands first again.
    pub(super) fn unread(&mut self, lane: Lane, number: u64, until: Timestamp) {
        let queue = self.queues.entry(lane.clone()).or_default();
        queue.waiting.push_front(Queued::Known(number));
        self.resting.push((until, lane));
    }

    /// Ends the rest of lanes whose time has come; says when the next one's comes.
    pub(super) fn wake(&mut self, now: Timestamp) -> Option<Timestamp> {
        let ready = &mut self.ready;
        self.resting.retain(|(until, lane)| {
            let resting = *until > now;
            if !resting {
                ready.push_back(lane.clone());
            }
            resting
        });
        self.resting.iter().map(|(until, _)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn cancel(number: u64, child: u64) -> Task {
        Task {
            number,
            run: RunId::new(1, [0; 10]),
            item: Item::CancelChild {
                child,
                key: String::new(),
            },
            delivered: 0,
        }
    }

    fn deliver(number: u64) -> Task {
        Task {
            number,
            run: RunId::new(1, [0; 10]),
            item: Item::Deliver {
                sink: "s".to_owned(),
                events: vec![RawValue::NULL.to_owned()],
            },
            delivered: 0,
        }
    }

    fn number(next: Option<Next>) -> Option<u64> {
        next.map(|next| match next {
            Next::Task(task) => task.number,
            Next::Read(_, number) => number,
        })
    }

    #[test]
    fn a_lane_keeps_its_order_and_others_do_not_wait_for_it() {
        let mut lanes = Lanes::default();
        let first = cancel(1, 7);
        let lane = first.item.lane(&first.run);
        for task in [first, cancel(2, 7), cancel(3, 8)] {
            lanes.add(task);
        }
        assert_eq!(number(lanes.next()), Some(1));
        assert_eq!(number(lanes.next()), Some(3));
        assert_eq!(number(lanes.next()), None);
        lanes.finished(&lane);
        assert_eq!(number(lanes.next()), Some(2));
        lanes.finished(&lane);
        assert_eq!(number(lanes.next()), None);
        assert_eq!(lanes.held(), 0);
    }

    #[test]
    fn what_failed_stands_first_again_after_its_rest() {
        let mut lanes = Lanes::default();
        lanes.add(cancel(1, 7));
        lanes.add(cancel(2, 7));
        let Some(Next::Task(task)) = lanes.next() else {
            panic!("there is one");
        };
        lanes.failed(*task, Timestamp(100), |failures| u64::from(failures) * 10);
        assert_eq!(number(lanes.next()), None);
        assert_eq!(lanes.wake(Timestamp(109)), Some(Timestamp(110)));
        assert_eq!(lanes.wake(Timestamp(110)), None);
        assert_eq!(number(lanes.next()), Some(1));
    }

    #[test]
    fn of_a_long_lane_only_numbers_are_kept() {
        let mut lanes = Lanes::default();
        for n in 1..=1_000 {
            lanes.add(deliver(n));
        }
        assert_eq!(lanes.held(), 1);
        assert_eq!(number(lanes.next()), Some(1));
        let first = deliver(1);
        lanes.finished(&first.item.lane(&first.run));
        assert!(matches!(lanes.next(), Some(Next::Read(_, 2))));
    }
}
