//! All that a person can ask for, each with its name and one line of help.

/// A request of the person: bindable, listed in the palette and the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Quit,
    Help,
    Palette,
    NextPane,
    PreviousPane,
    GoQueries,
    GoEditor,
    GoResults,
    GoCharts,
    GoLake,
    Zoom,
    NextTheme,
    Run,
    Cancel,
    Open,
    Edit,
    Filter,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    FirstColumn,
    LastColumn,
    GoToRow,
    Inspect,
    CopyCell,
    CopyRow,
    Export,
    ToggleView,
}

/// Every action with its name and help, in the order of the palette.
pub const ACTIONS: &[(Action, &str, &str)] = &[
    (Action::Run, "run", "run the statement under the cursor"),
    (Action::Cancel, "cancel", "stop the running statement; keep its rows"),
    (Action::Open, "open", "open the query or table: run it and show its rows"),
    (Action::Edit, "edit", "put the query or a SELECT of the table into the editor"),
    (Action::Filter, "filter", "show only queries and tables that contain a text"),
    (Action::GoToRow, "go to row", "jump to a row by its number"),
    (Action::Inspect, "inspect", "show every column of the row, unshortened"),
    (Action::CopyCell, "copy cell", "copy the cell, exact, through the terminal"),
    (Action::CopyRow, "copy row", "copy the row as tab-separated text"),
    (Action::Export, "export", "write the result to a file, its format by its ending"),
    (Action::ToggleView, "chart view", "switch between the query's chart and sparklines"),
    (Action::Zoom, "zoom", "give the pane the whole screen, and back"),
    (Action::GoQueries, "queries", "go to the queries and tables"),
    (Action::GoEditor, "editor", "go to the SQL editor"),
    (Action::GoResults, "results", "go to the results"),
    (Action::GoCharts, "charts", "go to the charts"),
    (Action::GoLake, "lake", "show how the lake stands: tables, conversion, rates, faults"),
    (Action::NextPane, "next pane", "go to the next pane"),
    (Action::PreviousPane, "previous pane", "go to the previous pane"),
    (Action::Up, "up", "one up"),
    (Action::Down, "down", "one down"),
    (Action::Left, "left", "one column to the left; fold the table"),
    (Action::Right, "right", "one column to the right; unfold the table"),
    (Action::PageUp, "page up", "one screen up"),
    (Action::PageDown, "page down", "one screen down"),
    (Action::First, "first", "to the first row"),
    (Action::Last, "last", "to the last row"),
    (Action::FirstColumn, "first column", "to the first column"),
    (Action::LastColumn, "last column", "to the last column"),
    (Action::NextTheme, "theme", "switch to the next theme"),
    (Action::Palette, "palette", "find any of these by name"),
    (Action::Help, "help", "show the keys"),
    (Action::Quit, "quit", "leave; the editor's text is kept"),
];

impl Action {
    /// Its short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// One line of help.
    #[must_use]
    pub fn help(self) -> &'static str {
        self.entry().2
    }

    fn entry(self) -> &'static (Action, &'static str, &'static str) {
        ACTIONS.iter().find(|(action, ..)| *action == self).unwrap_or(&ACTIONS[0])
    }
}
