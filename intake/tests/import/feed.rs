//! Writes small Green Button feeds.

pub(crate) const TYPE: &str = "<ReadingType><commodity>1</commodity><flowDirection>1</flowDirection>\
    <powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType>";

pub(crate) const HOUR: u64 = 3600;
pub(crate) const START: u64 = 1_296_547_200;

pub(crate) fn feed(entries: &[&str]) -> String {
    let body: String =
        entries.iter().map(|e| format!("<entry><content>{e}</content></entry>\n")).collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n{body}</feed>")
}

/// An hourly reading, `hour` hours after START.
pub(crate) fn reading(hour: u64, value: &str) -> String {
    reading_with(START + hour * HOUR, value, "")
}

pub(crate) fn reading_with(start: u64, value: &str, extra: &str) -> String {
    format!(
        "<IntervalReading>{extra}<timePeriod><duration>{HOUR}</duration><start>{start}</start></timePeriod>\
         <value>{value}</value></IntervalReading>\n"
    )
}

pub(crate) fn block(readings: &[String]) -> String {
    format!("<IntervalBlock>{}</IntervalBlock>", readings.concat())
}

pub(crate) fn values(values: &[&str]) -> String {
    let all: Vec<String> = (0..).zip(values).map(|(hour, v)| reading(hour, v)).collect();
    feed(&[TYPE, &block(&all)])
}

/// One reading of `value` under a ReadingType with `fields` in place of the usual ones.
pub(crate) fn typed(fields: &str, value: &str) -> String {
    let kind = format!("<ReadingType>{fields}</ReadingType>");
    feed(&[&kind, &block(&[reading(0, value)])])
}
