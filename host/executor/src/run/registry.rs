//! Which runs are active, and how to reach them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use segue_engine::Input;
use segue_model::{Payload, Problem, RunId};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::options::INBOX_LEN;

/// Something that a run is told from outside.
#[derive(Debug)]
pub(crate) enum Message {
    /// An input. `done` is answered when all that follows from it is durable, or where the
    /// run has no use for it (a run that has ended cannot be cancelled); it is dropped where
    /// the run cannot take it now, and for a timer that the run does not know.
    Input {
        input: Box<Input>,
        done: oneshot::Sender<()>,
    },
    /// Somebody answers a callback.
    Callback(Box<CallbackAnswer>),
    /// There may be events for its listeners. `done` is answered when it has looked.
    Look { done: oneshot::Sender<()> },
}

/// An answer to a callback.
#[derive(Debug)]
pub(crate) struct CallbackAnswer {
    pub(crate) token: String,
    pub(crate) answer: Payload,
    pub(crate) by: Option<String>,
    /// Answered when the answer is durable, or refused. `None`: no callback waits under that
    /// token (any more).
    pub(crate) done: oneshot::Sender<Option<Result<(), Problem>>>,
}

/// The active runs. Every door opens under one lock, so that a run never leaves memory while
/// a message to it is on its way.
#[derive(Default)]
pub(crate) struct Registry(Arc<Doors>);

type Doors = Mutex<HashMap<RunId, mpsc::Sender<Message>>>;

/// An actor's place among the active runs; it is given up when dropped.
pub(crate) struct Place {
    run: RunId,
    door: mpsc::Sender<Message>,
    doors: Arc<Doors>,
    pub(crate) inbox: mpsc::Receiver<Message>,
}

/// What became of a message.
pub(super) enum Delivery {
    /// The run's actor has it.
    Sent,
    /// The run is not active; whoever sent the message makes an actor at this place.
    First(Place),
}

/// Why a message could not be delivered.
pub(super) enum Refused {
    /// Too many messages wait for that run.
    InboxFull,
    /// Too many runs are active.
    NoRoom,
}

impl Registry {
    /// Makes a place for a run that is not active. `None` where it is, or where as many as
    /// `room` are.
    pub(crate) fn enroll(&self, run: &RunId, room: usize) -> Option<Place> {
        let mut doors = lock(&self.0);
        let taken = doors.get(run).is_some_and(|door| !door.is_closed());
        (!taken && doors.len() < room).then(|| self.open(&mut doors, run))
    }

    /// Delivers a message, or makes a place for a run that has to be loaded to take it.
    pub(super) fn deliver(
        &self,
        run: &RunId,
        message: Message,
        room: usize,
    ) -> Result<Delivery, Refused> {
        let mut doors = lock(&self.0);
        let message = match doors.get(run) {
            None if doors.len() >= room => return Err(Refused::NoRoom),
            None => message,
            Some(door) => match door.try_send(message) {
                Ok(()) => return Ok(Delivery::Sent),
                Err(TrySendError::Full(_)) => return Err(Refused::InboxFull),
                // Its actor is gone without having left: it failed.
                Err(TrySendError::Closed(message)) => message,
            },
        };
        let place = self.open(&mut doors, run);
        place
            .door
            .try_send(message)
            .map_err(|_| Refused::InboxFull)?;
        Ok(Delivery::First(place))
    }

    /// How many runs are active.
    pub(crate) fn len(&self) -> usize {
        lock(&self.0).len()
    }

    fn open(&self, doors: &mut HashMap<RunId, mpsc::Sender<Message>>, run: &RunId) -> Place {
        let (door, inbox) = mpsc::channel(INBOX_LEN);
        doors.insert(run.clone(), door.clone());
        Place {
            run: run.clone(),
            door,
            doors: Arc::clone(&self.0),
            inbox,
        }
    }
}

impl Place {
    /// Gives the place up if nothing waits in the inbox; says whether it did.
    pub(super) fn leave(&self) -> bool {
        let mut doors = lock(&self.doors);
        if !self.inbox.is_empty() {
            return false;
        }
        self.remove(&mut doors);
        true
    }

    fn remove(&self, doors: &mut HashMap<RunId, mpsc::Sender<Message>>) {
        // Another actor may have taken the place of this one meanwhile.
        if doors
            .get(&self.run)
            .is_some_and(|door| door.same_channel(&self.door))
        {
            doors.remove(&self.run);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut doors = lock(&self.doors);
        self.remove(&mut doors);
    }
}

fn lock(doors: &Doors) -> MutexGuard<'_, HashMap<RunId, mpsc::Sender<Message>>> {
    doors.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancel() -> (Message, oneshot::Receiver<()>) {
        let (done, answer) = oneshot::channel();
        let input = Input::Cancel { reason: None };
        (
            Message::Input {
                input: Box::new(input),
                done,
            },
            answer,
        )
    }

    #[test]
    fn a_run_does_not_leave_while_a_message_waits() {
        let registry = Registry::default();
        let run = RunId::new(1, [0; 10]);
        let Ok(Delivery::First(mut place)) = registry.deliver(&run, cancel().0, 1) else {
            panic!("the first message makes a place");
        };
        assert!(matches!(
            registry.deliver(&run, cancel().0, 1),
            Ok(Delivery::Sent)
        ));
        assert!(!place.leave());
        assert!(place.inbox.try_recv().is_ok() && place.inbox.try_recv().is_ok());
        assert!(place.leave());
        assert_eq!(registry.len(), 0);
    }

    #[test]
    fn a_full_host_and_a_full_inbox_refuse() {
        let registry = Registry::default();
        let (one, two) = (RunId::new(1, [0; 10]), RunId::new(2, [0; 10]));
        let place = registry.enroll(&one, 1).unwrap();
        assert!(registry.enroll(&one, 9).is_none());
        assert!(registry.enroll(&two, 1).is_none());
        assert!(matches!(
            registry.deliver(&two, cancel().0, 1),
            Err(Refused::NoRoom)
        ));
        for _ in 0..INBOX_LEN {
            assert!(registry.deliver(&one, cancel().0, 1).is_ok());
        }
        assert!(matches!(
            registry.deliver(&one, cancel().0, 1),
            Err(Refused::InboxFull)
        ));
        drop(place);
        assert_eq!(registry.len(), 0);
    }
}
