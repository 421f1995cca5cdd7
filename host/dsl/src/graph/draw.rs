//! From blocks of tasks to nodes, subgraphs and arrows.

use segue_model::ir::{
    BlockId, Branch, Catch, Flow, ForLoop, Foreach, Listen, Task, TaskId, TaskKind, Workflow,
};

use super::kind::{self, expression, template};
use super::label::label;
use super::{GRAPH_DEPTH_MAX, GRAPH_TASKS_MAX};

/// The node that a workflow ends in. `end` is a word of Mermaid.
const FINISH: &str = "finish";

pub(super) fn draw(workflow: &Workflow) -> String {
    let mut drawing = Drawing {
        workflow,
        lines: Vec::new(),
        arrows: Vec::new(),
        names: 0,
        tasks: 0,
        depth: 0,
    };
    let mut start = vec!["start".to_owned()];
    let schedule = workflow.schedule.map(|block| workflow.block(block));
    let schedules = schedule.into_iter().flatten();
    start.extend(schedules.filter_map(|id| Some(kind::kind(workflow, workflow.task(*id)?))));
    drawing.line(&format!("start([{}])", label(&start)));
    let ways = Ways {
        after: Some(FINISH.to_owned()),
        exit: Some(FINISH.to_owned()),
    };
    let first = drawing.block(workflow.body, &ways);
    drawing.line(&format!("{FINISH}([{}])", label(&["end"])));
    let first = first.as_deref().unwrap_or(FINISH);
    drawing.arrows.insert(0, format!("  start --> {first}"));
    let mut out = String::from("flowchart TD\n");
    for line in drawing.lines.iter().chain(&drawing.arrows) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Where the flow goes from the tasks of a block.
struct Ways {
    /// Behind the last task. None: the task around it goes on.
    after: Option<String>,
    /// `exit`. None: a node of the block's own.
    exit: Option<String>,
}

/// The nodes of a block whose tasks are being drawn.
struct Nodes<'n> {
    ids: &'n [String],
    at: usize,
    ways: &'n Ways,
}

#[derive(Clone, Copy)]
enum Arrow<'l> {
    Plain,
    Named(&'l str),
    /// Not the usual way.
    Dotted(&'l str),
}

struct Drawing<'w> {
    workflow: &'w Workflow,
    /// Nodes and subgraphs. Arrows come behind all of them: Mermaid puts a node where it is
    /// named first.
    lines: Vec<String>,
    arrows: Vec<String>,
    names: usize,
    tasks: usize,
    depth: usize,
}

impl Drawing<'_> {
    fn line(&mut self, text: &str) {
        let indent = "  ".repeat(self.depth + 1);
        self.lines.push(format!("{indent}{text}"));
    }

    fn arrow(&mut self, from: &str, to: &str, arrow: Arrow<'_>) {
        let drawn = match arrow {
            Arrow::Plain => "-->".to_owned(),
            Arrow::Named(text) => format!("-->|{}|", label(&[text])),
            Arrow::Dotted(text) => format!("-.->|{}|", label(&[text])),
        };
        self.arrows.push(format!("  {from} {drawn} {to}"));
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }

    fn node(&mut self, id: &str, shape: (&str, &str), lines: &[String]) {
        self.line(&format!("{id}{}{}{}", shape.0, label(lines), shape.1));
    }

    fn subgraph(&mut self, id: &str, lines: &[String], inside: impl FnOnce(&mut Self)) {
        self.line(&format!("subgraph {id} [{}]", label(lines)));
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line("end");
    }

    /// Draws the tasks of a block. Gives the node of the first one.
    fn block(&mut self, block: BlockId, ways: &Ways) -> Option<String> {
        let workflow = self.workflow;
        let tasks: Vec<&Task> = workflow
            .block(block)
            .iter()
            .filter_map(|id: &TaskId| workflow.task(*id))
            .collect();
        let ids: Vec<String> = tasks.iter().map(|_| self.fresh()).collect();
        let leaves = ways.exit.is_none() && tasks.iter().any(|task| leaves(task));
        let ways = Ways {
            after: ways.after.clone(),
            exit: match leaves {
                true => Some(self.fresh()),
                false => ways.exit.clone(),
            },
        };
        for (at, (task, id)) in tasks.iter().zip(&ids).enumerate() {
            let nodes = Nodes {
                ids: &ids,
                at,
                ways: &ways,
            };
            self.task(task, id, &nodes);
            self.leave(task, id, &nodes);
        }
        if tasks.is_empty() {
            let id = self.fresh();
            self.node(&id, ("[", "]"), &["nothing".to_owned()]);
            if let Some(after) = &ways.after {
                self.arrow(&id, after, Arrow::Plain);
            }
            return Some(id);
        }
        if let Some(exit) = ways.exit.as_deref().filter(|_| leaves) {
            self.node(exit, ("([", "])"), &["exit".to_owned()]);
        }
        ids.into_iter().next()
    }

    /// The arrows that lead away from a task.
    fn leave(&mut self, task: &Task, id: &str, nodes: &Nodes<'_>) {
        match &task.kind {
            TaskKind::Raise { .. } => {}
            TaskKind::Switch { cases } => {
                for case in cases {
                    let text = match case.when {
                        Some(_) => case.name.clone(),
                        None => format!("{} (default)", case.name),
                    };
                    self.go(id, &case.then, nodes, Arrow::Named(&text));
                }
                if cases.iter().all(|case| case.when.is_some()) {
                    self.go(id, &task.then, nodes, Arrow::Named("otherwise"));
                }
            }
            _ => self.go(id, &task.then, nodes, Arrow::Plain),
        }
        // A task that is skipped ignores its `then`.
        let goes_on = task.then == Flow::Continue
            && !matches!(task.kind, TaskKind::Raise { .. } | TaskKind::Switch { .. });
        if task.condition.is_some() && !goes_on {
            self.go(id, &Flow::Continue, nodes, Arrow::Dotted("skipped"));
        }
    }

    fn go(&mut self, from: &str, flow: &Flow, nodes: &Nodes<'_>, arrow: Arrow<'_>) {
        let to = match flow {
            Flow::Continue => nodes.ids.get(nodes.at + 1).or(nodes.ways.after.as_ref()),
            Flow::Exit => nodes.ways.exit.as_ref(),
            Flow::End => return self.arrow(from, FINISH, arrow),
            Flow::Task(at) => nodes.ids.get(*at as usize),
        };
        if let Some(to) = to {
            self.arrow(from, to, arrow);
        }
    }

    fn task(&mut self, task: &Task, id: &str, nodes: &Nodes<'_>) {
        self.tasks += 1;
        let lines = self.about(task);
        let is_full = self.tasks > GRAPH_TASKS_MAX || self.depth >= GRAPH_DEPTH_MAX;
        match &task.kind {
            _ if is_full => self.node(id, ("[", "]"), &[lines, vec!["…".to_owned()]].concat()),
            TaskKind::Do { body } => self.nested(id, &lines, *body),
            TaskKind::Function(call) => self.nested(id, &lines, call.body),
            TaskKind::For(one) => self.for_loop(id, &lines, one),
            TaskKind::Listen(one) => self.listen(id, &lines, one),
            TaskKind::Try { body, catch } => self.attempt(id, &lines, (*body, catch), nodes),
            TaskKind::Fork { branches, .. } => self.fork(id, &lines, branches),
            TaskKind::Switch { .. } => self.node(id, ("{", "}"), &lines),
            TaskKind::Raise { .. } => self.node(id, ("{{", "}}"), &lines),
            TaskKind::Emit(_) => self.node(id, ("[/", "/]"), &lines),
            TaskKind::Wait { .. } | TaskKind::AwaitCallback(_) => self.node(id, ("(", ")"), &lines),
            TaskKind::Run(_) | TaskKind::Map(_) => self.node(id, ("[[", "]]"), &lines),
            TaskKind::Call(_) | TaskKind::Set { .. } | TaskKind::Schedule(_) => {
                self.node(id, ("[", "]"), &lines);
            }
        }
    }

    /// The lines of a task's label.
    fn about(&self, task: &Task) -> Vec<String> {
        let mut lines = vec![task.name.clone(), kind::kind(self.workflow, task)];
        let condition = task.condition;
        lines.extend(condition.map(|id| format!("if {}", expression(self.workflow, id))));
        if !task.around.is_empty() {
            let names: Vec<&str> = task.around.iter().map(|one| one.name.as_str()).collect();
            lines.push(format!("extended by {}", names.join(", ")));
        }
        lines
    }

    fn nested(&mut self, id: &str, lines: &[String], body: BlockId) {
        self.subgraph(id, lines, |drawing| {
            drawing.block(
                body,
                &Ways {
                    after: None,
                    exit: None,
                },
            );
        });
    }

    fn for_loop(&mut self, id: &str, lines: &[String], one: &ForLoop) {
        let items = template(self.workflow, &one.items);
        let mut head = vec![format!("each ${} in {items}", one.each)];
        head.extend(
            one.condition
                .map(|id| format!("while {}", expression(self.workflow, id))),
        );
        self.looping(id, lines, &head, one.body);
    }

    fn listen(&mut self, id: &str, lines: &[String], listen: &Listen) {
        match &listen.foreach {
            Some(Foreach {
                item,
                body: Some(body),
                ..
            }) => {
                self.looping(id, lines, &[format!("each event as ${item}")], *body);
            }
            _ => self.node(id, ("[\\", "\\]"), lines),
        }
    }

    /// A subgraph with a head that every round starts from.
    fn looping(&mut self, id: &str, lines: &[String], head: &[String], body: BlockId) {
        self.subgraph(id, lines, |drawing| {
            let next = drawing.fresh();
            drawing.node(&next, ("(", ")"), head);
            let ways = Ways {
                after: Some(next.clone()),
                exit: None,
            };
            if let Some(first) = drawing.block(body, &ways) {
                drawing.arrow(&next, &first, Arrow::Plain);
            }
        });
    }

    fn attempt(
        &mut self,
        id: &str,
        lines: &[String],
        (body, catch): (BlockId, &Catch),
        nodes: &Nodes<'_>,
    ) {
        self.subgraph(id, lines, |drawing| {
            let (tried, caught) = (drawing.fresh(), drawing.fresh());
            drawing.nested(&tried, &["tried".to_owned()], body);
            let about = kind::catch(drawing.workflow, catch);
            match catch.body {
                Some(body) => drawing.nested(&caught, &about, body),
                None => drawing.node(&caught, ("(", ")"), &about),
            }
            drawing.arrow(&tried, &caught, Arrow::Dotted("error"));
            if catch.retry.is_some() {
                drawing.arrow(&caught, &tried, Arrow::Dotted("retry"));
            }
            if let Some(then) = &catch.then {
                drawing.go(&caught, then, nodes, Arrow::Named("caught"));
            }
        });
    }

    fn fork(&mut self, id: &str, lines: &[String], branches: &[Branch]) {
        self.subgraph(id, lines, |drawing| {
            for branch in branches {
                drawing.block(
                    branch.body,
                    &Ways {
                        after: None,
                        exit: None,
                    },
                );
            }
        });
    }
}

/// Whether `exit` stands somewhere in the flow of a task.
fn leaves(task: &Task) -> bool {
    let inside = match &task.kind {
        TaskKind::Switch { cases } => cases.iter().any(|case| case.then == Flow::Exit),
        TaskKind::Try { catch, .. } => catch.then == Some(Flow::Exit),
        _ => false,
    };
    inside || task.then == Flow::Exit
}
