//! Assembles a task's work from its rows. Reads only; what the rows do not hold (`Memory`) starts
//! empty.

use framewright_core::id::{AttemptId, TaskId};
use framewright_core::task::Task;
use framewright_core::work::{FiledAnswer, Work};

use crate::db::{Query, Row, args};
use crate::error::StoreError;
use crate::rows::answer::AnswerCell;
use crate::rows::{Cells, attempt, media};
use crate::store::Store;

/// The reads that make the work of one task, in the order that [`assemble`] takes them.
const READS: [&str; 4] = [
    concat!(
        "SELECT ",
        media::input_columns!(),
        " FROM inputs WHERE task = $1 ORDER BY role"
    ),
    concat!(
        "SELECT ",
        attempt::attempt_columns!(),
        " FROM attempts WHERE task = $1 ORDER BY seq"
    ),
    concat!(
        "SELECT ",
        media::output_columns!(),
        " FROM outputs WHERE task = $1 ORDER BY slot, attempt, job_index"
    ),
    "SELECT attempt, at, answer FROM answers WHERE task = $1 ORDER BY at, digest",
];

impl Store {
    /// The work of tasks whose rows were just read, in their order.
    pub(crate) async fn works(&self, tasks: Vec<Task>) -> Result<Vec<Work>, StoreError> {
        let queries: Vec<Query> = tasks
            .iter()
            .filter(|task| has_rows(task))
            .flat_map(|task| reads(&task.id))
            .collect();
        // Most claims are of tasks fresh from their submit: those need no read at all.
        let answers = if queries.is_empty() {
            Vec::new()
        } else {
            self.db().read(queries).await?
        };
        let mut answers = answers.into_iter();
        tasks
            .into_iter()
            .map(|task| {
                if has_rows(&task) {
                    assemble(task, answers.by_ref().take(READS.len()).collect())
                } else {
                    Ok(Work::new(task))
                }
            })
            .collect()
    }
}

/// Whether anything was ever committed for the task: before that it has no other rows.
fn has_rows(task: &Task) -> bool {
    task.version > 0
}

/// The reads for one task.
pub(crate) fn reads(task: &TaskId) -> [Query; 4] {
    READS.map(|sql| Query::new(sql, args![task]))
}

/// The work from a task and the answers to [`reads`].
pub(crate) fn assemble(task: Task, answers: Vec<Vec<Row>>) -> Result<Work, StoreError> {
    let mut work = Work::new(task);
    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or_default();
    for row in next() {
        work.inputs
            .push(media::read_input(&mut Cells::of("inputs", row))?);
    }
    for row in next() {
        work.attempts
            .push(attempt::read(&mut Cells::of("attempts", row))?);
    }
    for row in next() {
        work.outputs
            .push(media::read_output(&mut Cells::of("outputs", row))?);
    }
    for row in next() {
        let filed = read_answer(&mut Cells::of("answers", row))?;
        if awaits(&work, &filed) {
            work.unapplied.push(filed);
        }
    }
    Ok(work)
}

/// An answer is applied by the commit that moves its attempt, so the attempt's status tells which
/// answers are still to be applied: no row has to be marked.
fn awaits(work: &Work, filed: &FiledAnswer) -> bool {
    work.attempt(&filed.attempt)
        .is_some_and(|attempt| attempt.awaits(&filed.answer))
}

fn read_answer(cells: &mut Cells) -> Result<FiledAnswer, StoreError> {
    let attempt = AttemptId::stored(cells.text("attempt")?);
    let at = cells.int("at")?;
    let answer = cells.json::<AnswerCell>("answer")?.into_answer();
    Ok(FiledAnswer {
        attempt,
        at,
        answer: answer.ok_or_else(|| cells.bad("answer", "a word of no list"))?,
    })
}
