//! Text for people: columns and times.

use framewright_core::clock::Millis;

/// Rows under a heading, each column as wide as its widest cell; two spaces between.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let heading: Vec<String> = heading.iter().map(|cell| (*cell).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    std::iter::once(&heading).chain(rows).map(line).collect()
}

/// A moment, in UTC to the second.
pub(super) fn moment(at: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Text of a stranger on one line, without characters that move a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![
            vec!["a".to_owned(), "long cell".to_owned()],
            vec!["bb".into(), "".into()],
        ];
        assert_eq!(
            table(&["id", "what"], &rows),
            "id  what\na   long cell\nbb\n"
        );
    }

    #[test]
    fn terminal_escapes_do_not_reach_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\n"), "a [2Jb ");
        assert_eq!(moment(0), "1970-01-01 00:00:00");
    }
}
