//! Inputs, outputs and uploads, and their rows.

use framewright_core::id::{AttemptId, TaskId};
use framewright_core::spec::Role;
use framewright_core::task::{Input, Output};

use super::{BadCell, Cells};
use crate::db::{Val, args};

/// The columns that make an [`Input`].
macro_rules! input_columns {
    () => {
        "role, blob, sha256, bytes, mime, width, height"
    };
}

pub(crate) use input_columns;

/// The columns that make an [`Output`].
macro_rules! output_columns {
    () => {
        "attempt, job_index, position, slot, blob, sha256, bytes, width, height, frames, \
         duration_ms"
    };
}

pub(crate) use output_columns;

/// The task, then the cells of [`input_columns`].
pub(crate) fn input_cells(task: &TaskId, input: &Input) -> Vec<Val> {
    args![
        task,
        input.role.word(),
        &input.blob,
        &input.sha256,
        input.bytes,
        &input.mime,
        input.width,
        input.height,
    ]
}

pub(crate) fn read_input(cells: &mut Cells) -> Result<Input, BadCell> {
    Ok(Input {
        role: cells.word("role", Role::from_word)?,
        blob: cells.text("blob")?,
        sha256: cells.text("sha256")?,
        bytes: cells.number("bytes")?,
        mime: cells.text("mime")?,
        width: cells.number("width")?,
        height: cells.number("height")?,
    })
}

/// The cells of [`output_columns`], and the task after them.
pub(crate) fn output_cells(output: &Output, task: &TaskId) -> Vec<Val> {
    args![
        &output.attempt,
        output.job_index,
        output.position,
        output.slot,
        &output.blob,
        &output.sha256,
        output.bytes,
        output.width,
        output.height,
        output.frames,
        output.duration_ms,
        task,
    ]
}

pub(crate) fn read_output(cells: &mut Cells) -> Result<Output, BadCell> {
    Ok(Output {
        attempt: AttemptId::stored(cells.text("attempt")?),
        job_index: cells.number("job_index")?,
        position: cells.number("position")?,
        slot: cells.number("slot")?,
        blob: cells.text("blob")?,
        sha256: cells.text("sha256")?,
        bytes: cells.number("bytes")?,
        width: cells.number("width")?,
        height: cells.number("height")?,
        frames: cells.number("frames")?,
        duration_ms: cells.int("duration_ms")?,
    })
}
