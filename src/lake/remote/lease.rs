//! One writer a lake: an object that is put only where there is none, renewed while it is held, and free again five
//! minutes after its holder fell silent. Clocks of the machines that write must agree to within a minute or so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::bucket::{Bucket, Got, When};
use super::layout::{LEASE, token};
use crate::lake::error::PlaceError;
use crate::lake::lock::{Holder, Work};

/// How long a lease holds without being renewed.
const HOLDS: TimeDelta = TimeDelta::minutes(5);
const RENEW: Duration = Duration::from_mins(1);
/// A lease that ends so soon is not relied on any more.
const MARGIN: TimeDelta = TimeDelta::seconds(20);
/// How often a lease is looked at again.
const POLL: Duration = Duration::from_secs(1);

/// The lease's object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    /// Tells this run from all others.
    run: String,
    /// The mirror that the run works on. Whoever holds the mirror's lock knows that its former writer is dead.
    mirror: String,
    #[serde(flatten)]
    holder: Holder,
    expires: DateTime<Utc>,
}

/// The lease, as it is held.
#[derive(Debug)]
pub(super) struct Lease {
    state: Arc<Mutex<State>>,
    renewing: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    claim: Claim,
    etag: String,
    standing: Standing,
}

#[derive(Debug)]
enum Standing {
    Held,
    /// To whom, if that is known.
    Lost(Option<Holder>),
}

impl Claim {
    fn new(mirror: &str) -> Self {
        let expires = Utc::now() + HOLDS;
        Self { run: token(mirror), mirror: mirror.into(), holder: Holder::me(Work::Write), expires }
    }

    /// Whether it may be taken over: its time is up, or its writer worked on our mirror, whose lock is ours now.
    fn is_free_for(&self, other: &Self) -> bool {
        let same_mirror = (&self.mirror, &self.holder.host) == (&other.mirror, &other.holder.host);
        self.expires <= Utc::now() || same_mirror
    }

    fn text(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}

impl Lease {
    #[cfg(test)]
    pub(super) async fn take(bucket: &Bucket, mirror: &str, wait: Duration) -> Result<Self, PlaceError> {
        Self::take_unless(bucket, mirror, wait, &|| false).await
    }

    /// Takes the lease, at the latest after `wait`; whoever waits may stop.
    pub(super) async fn take_unless(
        bucket: &Bucket,
        mirror: &str,
        wait: Duration,
        stops: &dyn Fn() -> bool,
    ) -> Result<Self, PlaceError> {
        let start = Instant::now();
        loop {
            let claim = Claim::new(mirror);
            let etag = match bucket.put(LEASE, &claim.text(), When::Absent).await? {
                Some(etag) => Some(etag),
                None => match held(bucket).await? {
                    // Released meanwhile.
                    None => continue,
                    Some((theirs, etag)) if theirs.run == claim.run => Some(etag),
                    Some((theirs, etag)) if theirs.is_free_for(&claim) => {
                        bucket.put(LEASE, &claim.text(), When::Is(etag)).await?
                    }
                    Some((theirs, _)) if start.elapsed() >= wait => {
                        return Err(PlaceError::Busy {
                            place: bucket.place.clone(),
                            holder: Some(theirs.holder),
                        });
                    }
                    Some(_) => None,
                },
            };
            if let Some(etag) = etag {
                let state = Arc::new(Mutex::new(State { claim, etag, standing: Standing::Held }));
                let renewing = tokio::spawn(keep(bucket.clone(), state.clone()));
                return Ok(Self { state, renewing });
            }
            if stops() {
                return Err(PlaceError::Cancelled);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Whether it still holds; asked before every step that others must not interleave with.
    pub(super) fn check(&self, bucket: &Bucket) -> Result<(), PlaceError> {
        let state = locked(&self.state);
        let to = match &state.standing {
            Standing::Lost(to) => to.clone(),
            Standing::Held if state.claim.expires - MARGIN > Utc::now() => return Ok(()),
            Standing::Held => None,
        };
        Err(PlaceError::Lost { place: bucket.place.clone(), to })
    }

    /// Does something that others must not interleave with. It is given up, retries and all, when the lease is about to
    /// end: what came later would meet the objects of whoever holds the lease next.
    pub(super) async fn during<T>(
        &self,
        bucket: &Bucket,
        work: impl Future<Output = Result<T, PlaceError>>,
    ) -> Result<T, PlaceError> {
        self.check(bucket)?;
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(POLL) => self.check(bucket)?,
            }
        }
    }

    /// Gives it back, if it is still ours; what cannot be given back in time ends by itself.
    pub(super) async fn release(&self, bucket: &Bucket) {
        self.renewing.abort();
        let _ = self.during(bucket, bucket.delete(vec![LEASE.into()])).await;
    }
}

async fn keep(bucket: Bucket, state: Arc<Mutex<State>>) {
    while matches!(locked(&state).standing, Standing::Held) {
        tokio::time::sleep(RENEW).await;
        // Without an answer it is tried again until the time is up.
        let _ = renew(&bucket, &state).await;
    }
}

async fn renew(bucket: &Bucket, state: &Mutex<State>) -> Result<(), PlaceError> {
    let (mut claim, etag) = {
        let state = locked(state);
        (state.claim.clone(), state.etag.clone())
    };
    claim.expires = Utc::now() + HOLDS;
    if let Some(etag) = bucket.put(LEASE, &claim.text(), When::Is(etag)).await? {
        let mut state = locked(state);
        (state.claim, state.etag) = (claim, etag);
        return Ok(());
    }
    let found = held(bucket).await?;
    let mut state = locked(state);
    match found {
        // The answer to our own renewal was lost.
        Some((theirs, etag)) if theirs.run == claim.run => (state.claim, state.etag) = (theirs, etag),
        found => state.standing = Standing::Lost(found.map(|(theirs, _)| theirs.holder)),
    }
    Ok(())
}

/// The lease as it lies in the bucket.
async fn held(bucket: &Bucket) -> Result<Option<(Claim, String)>, PlaceError> {
    match bucket.get(LEASE, None).await? {
        Got::New(text, Some(etag)) => match serde_json::from_slice(&text) {
            Ok(claim) => Ok(Some((claim, etag))),
            Err(_) => Err(PlaceError::Refused {
                place: bucket.place.clone(),
                why: format!("{LEASE} is not readable"),
            }),
        },
        _ => Ok(None),
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn bucket() -> Bucket {
        Bucket::of(Arc::new(InMemory::new()))
    }

    async fn write(bucket: &Bucket, claim: &Claim) {
        bucket.put(LEASE, &claim.text(), When::Always).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_second_writer_is_told_who_the_first_is() {
        let bucket = bucket();
        let first = Lease::take(&bucket, "one", Duration::ZERO).await.unwrap();
        let error = Lease::take(&bucket, "two", Duration::ZERO).await.unwrap_err();
        let holder = format!("is being written by process {} on ", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        first.release(&bucket).await;
        Lease::take(&bucket, "two", Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_lease_is_taken_over_when_its_time_is_up_or_its_mirror_is_ours() {
        let bucket = bucket();
        let mut theirs = Claim::new("theirs");
        theirs.holder.host = "far away".into();
        write(&bucket, &theirs).await;
        assert!(
            Lease::take(&bucket, "theirs", Duration::ZERO).await.is_err(),
            "a mirror of that name elsewhere"
        );
        theirs.expires = Utc::now() - TimeDelta::seconds(1);
        write(&bucket, &theirs).await;
        Lease::take(&bucket, "ours", Duration::ZERO).await.unwrap();
        Lease::take(&bucket, "ours", Duration::ZERO).await.unwrap();
        assert!(Lease::take(&bucket, "other", Duration::ZERO).await.is_err());
    }

    #[tokio::test]
    async fn work_that_is_tried_again_and_again_ends_before_the_lease() {
        let bucket = bucket();
        let lease = Lease::take(&bucket, "ours", Duration::ZERO).await.unwrap();
        locked(&lease.state).claim.expires = Utc::now() + MARGIN + TimeDelta::milliseconds(100);
        // As a delete whose every try fails.
        let error = lease.during(&bucket, std::future::pending::<Result<(), _>>()).await.unwrap_err();
        assert!(matches!(error, PlaceError::Lost { to: None, .. }), "{error}");
        // Nor is it given back then: the next holder may have it.
        let mut theirs = Claim::new("theirs");
        theirs.holder.host = "far away".into();
        write(&bucket, &theirs).await;
        lease.release(&bucket).await;
        assert_eq!(held(&bucket).await.unwrap().map(|(claim, _)| claim), Some(theirs));
    }

    #[tokio::test]
    async fn a_renewal_holds_and_a_loss_is_noticed() {
        let bucket = bucket();
        let lease = Lease::take(&bucket, "ours", Duration::ZERO).await.unwrap();
        locked(&lease.state).claim.expires = Utc::now() + MARGIN;
        assert!(lease.check(&bucket).is_err(), "it ends soon");
        renew(&bucket, &lease.state).await.unwrap();
        lease.check(&bucket).unwrap();
        // As when the answer to a renewal is lost: the object has another ETag, and is ours.
        let own = locked(&lease.state).claim.clone();
        write(&bucket, &own).await;
        renew(&bucket, &lease.state).await.unwrap();
        lease.check(&bucket).unwrap();
        let mut theirs = Claim::new("theirs");
        theirs.holder.host = "far away".into();
        write(&bucket, &theirs).await;
        renew(&bucket, &lease.state).await.unwrap();
        let error = lease.check(&bucket).unwrap_err();
        assert!(error.to_string().contains("was lost to process"), "{error}");
        lease.release(&bucket).await;
        assert_eq!(
            held(&bucket).await.unwrap().map(|(claim, _)| claim),
            Some(theirs),
            "it is not ours to delete"
        );
    }
}
