//! The vocabulary of scenarios (tests/conformance/README.md): the words of the specification's
//! kit, and ours. This is its one implementation.

use serde_json::Value;

use super::yaml;

/// What a sentence says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sentence {
    /// The workflow under test, as text.
    Workflow(String),
    /// Another one that the host has as well.
    Further(String),
    /// The input of the workflow under test.
    Input(Value),
    /// A secret and its value.
    Secret(String, Value),
    /// Start it; the waiting happens where something is expected of it.
    Execute,
    /// Start a further workflow by its name, and wait for its end.
    ExecuteFurther(String),
    /// It was taken by the host, and is not started by us.
    Deployed,
    /// An event comes from outside.
    Publish(Value),
    /// Wait until the run rests in the task of that name.
    Reached(String),
    /// The run is steered from outside.
    Steer(Steering),
    /// The host is killed with SIGKILL, and started again.
    KillHost,
    /// Somebody answers the callback.
    Answer(Value),
    /// Somebody answers the callback, and is refused.
    WrongAnswer(Value),
    /// What must hold.
    Expect(Expect),
}

/// What somebody outside does to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Steering {
    Cancel,
    Suspend,
    Resume,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expect {
    /// It completes, with this output if one is given.
    Completes(Option<Value>),
    /// It faults, with these members of the error if they are given.
    Faults(Option<Value>),
    /// The error's detail has these words in it.
    DetailMentions(String),
    /// It ends cancelled.
    Cancelled,
    /// It was refused, with this code if one is given.
    Refused(Option<String>),
    /// A diagnostic has these words in it.
    DiagnosticMentions(String),
    /// It was taken.
    Accepted,
    /// A warning has these words in it.
    WarningMentions(String),
    /// The output has these members.
    Properties(Vec<String>),
    /// A member of the output is this.
    Property(String, Value),
    /// A member of the output is a list of so many.
    Items(String, usize),
    /// When a task ran.
    Order(String, Order),
    /// How a task ended.
    Task(String, End, Option<Value>),
    /// So many milliseconds at least.
    TookAtLeast(u64),
    /// So many runs of a workflow end completed, each with this output if one is given.
    Runs(usize, String, Option<Value>),
    /// A workflow has exactly so many runs, schedules aside.
    RunsExactly(usize, String),
    /// How a run of a further workflow ends.
    FurtherEnds(String, End),
    /// The server got so many requests at that address.
    Requests(usize, String),
    /// Neither the run nor its journal has the value of that secret.
    SecretHidden(String),
    /// The sink got an event of that type about this run.
    Lifecycle(String),
}

/// When a task ran.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Order {
    First,
    Last,
    Never,
    Times(usize),
    Before(String),
    After(String),
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Faulted,
    Cancelled,
}

impl End {
    /// The word of the API.
    pub(super) fn status(self) -> &'static str {
        match self {
            End::Completed => "completed",
            End::Faulted => "faulted",
            End::Cancelled => "cancelled",
        }
    }
}

const UNKNOWN: &str = "this sentence is not in the vocabulary";

impl Sentence {
    /// Reads a sentence and its doc string.
    pub(super) fn read(text: &str, doc: Option<&str>) -> Result<Sentence, String> {
        let text = text.strip_prefix("given ").unwrap_or(text);
        let body = || doc.ok_or_else(|| "a doc string is missing".to_owned());
        let data = || yaml::read(body()?);
        let sentence = match text {
            "a workflow with definition:" => Sentence::Workflow(body()?.to_owned()),
            "a further workflow with definition:" => Sentence::Further(body()?.to_owned()),
            "the workflow input is:" => Sentence::Input(data()?),
            "the workflow is executed" => Sentence::Execute,
            "the workflow is deployed" => Sentence::Deployed,
            "the event is published:" => Sentence::Publish(data()?),
            "the workflow is cancelled" => Sentence::Steer(Steering::Cancel),
            "the workflow is suspended" => Sentence::Steer(Steering::Suspend),
            "the workflow is resumed" => Sentence::Steer(Steering::Resume),
            "the host is killed and started again" => Sentence::KillHost,
            "the callback is answered with:" => Sentence::Answer(data()?),
            "the callback is wrongly answered with:" => Sentence::WrongAnswer(data()?),
            _ => return Sentence::with_names(text, doc),
        };
        Ok(sentence)
    }

    /// Sentences with a name in them, and expectations.
    fn with_names(text: &str, doc: Option<&str>) -> Result<Sentence, String> {
        let data = || yaml::read(doc.ok_or_else(|| "a doc string is missing".to_owned())?);
        if let Some(name) = between(text, "the secret ", " is:") {
            return Ok(Sentence::Secret(unquote(name), data()?));
        }
        if let Some(name) = between(text, "the workflow ", " is executed") {
            return Ok(Sentence::ExecuteFurther(unquote(name)));
        }
        if let Some(name) = text.strip_prefix("the workflow has reached ") {
            return Ok(Sentence::Reached(unquote(name)));
        }
        Expect::read(text, doc).map(Sentence::Expect)
    }
}

impl Expect {
    fn read(text: &str, doc: Option<&str>) -> Result<Expect, String> {
        let data = || yaml::read(doc.ok_or_else(|| "a doc string is missing".to_owned())?);
        Ok(match text {
            "the workflow should complete" => Expect::Completes(None),
            "the workflow should complete with output:" => Expect::Completes(Some(data()?)),
            "the workflow should fault" => Expect::Faults(None),
            "the workflow should fault with error:" => Expect::Faults(Some(data()?)),
            "the workflow should cancel" | "the workflow should be cancelled" => Expect::Cancelled,
            "the workflow should be refused" => Expect::Refused(None),
            "the workflow should be accepted" => Expect::Accepted,
            _ => return Expect::about_the_workflow(text, doc),
        })
    }

    fn about_the_workflow(text: &str, doc: Option<&str>) -> Result<Expect, String> {
        let after = |prefix: &str| text.strip_prefix(prefix).map(unquote);
        let found = after("the workflow should be refused with ")
            .map(|code| Expect::Refused(Some(code)))
            .or_else(|| after("the diagnostic should mention ").map(Expect::DiagnosticMentions))
            .or_else(|| after("a warning should mention ").map(Expect::WarningMentions))
            .or_else(|| after("the error's detail should mention ").map(Expect::DetailMentions))
            .or_else(|| {
                between(text, "the secret ", " should appear nowhere")
                    .map(|name| Expect::SecretHidden(unquote(name)))
            });
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(ms) = between(text, "the workflow should take at least ", " ms") {
            return Ok(Expect::TookAtLeast(number(ms)?));
        }
        if let Some(kind) = between(text, "a lifecycle event ", " should be published") {
            return Ok(Expect::Lifecycle(unquote(kind)));
        }
        if let Some(rest) = text.strip_prefix("the workflow output should have ") {
            return Expect::about_the_output(rest, doc);
        }
        Expect::about_others(text, doc)
    }

    fn about_the_output(rest: &str, doc: Option<&str>) -> Result<Expect, String> {
        if let Some(names) = rest.strip_prefix("properties ") {
            return Ok(Expect::Properties(names.split(',').map(unquote).collect()));
        }
        let rest = rest.strip_prefix("a ").or_else(|| rest.strip_prefix("an "));
        let rest = rest.ok_or(UNKNOWN)?;
        if let Some(name) = rest.strip_suffix(" property with value:") {
            let value = yaml::read(doc.ok_or("a doc string is missing")?)?;
            return Ok(Expect::Property(unquote(name), value));
        }
        let (name, count) = rest.split_once(" property containing ").ok_or(UNKNOWN)?;
        let count = count.trim_end_matches(" items").trim_end_matches(" item");
        Ok(Expect::Items(unquote(name), number(count)?))
    }

    fn about_others(text: &str, doc: Option<&str>) -> Result<Expect, String> {
        let data = || doc.map(yaml::read).transpose();
        if let Some((count, rest)) = text.split_once(" of ")
            && let Some(count) = count.strip_suffix(" runs").or(count.strip_suffix(" run"))
        {
            let (exactly, count) = match count.strip_prefix("exactly ") {
                Some(count) => (true, number(count)?),
                None => (false, number(count)?),
            };
            let (name, rest) = rest.split_once(" should ").ok_or(UNKNOWN)?;
            return match (exactly, rest) {
                (true, "exist") => Ok(Expect::RunsExactly(count, unquote(name))),
                (false, "complete" | "complete with output:") => {
                    Ok(Expect::Runs(count, unquote(name), data()?))
                }
                _ => Err(UNKNOWN.to_owned()),
            };
        }
        if let Some(rest) = text.strip_prefix("the server should have received ") {
            let (count, address) = rest.split_once(" requests at ").ok_or(UNKNOWN)?;
            return Ok(Expect::Requests(number(count)?, unquote(address)));
        }
        let (name, rest) = text.split_once(" should ").ok_or(UNKNOWN)?;
        if let Some(name) = name.strip_prefix("the workflow ") {
            return Ok(Expect::FurtherEnds(unquote(name), end(rest)?));
        }
        if rest == "complete with output:" {
            return Err("a host shows the output of a workflow, not those of its tasks".to_owned());
        }
        match rest.strip_prefix("run ") {
            Some(order) => Ok(Expect::Order(unquote(name), Order::read(order)?)),
            None => Ok(Expect::Task(unquote(name), end(rest)?, data()?)),
        }
    }
}

impl Order {
    fn read(text: &str) -> Result<Order, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (word, rest) {
            ("first", "") => Ok(Order::First),
            ("last", "") => Ok(Order::Last),
            ("never", "") => Ok(Order::Never),
            ("once", "") => Ok(Order::Times(1)),
            ("before", other) => Ok(Order::Before(unquote(other))),
            ("after", other) => Ok(Order::After(unquote(other))),
            (count, "times") => Ok(Order::Times(number(count)?)),
            _ => Err(UNKNOWN.to_owned()),
        }
    }
}

fn end(text: &str) -> Result<End, String> {
    match text {
        "complete" | "complete with output:" => Ok(End::Completed),
        "fault" | "fault with error:" => Ok(End::Faulted),
        "cancel" | "be cancelled" => Ok(End::Cancelled),
        _ => Err(UNKNOWN.to_owned()),
    }
}

fn between<'t>(text: &'t str, prefix: &str, suffix: &str) -> Option<&'t str> {
    text.strip_prefix(prefix)?.strip_suffix(suffix)
}

fn unquote(text: &str) -> String {
    text.trim().trim_matches(['\'', '"']).to_owned()
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    let digits = text.trim();
    digits
        .parse()
        .map_err(|_| format!("`{digits}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Sentence {
        Sentence::read(text, Some("n: 1")).unwrap()
    }

    #[test]
    fn the_words_of_the_kit_are_understood() {
        assert_eq!(
            read("given the workflow input is:"),
            Sentence::Input(serde_json::json!({"n": 1}))
        );
        let properties = vec!["id".to_owned(), "a.b".to_owned()];
        assert_eq!(
            read("the workflow output should have properties 'id', 'a.b'"),
            Sentence::Expect(Expect::Properties(properties))
        );
        assert_eq!(
            read("the workflow output should have a 'colors' property containing 1 items"),
            Sentence::Expect(Expect::Items("colors".to_owned(), 1))
        );
        assert_eq!(
            read("setGreen should run after setRed"),
            Sentence::Expect(Expect::Order(
                "setGreen".to_owned(),
                Order::After("setRed".to_owned())
            ))
        );
        assert_eq!(
            read("'setGreen' should fault"),
            Sentence::Expect(Expect::Task(
                "setGreen".to_owned(),
                End::Faulted,
                Some(serde_json::json!({"n": 1}))
            ))
        );
    }

    #[test]
    fn runs_of_other_workflows_are_counted() {
        assert_eq!(
            read("exactly 2 runs of 'tick' should exist"),
            Sentence::Expect(Expect::RunsExactly(2, "tick".to_owned()))
        );
        assert!(matches!(
            read("3 runs of 'tick' should complete"),
            Sentence::Expect(Expect::Runs(3, _, Some(_)))
        ));
    }

    #[test]
    fn what_is_not_in_the_vocabulary_is_said_so() {
        for text in [
            "the workflow should shine",
            "it rains",
            "x should run sideways",
        ] {
            assert!(Sentence::read(text, None).is_err(), "{text}");
        }
    }
}
