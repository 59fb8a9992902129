//! How an output came to be: which job of which provider and key made it. What a task that continues
//! it freezes; not how it is served (`tasks`).

use framewright_core::attempt::UpstreamJob;
use framewright_core::id::TaskId;
use framewright_core::spec::Made;

use crate::db::args;
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

impl Store {
    /// How the output at a position (from 1) of a finished task came to be; none where the task is
    /// not there any more, or has no such output.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn made(&self, task: &TaskId, position: u8) -> Result<Option<Made>, StoreError> {
        // A task with a parent has a start image only where its outputs were joined here.
        const SQL: &str = "SELECT a.provider, a.key_name, a.origin, \
            COALESCE(a.upstream_job, '') AS job, o.job_index, \
            CASE WHEN (SELECT COUNT(*) FROM inputs i WHERE i.task = o.task \
             AND i.role IN ('parent', 'start')) = 2 THEN 1 ELSE 0 END AS joined, o.duration_ms \
            FROM outputs o JOIN attempts a ON a.id = o.attempt JOIN tasks t ON t.id = o.task \
            WHERE o.task = $1 AND o.position = $2 AND o.position > 0 \
            AND t.deleted = 0 AND t.status = 'finished' AND t.expires > $3";
        let row = self.row(SQL, args![task, position, self.now()]).await?;
        row.map(|row| {
            let mut cells = Cells::of("outputs", row);
            Ok(Made {
                provider: cells.text("provider")?,
                key_name: cells.text("key_name")?,
                origin: cells.text("origin")?,
                job: UpstreamJob(cells.text("job")?),
                job_index: cells.number("job_index")?,
                joined: cells.flag("joined")?,
                duration_ms: cells.int("duration_ms")?,
            })
        })
        .transpose()
    }
}
