//! What the next cards are made of, worked out before they are asked for.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use crate::credit::common::Common;
use crate::credit::figures::{Asked, Figures};
use crate::credit::read::{ReadError, Request, Whose, read};
use crate::engine::duckdb::DuckDb;

/// What is worked out before it is asked for.
#[derive(Debug)]
pub(super) enum Ready {
    /// The figures of every account, where there are few lines, for what was asked beside them.
    Everyone(Asked, BTreeMap<String, Figures>),
    /// What the figures have in common, where there are many.
    Common(Common),
}

impl Ready {
    pub(super) fn everyone(
        engine: &DuckDb,
        request: Request,
        cancel: &CancellationToken,
    ) -> Result<Self, ReadError> {
        let mut all = read(engine, &Request { whose: Whose::EveryAccount, ..request.clone() }, cancel)?;
        for figures in &mut all {
            // What was read for all was not read for one.
            figures.inputs.bytes_read = None;
        }
        let all = all.into_iter().map(|figures| (figures.subject.account.clone(), figures));
        Ok(Self::Everyone(request.asked, all.collect()))
    }

    pub(super) fn common(
        engine: &DuckDb,
        request: &Request,
        cancel: &CancellationToken,
    ) -> Result<Self, ReadError> {
        let common = Common::of(engine, request, cancel)?;
        // So that the files of the lake are open when the next card is asked for.
        common.read(request, cancel)?;
        Ok(Self::Common(common))
    }

    /// Whether there is nothing better to work out for the request.
    pub(super) fn suits(&self, request: &Request) -> bool {
        match self {
            Self::Everyone(asked, _) => *asked == request.asked,
            Self::Common(_) => true,
        }
    }

    pub(super) fn read(
        &self,
        engine: &DuckDb,
        request: &Request,
        cancel: &CancellationToken,
    ) -> Result<Vec<Figures>, ReadError> {
        match (self, &request.whose) {
            (Self::Everyone(_, all), Whose::Account(account)) if self.suits(request) => {
                Ok(all.get(account).cloned().into_iter().collect())
            }
            (Self::Common(common), Whose::Account(_) | Whose::Customer(_)) => common.read(request, cancel),
            _ => read(engine, request, cancel),
        }
    }
}
