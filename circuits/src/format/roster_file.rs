//! The public files of a sum: `member/1`, `roster/1` and `share/1`.

use super::{
    Fault, FromJson, ToJson, Value, check_name, members, parse, read, to_json, write_object,
};
use crate::aggregate::{MaskPublicKey, Member, Roster, Share, Subject};
use crate::commitment::Commitment;
use crate::curve::Point;
use crate::error::Result;
use crate::hash::F;

const MEMBER: &str = "member/1";
const ROSTER: &str = "roster/1";
const SHARE: &str = "share/1";

/// Most bytes of a roster: 4096 members with the longest names.
pub const MAX_ROSTER: usize = 4 << 20;

/// Most bytes of a share, and of a member's file.
pub const MAX_SHARE: usize = 4 << 10;

/// A member in a file of its own: what it hands to whoever writes the roster.
struct Alone(Member);

impl Member {
    /// Reads a `member/1` file.
    ///
    /// # Errors
    /// As the JSON formats, with line and column; as [`MaskPublicKey::new`]; [`Code::BadPolicy`](crate::error::Code::BadPolicy)
    /// for a name that is empty, too long or has control characters.
    pub fn from_json(text: &str) -> Result<Self> {
        let Alone(member) = parse(text, MEMBER, MAX_SHARE)?;
        check_name("name", &member.name).map_err(|e| e.at(MEMBER))?;
        Ok(member)
    }

    /// Writes a `member/1` file.
    pub fn to_json(&self) -> String {
        let key = Coordinates(self.key.point());
        let members: [(&str, &dyn ToJson); 3] =
            [("wattproof", &MEMBER), ("name", &self.name), ("key", &key)];
        let mut json = String::new();
        write_object(&mut json, &members);
        json + "\n"
    }
}

impl FromJson for Alone {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_document(MEMBER) => name, key }
        Ok(Self(Member { name, key }))
    }
}

impl Roster {
    /// Reads a `roster/1` file.
    ///
    /// # Errors
    /// As the JSON formats, with line and column; and as [`Roster::new`] and [`MaskPublicKey::new`].
    pub fn from_json(text: &str) -> Result<Self> {
        parse(text, ROSTER, MAX_ROSTER)
    }

    /// Writes a `roster/1` file.
    pub fn to_json(&self) -> String {
        to_json(self) + "\n"
    }
}

impl FromJson for Roster {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_document(ROSTER) => members, round, least }
        Self::new(round, least, members).map_err(|e| value.fault(e))
    }
}

impl ToJson for Roster {
    fn write(&self, json: &mut String) {
        let members = Members(self.members());
        let least = self.least();
        let list: [(&str, &dyn ToJson); 4] = [
            ("wattproof", &ROSTER),
            ("round", self.round()),
            ("least", &least),
            ("members", &members),
        ];
        write_object(json, &list);
    }
}

/// One member a line.
struct Members<'a>(&'a [Member]);

impl ToJson for Members<'_> {
    fn write(&self, json: &mut String) {
        for (i, Member { name, key }) in self.0.iter().enumerate() {
            json.push_str(if i == 0 { "[\n" } else { ",\n" });
            write_object(json, &[("name", name), ("key", &Coordinates(key.point()))]);
        }
        json.push_str("\n]");
    }
}

members! { Member { name, key } }

impl FromJson for MaskPublicKey {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (x, y) = coordinates(value)?;
        Self::new(x, y).map_err(|e| value.fault(e))
    }
}

impl FromJson for Commitment {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (x, y) = coordinates(value)?;
        Self::new(x, y).map_err(|e| value.fault(e))
    }
}

fn coordinates(value: &Value) -> Result<(F, F), Fault> {
    read! { value.read_members() => x, y }
    Ok((x, y))
}

struct Coordinates<'a>(&'a Point);

impl ToJson for Coordinates<'_> {
    fn write(&self, json: &mut String) {
        write_object(json, &[("x", &self.0.x), ("y", &self.0.y)]);
    }
}

impl Share {
    /// Reads a `share/1` file.
    ///
    /// # Errors
    /// As the JSON formats, with line and column; [`Code::BadPoint`](crate::error::Code::BadPoint) for a commitment that is no
    /// point of the subgroup of prime order.
    pub fn from_json(text: &str) -> Result<Self> {
        parse(text, SHARE, MAX_SHARE)
    }

    /// Writes a `share/1` file.
    pub fn to_json(&self) -> String {
        to_json(self) + "\n"
    }
}

impl FromJson for Share {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! {
            value.read_document(SHARE) =>
            policy_digest, period, output, roster, member, commitment, masked
        }
        let subject = Subject { policy_digest, period, output };
        Ok(Self { roster, subject, member, commitment, masked })
    }
}

impl ToJson for Share {
    fn write(&self, json: &mut String) {
        let Self { roster, subject, member, commitment, masked } = self;
        let members: [(&str, &dyn ToJson); 8] = [
            ("wattproof", &SHARE),
            ("roster", roster),
            ("policy_digest", &subject.policy_digest),
            ("period", &subject.period),
            ("output", &subject.output),
            ("member", member),
            ("commitment", &Coordinates(commitment.point())),
            ("masked", masked),
        ];
        write_object(json, &members);
    }
}
