//! Reading rows: one cell after the other, each with its column's name, so that what cannot be read
//! names its cell. No SQL; the lists of columns stand beside what reads them.

pub(crate) mod account;
pub(crate) mod answer;
pub(crate) mod attempt;
pub(crate) mod failure;
pub(crate) mod media;
pub(crate) mod spec;
pub(crate) mod task;

use crate::db::{Row, Val};

/// A cell that holds what no version of this program writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table {table}, row {row}, column {column} holds {found}")]
pub struct BadCell {
    pub table: &'static str,
    /// The row's first cell, which is its id in every list of columns.
    pub row: String,
    pub column: &'static str,
    /// What kind of thing was found, cut short: cells may hold a client's text.
    pub found: String,
}

/// A row being read from left to right.
pub(crate) struct Cells {
    table: &'static str,
    row: String,
    cells: std::vec::IntoIter<Val>,
}

impl Cells {
    pub fn of(table: &'static str, row: Row) -> Self {
        let name = match row.first() {
            Some(Val::Text(id)) => id.clone(),
            Some(Val::Int(id)) => id.to_string(),
            _ => String::new(),
        };
        Self {
            table,
            row: name,
            cells: row.into_iter(),
        }
    }

    /// An error about a cell of this row.
    pub fn bad(&self, column: &'static str, found: impl Into<String>) -> BadCell {
        BadCell {
            table: self.table,
            row: self.row.clone(),
            column,
            found: found.into(),
        }
    }

    pub fn text(&mut self, column: &'static str) -> Result<String, BadCell> {
        self.maybe_text(column)?
            .ok_or_else(|| self.bad(column, "nothing"))
    }

    pub fn maybe_text(&mut self, column: &'static str) -> Result<Option<String>, BadCell> {
        match self.cells.next() {
            Some(Val::Text(text)) => Ok(Some(text)),
            Some(Val::Null) => Ok(None),
            other => Err(self.bad(column, kind(other.as_ref()))),
        }
    }

    pub fn int(&mut self, column: &'static str) -> Result<i64, BadCell> {
        self.maybe_int(column)?
            .ok_or_else(|| self.bad(column, "nothing"))
    }

    pub fn maybe_int(&mut self, column: &'static str) -> Result<Option<i64>, BadCell> {
        match self.cells.next() {
            Some(Val::Int(number)) => Ok(Some(number)),
            Some(Val::Null) => Ok(None),
            other => Err(self.bad(column, kind(other.as_ref()))),
        }
    }

    /// A whole number of a narrower kind.
    pub fn number<T: TryFrom<i64>>(&mut self, column: &'static str) -> Result<T, BadCell> {
        let number = self.int(column)?;
        T::try_from(number).map_err(|_| self.bad(column, format!("the number {number}")))
    }

    pub fn flag(&mut self, column: &'static str) -> Result<bool, BadCell> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.bad(column, format!("the number {other}, not 0 or 1"))),
        }
    }

    pub fn bytes(&mut self, column: &'static str) -> Result<Vec<u8>, BadCell> {
        match self.cells.next() {
            Some(Val::Blob(bytes)) => Ok(bytes),
            other => Err(self.bad(column, kind(other.as_ref()))),
        }
    }

    /// A word of a closed list.
    pub fn word<T>(
        &mut self,
        column: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, BadCell> {
        let word = self.text(column)?;
        read(&word).ok_or_else(|| self.bad(column, format!("the word {word:.40?}")))
    }

    /// A JSON text, read through a mirror of its type.
    pub fn json<T: serde::de::DeserializeOwned>(
        &mut self,
        column: &'static str,
    ) -> Result<T, BadCell> {
        let text = self.text(column)?;
        self.parse(column, &text)
    }

    pub fn maybe_json<T: serde::de::DeserializeOwned>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, BadCell> {
        self.maybe_text(column)?
            .map(|text| self.parse(column, &text))
            .transpose()
    }

    fn parse<T: serde::de::DeserializeOwned>(
        &self,
        column: &'static str,
        text: &str,
    ) -> Result<T, BadCell> {
        serde_json::from_str(text).map_err(|error| self.bad(column, format!("bad JSON: {error}")))
    }
}

fn kind(cell: Option<&Val>) -> &'static str {
    match cell {
        None => "no cell at all",
        Some(Val::Null) => "nothing",
        Some(Val::Int(_)) => "a number",
        Some(Val::Real(_)) => "a fraction",
        Some(Val::Text(_)) => "text",
        Some(Val::Blob(_)) => "bytes",
    }
}

/// JSON for a cell. The mirrors hold text, numbers and lists, which all have a JSON form.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a mirror has string keys only, so it has a JSON form")
}

#[cfg(test)]
mod tests {
    use super::Cells;
    use crate::db::Val;

    #[test]
    fn a_bad_cell_is_named_by_table_row_and_column() {
        let mut cells = Cells::of(
            "tasks",
            vec![Val::Text("t-1".into()), Val::Int(2), Val::Text("{".into())],
        );
        cells.text("id").expect("an id");
        let bad = cells.flag("open").expect_err("2 is no flag");
        assert_eq!(
            (bad.table, bad.row.as_str(), bad.column),
            ("tasks", "t-1", "open")
        );
        let bad = cells.json::<Vec<u8>>("spec").expect_err("no JSON");
        assert_eq!(bad.column, "spec");
        let bad = cells.int("version").expect_err("no more cells");
        assert_eq!(bad.found, "no cell at all");
    }
}
