//! The page `docs/soundness/model.md`, made from what was found.

use super::registry::{Change, Leaf};
use super::state::{Accepted, Signature, Step, Who};
use super::{Dropped, Explored, Property, Rule, Scene, Word};
use std::fmt::{self, Display, Formatter, Write};

/// The page: what each scene gave, and what each rule taken away led to.
pub fn page(scenes: &[(&Scene, Explored)], dropped: &[(&Dropped, Explored)]) -> String {
    let mut page = String::from(HEAD);
    for (scene, found) in scenes {
        let b = &scene.bounds;
        let grace = match b.delay {
            0 => format!("grace {}", b.grace),
            delay => format!("grace {}, delay {delay}", b.grace),
        };
        let _ = writeln!(
            page,
            "| {} | {} {} moments, {grace}; {} changes, {} messages, {} claims. | {} | {} | {} |",
            scene.name,
            scene.says,
            b.end,
            b.changes,
            b.messages,
            b.claims,
            found.states,
            found.steps,
            found.claims,
        );
    }
    page.push_str(RULES);
    for rule in Rule::ALL {
        let kept: Vec<_> = rule.kept_by().iter().map(|place| format!("`{place}`")).collect();
        let _ = writeln!(page, "| `{rule:?}` | {} | {} |", rule.says(), kept.join(", "));
    }
    page.push_str(TRACES);
    for (dropped, found) in dropped {
        let rules: Vec<_> = dropped.rules.iter().map(|rule| format!("`{rule:?}`")).collect();
        let Some((property, trace)) = &found.broken else { continue };
        let _ = writeln!(
            page,
            "\n**Without {}** ({}, {} states) this breaks: {}.\n",
            rules.join(" and "),
            dropped.scene,
            found.states,
            emphasised(*property)
        );
        let mut now = 0;
        for step in trace {
            match step {
                Step::Tick => now += 1,
                step => {
                    let _ = writeln!(page, "- {now}: {step}");
                }
            }
        }
    }
    page
}

fn emphasised(property: Property) -> String {
    format!("*{}*", property.says())
}

impl Display for Leaf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { meter, id, nullifier, from, until } = self;
        let id = if id == meter { String::new() } else { format!(" as meter {id}") };
        write!(f, "meter {meter}{id}, nullifier key {nullifier}, valid {from} to {until}")
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(root, at) => write!(f, "setRoot({root:#b}, {at})"),
            Self::Confirm(root) => write!(f, "confirmRoot({root:#b})"),
            Self::Withdraw(root) => write!(f, "withdrawRoot({root:#b})"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick => write!(f, "time goes by"),
            Self::Change(Change::Add(leaf)) => write!(f, "enrolled: {leaf}"),
            Self::Change(Change::Revoke(index)) => write!(f, "revoked: entry {index}"),
            Self::Change(Change::Rotate(index, leaf)) => {
                write!(f, "entry {index} rotated to: {leaf}")
            }
            Self::Send(word) => write!(f, "the owner sends {word}"),
            Self::Take(word) => write!(f, "the chain takes {word}"),
            Self::TakeAgain(word) => write!(f, "the chain takes {word} again"),
            Self::Reorganise => write!(f, "the chain loses its last moment"),
            Self::Sign(Signature { meter, scope, period: (start, end), context }) => {
                write!(
                    f,
                    "meter {meter} signs scope {scope}, period {start} to {end}, context {context}"
                )
            }
            Self::Claim(Accepted {
                by,
                scope,
                meter,
                period: (start, end),
                context,
                entry,
                ..
            }) => {
                let by = match by {
                    Who::Native => "the native verifier",
                    Who::Contract => "the contract",
                };
                write!(
                    f,
                    "{by} accepts entry {entry}: readings of meter {meter}, scope {scope}, period {start} to {end}, context {context}"
                )
            }
        }
    }
}

const HEAD: &str = "\
# A model of the protocol

Made by `WATTPROOF_WRITE_AUDIT=1 cargo test --release -p wattproof-audit --test model`; a test holds it to the model, `audit/src/model`.

The life of a claim in a small world: meters are enrolled, rotated and revoked by an honest registrar at any time, their holders ask for whatever they
like, devices sign whatever their holders like, provers prove every statement that follows from what there is, and try it at every verifier. The
cryptography is taken to hold: a proof exists exactly if the relation does, two nullifiers are equal only if all that goes into them is. Every world within
the bounds is explored, breadth first; the properties are looked at with each claim that is accepted.

1. **Once**: no two accepted claims share meter, scope and any time. A meter is whose readings they are, whatever entry they were claimed under.
2. **Not redirected**: what is accepted was signed for that scope, period and payee.
3. **Not revoked**: no claim from a revoked meter after grace.

Properties are about one claim or two, and a store that holds more only refuses more, so that two claims are enough. It shows nothing beyond its
bounds, and nothing of the cryptography. That its rules are the code's is tested for the registry, where every change is made in the real one too, and for the roots of the
native verifier, which is shown each of them (`audit/tests/model_code.rs`). Those of the contract were read off its code.

| scene | what | states | steps | claims accepted |
| --- | --- | --- | --- | --- |
";

const RULES: &str = "
All properties hold in all of them.

## Rules

Some rules are people's to keep, and the code's only in part; then the place is where the docs tell them.

| rule | | kept by |
| --- | --- | --- |
";

const TRACES: &str = "
`Margin` was found by this model: `confirmRoot` and `setRoot` count the grace period from when the chain takes them, not from when the owner looked at the
registry. A message that lies about for longer than a period lets an old root live longer than the registry thinks.

`ReplacedBeforeEnd` alone is not missed: it stands behind `GraceEnds` and, for native verifiers, behind `Reach`, and holds without a clock. A contract, which
may not have heard of a new root, needs `Reach` itself.

## What happens without them

Shortest ways to a broken property. Numbers are moments; a root is written as its live places, in binary.
";
