//! The ledger as a file, `disclosures/1`.

use super::{Disclosed, Disclosures, Fact, Part, Span, Told};
use crate::commitment::Commitment;
use crate::error::{Code, Error, Result};
use crate::format::{Digest, carry, decimal, parse_native};
use crate::hash::F;
use crate::policy::{Context, Period};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const KIND: &str = "disclosures/1";

/// Most bytes of a ledger.
pub const MAX_DISCLOSURES: usize = 64 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    wattproof: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget_bits: Option<u32>,
    proofs: Vec<ProofText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofText {
    #[serde(with = "decimal::field")]
    meter: F,
    period: Period,
    authority: String,
    name: String,
    #[serde(with = "decimal::field")]
    policy_digest: F,
    context: Context,
    facts: Vec<FactText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sums: Vec<PartText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactText {
    figure: String,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<SpanText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<SpanText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    millibits: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanText {
    low: Whole,
    high: Whole,
}

/// A whole number as a decimal string; each has one spelling.
#[derive(Clone, Copy)]
struct Whole(i64);

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let number = text.parse::<i64>().ok().filter(|n| n.to_string() == text);
        let refusal = || carry(Error::new(Code::OutOfRange, "not a whole number of 63 bits."));
        number.map(Self).ok_or_else(refusal)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartText {
    figure: String,
    roster: Digest,
    output: u32,
    commitment: PointText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PointText {
    #[serde(with = "decimal::field")]
    x: F,
    #[serde(with = "decimal::field")]
    y: F,
}

impl Disclosures {
    /// Reads a `disclosures/1` file. One that contradicts itself is refused: it may hide what is known.
    ///
    /// # Errors
    /// As the JSON formats, with line and column where they are known.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Document = parse_native(text, KIND, MAX_DISCLOSURES)?;
        let numbered = document.proofs.into_iter().enumerate();
        let proofs =
            numbered.map(|(i, proof)| proof.read().map_err(|e| e.at(&format!("proofs[{i}]"))));
        let proofs = proofs.collect::<Result<_>>().map_err(|e| e.at(KIND))?;
        Ok(Self { budget_bits: document.budget_bits, proofs })
    }

    /// Writes a `disclosures/1` file: private.
    ///
    /// # Errors
    /// [`Code::TooLarge`] if it could not be read back.
    pub fn to_json(&self) -> Result<String> {
        let document = Document {
            wattproof: KIND.into(),
            budget_bits: self.budget_bits,
            proofs: self.proofs.iter().map(ProofText::from).collect(),
        };
        let json = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
        crate::format::text(json.as_bytes(), MAX_DISCLOSURES)?;
        Ok(json)
    }
}

impl ProofText {
    fn read(self) -> Result<Disclosed> {
        self.context.check()?;
        let part = |part: PartText| {
            let PartText { figure, roster, output, commitment: PointText { x, y } } = part;
            Ok(Part { figure, roster, output, commitment: Commitment::new(x, y)? })
        };
        Ok(Disclosed {
            meter: self.meter,
            period: self.period,
            scope: (self.authority, self.name),
            policy_digest: self.policy_digest,
            context: self.context,
            facts: self.facts.into_iter().map(FactText::read).collect::<Result<_>>()?,
            parts: self.sums.into_iter().map(part).collect::<Result<_>>()?,
        })
    }
}

impl From<&Disclosed> for ProofText {
    fn from(proof: &Disclosed) -> Self {
        let part = |part: &Part| {
            let [x, y] = part.commitment.to_inputs();
            let commitment = PointText { x, y };
            PartText {
                figure: part.figure.clone(),
                roster: part.roster,
                output: part.output,
                commitment,
            }
        };
        Self {
            meter: proof.meter,
            period: proof.period,
            authority: proof.scope.0.clone(),
            name: proof.scope.1.clone(),
            policy_digest: proof.policy_digest,
            context: proof.context.clone(),
            facts: proof.facts.iter().map(FactText::from).collect(),
            sums: proof.parts.iter().map(part).collect(),
        }
    }
}

impl FactText {
    fn read(self) -> Result<Fact> {
        let bad = |what: &str| Error::new(Code::Malformed, format!("facts: {what}"));
        let span = |text: SpanText| {
            Span::new(text.low.0, text.high.0).ok_or_else(|| bad("low is above high."))
        };
        let told = match (self.before, self.after, self.millibits) {
            (Some(before), Some(after), None) => {
                let (before, after) = (span(before)?, span(after)?);
                if before.and(&after) != Some(after) {
                    return Err(bad("after is not part of before."));
                }
                Told::Range { before, after }
            }
            (None, None, Some(millibits)) => Told::Yes { millibits: millibits.into() },
            _ => return Err(bad("either before and after, or millibits.")),
        };
        Ok(Fact { figure: self.figure, text: self.text, told })
    }
}

impl From<&Fact> for FactText {
    fn from(fact: &Fact) -> Self {
        let span = |s: &Span| Some(SpanText { low: Whole(s.low), high: Whole(s.high) });
        let (before, after, millibits) = match &fact.told {
            Told::Range { before, after } => (span(before), span(after), None),
            // At most 64 bits for each.
            Told::Yes { millibits } => {
                (None, None, Some(u32::try_from(*millibits).unwrap_or(u32::MAX)))
            }
        };
        Self { figure: fact.figure.clone(), text: fact.text.clone(), before, after, millibits }
    }
}
