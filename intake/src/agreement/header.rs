//! What an agreement says besides its conditions: scope, time, meter, and with them the sizes of the circuit.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattproof_circuits::meter::{Channel, Direction, Level, MeterKind, Quantity, Unit};
use wattproof_circuits::policy::{Calendar, CalendarUnit, Scope, fixed_offset};
use wattproof_circuits::relation::{BlockRange, Geometry};

use super::event::BASELINE_DAYS;
use super::fault::{Result, quoted};
use super::tree::{Members, View};
use super::units::{self, Target};
use super::windows;

/// Version and kind of the file.
pub(super) const KIND: &str = "agreement/1";

/// Members of an agreement.
pub(super) const MEMBERS: [&str; 12] = [
    "wattproof",
    "about",
    "scope",
    "zone",
    "clock",
    "period",
    "least_level",
    "circuit",
    "meter",
    "channels",
    "holidays",
    "conditions",
];

pub(super) const QUANTITIES: [(&str, Quantity); 12] = [
    ("energy", Quantity::Energy),
    ("register", Quantity::Register),
    ("stored", Quantity::Stored),
    ("power", Quantity::Power),
    ("voltage", Quantity::Voltage),
    ("gas", Quantity::Gas),
    ("water", Quantity::Water),
    ("heat", Quantity::Heat),
    ("data", Quantity::Data),
    ("compute", Quantity::Compute),
    ("distance", Quantity::Distance),
    ("mark", Quantity::Mark),
];

pub(super) const DIRECTIONS: [(&str, Direction); 7] = [
    ("import", Direction::Import),
    ("export", Direction::Export),
    ("generation", Direction::Generation),
    ("consumption", Direction::Consumption),
    ("charge", Direction::Charge),
    ("discharge", Direction::Discharge),
    ("none", Direction::None),
];

pub(super) const PERIODS: [(&str, CalendarUnit); 4] = [
    ("hour", CalendarUnit::Hour),
    ("day", CalendarUnit::Day),
    ("week", CalendarUnit::Week),
    ("month", CalendarUnit::Month),
];

pub(super) const LEVELS: [(&str, Level); 4] =
    [("L0", Level::L0), ("L1", Level::L1), ("L2", Level::L2), ("L3", Level::L3)];

/// Value bits of an agreement that does not say how large values get.
const VALUE_BITS: u8 = 24;

/// Registry depth of an agreement that does not say.
const REGISTRY_DEPTH: u8 = 10;

/// Blocks that a `reduction` looks back unless it says otherwise.
pub(super) const LOOK_BACK: i64 = 20;

/// The one of these that a text names.
pub(super) fn pick<T: Copy>(view: &View<'_>, known: &[(&str, T)]) -> Result<T> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    Ok(known[view.choice(&names)?].1)
}

/// Everything but the conditions.
pub(super) struct Header {
    pub(super) scope: Scope,
    /// The zone of hours and dates in rules.
    pub(super) clock: TimeZone,
    pub(super) meter: MeterKind,
    /// Names of the meter's channels, in its order.
    pub(super) names: Vec<String>,
    pub(super) geometry: Geometry,
    pub(super) least_level: Level,
    pub(super) holidays: Vec<Date>,
    /// What `circuit` says, `auto` if nothing.
    pub(super) circuit: String,
}

impl Header {
    pub(super) fn read(root: &Members<'_>) -> Result<Self> {
        let unit = pick(&root.need("period", "period = \"month\"")?, &PERIODS)?;
        let (name, zone) = zone(&root.need("zone", "zone = \"Europe/Berlin\"")?)?;
        let scope = root.need("scope", "a table with authority and name")?.table()?;
        scope.only(&["authority", "name"])?;
        let text = |name: &str| -> Result<String> {
            let view = scope.need(name, "a text of 1 to 128 bytes")?;
            let text = view.text()?;
            if text.is_empty() || text.len() > 128 || text.chars().any(char::is_control) {
                let what = format!("has {} bytes, or control characters", text.len());
                return Err(view.fault(what, "Write 1 to 128 bytes of plain text."));
            }
            Ok(text.to_owned())
        };
        let calendar = Calendar { zone: name, unit };
        let scope = Scope { authority: text("authority")?, name: text("name")?, calendar };

        let meter = root.need("meter", "a table with interval = \"PT15M\"")?.table()?;
        meter.only(&["interval", "grid", "value_bits", "registry_depth"])?;
        let interval_seconds = interval(&meter, unit)?;
        let grid_offset_seconds = match meter.get("grid") {
            None => standard_offset(&zone),
            Some(view) => fixed_offset(view.text()?).ok_or_else(|| {
                view.fault(
                    format!("{} is no offset from UTC", quoted(view.text().unwrap_or_default())),
                    "Write it as in \"+01:00\", or \"UTC\"; or leave grid out: then it is the zone's standard time.",
                )
            })?,
        };
        let (names, channels, bits) = channels(root, interval_seconds)?;
        let value_bits = match meter.get("value_bits") {
            None => bits.unwrap_or(VALUE_BITS),
            Some(view) => {
                let stated = view.count(8, 32)? as u8;
                if bits.is_some_and(|bits| bits > stated) {
                    let what = format!("{stated} bits do not hold the greatest value of a channel");
                    return Err(view.fault(what, "Leave value_bits out, or raise it."));
                }
                stated
            }
        };
        let depth = match meter.get("registry_depth") {
            None => REGISTRY_DEPTH,
            Some(view) => view.count(1, 16)? as u8,
        };
        let meter = MeterKind { interval_seconds, grid_offset_seconds, channels };
        let sizes = Sizes { unit, interval_seconds, value_bits, depth };
        let look_back = look_back(root)?;
        let on_grid = is_on_grid(&zone, grid_offset_seconds);
        if look_back.0 > 0 && !(on_grid && unit == CalendarUnit::Day) {
            let view = root.need("zone", "zone = \"-08:00\"")?;
            return Err(view.fault(
                "a reduction's day is a day of the meter's grid, all year",
                "Set period = \"day\" and zone to the grid's offset, such as \"-08:00\", and clock to the local zone: hours and dates of events are then in local time.",
            ));
        }
        let geometry = sizes.geometry(on_grid, look_back);
        Ok(Self {
            scope,
            meter,
            names,
            geometry,
            clock: match root.get("clock") {
                None => zone,
                Some(view) => self::zone(&view)?.1,
            },
            least_level: match root.get("least_level") {
                None => Level::L1,
                Some(view) => pick(&view, &LEVELS)?,
            },
            holidays: match root.get("holidays") {
                None => Vec::new(),
                Some(view) => windows::dates(&view)?,
            },
            circuit: match root.get("circuit") {
                None => "auto".to_owned(),
                Some(view) => view.text()?.to_owned(),
            },
        })
    }
}

/// A zone and its name.
fn zone(view: &View<'_>) -> Result<(String, TimeZone)> {
    let name = view.text()?;
    let zone = match fixed_offset(name) {
        Some(_) => crate::import::parse_zone(name).ok(),
        None => TimeZone::get(name).ok(),
    };
    let zone = zone.ok_or_else(|| {
        view.fault(
            format!("{} is not a known zone", quoted(name)),
            "Write an IANA name such as \"Europe/Berlin\", \"UTC\", or an offset such as \"+05:30\".",
        )
    })?;
    // One spelling: the database takes names in any case.
    let name = zone.iana_name().filter(|_| fixed_offset(name).is_none()).unwrap_or(name).to_owned();
    Ok((name, zone))
}

fn interval(meter: &Members<'_>, unit: CalendarUnit) -> Result<u32> {
    let view = meter.need("interval", "interval = \"PT15M\"")?;
    let seconds = units::seconds(&view)?;
    let (block, noun) = match unit {
        CalendarUnit::Hour => (3600, "an hour"),
        _ => (86_400, "a day"),
    };
    if block % seconds != 0 || block / seconds > 1440 {
        let what = format!("{seconds} seconds do not divide {noun} into at most 1,440 intervals");
        return Err(
            view.fault(what, "Use an interval such as \"PT5M\", \"PT15M\", \"PT30M\" or \"PT1H\".")
        );
    }
    Ok(seconds)
}

/// The zone's offset without daylight saving: the lesser of winter's and summer's.
fn standard_offset(zone: &TimeZone) -> i32 {
    // 1 January and 1 July 2026: the meter's grid must not depend on the period at hand.
    let at =
        |time| zone.to_offset(jiff::Timestamp::from_second(time).unwrap_or_default()).seconds();
    at(1_767_225_600).min(at(1_782_864_000))
}

/// Whether local midnights are always midnights of the grid (since 2000).
fn is_on_grid(zone: &TimeZone, offset: i32) -> bool {
    let since = jiff::Timestamp::from_second(946_684_800).unwrap_or_default();
    zone.following(since).next().is_none() && zone.to_offset(since).seconds() == offset
}

/// Name, channel and bits of its greatest value.
type Named = (String, Channel, Option<u8>);

/// Channels in canonical order, which is not that of the file.
fn channels(root: &Members<'_>, interval: u32) -> Result<(Vec<String>, Vec<Channel>, Option<u8>)> {
    let view = root.need("channels", "a table [channels.import]")?;
    let table = view.table()?;
    let mut found: Vec<Named> = Vec::new();
    for (name, view) in table.all() {
        let (channel, bits) = channel(name, &view, interval)?;
        if let Some((other, ..)) = found.iter().find(|(_, c, _)| *c == channel) {
            let what = format!("it measures the same as channel {}", quoted(other));
            return Err(view.fault(what, "Give it another quantity or direction, or remove one."));
        }
        found.push((name.to_owned(), channel, bits));
    }
    if !(1..=8).contains(&found.len()) {
        let what = format!("there are {} channels", found.len());
        return Err(view.fault(what, "A meter has 1 to 8 channels."));
    }
    found.sort_by_key(|(_, c, _)| (c.quantity as u8, c.direction as u8, c.unit as u8));
    let bits = found.iter().filter_map(|(.., bits)| *bits).max();
    let (names, channels) = found.into_iter().map(|(name, channel, _)| (name, channel)).unzip();
    Ok((names, channels, bits))
}

fn channel(name: &str, view: &View<'_>, interval: u32) -> Result<(Channel, Option<u8>)> {
    let members = view.table()?;
    members.only(&["quantity", "direction", "unit", "max"])?;
    let quantity = match members.get("quantity") {
        None => Quantity::Energy,
        Some(view) => pick(&view, &QUANTITIES)?,
    };
    let direction = match members.get("direction") {
        Some(view) => pick(&view, &DIRECTIONS)?,
        // A channel may be called by its direction.
        None => DIRECTIONS.iter().find(|(n, _)| *n == name).map_or(Direction::None, |(_, d)| *d),
    };
    let known: Vec<(&str, Unit)> = quantity.units().iter().map(|u| (symbol(*u), *u)).collect();
    let unit = match members.get("unit") {
        None => known.first().map_or(Unit::Count, |(_, unit)| *unit),
        Some(view) => pick(&view, &known)?,
    };
    let bits = match members.get("max") {
        None => None,
        Some(view) => {
            let flows = !matches!(quantity, Quantity::Register | Quantity::Stored);
            let seconds = flows.then_some(interval);
            let whose = format!("channel {}", quoted(name));
            let most = units::scaled(&view, &Target { unit: symbol(unit), seconds, whose })?.ceil();
            let fits = |bits: &u8| (0..1_i128 << bits).contains(&most);
            Some([16_u8, 24, 32].into_iter().find(fits).ok_or_else(|| {
                let what = format!("{most} {} do not fit 32 bits", symbol(unit));
                view.fault(what, "Use a larger unit, or a smaller greatest value.")
            })?)
        }
    };
    Ok((Channel { quantity, direction, unit }, bits))
}

/// A unit's word in agreements and policies.
pub(super) fn symbol(unit: Unit) -> &'static str {
    match unit.symbols().0 {
        "" => "count",
        symbol => symbol,
    }
}

/// The farthest that any condition looks back, in blocks.
fn look_back(root: &Members<'_>) -> Result<(u16, u16)> {
    let Some(conditions) = root.get("conditions").filter(View::is_list) else { return Ok((0, 0)) };
    let (mut most, mut days) = (0, 0);
    for view in conditions.items()?.iter().filter(|view| view.is_table()) {
        let table = view.table()?;
        let kind = table.get("kind");
        if kind.is_none_or(|kind| kind.text().ok() != Some("reduction")) {
            continue;
        }
        let count = |name: &str, default: i64| {
            table.get(name).map_or(Ok(default), |view| view.count(1, 64))
        };
        most = most.max(count("look_back", LOOK_BACK)?);
        days = days.max(count("baseline_days", BASELINE_DAYS)?);
    }
    // Blocks that no baseline can count stay closed.
    Ok((most as u16, if days < most { days as u16 } else { 0 }))
}

/// What the circuit's sizes follow from.
struct Sizes {
    unit: CalendarUnit,
    interval_seconds: u32,
    value_bits: u8,
    depth: u8,
}

impl Sizes {
    fn geometry(&self, on_grid: bool, (look_back, opened): (u16, u16)) -> Geometry {
        let per_day = (86_400 / self.interval_seconds) as u16;
        let (intervals_per_block, min, max, aligned) = match self.unit {
            CalendarUnit::Hour => ((3600 / self.interval_seconds) as u16, 1, 1, true),
            CalendarUnit::Day if on_grid => (per_day, 1, 1, true),
            // In summer a local day begins an hour before the grid's, and in autumn one has 25 hours.
            CalendarUnit::Day => (per_day, 1, 2, false),
            CalendarUnit::Week => (per_day, 7, 8, false),
            CalendarUnit::Month => (per_day, 28, 32, false),
        };
        Geometry {
            intervals_per_block,
            blocks: BlockRange { min, max },
            aligned,
            value_bits: self.value_bits,
            registry_depth: self.depth,
            look_back,
            opened,
        }
    }
}
