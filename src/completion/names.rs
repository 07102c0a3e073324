//! What can be named in a statement.

/// What can be named in a statement for an engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// The schemas in which the tables stand whose names need none.
    pub schemas: Vec<String>,
    pub tables: Vec<Table>,
    pub functions: Vec<Function>,
}

/// A table and its columns, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The schema that must be written before the name; none where the name alone will do.
    pub schema: Option<String>,
    pub name: String,
    pub columns: Vec<Column>,
}

/// A column with its SQL type; an empty one is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub sql_type: String,
}

/// A function, and what it takes or gives, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub signature: String,
}
