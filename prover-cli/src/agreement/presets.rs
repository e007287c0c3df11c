//! Agreements to start from, named after what they follow.

/// A commented agreement.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name, as in `wattproof policy new --preset`.
    pub name: &'static str,
    /// TOML.
    pub text: &'static str,
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
