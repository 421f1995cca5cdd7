//! What an actor does with what it is told from outside.

use segue_engine::Input;
use tokio::sync::oneshot;

use super::actor::Actor;
use super::pending::Answer;
use super::registry::{CallbackAnswer, Message};
use crate::options::LINGER_MS;

impl Actor {
    pub(super) fn told(&mut self, message: Message) {
        match message {
            Message::Input { input, done } => self.told_input(*input, done),
            Message::Callback(answer) => self.called_back(*answer),
            Message::Look { done } => {
                self.listening.look();
                self.lookers.push(done);
                self.linger();
            }
        }
    }

    fn told_input(&mut self, input: Input, done: oneshot::Sender<()>) {
        // A timer that the run does not know is not answered: were it answered, and still in
        // the store, it would fire again at once.
        let is_timer = matches!(input, Input::Timer { .. });
        if matches!(input, Input::ChildStarted { .. } | Input::ChildEnded { .. }) {
            self.linger();
        }
        if matches!(input, Input::Resume) {
            self.listening.look();
        }
        self.feed(input, None);
        if !self.pending.is_empty() {
            self.pending.answers.push(Answer::Done(done));
        } else if !is_timer {
            // Nothing had to change, or what did is durable already.
            let _ = done.send(());
        }
    }

    /// Finds the callback by its token, checks the answer, and feeds it.
    fn called_back(&mut self, asked: CallbackAnswer) {
        let verdict = match self.run.callback_of(&asked.token) {
            None => None,
            Some(callback) => {
                let value = asked.answer.value();
                let checked = self.run.check_callback(&self.plan, callback, value);
                if checked.is_ok() {
                    let input = Input::Callback {
                        callback,
                        answer: asked.answer,
                        by: asked.by,
                    };
                    self.feed(input, None);
                }
                Some(checked)
            }
        };
        // That nothing waits under the token (any more) is told when it is durable, too.
        if self.pending.is_empty() {
            let _ = asked.done.send(verdict);
        } else {
            self.pending
                .answers
                .push(Answer::Callback(asked.done, verdict));
        }
    }

    /// Stays in memory a little longer: more of the kind often follows at once.
    fn linger(&mut self) {
        self.linger_until = Some(self.shared.now().plus_ms(LINGER_MS));
    }
}
