//! The JSON form of a failure in its column: `[code, public, detail]`.

use framewright_core::failure::{Failure, FailureCode};

use super::{BadCell, Cells, to_json};
use crate::db::Val;

pub(crate) fn cell(failure: &Failure) -> Val {
    Val::Text(to_json(&(
        failure.code.word(),
        &failure.public,
        &failure.detail,
    )))
}

pub(crate) fn read(cells: &mut Cells, column: &'static str) -> Result<Option<Failure>, BadCell> {
    let Some((code, public, detail)) = cells.maybe_json::<(String, String, String)>(column)? else {
        return Ok(None);
    };
    let code = FailureCode::from_word(&code)
        .ok_or_else(|| cells.bad(column, format!("the code {code:.40?}")))?;
    Ok(Some(Failure::new(code, public).with_detail(detail)))
}
