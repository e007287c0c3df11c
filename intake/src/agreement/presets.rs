//! Agreements to start from, named after what they follow.

/// A commented agreement.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name, as in `wattproof policy new --preset`.
    pub name: &'static str,
    /// TOML.
    pub text: &'static str,
}

impl Preset {
    /// What it is, in one sentence: the first line of its comment.
    pub fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }

    /// What it shows and what it follows: the rest of its comment.
    pub fn summary(&self) -> String {
        let comment = self.text.lines().map_while(|line| line.strip_prefix('#'));
        let rest: Vec<&str> = comment.skip(1).map(str::trim).filter(|l| !l.is_empty()).collect();
        rest.join(" ")
    }
}

macro_rules! presets {
    ($($name:literal),+ $(,)?) => {
        /// Every preset.
        pub static PRESETS: &[Preset] = &[
            $(Preset { name: $name, text: include_str!(concat!("../../presets/", $name, ".toml")) }),+
        ];
    };
}

presets! {
    "ppa-monthly-volume",
    "p2p-trade-hour",
    "csip-aus-operating-envelope",
    "caiso-10-in-10",
    "tou-bill",
    "net-metering-bill",
    "energytag-granular-certificate",
    "hourly-matching-cfe",
    "capacity-charge",
    "ev-session",
    "ev-fleet-charging-window",
    "en50160-voltage",
    "battery-cycle-warranty",
    "solar-plausibility",
    "availability-guarantee",
    "carbon-report",
    "ramp-limit",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_begin_with_a_title_and_a_summary() {
        for preset in PRESETS {
            let (title, summary) = (preset.title(), preset.summary());
            assert!(title.len() > 10 && title.ends_with('.'), "{}: {title}", preset.name);
            assert!(summary.len() > 80 && summary.ends_with('.'), "{}: {summary}", preset.name);
        }
    }
}
