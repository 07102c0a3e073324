//! What a target of Redshift must name, before anybody is asked.

use saldo::engine::{Engine, Surroundings, connect};
use saldo::ledger::Ledger;
use saldo::target::Target;

#[test]
fn one_place_and_one_login_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (rest, right) in [
        ("workgroup = 'w'", true),
        ("workgroup = 'w'\nsecret = 's'", true),
        ("cluster = 'c'\nuser = 'u'", true),
        ("cluster = 'c'\nsecret = 's'", true),
        ("", false),
        ("workgroup = 'w'\ncluster = 'c'\nuser = 'u'", false),
        ("cluster = 'c'", false),
        ("cluster = 'c'\nuser = 'u'\nsecret = 's'", false),
        ("workgroup = 'w'\nuser = 'u'", false),
    ] {
        let target: Target = toml::from_str(&format!("kind = 'redshift'\ndatabase = 'dev'\n{rest}")).unwrap();
        let threads = super::engine().threads().clone();
        let around = Surroundings {
            ledger: Ledger::within(folder.path()),
            threads,
            schemas: Vec::new(),
            tables: Vec::new(),
        };
        assert_eq!(connect("x", &target, &around).is_ok(), right, "{rest}");
    }
}
