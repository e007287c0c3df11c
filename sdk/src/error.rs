//! Refusals as JavaScript `Error` objects with `code` and `remedy`.

use wasm_bindgen::prelude::*;
#[cfg(not(feature = "meter"))]
use wattproof_circuits::error::Error;

#[wasm_bindgen]
extern "C" {
    /// JavaScript's `Error`.
    #[wasm_bindgen(js_name = Error)]
    pub(crate) type ErrorObject;

    #[wasm_bindgen(constructor, js_class = "Error")]
    pub(crate) fn new(message: &str) -> ErrorObject;

    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_code(this: &ErrorObject, code: &str);

    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_remedy(this: &ErrorObject, remedy: &str);

    #[cfg(feature = "meter")]
    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_line(this: &ErrorObject, line: f64);

    #[cfg(feature = "meter")]
    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_column(this: &ErrorObject, column: f64);

    #[cfg(feature = "meter")]
    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_byte(this: &ErrorObject, byte: f64);

    #[cfg(feature = "meter")]
    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_field(this: &ErrorObject, field: &str);

    #[cfg(feature = "meter")]
    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_path(this: &ErrorObject, path: &str);
}

/// A refusal on its way to JavaScript.
#[cfg(not(feature = "meter"))]
pub struct JsError(Error);

#[cfg(not(feature = "meter"))]
impl From<Error> for JsError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

#[cfg(not(feature = "meter"))]
impl From<JsError> for JsValue {
    fn from(JsError(error): JsError) -> Self {
        let object = ErrorObject::new(error.message());
        object.set_code(error.code().as_str());
        object.set_remedy(error.code().remedy());
        object.into()
    }
}
