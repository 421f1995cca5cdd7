//! Sends mail through a mail service. The step is effectful; the service sends once for each
//! idempotency key that the host adds.

use segue_plugin::http::{Request, Response};
use segue_plugin::{Capability, Context, Step, StepError};
use serde::{Deserialize, Serialize};

/// What `send` takes.
#[derive(Deserialize, Serialize, schemars::JsonSchema)]
struct Send {
    /// Where the mail service is.
    #[serde(skip_serializing)]
    service: String,
    /// The address of the receiver.
    #[schemars(length(min = 3, max = 254))]
    to: String,
    #[schemars(length(min = 1, max = 200))]
    subject: String,
    /// Plain text.
    #[schemars(length(min = 1, max = 20000))]
    text: String,
}

/// What the service answers.
#[derive(PartialEq, Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Sent {
    /// The message's id at the service.
    message: String,
}

impl Step for Send {
    const NAME: &str = "send";
    const TITLE: Option<&str> = Some("Send a mail");
    const CAPABILITIES: &[Capability] = &[Capability::Http];
    type Input = Self;
    type Output = Sent;

    fn run(_: &Context, input: Self) -> Result<Sent, StepError> {
        if input.subject.chars().any(char::is_control) || input.to.chars().any(char::is_control) {
            return Err(StepError::invalid_input(
                "`to` and `subject` are one line each",
            ));
        }
        let url = format!("{}/messages", input.service.trim_end_matches('/'));
        sent(Request::post(url).json(&input)?.send()?)
    }
}

fn sent(answer: Response) -> Result<Sent, StepError> {
    Ok(answer.or_step_error()?.json()?)
}

segue_plugin::export!(Send);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_message_is_read_from_the_answer() {
        let answer = Response::new(
            202,
            [("content-type", "application/json")],
            r#"{"message":"msg_1"}"#,
        );
        assert_eq!(
            sent(answer).unwrap(),
            Sent {
                message: "msg_1".into()
            }
        );
    }

    #[test]
    fn a_mailbox_that_does_not_exist_is_final_and_a_busy_service_is_not() {
        let none: [(&str, &str); 0] = [];
        assert!(
            !sent(Response::new(422, none, "no such mailbox"))
                .unwrap_err()
                .is_retryable()
        );
        assert!(
            sent(Response::new(503, none, ""))
                .unwrap_err()
                .is_retryable()
        );
    }
}
