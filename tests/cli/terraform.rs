//! Settings made of what Terraform put up, and those that the environment of a container says.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use super::{command, run_in, text};

/// What `tofu output` printed after an apply of `infra/` with made-up values; `scripts/infra` compares it with what it prints now.
const OUTPUTS: &str = include_str!("../fixtures/terraform-output.json");

/// Exit code, stdout and stderr of `saldo config from-terraform` with these outputs on standard input.
fn written(home: &Path, outputs: &str, more: &[&str]) -> (i32, String, String) {
    let mut arguments = vec!["config", "from-terraform"];
    arguments.extend(more);
    let mut child = command(home, &arguments)
        .env_remove("SALDO_LAKE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(outputs.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn outputs_become_settings_that_the_program_then_has() {
    let home = tempfile::tempdir().unwrap();
    let (code, out, said) = written(home.path(), OUTPUTS, &[]);
    let file = home.path().join(".config/saldo/saldo.toml");
    assert_eq!((code, out.as_str(), said.as_str()), (0, "", &*format!("{} is written\n", file.display())));
    let output = command(home.path(), &["config"]).env_remove("SALDO_LAKE").output().unwrap();
    let has = text(&output.stdout);
    for line in [
        "lake,s3://saldo-lake-123456789012-eu-west-1,",
        "rates.source,oxr,",
        "targets.athena.workgroup,saldo,",
        "targets.redshift.role,arn:aws:iam::123456789012:role/saldo-spectrum,",
        "targets.emr.application,00f1standin00001,",
        "targets.glue.job,saldo,",
        "targets.glue.logs,/aws-glue/jobs/saldo/output,",
        "targets.emr.role,arn:aws:iam::123456789012:role/saldo-job,",
        "forecast.model,,default",
    ] {
        assert!(has.contains(&format!("\n{line}")) || has.starts_with(line), "{line} is not in\n{has}");
    }
    let targets = run_in(home.path(), &["targets"]);
    assert!(targets.contains("athena") && targets.contains("redshift"), "{targets}");

    fs::write(&file, "theme = \"light\"\n").unwrap();
    let (code, _, said) = written(home.path(), OUTPUTS, &[]);
    assert!(code == 1 && said.contains("is there already\nhint: "), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "theme = \"light\"\n", "a file of settings is never lost");
    let (code, out, _) = written(home.path(), OUTPUTS, &["-", "--stdout"]);
    assert!(code == 0 && out.contains("[targets.athena]\n"), "{out}");
}

#[test]
fn outputs_that_are_no_settings_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let of = |value: &str| format!("{{\"saldo\": {{\"value\": {value}}}}}");
    for (outputs, wanted) in [
        (String::new(), "the outputs are no JSON"),
        ("{}".into(), "have no output `saldo`"),
        ("[]".into(), "have no output `saldo`"),
        (of("\"s3://x\""), "have no output `saldo`"),
        (of(r#"{"lakee": "s3://x"}"#), "unknown field `lakee`"),
        (of(r#"{"rates": {"source": "me"}}"#), "unknown variant `me`"),
        (of(r#"{"memory_limit": "much"}"#), "memory_limit: \"much\" is no amount of memory"),
        (
            of(r#"{"targets": {"a": {"kind": "athena", "role": "r"}}}"#),
            "targets.a.role does not count for Athena",
        ),
    ] {
        let (code, out, said) = written(home.path(), &outputs, &[]);
        assert!(code == 3 && out.is_empty() && said.contains(wanted) && said.contains("\nhint: "), "{said}");
    }
    assert!(!home.path().join(".config").exists(), "nothing is written");
    assert!(
        run_in(home.path(), &["config", "from-terraform", "none.json"]).contains("cannot read none.json")
    );
}

#[test]
fn the_environment_says_whose_rates_are_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let with =
        |source: &str| command(home.path(), &["config"]).env("SALDO_RATES_SOURCE", source).output().unwrap();
    let has = text(&with("ecb").stdout);
    assert!(has.contains("\nrates.source,ecb,SALDO_RATES_SOURCE\n"), "{has}");
    let output = with("me");
    let said = "error: SALDO_RATES_SOURCE is \"me\", which is no source of rates\nhint: it takes oxr, ecb or frankfurter\n";
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(1), said));
}
