//! Agreements: policies as people write them. An agreement is TOML or JSON with amounts in human units ("5 kW", "0.2853 EUR/kWh"),
//! channels by name and rules in local time; it compiles to the canonical `policy/1`, which everything else uses. Equal
//! agreements give equal policies, and so equal digests, whatever their formatting. No I/O here.

mod conditions;
mod event;
mod fault;
mod header;
mod json;
mod number;
mod presets;
mod scene;
mod schema;
mod tariff;
mod toml;
mod tree;
mod units;
mod windows;

pub use fault::AgreementError;
pub use presets::{PRESETS, Preset};
pub use schema::{agreement_schema, policy_schema};

use wattproof_circuits::condition::ConditionShape;
use wattproof_circuits::error::Code;
use wattproof_circuits::policy::{Calendar, CalendarUnit, Period, Policy};
use wattproof_circuits::relation::{Listed, Shape, catalogue};

use conditions::{Compiled, Setting};
use fault::{Fault, quoted};
use header::{Header, KIND, MEMBERS};
use tree::{Node, View};

/// Most bytes of an agreement.
pub const MAX_AGREEMENT: usize = 1 << 20;

/// Members of conditions that depend on local time.
const TIMED: [&str; 8] = [
    "schedule",
    "bands",
    "prices",
    "feed_in_prices",
    "intensities",
    "event",
    "adjustment",
    "excluded",
];

/// How an agreement is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `agreement.toml`.
    Toml,
    /// `agreement.json`.
    Json,
}

impl Syntax {
    /// JSON begins with a brace; no TOML does.
    pub fn of(text: &str) -> Self {
        if text.trim_start().starts_with('{') { Self::Json } else { Self::Toml }
    }
}

/// A policy as people write it, read but not yet compiled for a period.
pub struct Agreement {
    text: String,
    tree: Node,
    header: Header,
}

/// A compiled agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledAgreement {
    /// The canonical policy.
    pub policy: Policy,
    /// For each of its conditions the name that the agreement gives it.
    pub names: Vec<Option<String>>,
    /// The circuit of the catalogue that serves it; none if it has one of its own.
    pub listed: Option<&'static str>,
    /// The shape of its own that it has, or would have.
    pub custom: Shape,
}

impl Agreement {
    /// Reads an agreement.
    ///
    /// # Errors
    /// With line, path and remedy, if it is no agreement; conditions are read by [`Agreement::compile`] only.
    pub fn parse(text: &str, syntax: Syntax) -> Result<Self, AgreementError> {
        let parsed = match syntax {
            _ if text.len() > MAX_AGREEMENT => Err(Fault {
                code: Code::TooLarge,
                at: 0,
                path: String::new(),
                what: format!("{} bytes; at most {MAX_AGREEMENT}", text.len()),
                remedy: "Check that this is the right file.".into(),
            }),
            Syntax::Toml => toml::parse(text),
            Syntax::Json => json::parse(text),
        };
        let read = parsed.and_then(|tree| Ok((header(&tree)?, tree)));
        let (header, tree) = read.map_err(|fault| fault.locate(text))?;
        Ok(Self { text: text.to_owned(), tree, header })
    }

    /// Its calendar: a period is a cell of it.
    pub fn calendar(&self) -> &Calendar {
        &self.header.scope.calendar
    }

    /// Which circuit it asks for: `auto`, `custom`, or the name of one of the catalogue.
    pub fn circuit(&self) -> &str {
        &self.header.circuit
    }

    /// Names of the meter's channels, in the order of the policy's.
    pub fn channels(&self) -> &[String] {
        &self.header.names
    }

    /// Whether conditions depend on local time, so that a policy is for one period.
    pub fn needs_period(&self) -> bool {
        let conditions =
            View::root(&self.tree).table().ok().and_then(|root| root.get("conditions"));
        let items = conditions.and_then(|view| view.items().ok()).unwrap_or_default();
        items.iter().filter_map(|view| view.table().ok()).any(|table| {
            table
                .all()
                .any(|(name, view)| TIMED.contains(&name) && (view.is_list() || view.is_table()))
        })
    }

    /// A period to show an agreement by, where none is given.
    pub fn sample_period(&self) -> &'static str {
        match self.calendar().unit {
            CalendarUnit::Hour => "2026-01-14T12",
            CalendarUnit::Day => "2026-01-14",
            CalendarUnit::Week => "2026-W03",
            CalendarUnit::Month => "2026-01",
        }
    }

    /// The policy that it means, for `period` if it depends on local time ([`Agreement::needs_period`]). The period must be a
    /// cell of the calendar.
    ///
    /// # Errors
    /// With line, path and remedy, at the first condition that is wrong.
    pub fn compile(&self, period: Option<Period>) -> Result<CompiledAgreement, AgreementError> {
        self.build(period).map_err(|fault| fault.locate(&self.text))
    }

    fn build(&self, period: Option<Period>) -> Result<CompiledAgreement, Fault> {
        let root = View::root(&self.tree);
        let list = root.table()?.need("conditions", "a table [[conditions]]")?;
        let items = list.items()?;
        if items.is_empty() {
            return Err(list.fault("there are no conditions", "Add a table [[conditions]]."));
        }
        let setting = Setting::new(&self.header, period, root.clone());
        let mut compiled: Vec<(View<'_>, Compiled)> = Vec::new();
        for item in &items {
            let one = conditions::compile(item, &setting)?;
            apart(item, &one, &compiled)?;
            compiled.push((item.clone(), one));
        }
        let mut compiled: Vec<Compiled> = compiled.into_iter().map(|(_, one)| one).collect();
        if compiled.iter().all(|c| c.condition.kind().name == "completeness") && items.len() > 1 {
            return Err(list.fault("there are no conditions", "Add a table [[conditions]]."));
        }
        if !compiled.iter().any(|c| c.condition.kind().name == "completeness") {
            let whole: &[i64] = &[1_000_000];
            let condition = wattproof_circuits::condition::Condition::new(
                "completeness",
                &[("min_measured_ppm", whole)],
                Default::default(),
            );
            let condition = condition.map_err(|e| root.fault(e.message(), "Report this."))?;
            compiled.push(Compiled { condition, name: None });
        }
        compiled.sort_by_key(|c| c.condition.shape().order());
        let (conditions, names) = compiled.into_iter().map(|c| (c.condition, c.name)).unzip();
        let Header { scope, meter, geometry, least_level, .. } = &self.header;
        let policy = Policy::new(*geometry, scope.clone(), meter.clone(), *least_level, conditions);
        let policy = policy.map_err(|error| {
            let what = error.message().trim_end_matches('.').to_owned();
            Fault { code: error.code(), ..root.fault(what, error.code().remedy()) }
        })?;
        let (listed, served) = self.listed(&root, &policy)?;
        let custom = policy.shape();
        let names: Vec<Option<String>> = names;
        let own = custom.conditions.iter().map(ConditionShape::order).zip(names);
        let own: Vec<_> = own.collect();
        let name = |shape: &ConditionShape| {
            own.iter().find(|(order, _)| *order == shape.order()).and_then(|(_, name)| name.clone())
        };
        let names = served.shape().conditions.iter().map(name).collect();
        Ok(CompiledAgreement { policy: served, names, listed, custom })
    }

    /// The policy over the circuit that `circuit` asks for.
    fn listed(
        &self,
        root: &View<'_>,
        policy: &Policy,
    ) -> Result<(Option<&'static str>, Policy), Fault> {
        let size = |listed: &Listed| listed.pinned.as_ref().map_or(usize::MAX, |p| p.constraints);
        let served = |listed: &'static Listed| Some((listed, listed.serve(policy)?));
        match self.header.circuit.as_str() {
            "custom" => Ok((None, policy.clone())),
            "auto" => {
                let best =
                    catalogue().iter().filter_map(served).min_by_key(|(l, _)| (size(l), l.name));
                Ok(best.map_or((None, policy.clone()), |(l, policy)| (Some(l.name), policy)))
            }
            name => {
                let view = root.table()?.need("circuit", "circuit = \"auto\"")?;
                let Some(listed) = catalogue().iter().find(|listed| listed.name == name) else {
                    let mut known = vec!["auto", "custom"];
                    known.extend(catalogue().iter().map(|listed| listed.name));
                    let what = format!("{} is no circuit of the catalogue", quoted(name));
                    return Err(view.fault(what, fault::instead(name, &known)));
                };
                listed.serve(policy).map(|policy| (Some(listed.name), policy)).ok_or_else(|| {
                    let what = format!("{} does not serve this agreement: {}", quoted(name), listed.about);
                    view.fault(what, "Write circuit = \"auto\" for the cheapest that does, or \"custom\" for one of its own.")
                })
            }
        }
    }
}

/// Refuses a second condition of one kind and channel, and a second one of one name.
fn apart(view: &View<'_>, one: &Compiled, others: &[(View<'_>, Compiled)]) -> Result<(), Fault> {
    for (place, other) in others {
        if one.name.is_some() && one.name == other.name {
            let name = quoted(one.name.as_deref().unwrap_or_default());
            let what = format!("{name} is also the name of {}", place.path);
            return Err(
                view.fault(what, "Give each condition, and so each output, a name of its own.")
            );
        }
        if one.condition.shape().order() == other.condition.shape().order() {
            let kind = one.condition.kind().name;
            let what = format!("{} is a {kind} condition on the same channel already", place.path);
            return Err(view.fault(what, "Merge the two, or name another channel."));
        }
    }
    Ok(())
}

fn header(tree: &Node) -> Result<Header, Fault> {
    let root = View::root(tree).table()?;
    let tag = root.need("wattproof", &format!("wattproof = \"{KIND}\""))?;
    if tag.text()? != KIND {
        let what = format!("{} is no agreement this build knows", quoted(tag.text()?));
        let remedy =
            format!("Write wattproof = \"{KIND}\", or use a build that knows this version.");
        return Err(tag.fault_as(Code::UnknownVersion, what, remedy));
    }
    root.only(&MEMBERS)?;
    if let Some(about) = root.get("about") {
        about.text()?;
    }
    Header::read(&root)
}

#[cfg(test)]
mod tests;
