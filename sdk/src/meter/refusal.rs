//! Refusals of what was handed in, as JavaScript `Error` objects with `code`, `remedy` and the place in the file.

use crate::error::ErrorObject;
use wasm_bindgen::prelude::*;
use wattproof_circuits::error::Error;
use wattproof_intake::Error as IntakeError;
use wattproof_intake::import::{ImportError, Place, Problem};

/// A refusal on its way to JavaScript.
pub struct Refusal {
    code: &'static str,
    message: String,
    remedy: String,
    place: Where,
}

/// Where in the file; what is not known is left out.
#[derive(Default)]
struct Where {
    line: Option<u64>,
    column: Option<u64>,
    byte: Option<u64>,
    field: Option<String>,
    path: Option<String>,
}

impl Refusal {
    /// An option that the import would refuse in a file.
    pub(super) fn option(name: &str, problem: &Problem) -> Self {
        Self {
            code: problem.code(),
            message: format!("{name}: {problem}."),
            remedy: problem.remedy().into(),
            place: Where::default(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        IntakeError::from(error).into()
    }
}

impl From<ImportError> for Refusal {
    fn from(error: ImportError) -> Self {
        IntakeError::from(error).into()
    }
}

impl From<IntakeError> for Refusal {
    fn from(error: IntakeError) -> Self {
        let place = match &error {
            IntakeError::Import(error) => {
                let field = error.field().map(str::to_owned);
                match error.place() {
                    Place::File => Where { field, ..Where::default() },
                    Place::Line(line) => Where { line: Some(line), field, ..Where::default() },
                    Place::Byte(byte) => Where { byte: Some(byte), field, ..Where::default() },
                }
            }
            IntakeError::Agreement(error) => Where {
                line: Some(error.line as u64),
                column: Some(error.column as u64),
                path: Some(error.path.clone()).filter(|path| !path.is_empty()),
                ..Where::default()
            },
            _ => Where::default(),
        };
        let (message, remedy) = (error.to_string(), error.remedy().to_owned());
        Self { code: error.code(), message, remedy, place }
    }
}

impl From<Refusal> for JsValue {
    fn from(Refusal { code, message, remedy, place }: Refusal) -> Self {
        let object = ErrorObject::new(&message);
        object.set_code(code);
        object.set_remedy(&remedy);
        // Lines, columns and bytes of a file of at most 2^28 bytes are exact.
        place.line.inspect(|line| object.set_line(*line as f64));
        place.column.inspect(|column| object.set_column(*column as f64));
        place.byte.inspect(|byte| object.set_byte(*byte as f64));
        place.field.inspect(|field| object.set_field(field));
        place.path.inspect(|path| object.set_path(path));
        object.into()
    }
}
