//! The elements of ESPI and Atom that the Green Button reader knows.

macro_rules! tags {
    ($($tag:ident = $($name:literal)|+;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Tag { Other, $($tag,)+ }

        impl Tag {
            pub(super) fn of(local: &str) -> Self {
                match local { $($($name)|+ => Tag::$tag,)+ _ => Tag::Other }
            }

            pub(super) fn name(self) -> &'static str {
                match self { Tag::Other => "element", $(Tag::$tag => tags!(@first $($name)|+),)+ }
            }
        }
    };
    (@first $first:literal $(| $rest:literal)*) => { $first };
}

tags! {
    Feed = "feed";
    Entry = "entry";
    Link = "link";
    MeterReading = "MeterReading";
    IntervalBlock = "IntervalBlock";
    Interval = "interval";
    IntervalReading = "IntervalReading";
    TimePeriod = "timePeriod";
    Duration = "duration";
    Start = "start";
    Value = "value";
    ReadingQuality = "ReadingQuality";
    Quality = "quality";
    Cost = "cost";
    ReadingType = "ReadingType";
    Accumulation = "accumulationBehaviour";
    Commodity = "commodity";
    Qualifier = "dataQualifier";
    DefaultQuality = "defaultQuality";
    Flow = "flowDirection";
    IntervalLength = "intervalLength";
    Kind = "kind";
    Multiplier = "powerOfTenMultiplier";
    Uom = "uom";
    UsageSummary = "UsageSummary" | "ElectricPowerUsageSummary";
    BillingPeriod = "billingPeriod";
    LastPeriod = "overallConsumptionLastPeriod";
    CurrentPeriod = "currentBillingPeriodOverAllConsumption";
}

impl Tag {
    /// Whether the element holds text that may be read.
    pub(super) fn is_field(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Duration
                | Start
                | Value
                | Quality
                | Accumulation
                | Commodity
                | Qualifier
                | DefaultQuality
                | Flow
                | IntervalLength
                | Kind
                | Multiplier
                | Uom
        )
    }
}
