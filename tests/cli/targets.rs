//! Engines elsewhere as a person and a script meet them, with a server that speaks Trino's protocol.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;

use tempfile::TempDir;

use super::double::{self, Double, Request};
use super::{command, run_in, text};

const SQL: &str = "SELECT n, money FROM t";

/// A home whose settings name the server as `prod`; `more` are further settings of it.
fn home(url: &str, more: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/saldo");
    fs::create_dir_all(&folder).unwrap();
    let prod = format!("kind = 'trino'\nurl = '{url}'\nuser = 'ana'\nprice_per_tb = 5\n{more}");
    fs::write(folder.join("saldo.toml"), format!("[targets.prod]\n{prod}")).unwrap();
    home
}

/// An answer of run `q`.
fn page(state: &str, next: Option<&str>, data: &str) -> double::Answer {
    let next = next.map_or(String::new(), |path| format!(r#""nextUri":"http://elsewhere.example{path}","#));
    let columns = r#"[{"name":"n","type":"bigint"},{"name":"money","type":"decimal(38, 2)"}]"#;
    let data = if data.is_empty() { String::new() } else { format!(r#","columns":{columns},"data":{data}"#) };
    let stats = format!(r#"{{"state":"{state}","physicalInputBytes":1000000000000}}"#);
    double::ok(format!(r#"{{"id":"q",{next}"stats":{stats}{data}}}"#))
}

/// A run with two rows, whatever is asked.
fn two_rows(request: &Request) -> double::Answer {
    match request.path.as_str() {
        "/v1/statement" => page("QUEUED", Some("/q/1"), ""),
        "/q/1" => page("RUNNING", Some("/q/2"), r#"[[1,"12345678901234567890123456.78"]]"#),
        _ => page("FINISHED", None, "[[2,null]]"),
    }
}

/// A run that goes on until it is stopped.
fn endless(request: &Request) -> double::Answer {
    let is_stopped = request.head.starts_with("DELETE");
    match request.path.as_str() {
        "/v1/statement" => page("QUEUED", Some("/q/1"), ""),
        _ if is_stopped => double::status(204, ""),
        "/q/2" => page("FAILED", None, ""),
        _ => page("RUNNING", Some("/q/1"), ""),
    }
}

/// A home with a result of two rows, and what the program said.
static ASKED: LazyLock<(TempDir, String)> = LazyLock::new(|| {
    let server = Double::new(two_rows);
    let home = home(&server.url, "");
    let said = run_in(home.path(), &["query", "-c", SQL, "--target", "prod"]);
    (home, said)
});

#[test]
fn a_query_elsewhere_prints_its_rows_and_price_and_is_kept() {
    let (home, said) = &*ASKED;
    let rows = "n,money\n1,12345678901234567890123456.78\n2,\n--- 0\n2 rows in TIME\n";
    let rest = said.strip_prefix(rows).unwrap_or_else(|| panic!("{said}"));
    assert!(rest.starts_with("scanned 1.0 TB for $5.00"), "{rest}");
    assert!(rest.ends_with("kept as results.r1: `saldo query -c \"FROM results.r1\"`\n"), "{rest}");

    let here = |arguments: &[&str]| run_in(home.path(), arguments);
    assert_eq!(
        here(&["query", "-c", "SELECT sum(money) AS money FROM results.r1"]),
        "money\n12345678901234567890123456.78\n--- 0\n1 row in TIME\n"
    );
    let list = here(&["results"]);
    assert!(list.starts_with("name,target,age,rows,bytes,cost,pinned,statement\nr1,prod,0 min,2,"), "{list}");
    assert!(list.contains(&format!(",$5.00,false,\"{SQL}\"")), "{list}");
    let origin = here(&["results", "show", "r1"]);
    for part in
        ["run      q\n", "cost     $5.00\n", "scanned  1,000,000,000,000\n", "    SELECT n, money FROM t\n"]
    {
        assert!(origin.contains(part), "{part}: {origin}");
    }
    assert_eq!(here(&["results", "verify"]), "ok      r1\n--- 0\n");
    assert_eq!(
        here(&["results", "rename", "r1", "2x"]),
        "--- 2\nerror: \"2x\" is not a name of a result: lower-case letters, digits and _, and a letter first\n\
         hint: for example daily_sums\n"
    );
}

/// An ssh at whose other end the server's name is a port of this machine.
const SSH: &str = include_str!("../doubles/ssh.py");

/// What the program says of a query on the target, with this text as the `ssh` that it finds.
fn asked_through(home: &Path, ssh: &str) -> String {
    let folder = home.join("bin");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("ssh"), ssh).unwrap();
    fs::set_permissions(folder.join("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
    let output = command(home, &["query", "-c", SQL, "--target", "prod"]).env("PATH", path).output().unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_server_behind_another_machine_is_reached_through_ssh() {
    let server = Double::new(two_rows);
    let port = server.url.rsplit(':').next().unwrap();
    let home = home("http://trino.internal:8080", "tunnel = 'ana@bastion'");
    let said = asked_through(home.path(), &SSH.replace("SERVER = None", &format!("SERVER = {port}")));
    assert!(said.starts_with("n,money\n1,12345678901234567890123456.78\n2,\n"), "{said}");
    let asked = fs::read_to_string(home.path().join("bin/asked")).unwrap();
    assert_eq!(asked, "ana@bastion trino.internal:8080");
    let refuses = "#!/bin/sh\necho 'ana@bastion: Permission denied (publickey).' >&2\nexit 255\n";
    let said = asked_through(home.path(), refuses);
    assert!(
        said.contains("ssh to ana@bastion failed: ana@bastion: Permission denied (publickey)."),
        "{said}"
    );
    assert!(said.contains("hint: `ssh ana@bastion` must work without a question"), "{said}");
}

#[test]
fn what_was_billed_is_summed_and_listed() {
    let (home, _) = &*ASKED;
    let here = |arguments: &[&str]| run_in(home.path(), arguments);
    assert_eq!(
        here(&["cost", "--by", "target"]),
        "target,runs,cancelled,without_price,bytes,cost\nprod,1,0,0,1000000000000,$5.00\n\
         --- 0\n1 run scanned 1.0 TB for $5.00\n"
    );
    assert_eq!(
        here(&["cost", "--by", "statement", "--since", "2999-01-01"]),
        "statement,runs,cancelled,without_price,bytes,cost\n--- 0\n0 runs\n"
    );
    let runs = here(&["runs"]);
    assert!(
        runs.starts_with("id,target,state,started,rows,bytes,cost,statement\nq,prod,succeeded,"),
        "{runs}"
    );
    assert!(runs.contains(",2,1000000000000,$5.00,"), "{runs}");
}

#[test]
fn targets_are_listed_and_an_unknown_one_is_named() {
    let home = home("http://trino.example:8080", "schema = 'fin'\nbudget_day = 2.5");
    let here = |arguments: &[&str]| run_in(home.path(), arguments);
    assert_eq!(
        here(&["targets"]),
        format!(
            "name,kind,where,database,budget_query,budget_day\nlocal,DuckDB,{}/lake,pyspark-database,,\n\
             prod,Trino,http://trino.example:8080,fin,,$2.50\n--- 0\n",
            home.path().display()
        )
    );
    assert_eq!(
        here(&["query", "-c", "SELECT 1", "--target", "x"]),
        "--- 2\nerror: there is no target x\n\
         hint: targets are local, prod; others are named in saldo.toml as [targets.NAME]\n"
    );
    assert_eq!(
        here(&["query", "-c", "SELECT 1", "--detach"]),
        "--- 2\nerror: --detach is for another engine\n\
         hint: name one with --target; `saldo targets` lists them\n"
    );
    let forecast = here(&["forecast", "--target", "prod"]);
    assert!(
        forecast.starts_with(
            "--- 2\nerror: this command does not take --target prod: it works on the lake here\n"
        ),
        "{forecast}"
    );
    assert!(
        here(&["runs", "stop", "q"])
            .starts_with("--- 2\nerror: it is not known on which engine the run is\n")
    );
}

#[test]
fn above_the_budget_nothing_is_sent_without_a_yes() {
    let server = Double::new(|request| {
        if request.body.starts_with("EXPLAIN") { double::status(500, "no") } else { two_rows(request) }
    });
    let home = home(&server.url, "budget_query = 0.5");
    let refused = run_in(home.path(), &["query", "-c", SQL, "--target", "prod"]);
    assert!(
        refused.starts_with("--- 2\nerror: not sent to prod: what it costs at most is not known"),
        "{refused}"
    );
    assert!(!server.requests().iter().any(|request| request.body == SQL), "it was sent");
    let paid = run_in(home.path(), &["query", "-c", SQL, "--target", "prod", "--yes", "--keep-as", "paid"]);
    assert!(paid.starts_with("n,money\n1,") && paid.contains("kept as results.paid"), "{paid}");
    let taken = run_in(home.path(), &["query", "-c", SQL, "--target", "prod", "--yes", "--keep-as", "paid"]);
    assert!(taken.starts_with("--- 2\nerror: there is a result paid already\n"), "{taken}");
}

/// Waits until the server has been asked so often for a path.
fn wait_for(server: &Double, path: &str, times: usize) {
    while server.counts().get(path).copied().unwrap_or(0) < times {
        std::thread::yield_now();
    }
}

fn start(home: &Path, arguments: &[&str]) -> std::process::Child {
    command(home, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_stops_the_run_where_it_runs_and_what_it_scanned_counts() {
    let stopped = std::sync::atomic::AtomicBool::new(false);
    let server = Double::new(move |request| {
        use std::sync::atomic::Ordering::SeqCst;
        stopped.fetch_or(request.head.starts_with("DELETE"), SeqCst);
        if stopped.load(SeqCst) && !request.head.starts_with("DELETE") {
            return page("FINISHED", None, "");
        }
        endless(request)
    });
    let home = home(&server.url, "");
    let child = start(home.path(), &["query", "-c", SQL, "--target", "prod"]);
    wait_for(&server, "/q/1", 3);
    super::wait_for_handler(&child);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(130), ""), "{said}");
    assert!(said.starts_with("stopping the run on prod; Ctrl-C again leaves at once\n"), "{said}");
    assert!(said.contains("scanned 1.0 TB for $5.00") && said.ends_with("error: cancelled\n"), "{said}");
    assert!(server.requests().iter().any(|request| request.head.starts_with("DELETE /q/1")));
    let cost = run_in(home.path(), &["cost", "--by", "target"]);
    assert!(cost.contains("\nprod,1,1,0,1000000000000,$5.00\n"), "{cost}");
    assert!(run_in(home.path(), &["results"]).ends_with("statement\n--- 0\n"), "half a result is none");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_at_once_while_a_secret_is_waited_for() {
    let server = Double::new(endless);
    let home =
        home(&server.url, "password_command = ['sh', '-c', 'echo $$ > \"$HOME/asked\"; exec sleep 50']");
    let child = start(home.path(), &["query", "-c", SQL, "--target", "prod"]);
    let asked = home.path().join("asked");
    while fs::read_to_string(&asked).unwrap_or_default().is_empty() {
        std::thread::yield_now();
    }
    super::wait_for_handler(&child);
    let began = std::time::Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(130) && said.ends_with("error: cancelled\n"), "{said}");
    assert!(server.requests().is_empty(), "nothing was sent");
    let keeper = fs::read_to_string(&asked).unwrap();
    let _ = Command::new("kill").arg(keeper.trim()).status();
}

#[test]
fn a_run_that_was_left_alone_is_opened_later() {
    let asked = std::sync::atomic::AtomicBool::new(false);
    let server = Double::new(move |request| {
        // It goes on for whoever began it; it has ended for whoever comes back.
        let is_back = asked.load(std::sync::atomic::Ordering::SeqCst);
        match request.path.as_str() {
            "/go" => {
                asked.store(true, std::sync::atomic::Ordering::SeqCst);
                double::ok("")
            }
            "/q/1" if is_back => two_rows(request),
            "/v1/statement" => page("QUEUED", Some("/q/1"), ""),
            "/q/1" => page("RUNNING", Some("/q/1"), ""),
            _ => two_rows(request),
        }
    });
    let home = home(&server.url, "");
    let here = |arguments: &[&str]| run_in(home.path(), arguments);
    assert_eq!(
        here(&["query", "-c", SQL, "--target", "prod", "--detach"]),
        "q\n--- 0\n`saldo runs attach q --target prod` opens its result\n"
    );
    let listed = here(&["runs"]);
    assert!(listed.contains("\nq,prod,detached,"), "{listed}");
    std::io::Write::write_all(
        &mut std::net::TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap(),
        b"GET /go HTTP/1.1\r\n\r\n",
    )
    .unwrap();
    wait_for(&server, "/go", 1);
    let opened = here(&["runs", "attach", "q", "--target", "prod", "--keep-as", "later"]);
    assert!(
        opened.starts_with("n,money\n1,12345678901234567890123456.78\n2,\n--- 0\n2 rows in TIME\n"),
        "{opened}"
    );
    assert!(here(&["results", "show", "later"]).contains(SQL));
    assert!(here(&["runs", "stop", "q", "--target", "prod"]).ends_with("q has ended already: succeeded\n"));
}

#[test]
fn the_same_question_in_two_places_tells_what_differs() {
    let server = Double::new(two_rows);
    let home = home(&server.url, "");
    let compare = |sql: &str, more: &[&str]| {
        let arguments = ["query", "-c", sql, "--target", "prod", "--compare", "local", "--key", "n"];
        run_in(home.path(), &[&arguments, more].concat())
    };
    let both = "SELECT * FROM (VALUES (2, NULL), (1, 12345678901234567890123456.78)) AS t (n, money)";
    let same = compare(both, &[]);
    assert!(same.starts_with("--- 0\n") && same.ends_with("the answers are the same\n"), "{same}");
    assert!(
        same.contains("prod: 2 rows, asked at ") && same.contains("local: 2 rows, without a lake\n"),
        "{same}"
    );
    let cent = both.replace(".78", ".79");
    let differs = compare(&cent, &[]);
    let rows = "difference,n,money (prod),money (local)\n\
                different,1,12345678901234567890123456.78,12345678901234567890123456.79\n--- 3\n";
    assert!(differs.starts_with(rows), "{differs}");
    let words = "error: the answers differ: 1 different\nhint: one lake may be older, or its catalogue may lack partitions: \
                 `saldo catalog sync --dry-run --lake s3://bucket/prefix` lists them\n";
    assert!(differs.ends_with(words), "{differs}");
    assert!(compare(&cent, &["--tolerance", "0.01"]).starts_with("--- 0\n"));
    let fewer = compare("SELECT 1 AS n, 12345678901234567890123456.78 AS money", &[]);
    assert!(fewer.starts_with("difference,n,money (prod),money (local)\nonly prod,2,,\n--- 3\n"), "{fewer}");
    let reused = compare(both, &["--reuse", "60"]);
    assert!(reused.starts_with("--- 2\nerror: --reuse is for Athena, and prod is Trino\n"), "{reused}");
    let itself = run_in(home.path(), &["query", "-c", "SELECT 1", "--compare", "local"]);
    assert!(itself.starts_with("--- 2\nerror: local would be compared with itself\n"), "{itself}");
}

#[test]
fn a_server_that_is_not_there_is_a_failure_and_the_doctor_says_what_to_do() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let home = home(&url, "");
    let said = run_in(home.path(), &["query", "-c", SQL, "--target", "prod"]);
    assert!(said.starts_with("--- 1\nerror: ") && said.contains("\nhint: "), "{said}");
    let checked = run_in(home.path(), &["doctor", "prod"]);
    assert!(checked.contains("prod: wrong ") && checked.contains("--- 1\n"), "{checked}");
    assert!(!checked.contains("local:"), "{checked}");
    let all = run_in(home.path(), &["doctor"]);
    assert!(all.starts_with("local: ok     engine: DuckDB v"), "{all}");
    assert!(all.contains("\nlocal: wrong  lake: ") && all.contains("check --lake, "), "{all}");
}

#[cfg(feature = "remote")]
#[test]
fn what_shows_the_lake_in_redshift_is_printed_and_not_run_unasked() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/saldo");
    fs::create_dir_all(&folder).unwrap();
    let spectrum = "kind = 'redshift'\nworkgroup = 'w'\ndatabase = 'dev'\nschema = 'spectrum_schema'\nregion = 'eu-west-1'";
    fs::write(folder.join("saldo.toml"), format!("[targets.spectrum]\n{spectrum}")).unwrap();
    let setup = |more: &[&str]| run_in(home.path(), &[&["redshift", "setup"], more].concat());
    assert_eq!(
        setup(&["--glue-database", "fin", "--grant", "group:analysts"]),
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS \"spectrum_schema\" FROM DATA CATALOG DATABASE 'fin' REGION 'eu-west-1' IAM_ROLE default;\n\
         GRANT USAGE ON SCHEMA \"spectrum_schema\" TO GROUP \"analysts\";\n\
         GRANT TEMP ON DATABASE \"dev\" TO GROUP \"analysts\";\n--- 0\n"
    );
    let said = setup(&["--apply", "--target", "spectrum"]);
    assert!(said.contains("DATABASE 'pyspark-database'") && said.contains("--- 2\n"), "{said}");
    assert!(said.contains("hint: run them without asking with --yes"), "{said}");
    let said = setup(&["--target", "local"]);
    assert!(said.contains("error: no target of Redshift is named"), "{said}");
}
