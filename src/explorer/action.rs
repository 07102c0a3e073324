//! The panes, and all that a person can ask for in them, each with its name and one line of help.

/// A pane of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Queries,
    Editor,
    Results,
    Charts,
    Forecast,
    Lake,
}

/// The panes in the order of Tab.
pub const PANES: [(Pane, &str); 6] = [
    (Pane::Queries, "Queries"),
    (Pane::Editor, "Editor"),
    (Pane::Results, "Results"),
    (Pane::Charts, "Charts"),
    (Pane::Forecast, "Forecast"),
    (Pane::Lake, "Lake"),
];

/// A request of the person: bindable, listed in the palette and the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Quit,
    Suspend,
    Help,
    Palette,
    NextPane,
    PreviousPane,
    GoQueries,
    GoEditor,
    GoResults,
    GoCharts,
    GoForecast,
    GoLake,
    Reload,
    Zoom,
    NextTheme,
    Run,
    Cancel,
    Open,
    Edit,
    NextBuffer,
    PreviousBuffer,
    Filter,
    ShowAll,
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
    NextResult,
    PreviousResult,
    CloseResult,
    Detach,
    Target,
    Reuse,
    Runs,
    Inspect,
    CopyCell,
    CopyRow,
    Export,
    ToggleView,
    PreviousView,
    Forecast,
    Earlier,
    Later,
    Rows,
    Horizon,
    Origin,
    Country,
    Member,
    Kind,
    Threshold,
    AddItem,
    RemoveItem,
    Averages,
    InTransit,
    Compare,
}

/// Every action with its name and help, in the order of the palette.
pub const ACTIONS: &[(Action, &str, &str)] = &[
    (Action::Run, "run", "run the statement under the cursor"),
    (Action::Cancel, "cancel", "stop the statement, keep its rows; or stop an export"),
    (Action::Open, "open", "open the query or table: run it and show its rows"),
    (Action::Edit, "edit", "put the query or a SELECT of the table into a buffer"),
    (Action::NextBuffer, "next buffer", "next text of the editor; an emptied one goes away"),
    (Action::PreviousBuffer, "previous buffer", "the text of the editor before it"),
    (Action::Filter, "filter", "show only queries and tables that contain a text"),
    (Action::ShowAll, "show all", "show all queries and tables again"),
    (Action::GoToRow, "go to row", "jump to a row by its number"),
    (Action::NextResult, "next result", "next of the results that are kept"),
    (Action::PreviousResult, "previous result", "the result before it"),
    (Action::CloseResult, "close", "let the result go; what still runs is stopped"),
    (Action::Detach, "detach", "leave the run alone: it goes on elsewhere, and the runs list it"),
    (Action::Target, "target", "choose where statements run: here or on an engine elsewhere"),
    (Action::Reuse, "reuse", "let an earlier result of the same statement do, or no longer"),
    (Action::Runs, "runs", "the runs elsewhere with what they cost: take one up or stop it"),
    (Action::Inspect, "inspect", "show every column of the row, unshortened"),
    (Action::CopyCell, "copy cell", "copy the cell, exact, through the terminal"),
    (
        Action::CopyRow,
        "copy row",
        "copy the row as a line of TSV: NULL is \\N, tabs and line breaks are \\t and \\n",
    ),
    (Action::Export, "export", "write the result to a file, its format by its ending"),
    (Action::ToggleView, "view", "next view of the pane: chart or sparklines, tabs of the forecast"),
    (Action::PreviousView, "previous view", "view before it"),
    (Action::Forecast, "forecast", "forecast the column under the cursor, or the first that suits"),
    (Action::Rows, "rows", "show the rows behind the tab as a result"),
    (Action::Horizon, "horizon", "forecast further: 7, 30, 90, 365 days"),
    (
        Action::Earlier,
        "earlier",
        "use one step less of the history: the forecast as of that day (PgUp: 30 steps)",
    ),
    (Action::Later, "later", "use one step more of the history (PgDn: 30 steps, End: all)"),
    (Action::Origin, "origin", "choose the last day of the history that is used"),
    (Action::Country, "country", "choose whose holidays count"),
    (Action::Member, "member", "ask all members, or one alone"),
    (Action::Kind, "kind", "take the values as balances, or as what happened on a day"),
    (Action::Threshold, "threshold", "choose the risk threshold: a value below it is a risk"),
    (Action::AddItem, "add item", "add a dated item or a drift to the scenario"),
    (Action::RemoveItem, "remove item", "take the item out of the scenario"),
    (Action::Averages, "averages", "average balances up to the origin"),
    (Action::InTransit, "in transit", "balances in transit up to the origin"),
    (Action::Compare, "compare", "the origin beside the same day a year before"),
    (Action::Reload, "reload", "read the lake again, after a run elsewhere"),
    (Action::Zoom, "zoom", "give the pane the whole screen, and back"),
    (Action::GoQueries, "queries", "go to the queries and tables"),
    (Action::GoEditor, "editor", "go to the SQL editor"),
    (Action::GoResults, "results", "go to the results"),
    (Action::GoCharts, "charts", "go to the charts"),
    (Action::GoForecast, "go to forecast", "go to the forecast; it opens on saldo_inversion"),
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
    (Action::Suspend, "suspend", "stop until the shell says fg"),
    (Action::Quit, "quit", "leave; texts are kept, an export is finished first"),
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
