//! What a claim is for, from what was typed.

use wattproof_circuits::error::Error;
use wattproof_circuits::format::Prefixed;
use wattproof_circuits::policy::Context;

use crate::args::ContextArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;

const MAX_CONTEXT: usize = 4 << 10;

/// Where a nonce comes from if none was typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nonce {
    /// From the verifier, who must have told.
    Told,
    /// Drawn here: this is the verifier.
    Drawn,
}

pub(super) fn read(args: &ContextArgs, files: &Files, nonce: Nonce) -> Result<Context> {
    let context = match (&args.context, &args.verifier) {
        (Some(path), _) => files.parse(path, MAX_CONTEXT, Context::from_json)?,
        (None, Some(verifier)) => {
            let nonce = match (&args.nonce, nonce) {
                (Some(text), _) => parse_nonce(text)?,
                (None, Nonce::Drawn) => draw()?,
                (None, Nonce::Told) => {
                    let message = "--nonce is missing: the verifier says it, with its name";
                    return Err(Failure::Usage(message.into()));
                }
            };
            Context::Challenge { verifier: verifier.clone(), nonce }
        }
        (None, None) => return Err(Failure::Usage("--verifier or --context is missing".into())),
    };
    let typed = |e: Error| Failure::Usage(e.message().to_owned());
    context.check().map_err(typed)?;
    Ok(context)
}

fn parse_nonce(text: &str) -> Result<Prefixed<32>> {
    serde_json::from_value(text.into())
        .map_err(|_| Failure::Usage("--nonce is not 0x and 64 lower-case hex digits".into()))
}

fn draw() -> Result<Prefixed<32>> {
    let mut nonce = [0; 32];
    wattproof_circuits::random::fill(&mut nonce)?;
    Ok(Prefixed(nonce))
}
