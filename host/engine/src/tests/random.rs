//! Random workflows, as IR, from a stream of random bytes.

use segue_model::ir::{
    Around, Auths, AwaitCallback, Backoff, BlockId, Branch, Call, Case, Catch, Correlation,
    Deployed, Duration, Emit, ErrorFilter, Export, ExprId, Expression, Filter, Flow, ForLoop,
    Foreach, FunctionCall, GrantsOf, IR_VERSION, Input, Listen, MapCall, Output, PinnedStep,
    RaisedError, Read, RetryPolicy, RunWorkflow, StepId, StepRef, Strategy, Task, TaskId, TaskKind,
    Template, Test, Until, Workflow, WorkflowRef,
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
    pub(super) workflow: Workflow,
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
            secrets: Vec::new(),
            secret_paths: Vec::new(),
            schedule: None,
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
        let around = match depth < DEPTH_MAX && self.bytes.chance(1) {
            true => vec![self.around(depth, &pointer)],
            false => Vec::new(),
        };
        Task {
            condition,
            export,
            timeout,
            then,
            around,
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
        let deep = if depth < DEPTH_MAX { 20 } else { 11 };
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
            6 => self.emit(),
            7 => self.listen(None),
            8 => self.run(),
            9 => self.map(),
            10 => self.callback(),
            11 => TaskKind::Do {
                body: self.block(depth + 1, &format!("{pointer}/do")),
            },
            12 | 13 => self.looping(depth, pointer),
            14 => TaskKind::Function(FunctionCall {
                name: "f".to_owned(),
                body: self.block(depth + 1, "/use/functions/f"),
                with: self.bytes.chance(5).then(|| self.value()),
            }),
            15 => {
                let body = self.bytes.chance(8);
                let body = body.then(|| self.block(depth + 1, &format!("{pointer}/foreach/do")));
                self.listen(Some(body))
            }
            16 | 17 => self.fork(depth, pointer),
            _ => self.trying(depth, pointer),
        }
    }

    fn around(&mut self, depth: u32, pointer: &str) -> Around {
        let block = |builder: &mut Builder, part: &str| {
            let wanted = builder.bytes.chance(7);
            wanted.then(|| builder.block(depth + 2, &format!("{pointer}/{part}")))
        };
        let (before, after) = (block(self, "before"), block(self, "after"));
        let when = self.bytes.chance(3);
        Around {
            name: "x".to_owned(),
            when: when.then(|| self.expr("$task.name != \"t0\"", &["task"])),
            before,
            after,
        }
    }

    fn fork(&mut self, depth: u32, pointer: &str) -> TaskKind {
        let branches = (0..self.bytes.below(4)).map(|at| {
            let pointer = format!("{pointer}/fork/branches");
            let task = self.task(depth + 1, &pointer, at, 1);
            Branch {
                name: task.name.clone(),
                body: self.add_block(vec![task]),
            }
        });
        TaskKind::Fork {
            branches: branches.collect(),
            compete: self.bytes.chance(4),
        }
    }

    fn emit(&mut self) -> TaskKind {
        let kind = self.kind_of_event();
        let data = self.value();
        TaskKind::Emit(Emit {
            event: Template::Object(vec![
                ("type".to_owned(), Template::Literal(json!(kind))),
                ("data".to_owned(), data),
            ]),
        })
    }

    fn kind_of_event(&mut self) -> &'static str {
        ["a", "b", "c"][usize::from(self.bytes.below(3))]
    }

    fn filter(&mut self) -> Filter {
        let kind = Test::Equals(json!(self.kind_of_event()));
        let mut with = vec![("type".to_owned(), kind)];
        match self.bytes.below(6) {
            0 => with.push(("id".to_owned(), Test::Matches("^[0-9a-f]+$".to_owned()))),
            // Fails unless there is a number.
            1 => with.push(("data".to_owned(), Test::Expr(self.expr(".n < 5", &[])))),
            _ => {}
        }
        let correlate = match self.bytes.below(4) {
            0 => vec![Correlation {
                key: "k".to_owned(),
                from: self.expr(".source", &[]),
                expect: None,
            }],
            _ => Vec::new(),
        };
        Filter { with, correlate }
    }

    fn strategy(&mut self, until: bool) -> Strategy {
        match self.bytes.below(3) {
            0 => Strategy::One(self.filter()),
            1 => Strategy::All((0..self.bytes.below(3)).map(|_| self.filter()).collect()),
            _ => {
                let filters = (0..self.bytes.below(3)).map(|_| self.filter()).collect();
                let until = match self.bytes.below(3) {
                    _ if !until => None,
                    0 => Some(Until::When(self.expr("length > 1", &[]))),
                    1 => Some(Until::Events(Box::new(self.strategy(false)))),
                    _ => None,
                };
                Strategy::Any { filters, until }
            }
        }
    }

    /// A `listen`; with a `foreach` of that block.
    fn listen(&mut self, foreach: Option<Option<BlockId>>) -> TaskKind {
        let to = self.strategy(true);
        let read = [Read::Data, Read::Envelope, Read::Raw][usize::from(self.bytes.below(3))];
        let foreach = foreach.map(|body| {
            let export = self.bytes.chance(4);
            let transform = export
                .then(|| Template::Expr(self.expr("{$index, $output}", &["index", "output"])));
            Foreach {
                item: "item".to_owned(),
                at: "index".to_owned(),
                body,
                output: Output::default(),
                export: Export {
                    transform,
                    schema: None,
                },
            }
        });
        TaskKind::Listen(Listen { to, read, foreach })
    }

    fn run(&mut self) -> TaskKind {
        TaskKind::Run(RunWorkflow {
            workflow: other(),
            input: self.bytes.chance(5).then(|| self.value()),
            wait: self.bytes.chance(7),
        })
    }

    fn map(&mut self) -> TaskKind {
        let items: Vec<u8> = (0..self.bytes.below(5)).collect();
        let number = |n: u8| Some(Template::Literal(json!(n)));
        let input = self.bytes.chance(5);
        TaskKind::Map(MapCall {
            workflow: other(),
            items: Template::Literal(json!(items)),
            input: input.then(|| Template::Expr(self.expr("[$item, $index]", &["item", "index"]))),
            concurrency: number(1 + self.bytes.below(3)),
            tolerate: self
                .bytes
                .chance(5)
                .then(|| self.bytes.below(3))
                .and_then(number),
        })
    }

    fn callback(&mut self) -> TaskKind {
        let title = Some(Template::Literal(json!("please")));
        TaskKind::AwaitCallback(AwaitCallback {
            title,
            description: None,
            data: self.bytes.chance(5).then(|| self.value()),
            form: None,
            deadline: self.bytes.chance(5).then(|| self.duration()),
        })
    }

    fn call(&mut self) -> TaskKind {
        TaskKind::Call(Call {
            step: StepId(u32::from(self.bytes.below(2))),
            with: self.bytes.chance(5).then(|| self.value()),
            limits: LimitRequest::default(),
            grants: GrantsOf::Plugin,
            auth: Auths::default(),
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
        around: Vec::new(),
        kind,
    }
}

pub(super) fn other() -> WorkflowRef {
    WorkflowRef {
        namespace: "test".to_owned(),
        name: "other".to_owned(),
        version: None,
    }
}
