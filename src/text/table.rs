//! Tables of words, a file each: a row a line, its cells between tabs.

/// The rows of a table; a line that begins with `#` is a remark.
pub fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.filter_map(|line| {
        let mut cells = line.split('\t');
        let row = std::array::from_fn(|_| cells.next().unwrap_or_default());
        row.iter().all(|cell| !cell.is_empty()).then_some(row)
    })
}
