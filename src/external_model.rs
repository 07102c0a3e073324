//! Models that were trained elsewhere: where they lie, and how they are asked.
//!
//! ```text
//! model.onnx, s3://bucket/model.onnx   read here; its card lies beside it, model.json
//! sagemaker:ENDPOINT                   asked over the network; its card is ENDPOINT.json
//! model.joblib                         a pickle is a program, so it is refused, never opened
//! ```

#[cfg_attr(not(feature = "remote"), path = "external_model/without_endpoint.rs")]
mod endpoint;

use std::fs::File;
use std::io::{self, Read};
use std::path::is_separator;

use crate::forecast::external_model::{Ask, Card, Onnx, Predictor, PredictorError};
use crate::lake::place::{AwsOptions, Object, PlaceError, fetch};
use endpoint::Endpoint;

/// Bytes of a model and of a card, at most: a forest of a thousand deep trees has a tenth.
const LARGEST: u64 = 256 << 20;
const LARGEST_CARD: u64 = 1 << 20;

/// How the name of a pickle ends.
const PICKLES: [&str; 3] = ["joblib", "pkl", "pickle"];

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is not there.
    #[error("there is no model at {0}")]
    Missing(String),
    /// Its card is not there.
    #[error("the model {model} has no card: there is no {}", .tried.join(", nor "))]
    NoCard { model: String, tried: Vec<String> },
    /// It is a pickle.
    #[error("{0} is a pickle, a program that runs when it is opened, so saldo does not open it")]
    Pickle(String),
    /// It is too large.
    #[error("{place} has {size} bytes, and saldo reads at most {most}")]
    Large { place: String, size: u64, most: u64 },
    /// The program was built without endpoints.
    #[error("the endpoint {0} cannot be asked: this saldo was built without AWS")]
    NoEndpoints(String),
    /// It cannot be asked.
    #[error("the endpoint {name} cannot be asked: {why}")]
    Endpoint { name: String, why: String },
    /// The model or its card is not as it should be.
    #[error("{place}: {source}")]
    Outside { place: String, source: PredictorError },
    /// The bucket does not give it.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Disk trouble.
    #[error("cannot read {place}: {source}")]
    Io { place: String, source: io::Error },
}

impl ModelError {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing(_) => "name a file, s3://bucket/key, or sagemaker:ENDPOINT".into(),
            Self::NoCard { .. } => {
                "write one: {\"features\": [\"t\", \"dow\", \"lag_1\"], \"target\": \"level\", \"training\": \
                 {\"first\": \"2015-01-01\", \"last\": \"2022-12-31\"}}"
                    .into()
            }
            Self::Pickle(place) => recipe(place),
            Self::Large { .. } => "train it with fewer or shallower trees".into(),
            Self::NoEndpoints(_) => "build it with --features remote, or name a file".into(),
            Self::Endpoint { .. } => {
                "check the endpoint's name, the region and the AWS credentials (`aws sts get-caller-identity`)"
                    .into()
            }
            Self::Outside { source, .. } => return source.hint(),
            Self::Place(error) => return error.hint().map(str::to_owned),
            Self::Io { .. } => return None,
        })
    }
}

/// How to make an ONNX file of a pickle, where it was made.
fn recipe(place: &str) -> String {
    let file = parts(place).1;
    let stem = stem(file);
    format!(
        "convert it where it was trained, in Python with skl2onnx:\n\
         import joblib, numpy, skl2onnx\n\
         model = joblib.load({file:?})\n\
         open(\"{}.onnx\", \"wb\").write(skl2onnx.to_onnx(model, numpy.zeros((1, model.n_features_in_), \"float32\"))\
         .SerializeToString())",
        stem.escape_debug()
    )
}

/// A model that was trained elsewhere, ready to be asked.
#[derive(Debug)]
pub struct Model {
    name: String,
    card: Card,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(Onnx),
    Endpoint(Box<Endpoint>),
}

impl Model {
    /// Opens the model at a place, with the card at another one or beside it. `access` is how buckets and endpoints are
    /// reached. Not to be called from a task of tokio, and neither are its other functions.
    ///
    /// # Errors
    /// When the model or its card is not there, cannot be read, is a pickle, or the two do not go together.
    pub fn open(place: &str, card: Option<&str>, access: &AwsOptions) -> Result<Self, ModelError> {
        let at = |place: &str| {
            let place = place.to_owned();
            |source| ModelError::Outside { place, source }
        };
        let (source, place) = match place.strip_prefix("sagemaker:") {
            Some(name) => (Source::Endpoint(Box::new(Endpoint::open(name, access)?)), name),
            None => (Source::File(Onnx::read(&bytes(place, access)?).map_err(at(place))?), place),
        };
        let (folder, file) = parts(place);
        let mut tried = match card {
            Some(card) => vec![card.to_owned()],
            None => vec![format!("{folder}{}.json", stem(file)), format!("{folder}model.json")],
        };
        tried.dedup();
        let mut found = None;
        for card in &tried {
            if let Some(json) = read(card, access, LARGEST_CARD)? {
                found = Some(Card::read(&json).map_err(at(card))?);
                break;
            }
        }
        let card = found.ok_or_else(|| ModelError::NoCard { model: place.into(), tried })?;
        if let Source::File(onnx) = &source {
            onnx.check(card.width()).map_err(at(place))?;
        }
        let name = card.name.clone().unwrap_or_else(|| stem(file).to_owned());
        Ok(Self { name, card, source })
    }

    /// Its name for the reader: the card's, or the file's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its card.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Does something with the model: [`crate::forecast::external_model::forecast`],
    /// [`crate::forecast::external_model::backtest`], [`crate::forecast::Outlook::new`].
    pub fn ask<T>(&self, work: impl FnOnce(&Predictor<'_>) -> T) -> T {
        let predict = |asks: &[Ask<'_>]| self.predict(asks);
        work(&Predictor {
            name: &self.name,
            training: self.card.training,
            reach: self.card.reach(),
            predict: &predict,
        })
    }

    fn predict(&self, asks: &[Ask<'_>]) -> Result<Vec<Vec<f64>>, PredictorError> {
        self.card.predict(asks, &|rows| match &self.source {
            Source::File(onnx) => rows.iter().map(|row| onnx.predict(row)).collect(),
            Source::Endpoint(endpoint) => endpoint.predict(rows).map_err(PredictorError::Answer),
        })
    }
}

/// The bytes of a model, none of a pickle's.
fn bytes(place: &str, access: &AwsOptions) -> Result<Vec<u8>, ModelError> {
    let ending = parts(place).1.rsplit_once('.').map_or("", |(_, ending)| ending);
    if PICKLES.iter().any(|pickle| ending.eq_ignore_ascii_case(pickle)) {
        return Err(ModelError::Pickle(place.into()));
    }
    let bytes = read(place, access, LARGEST)?.ok_or_else(|| ModelError::Missing(place.into()))?;
    // The mark of a protocol, 2 or later, with which a pickle begins: no ONNX file does.
    match bytes[..] {
        [0x80, 2..=5, ..] => Err(ModelError::Pickle(place.into())),
        _ => Ok(bytes),
    }
}

/// A file or an object, if it is there.
fn read(place: &str, access: &AwsOptions, most: u64) -> Result<Option<Vec<u8>>, ModelError> {
    let large = |size| Err(ModelError::Large { place: place.into(), size, most });
    if place.starts_with("s3://") {
        return match fetch(place, access, most)? {
            Object::Absent => Ok(None),
            Object::Large(size) => large(size),
            Object::Bytes(bytes) => Ok(Some(bytes)),
        };
    }
    let take = || -> io::Result<(Vec<u8>, u64)> {
        let file = File::open(place)?;
        let size = file.metadata()?.len();
        let mut bytes = Vec::new();
        // A file may grow while it is read, and a device has no size.
        let read = if size > most { 0 } else { file.take(most + 1).read_to_end(&mut bytes)? };
        Ok((bytes, size.max(read as u64)))
    };
    match take() {
        Ok((_, size)) if size > most => large(size),
        Ok((bytes, _)) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ModelError::Io { place: place.into(), source }),
    }
}

/// The folder of a place, with the mark at its end, and the name in it.
fn parts(place: &str) -> (&str, &str) {
    place.split_at(place.rfind(is_separator).map_or(0, |at| at + 1))
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
