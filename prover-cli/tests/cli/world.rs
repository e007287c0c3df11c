//! One meter, registry, policy and key pair, made once by the binary itself. The circuit is small, so that setup is quick.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::run;

/// Three hours of quarters. At 18:00 the cap of 2,000 Wh is broken.
const READINGS: &str = "time,Wh\n\
    2011-03-09 17:00,310\n2011-03-09 17:15,420\n2011-03-09 17:30,530\n2011-03-09 17:45,640\n\
    2011-03-09 18:00,2310\n2011-03-09 18:15,900\n2011-03-09 18:30,800\n2011-03-09 18:45,700\n\
    2011-03-09 19:00,100\n2011-03-09 19:15,100\n2011-03-09 19:45,100\n";

const POLICY: &str = r#"{
  "wattproof": "policy/1",
  "geometry": { "intervals_per_block": 4, "blocks": { "min": 1, "max": 1 }, "aligned": true, "value_bits": 16, "registry_depth": 2 },
  "scope": {
    "authority": "example-utility", "name": "evening-cap",
    "calendar": { "zone": "America/Los_Angeles", "unit": "hour" }
  },
  "meter": {
    "interval_seconds": 900, "grid_offset_seconds": -28800,
    "channels": [{ "quantity": "energy", "direction": "import", "unit": "Wh" }]
  },
  "least_level": "L1",
  "conditions": [
    { "kind": "completeness", "min_measured_ppm": 1000000 },
    { "kind": "volume", "channel": 0, "min": "0", "max": "8000", "reveal": "exact" },
    { "kind": "limit", "channel": 0, "bound": "at-most", "value": "2000" }
  ]
}"#;

pub(crate) const NONCE: &str = "0xabababababababababababababababababababababababababababababababab";

/// The hour that meets the policy, as typed.
pub(crate) const HOUR: &str = "2011-03-09T17";

/// A folder with `readings.json`, `device.json`, `enrolment.json`, `registry.log`, `registry.log.serials`, `policy.json`, `package.json`, `keys/`,
/// `key.vk.json` (a copy), `bundle.json` and `profile.json`. To be read only.
pub(crate) fn world() -> &'static Path {
    static WORLD: LazyLock<PathBuf> = LazyLock::new(build);
    &WORLD
}

fn build() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wattproof-world");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("readings.csv"), READINGS).unwrap();
    fs::write(dir.join("policy.json"), POLICY).unwrap();
    let go = |line: &str| run(&dir, &line.split_whitespace().collect::<Vec<_>>()).ok();
    go("import readings.csv --csv-zone America/Los_Angeles -o readings.json");
    go("device keygen --serial SN-1 -o device.json");
    go("device enrol --device device.json --level L1 --nameplate 5000 --valid-from 2011-01-01 \
        --valid-until 2012-01-01 --zone America/Los_Angeles -o enrolment.json");
    go("registry init --depth 2 -o registry.log");
    go("registry add registry.log --enrolment enrolment.json --level L1 --nameplate 5000");
    go(&sign(HOUR, "package.json"));
    let setup = go("--json setup --policy policy.json -o keys");
    assert!(setup.err.contains("warning: these are DEVELOPMENT keys"), "{}", setup.err);
    let key = setup.json()["verifying_key"].as_str().unwrap().to_owned();
    fs::copy(dir.join(key), dir.join("key.vk.json")).unwrap();
    go("prove --package package.json --keys keys -o bundle.json");
    go(&format!(
        "profile new --policy policy.json --key key.vk.json --registry registry.log --period {HOUR} \
         --verifier example-utility --nonce {NONCE} -o profile.json"
    ));
    dir
}

/// The command that signs an hour.
pub(crate) fn sign(hour: &str, out: &str) -> String {
    format!(
        "device sign --device device.json --readings readings.json --policy policy.json --period {hour} \
         --registry registry.log --verifier example-utility --nonce {NONCE} -o {out}"
    )
}

/// An empty folder of one test, and the world's file of a name in it.
pub(crate) struct Bench(pub(crate) tempfile::TempDir);

impl Bench {
    /// With copies of these files of the world.
    pub(crate) fn with(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in files {
            fs::copy(world().join(name), dir.path().join(name)).unwrap();
        }
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Changes a file in one place, which must be there.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, text.replacen(from, to, 1));
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), bytes).unwrap();
    }
}

/// A path in the world, as typed.
pub(crate) fn file(name: &str) -> String {
    world().join(name).display().to_string()
}
