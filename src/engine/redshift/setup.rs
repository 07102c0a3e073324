//! What makes a lake of the Glue catalogue readable in Redshift, once.

use super::unload::quoted;
use crate::sql::quote_name;

/// What is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The external schema.
    pub schema: String,
    /// The Glue database that it shows, and its region where that is not Redshift's own.
    pub glue_database: String,
    pub region: Option<String>,
    /// An IAM role's ARN; else the one that Redshift uses by default.
    pub role: Option<String>,
    /// Who may read: `ana`, `group:analysts`, `role:analyst`.
    pub readers: Vec<String>,
    /// The Redshift database, for readers' temporary tables.
    pub database: String,
}

/// The statements, in their order.
#[must_use]
pub fn setup(of: &Setup) -> Vec<String> {
    let schema = quote_name(&of.schema);
    let region = of.region.as_ref().map_or(String::new(), |region| format!(" REGION {}", quoted(region)));
    let role = match of.role.as_deref() {
        None | Some("default") => "default".to_owned(),
        Some(role) => quoted(role),
    };
    let mut made = vec![format!(
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS {schema} FROM DATA CATALOG DATABASE {}{region} IAM_ROLE {role}",
        quoted(&of.glue_database)
    )];
    for reader in &of.readers {
        let who = match reader.split_once(':') {
            Some(("group", name)) => format!("GROUP {}", quote_name(name)),
            Some(("role", name)) => format!("ROLE {}", quote_name(name)),
            // Users that IAM makes are called IAM:name and IAMR:role.
            _ => quote_name(reader),
        };
        made.push(format!("GRANT USAGE ON SCHEMA {schema} TO {who}"));
        made.push(format!("GRANT TEMP ON DATABASE {} TO {who}", quote_name(&of.database)));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_quoted() {
        let of = Setup {
            schema: "fin\"lake".into(),
            glue_database: "pyspark-database'".into(),
            region: Some("eu-west-1".into()),
            role: Some("arn:aws:iam::1:role/spectrum".into()),
            readers: vec!["IAMR:ana".into(), "group:analysts".into(), "role:risk".into()],
            database: "dev".into(),
        };
        assert_eq!(
            setup(&of),
            [
                "CREATE EXTERNAL SCHEMA IF NOT EXISTS \"fin\"\"lake\" FROM DATA CATALOG DATABASE 'pyspark-database''' REGION \
                 'eu-west-1' IAM_ROLE 'arn:aws:iam::1:role/spectrum'",
                "GRANT USAGE ON SCHEMA \"fin\"\"lake\" TO \"IAMR:ana\"",
                "GRANT TEMP ON DATABASE \"dev\" TO \"IAMR:ana\"",
                "GRANT USAGE ON SCHEMA \"fin\"\"lake\" TO GROUP \"analysts\"",
                "GRANT TEMP ON DATABASE \"dev\" TO GROUP \"analysts\"",
                "GRANT USAGE ON SCHEMA \"fin\"\"lake\" TO ROLE \"risk\"",
                "GRANT TEMP ON DATABASE \"dev\" TO ROLE \"risk\"",
            ]
        );
        let plain = Setup { region: None, role: None, readers: Vec::new(), ..of };
        assert!(setup(&plain).join("").ends_with("'pyspark-database''' IAM_ROLE default"));
    }
}
