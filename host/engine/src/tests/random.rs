//! Random workflows, as IR, from a stream of random bytes.

use segue_model::ir::{
    Backoff, BlockId, Call, Case, Catch, Deployed, Duration, ErrorFilter, Export, ExprId,
    Expression, Flow, ForLoop, IR_VERSION, Input, Output, PinnedStep, RaisedError, RetryPolicy,
    StepId, StepRef, Task, TaskId, TaskKind, Template, Workflow,
};
use segue_model::limits::{LimitRequest, StepLimits};
use segue_model::{Digest, EffectClass, Span};
use serde_json::{Value, json};

/// Bytes that run out into zeros, so that every choice is finite and shrinks.
pub(super) struct Bytes(pub(super) std::vec::IntoIter<u8>);

impl Bytes {
    pub(super) fn below(&mut self, n: u8) -> u8 {
        self.0.next().unwrap_or(0) % n
    }

    fn chance(&mut self, of_ten: u8) -> bool {
        self.below(10) < of_ten
    }
}

pub(super) struct Builder {
    workflow: Workflow,
    bytes: Bytes,
}

const DEPTH_MAX: u32 = 3;

/// A random workflow with one pure and one effectful step.
pub(super) fn workflow(bytes: Vec<u8>) -> Deployed {
    let mut builder = Builder::new(Bytes(bytes.into_iter()));
    let body = builder.block(0, "/do");
    builder.finish(body)
}

fn pin(step: &str, effect: EffectClass) -> PinnedStep {
    PinnedStep {
        plugin: "test".to_owned(),
        version: semver::Version::new(1, 0, 0),
        step: step.to_owned(),
        component: Digest::of(step.as_bytes()),
        effect,
        limits: StepLimits::default(),
    }
}

impl Builder {
    pub(super) fn new(bytes: Bytes) -> Builder {
        let step = |name: &str| StepRef {
            plugin: "test".to_owned(),
            step: Some(name.to_owned()),
            version: "1".to_owned(),
        };
        let workflow = Workflow {
            ir_version: IR_VERSION,
            name: "test/random:1.0.0".parse().unwrap(),
            title: None,
            definition: json!({}),
            input: Input::default(),
            output: Output::default(),
            timeout: None,
            body: BlockId(0),
            blocks: Vec::new(),
            tasks: Vec::new(),
            expressions: Vec::new(),
            schemas: Vec::new(),
            steps: vec![step("pure"), step("effectful")],
        };
        Builder { workflow, bytes }
    }

    pub(super) fn finish(mut self, body: BlockId) -> Deployed {
        self.workflow.body = body;
        let pins = vec![
            pin("pure", EffectClass::Pure),
            pin("effectful", EffectClass::Effectful),
        ];
        Deployed {
            workflow: self.workflow,
            pins,
        }
    }

    pub(super) fn expr(&mut self, source: &str, variables: &[&str]) -> ExprId {
        let variables = variables.iter().map(|v| (*v).to_owned()).collect();
        self.workflow.expressions.push(Expression {
            source: source.to_owned(),
            variables,
        });
        ExprId(u32::try_from(self.workflow.expressions.len() - 1).unwrap())
    }

    pub(super) fn add_block(&mut self, tasks: Vec<Task>) -> BlockId {
        let ids = tasks
            .into_iter()
            .map(|task| {
                self.workflow.tasks.push(task);
                TaskId(u32::try_from(self.workflow.tasks.len() - 1).unwrap())
            })
            .collect();
        self.workflow.blocks.push(ids);
        BlockId(u32::try_from(self.workflow.blocks.len() - 1).unwrap())
    }

    fn block(&mut self, depth: u32, pointer: &str) -> BlockId {
        let count = 1 + self.bytes.below(4);
        let tasks = (0..count)
            .map(|at| self.task(depth, pointer, at, count))
            .collect();
        self.add_block(tasks)
    }

    fn task(&mut self, depth: u32, pointer: &str, at: u8, count: u8) -> Task {
        let name = format!("t{at}");
        let pointer = format!("{pointer}/{at}/{name}");
        let kind = self.kind(depth, &pointer);
        let condition = self
            .bytes
            .chance(1)
            .then(|| self.expr("$context != null", &["context"]));
        let export = match self.bytes.chance(2) {
            true => Export {
                transform: Some(Template::Expr(self.expr("{last: $output}", &["output"]))),
                schema: None,
            },
            false => Export::default(),
        };
        let timeout = self.bytes.chance(2).then(|| self.duration());
        let then = self.flow(at, count);
        Task {
            condition,
            export,
            timeout,
            then,
            ..plain(&name, &pointer, kind)
        }
    }

    fn flow(&mut self, at: u8, count: u8) -> Flow {
        match self.bytes.below(12) {
            0 => Flow::Exit,
            1 => Flow::End,
            2 if at + 1 < count => Flow::Task(u32::from(at + 1 + self.bytes.below(count - at - 1))),
            _ => Flow::Continue,
        }
    }

    fn duration(&mut self) -> Duration {
        Duration::Fixed(Span::from_ms(u64::from(self.bytes.below(200))))
    }

    fn kind(&mut self, depth: u32, pointer: &str) -> TaskKind {
        let deep = if depth < DEPTH_MAX { 10 } else { 6 };
        match self.bytes.below(deep) {
            0 | 1 => self.call(),
            2 => TaskKind::Set {
                value: self.value(),
            },
            3 => TaskKind::Wait {
                duration: self.duration(),
            },
            4 => self.raise(),
            5 => self.switch(),
            6 => TaskKind::Do {
                body: self.block(depth + 1, &format!("{pointer}/do")),
            },
            7 => self.looping(depth, pointer),
            _ => self.trying(depth, pointer),
        }
    }

    fn call(&mut self) -> TaskKind {
        TaskKind::Call(Call {
            step: StepId(u32::from(self.bytes.below(2))),
            with: self.bytes.chance(5).then(|| self.value()),
            limits: LimitRequest::default(),
        })
    }

    fn value(&mut self) -> Template {
        match self.bytes.below(5) {
            0 => Template::Literal(json!({"n": self.bytes.below(9)})),
            1 => Template::Expr(
                self.expr("{n: ([.. | numbers] | add // 0), in: $input}", &["input"]),
            ),
            2 => Template::Expr(self.expr("$workflow.input", &["workflow"])),
            // Fails unless its input has that shape.
            3 => Template::Expr(self.expr(".n + 1", &[])),
            _ => Template::Literal(json!({"big": "x".repeat(1500), "n": self.bytes.below(9)})),
        }
    }

    fn raise(&mut self) -> TaskKind {
        let status = [400, 500, 503][usize::from(self.bytes.below(3))];
        TaskKind::Raise {
            error: RaisedError {
                kind: Template::Literal(json!("urn:test:raised")),
                status: Template::Literal(json!(status)),
                title: None,
                detail: None,
            },
        }
    }

    fn switch(&mut self) -> TaskKind {
        let when = self.expr("type == \"object\"", &[]);
        let then = self.flow(0, 1);
        let first = Case {
            name: "object".to_owned(),
            when: Some(when),
            then,
        };
        let then = self.flow(0, 1);
        TaskKind::Switch {
            cases: vec![
                first,
                Case {
                    name: "else".to_owned(),
                    when: None,
                    then,
                },
            ],
        }
    }

    fn looping(&mut self, depth: u32, pointer: &str) -> TaskKind {
        let items: Vec<Value> = (0..self.bytes.below(4))
            .map(|n| json!({"item": n}))
            .collect();
        let condition = self
            .bytes
            .chance(3)
            .then(|| self.expr("$index < 2", &["index"]));
        TaskKind::For(ForLoop {
            each: "item".to_owned(),
            at: "index".to_owned(),
            items: Template::Literal(Value::Array(items)),
            condition,
            body: self.block(depth + 1, &format!("{pointer}/for/do")),
        })
    }

    fn trying(&mut self, depth: u32, pointer: &str) -> TaskKind {
        let body = self.block(depth + 1, &format!("{pointer}/try"));
        let retry = self.bytes.chance(6).then(|| self.policy());
        let handler = self
            .bytes
            .chance(5)
            .then(|| self.block(depth + 1, &format!("{pointer}/catch/do")));
        let filter = ErrorFilter {
            status: Some(503),
            ..ErrorFilter::default()
        };
        let errors = self.bytes.chance(3).then_some(filter);
        let when = self
            .bytes
            .chance(3)
            .then(|| self.expr("$error.status >= 500", &["error"]));
        let (variable, except_when, then) = ("error".to_owned(), None, None);
        let catch = Catch {
            errors,
            variable,
            when,
            except_when,
            retry,
            body: handler,
            then,
        };
        TaskKind::Try { body, catch }
    }

    fn policy(&mut self) -> RetryPolicy {
        RetryPolicy {
            delay: self.bytes.chance(5).then(|| self.duration()),
            backoff: match self.bytes.below(3) {
                0 => Backoff::Constant,
                1 => Backoff::Linear { cap_ms: 300 },
                _ => Backoff::Exponential {
                    factor: 2.0,
                    cap_ms: 300,
                },
            },
            attempts: Some(u32::from(self.bytes.below(4))),
            attempt_duration: self.bytes.chance(2).then(|| self.duration()),
            duration: self.bytes.chance(2).then(|| self.duration()),
            ..RetryPolicy::default()
        }
    }
}

pub(super) fn plain(name: &str, pointer: &str, kind: TaskKind) -> Task {
    Task {
        name: name.to_owned(),
        pointer: pointer.to_owned(),
        definition: json!({"metadata": {"name": name}}),
        condition: None,
        input: Input::default(),
        output: Output::default(),
        export: Export::default(),
        timeout: None,
        then: Flow::Continue,
        kind,
    }
}
