//! Engines elsewhere: a real Trino, the doubles of Athena and of Redshift's Data API, and moto.
//!
//! `scripts/servers` installs the servers; where it cannot, these tests fail. Where there is no Java for Trino, the tests that
//! need it say so and ask nothing.

#![cfg(feature = "remote")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "remote/athena.rs"]
mod athena;
#[path = "remote/commands.rs"]
mod commands;
#[allow(dead_code, reason = "others use the rest")]
#[path = "support/contract.rs"]
mod contract;
#[path = "remote/credit.rs"]
mod credit;
#[path = "support/credit_lake.rs"]
mod credit_lake;
#[path = "remote/doubles.rs"]
mod doubles;
#[path = "remote/grammar.rs"]
mod grammar;
#[path = "remote/normalise.rs"]
mod normalise;
#[allow(dead_code, reason = "tests/s3.rs uses the rest")]
#[path = "s3/proxy.rs"]
mod proxy;
#[path = "remote/redshift.rs"]
mod redshift;
#[path = "remote/road.rs"]
mod road;
#[path = "remote/router.rs"]
mod router;
#[allow(dead_code, reason = "tests/s3.rs uses the rest")]
#[path = "support/servers.rs"]
mod servers;
#[path = "remote/trino.rs"]
mod trino;
#[path = "remote/unload.rs"]
mod unload;
